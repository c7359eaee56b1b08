"""docs/requirements.md: each rule, the modules that name it, and the tests that prove it."""

from collections.abc import Iterable, Iterator

from scripts.rule_marks import Places, modules_by_rule, proofs_by_rule
from scripts.rules import Subject, load_subjects

HEAD = """# Rules, where they live, and what proves them

Written by `make docs` from the rules of [rules.toml](rules.toml), the modules that name a rule, and the tests that are
marked with it (`@pytest.mark.rule("FI-03")`). A rule without a test is not proven, and is shown so.
"""


def render() -> str:
    """The whole page as Markdown."""
    tests, modules = proofs_by_rule(), modules_by_rule()
    return "\n".join([HEAD, *(line for subject in load_subjects() for line in _section(subject, tests, modules))])


def _section(subject: Subject, tests: Places, modules: Places) -> Iterator[str]:
    yield f"## {subject.prefix}: {subject.title}\n"
    for rule_id, sentence in subject.rules.items():
        yield f"### {rule_id}\n\n{sentence}\n"
        yield f"- Lives in: {_links(modules.get(rule_id, ())) or 'nothing yet'}"
        yield f"- Proven by: {_links(_files(tests.get(rule_id, ()))) or '**no test yet**'}\n"


def _files(tests: Iterable[str]) -> set[str]:
    return {test.partition("::")[0] for test in tests}


def _links(paths: Iterable[str]) -> str:
    """Links from docs/ to files of the tree. No counts and no lines: they would make the page old at every change."""
    return ", ".join(f"[{path.removeprefix('src/tegata/')}](../{path})" for path in sorted(paths))
