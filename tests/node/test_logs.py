import json

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tegata.node import logs
from tegata.node.logs import MASK, PERSONAL, masked, masked_body, masked_path


@pytest.fixture(autouse=True)
def afterwards():  # noqa: ANN201
    yield
    logs.configure("console")


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_one_line_of_json_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    logs.logger(actor="bank").warning("message-not-delivered", receiver="jlis", code="conflict")
    [event] = logged(capsys)
    assert event["event"] == "message-not-delivered"
    assert (event["actor"], event["receiver"], event["code"], event["level"]) == ("bank", "jlis", "conflict", "warning")


def test_the_level_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "error")
    logs.logger().warning("quiet")
    logs.logger().error("loud")
    assert [event["event"] for event in logged(capsys)] == ["loud"]


@pytest.mark.parametrize("name", ["name", "Address", "my_number", "PIN", "authorization"])
def test_personal_fields_are_masked_wherever_they_stand(capsys: pytest.CaptureFixture[str], name: str) -> None:
    logs.configure("json")
    logs.logger().info("seen", **{name: "手形太郎"}, deep={"list": [{name: {"any": "手形太郎"}}]})
    text = capsys.readouterr().err
    assert "手形太郎" not in text
    assert text.count(MASK) == 2


def fail(address: str) -> None:
    raise ValueError(f"no such address: {address}")


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_exception_is_told_by_kind_and_place_not_by_what_it_says(
    capsys: pytest.CaptureFixture[str], form: str
) -> None:
    logs.configure(form)  # type: ignore[arg-type]
    try:
        fail("東京都千代田区1-1")
    except ValueError:
        logs.logger().exception("failed")
    text = capsys.readouterr().err
    assert "千代田" not in text
    assert "ValueError" in text
    assert "test_logs:fail:" in text


def test_before_anything_is_configured_nothing_personal_is_told_either(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().info("seen", name="手形太郎")
    assert "手形太郎" not in capsys.readouterr().err


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=200)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*sorted(PERSONAL)[:6], "serial", "kind"]), inner, max_size=3)
    ),
    max_leaves=12,
)


def leaves(tree: object, *, personal: bool) -> list[tuple[object, bool]]:
    if isinstance(tree, dict):
        return [leaf for key, value in tree.items() for leaf in leaves(value, personal=personal or key in PERSONAL)]
    if isinstance(tree, list):
        return [leaf for value in tree for leaf in leaves(value, personal=personal)]
    return [(tree, personal)]


@given(TREES)
def test_masking_keeps_the_shape_and_shows_no_personal_leaf(tree: object) -> None:
    before, after = leaves(tree, personal=False), leaves(masked(tree), personal=False)
    assert len(before) == len(after)
    for (was, personal), (shown, _) in zip(before, after, strict=True):
        if personal:
            assert shown in {MASK, None, "", True, False}
        elif not isinstance(was, str) or len(was) <= logs.LONGEST_SHOWN:
            assert shown == was
        else:
            assert shown == f"… {len(was)}"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/residents/12345678901/certificates", f"/residents/{MASK}/certificates"),
        ("/x/123456789012", f"/x/{MASK}"),
        ("/x/1234567890/y?who=12345678901", "/x/1234567890/y"),
        ("/x/1234567890123", "/x/1234567890123"),
        ("/phones/p0123456789abcdef0123456789abcdef/certificates", f"/phones/{MASK}/certificates"),
        ("/crls/sign/131016", "/crls/sign/131016"),
    ],
)
def test_a_path_is_shown_without_what_names_or_opens(path: str, shown: str) -> None:
    assert masked_path(path) == shown


def test_a_body_is_shown_masked_or_by_its_length() -> None:
    assert masked_body(b"", "") is None
    assert masked_body(b'{"name":"x","serial":1}', "application/json") == {"name": MASK, "serial": 1}
    assert masked_body(b"{", "application/json") == "application/json … 1"
    assert masked_body(b"a.b.c", "application/secevent+jwt") == "application/secevent+jwt … 5"
