"""Finds which tests prove a rule and which modules name it, by reading the files and running nothing."""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts.rules import ROOT, load_subjects

Places = dict[str, set[str]]
"""A rule's id → where it stands: paths relative to the root, for a test with ``::name``."""


def proofs_by_rule(root: Path = ROOT) -> Places:
    """Rule id → the tests that carry its mark, on themselves, their class or their module."""
    return _collect(root, root / "tests", _marks_of_file)


def modules_by_rule(root: Path = ROOT) -> Places:
    """Rule id → the modules of src that name it in a docstring or a comment."""
    prefixes = "|".join(subject.prefix for subject in load_subjects(root / "docs" / "rules.toml"))
    named = re.compile(rf"\b(?:{prefixes})-\d\d\b")

    def names_of_file(path: str, text: str) -> Iterator[tuple[str, str]]:
        return ((rule_id, path) for rule_id in named.findall(text))

    return _collect(root, root / "src", names_of_file)


def _collect(root: Path, folder: Path, find: Callable[[str, str], Iterator[tuple[str, str]]]) -> Places:
    places: Places = defaultdict(set)
    for file in sorted(folder.rglob("*.py")):
        for rule_id, place in find(file.relative_to(root).as_posix(), file.read_text(encoding="utf-8")):
            places[rule_id].add(place)
    return dict(places)


def _marks_of_file(path: str, text: str) -> Iterator[tuple[str, str]]:
    if "mark.rule" not in text:
        return
    tree = ast.parse(text)
    yield from _marks_of_body(path, tree.body, _marks_in(*_assignments_of_pytestmark(tree.body)))


def _marks_of_body(path: str, body: list[ast.stmt], inherited: set[str]) -> Iterator[tuple[str, str]]:
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            own = _marks_in(*statement.decorator_list, *_assignments_of_pytestmark(statement.body))
            yield from _marks_of_body(f"{path}::{statement.name}", statement.body, inherited | own)
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and statement.name.startswith("test"):
            for rule_id in inherited | _marks_in(*statement.decorator_list):
                yield rule_id, f"{path}::{statement.name}"


def _assignments_of_pytestmark(body: list[ast.stmt]) -> list[ast.stmt]:
    names = {id(s): [t.id for t in s.targets if isinstance(t, ast.Name)] for s in body if isinstance(s, ast.Assign)}
    return [statement for statement in body if "pytestmark" in names.get(id(statement), ())]


def _marks_in(*nodes: ast.AST) -> set[str]:
    """The ids of all ``pytest.mark.rule("…")`` below the nodes, those of single parameters among them."""
    return {
        argument.value
        for node in nodes
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.rule"
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }
