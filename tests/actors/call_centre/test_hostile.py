"""What can be typed or sent that should not be: an error at its field, or a refusal, and nothing has happened."""

from collections.abc import Iterator
from html import unescape

import pytest

from tests.actors.call_centre.world import HANAKO, SPECS, Screen, World
from tests.support import TestNetwork


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all tests here: calls come in, and nothing is done in them."""
    network = TestNetwork(SPECS, "", tmp_path_factory.mktemp("standing"))
    yield World(network)
    network.close()


@pytest.fixture(scope="module")
def desk(standing: World) -> Iterator[Screen]:
    """An operator at the screen of the standing world."""
    with standing.browser("sato") as screen:
        yield screen


@pytest.mark.parametrize(
    ("field", "typed", "at"),
    [
        ("name", "", "name"),
        ("name", "   ", "name"),
        ("name", "あ" * 201, "name"),
        ("name", "山田\0花子", "name"),
        ("address", "", "address"),
        ("address", "あ" * 301, "address"),
        ("year", "", "birth_date"),
        ("year", "65", "birth_date"),
        ("year", "昭和", "birth_date"),
        ("year", "55555", "birth_date"),
        ("month", "13", "birth_date"),
        ("day", "31", "birth_date"),
        ("day", "1\0", "birth_date"),
        ("day", "²", "birth_date"),
        ("calendar", "Keio", "birth_date"),
    ],
)
def test_answers_that_are_none_are_errors_at_their_field_and_nothing_is_asked(
    standing: World, desk: Screen, field: str, typed: str, at: str
) -> None:
    call = desk.takes()
    answer = desk.answers(call, **{field: typed})
    assert answer.status_code == 422
    assert f'id="{at}-error"' in answer.text
    if field != "name":
        assert f'value="{HANAKO.name}"' in answer.text
    assert standing.call(call.rpartition("/")[2]).answers == []


def test_markup_is_shown_as_it_was_typed(desk: Screen) -> None:
    call = desk.takes()
    desk.answers(call, name="<script>alert(1)</script>")
    assert "<script>alert" not in desk.open(call).text
    assert "<script>alert(1)</script>" in unescape(desk.open(call).text)


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("compare", {}), ("compare", {"number": "x"}), ("compare", {"number": "0"}), ("compare", {"number": "1001"}),
        ("suspend", {}), ("suspend", {"lost": "house"}), ("suspend", {"lost": ["card", "card", "phone"]}),
        ("end", {}), ("end", {"outcome": "won"}), ("end", {"outcome": "dropped", "subject": "あ" * 81}),
    ],
)  # fmt: skip
def test_forms_that_no_page_sends_are_refused(
    standing: World, desk: Screen, action: str, fields: dict[str, str]
) -> None:
    call = desk.takes()
    assert desk.post(call, action, fields).status_code == 422
    assert standing.call(call.rpartition("/")[2]).stage == "asking"
