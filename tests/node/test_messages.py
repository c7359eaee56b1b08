from urllib.parse import unquote, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.node.messages import encode_query, fill_path, outgoing
from tegata.wire.endpoint import AfterQuery, Empty, Endpoint, Page
from tegata.wire.text import Text
from tests.node.pair import ASK, TELL, Word


class Query(msgspec.Struct):
    text: str | None = None
    flag: bool = False
    many: list[int] = []


@given(st.text(min_size=1, max_size=20).filter(lambda value: bool(value.strip("."))))
def test_a_path_parameter_stays_in_its_place(value: str) -> None:
    try:
        path = fill_path("/a/{x}/b", {"x": value})
    except UnicodeEncodeError:
        return
    first, one, two, last = urlsplit("http://h" + path).path.split("/")
    assert (first, one, last) == ("", "a", "b")
    assert unquote(two) == value
    assert set(path) <= set(map(chr, range(33, 127)))


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_path_parameter_that_would_vanish_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="path parameter x"):
        fill_path("/a/{x}", {"x": value})


def test_a_missing_path_parameter_is_refused() -> None:
    with pytest.raises(KeyError):
        fill_path("/a/{x}", {})


def test_a_query_leaves_out_nothing_but_nothing() -> None:
    assert encode_query(None) == ""
    assert encode_query(AfterQuery(after=3)) == "?after=3&limit=1000"
    assert encode_query(Query("a b&c", True, [1, 2])) == "?text=a+b%26c&flag=true&many=1&many=2"
    assert encode_query(Query()) == "?flag=false"


def test_a_message_is_filled_in_from_its_endpoint() -> None:
    message = outgoing(TELL, Word("x"), to="beta", key="k", path={"kind": "plain"})
    assert (message.method, message.path, message.scope) == ("POST", "/words/plain", "words:write")
    assert (message.content, message.media_type) == (b'{"word":"x","name":""}', "application/json")
    assert message.repeatable


def test_only_a_change_without_a_key_is_not_to_be_repeated() -> None:
    assert outgoing(ASK, None, to="beta").repeatable
    assert not outgoing(TELL, Word("x"), to="beta", path={"kind": "plain"}).repeatable


@pytest.mark.parametrize(("endpoint", "body"), [(ASK, Word("x")), (TELL, None), (TELL, {"word": "x"}), (TELL, b"{}")])
def test_a_body_of_another_type_is_refused(endpoint: Endpoint[None, None], body: object) -> None:
    with pytest.raises(TypeError, match="takes"):
        outgoing(endpoint, body, to="beta", path={"kind": "plain"})


def test_raw_bodies_and_lists_have_the_type_that_was_declared() -> None:
    raw = Endpoint(
        to="b", method="POST", path="/r", request=bytes, request_media_type="application/secevent+jwt",
        response=Empty, scope="", label=Text("", ""),
    )  # fmt: skip
    message = outgoing(raw, b"a.b.c", to="b")
    assert (message.content, message.media_type) == (b"a.b.c", "application/secevent+jwt")
    pages = Endpoint(to="b", method="POST", path="/r", request=Page[int], response=Empty, scope="", label=Text("", ""))
    assert outgoing(pages, Page(items=[1]), to="b").content == b'{"items":[1],"next_cursor":null}'
