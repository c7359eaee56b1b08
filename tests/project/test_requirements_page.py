"""Rule marks are found wherever they stand, and the page tells what is proven and what is not."""

from pathlib import Path

import pytest

from scripts import requirements_page, rule_marks
from scripts.rules import Subject, load_rules, load_subjects

MARKED = """
import pytest

pytestmark = pytest.mark.rule("FI-01")

@pytest.mark.rule("FI-02", "FI-03")
def test_function(): ...

@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.rule("FI-04")), 2])
async def test_parameters(x): ...

class TestClass:
    pytestmark = [pytest.mark.slow, pytest.mark.rule("PT-01")]

    @pytest.mark.rule("PT-02")
    def test_method(self): ...

@pytest.mark.rule("OR-01")
def helper(): ...
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small tree with tests that carry marks and a module that names rules."""
    for name, text in {
        "tests/test_marked.py": MARKED,
        "tests/test_unmarked.py": 'def test_nothing(): "mentions FI-05 only"',
        "src/room/rules.py": '"""Implements FI-02, then PT-10."""\nXFI_03 = "XFI-03, FI-033"',
        "docs/rules.toml": Path("docs/rules.toml").read_text(encoding="utf-8"),
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_marks_are_found_on_function_parameter_class_and_module(tree: Path) -> None:
    function, parameters, method = (
        f"tests/test_marked.py::{name}" for name in ("test_function", "test_parameters", "TestClass::test_method")
    )
    assert rule_marks.proofs_by_rule(tree) == {
        "FI-01": {function, parameters, method},
        "FI-02": {function},
        "FI-03": {function},
        "FI-04": {parameters},
        "PT-01": {method},
        "PT-02": {method},
    }


def test_modules_are_found_by_whole_ids_only(tree: Path) -> None:
    assert rule_marks.modules_by_rule(tree) == {"FI-02": {"src/room/rules.py"}, "PT-10": {"src/room/rules.py"}}


def test_an_unproven_rule_is_shown_so(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = Subject("FI", "T", {"FI-01": "A.", "FI-02": "B."})
    proofs = {"FI-01": {"tests/a.py::test_x", "tests/a.py::test_y"}}
    monkeypatch.setattr(requirements_page, "load_subjects", lambda: (subject,))
    monkeypatch.setattr(requirements_page, "proofs_by_rule", lambda: proofs)
    monkeypatch.setattr(requirements_page, "modules_by_rule", lambda: {"FI-02": {"src/tegata/pki/b.py"}})
    first, second = requirements_page.render().split("### ")[1:]
    assert "Proven by: [tests/a.py](../tests/a.py)\n" in first
    assert "Lives in: nothing yet" in first
    assert "Proven by: **no test yet**" in second
    assert "Lives in: [pki/b.py](../src/tegata/pki/b.py)\n" in second


def test_every_rule_has_the_prefix_of_its_subject() -> None:
    for subject in load_subjects():
        numbers = [rule_id.removeprefix(f"{subject.prefix}-") for rule_id in subject.rules]
        assert numbers == [f"{number:02}" for number in range(1, len(numbers) + 1)]


def test_modules_and_tests_name_only_rules_that_exist() -> None:
    named = rule_marks.modules_by_rule().keys() | rule_marks.proofs_by_rule().keys()
    assert named - load_rules().keys() == set()
    assert named, "no module names a rule: the search is broken"


def test_a_mark_that_names_no_rule_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("from tests.conftest import pytest_collection_modifyitems")
    pytester.makepyfile("""
        import pytest

        @pytest.mark.rule("FI-99")
        def test_x(): ...

        @pytest.mark.rule()
        def test_y(): ...
    """)
    result = pytester.runpytest_inprocess("-p", "no:randomly")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*test_x: 'FI-99'", "*test_y: '(no id)'"])
