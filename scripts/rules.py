"""The rules of docs/rules.toml, for the page of requirements and for the check of the tests' rule marks."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Subject:
    """Rules about one service, in the order of the source; ``rules`` maps an id to its sentence."""

    prefix: str
    title: str
    rules: dict[str, str]


def load_subjects(path: Path = ROOT / "docs" / "rules.toml") -> tuple[Subject, ...]:
    """All subjects of the rules file, in its order."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(Subject(**entry) for entry in document["subject"])


def load_rules(path: Path = ROOT / "docs" / "rules.toml") -> dict[str, str]:
    """Every rule's id and sentence."""
    return {rule_id: sentence for subject in load_subjects(path) for rule_id, sentence in subject.rules.items()}
