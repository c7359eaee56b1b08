"""Reading forms: what a person can send becomes a value, or a sentence at its field; never an exception."""

from collections.abc import Iterable
from contextlib import closing
from datetime import date
from typing import Annotated, Any, Literal, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Request
from litestar.datastructures import FormMultiDict, UploadFile

from tegata.node.web.forms import Form, Upload, empty_form, read_form
from tegata.node.web.visit import SCOPE_KEY, Visit
from tegata.wire.problems import Refused
from tegata.wire.text import Text


class Everything(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(min_length=2, max_length=10)]
    kind: Literal["a", "b"]
    day: date
    count: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    ratio: float = 0.0
    postal: Annotated[str, msgspec.Meta(pattern="^[0-9]{7}$")] | None = None
    agreed: bool = False
    items: list[Literal["x", "y"]] = []
    file: Upload | None = None


GOOD = {"name": "山田", "kind": "a", "day": "2023-09-25"}


def read(fields: Iterable[tuple[str, Any]] | dict[str, Any], **options: Any) -> Form[Everything]:
    pairs = list(fields.items()) if isinstance(fields, dict) else list(fields)
    visit = Visit(request_id="1", path="/", form=FormMultiDict(pairs))
    request = Request[Any, Any, Any](cast("Any", {"type": "http", "headers": [], SCOPE_KEY: visit}))
    return read_form(request, Everything, **options)


def test_a_good_form_is_a_value() -> None:
    form = read([*GOOD.items(), ("count", "９"), ("agreed", "true"), ("items", "x"), ("items", "y"), ("ratio", "0.5")])
    assert form.require() == Everything(
        name="山田", kind="a", day=date(2023, 9, 25), count=9, ratio=0.5, agreed=True, items=["x", "y"]
    )
    assert form.ok


def test_spaces_around_are_no_part_and_an_empty_field_is_none() -> None:
    value = read(GOOD | {"name": "  山田　", "count": "  ", "postal": ""}).require()
    assert (value.name, value.count, value.postal) == ("山田", 1, None)


@pytest.mark.parametrize(
    ("parts", "day"),
    [(("1980", "2", "17"), date(1980, 2, 17)), (("１９８０", "０２", "１７"), date(1980, 2, 17))],
)
def test_a_date_comes_in_three_fields(parts: tuple[str, str, str], day: date) -> None:
    fields = {"day-year": parts[0], "day-month": parts[1], "day-day": parts[2]}
    assert read({"name": "山田", "kind": "a"} | fields).require().day == day


@pytest.mark.parametrize(
    "parts", [("2023", "2", "29"), ("", "2", "1"), ("2023", "", ""), ("x", "y", "z"), ("99999", "1", "1")]
)
def test_a_date_that_does_not_exist_is_told_and_shown_again(parts: tuple[str, str, str]) -> None:
    fields = {"day-year": parts[0], "day-month": parts[1], "day-day": parts[2]}
    form = read({"name": "山田", "kind": "a"} | fields)
    assert "実際にある日付" in form.errors["day"].ja
    assert [form.raw[f"day-{part}"] for part in ("year", "month", "day")] == list(parts)


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"name": ""}, "name", "入力してください"),
        ({"name": "山"}, "name", "2文字以上"),
        ({"name": "山" * 11}, "name", "10文字以内"),
        ({"name": "山\0田"}, "name", "使えない文字"),
        ({"kind": ""}, "kind", "選んでください"),
        ({"kind": "c"}, "kind", "選んでください"),
        ({"day": "tomorrow"}, "day", "実際にある日付"),
        ({"count": "many"}, "count", "数字で"),
        ({"count": "10"}, "count", "1 から 9 まで"),
        ({"postal": "100-000"}, "postal", "形式"),
        ({"items": "z"}, "items", "形式"),
    ],
)
def test_each_error_is_a_sentence_at_its_field(changed: dict[str, str], field: str, words: str) -> None:
    form = read(GOOD | changed)
    assert words in form.errors[field].ja
    assert form.errors[field].en
    assert list(form.errors) == [field]
    assert form.value is None
    with pytest.raises(Refused, match="invalid"):
        form.require()


def test_a_form_may_have_its_own_sentences() -> None:
    says = Text("お名前を入力してください。", "Enter your name.")
    assert read(GOOD | {"name": ""}, messages={"name": says}).errors == {"name": says}


def test_a_rule_may_add_an_error() -> None:
    form = read(GOOD)
    form.fail("day", Text("未来の日付です。", "It is in the future."))
    assert not form.ok
    with pytest.raises(Refused):
        form.require()


def test_a_file_is_read() -> None:
    sent = UploadFile(content_type="text/csv", filename="客.csv", file_data=b"a,b")
    with closing(sent.file):
        assert read([*GOOD.items(), ("file", sent)]).require().file == Upload("客.csv", b"a,b")


def test_a_file_that_was_not_chosen_is_none() -> None:
    nothing = UploadFile(content_type="application/octet-stream", filename="")
    with closing(nothing.file):
        assert read([*GOOD.items(), ("file", nothing)]).require().file is None


def test_a_text_where_a_file_belongs_is_no_file() -> None:
    assert read(GOOD | {"file": "/etc/passwd"}).require().file is None


def test_an_empty_form_has_no_errors() -> None:
    assert (empty_form().errors, empty_form({"a": "1"}).raw) == ({}, {"a": "1"})


names = st.sampled_from(
    [
        "name",
        "kind",
        "day",
        "day-year",
        "day-month",
        "day-day",
        "count",
        "ratio",
        "postal",
        "agreed",
        "items",
        "file",
        "_csrf",
    ]
)


@given(st.lists(st.tuples(names, st.text(max_size=30)), max_size=15))
def test_whatever_is_sent_is_a_value_or_errors(fields: list[tuple[str, str]]) -> None:
    form = read(fields)
    assert (form.value is None) == bool(form.errors)
    assert form.errors.keys() <= {"name", "kind", "day", "count", "ratio", "postal", "items", "file"}
