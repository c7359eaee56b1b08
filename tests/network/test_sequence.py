"""The sequence diagram is well-formed SVG that shows each message once, in order."""

import xml.etree.ElementTree as ET
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.japan.dates import JST
from tegata.network.sequence import NOTICE, Lifeline, draw
from tegata.node.observer import Message
from tegata.wire.text import Text

SVG = "{http://www.w3.org/2000/svg}"
LINES = [Lifeline("a", "市区町村", "#0e6b4f"), Lifeline("b", "J-LIS", "#5c2d91"), Lifeline("c", "銀行", "#a3123a")]
START = datetime(2026, 11, 23, 10, 0, tzinfo=JST)


def _message(
    number: int, sender: str, receiver: str, *, after: timedelta, word: str = "CRL", status: int = 200
) -> Message:
    return Message(
        number=number,
        at=START + after,
        sender=sender,
        receiver=receiver,
        label=Text(word, word + " (en)"),
        step="③",
        method="GET",
        path="/x",
        status=status,
        outcome="ok" if status < 400 else "no-consent",
        ms=1.4,
    )


def _words(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(SVG + "text")]


def test_shows_only_those_who_spoke_and_says_that_it_is_not_official() -> None:
    words = _words(draw("題", LINES, [_message(1, "a", "b", after=timedelta())]))
    assert {"市区町村", "J-LIS", NOTICE, "題"} <= set(words)
    assert "銀行" not in words


def test_a_new_day_is_marked_and_times_run_down() -> None:
    messages = [_message(i, "a", "b", after=timedelta(hours=12 * i)) for i in range(3)]
    words = _words(draw("題", LINES, messages))
    assert [w for w in words if w in {"11-23 10:00", "22:00:00", "11-24 10:00"}] == [
        "11-23 10:00",
        "22:00:00",
        "11-24 10:00",
    ]


def test_a_refusal_is_named_and_the_language_can_be_chosen() -> None:
    refused = _message(1, "c", "b", after=timedelta(), status=403)
    assert "③ CRL ✕ no-consent" in _words(draw("題", LINES, [refused]))
    assert "③ CRL (en) ✕ no-consent" in _words(draw("題", LINES, [refused], "en"))


def test_an_unknown_participant_is_an_error() -> None:
    with pytest.raises(KeyError, match="stranger"):
        draw("題", LINES, [_message(1, "a", "stranger", after=timedelta())])


@given(title=st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cn"))), word=st.text("<>&\"'字aé", max_size=30))
def test_any_words_leave_it_well_formed(title: str, word: str) -> None:
    svg = draw(title, LINES, [_message(1, "a", "c", after=timedelta(), word=word)])
    assert title in _words(svg)
    assert len(list(ET.fromstring(svg).iter(SVG + "line"))) == 3


def test_a_step_within_an_actor_is_drawn_beside_its_line() -> None:
    own = _message(1, "b", "b", after=timedelta())
    svg = draw("題", LINES, [own])
    assert len(list(ET.fromstring(svg).iter(SVG + "line"))) == 1, "only the lifeline"
    assert "③ CRL" in _words(svg)


def test_what_took_no_time_of_its_own_shows_none() -> None:
    import msgspec

    answer = msgspec.structs.replace(_message(1, "a", "b", after=timedelta()), ms=0.0)
    assert not [word for word in _words(draw("題", LINES, [answer])) if word.endswith(" ms")]
