"""What a card is, from what happened to it and a time; what the counter can do about it (decision 0011)."""

from datetime import date, datetime, timedelta
from itertools import permutations
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.municipality.rules import cards as rules
from tegata.actors.municipality.rules.cards import CardEvent, CardFact, Happening, WhyGivenUp
from tegata.japan.dates import JST, end_of_day
from tegata.wire.certificates import CertificateState, State
from tegata.wire.problems import Refused
from tests.actors.municipality.rules.test_register import RESIDENT, after

NOW = datetime(2023, 9, 25, 10, 0, tzinfo=JST)
CARD = CardFact(card_id="c1", issued_at=datetime(2022, 1, 1, tzinfo=JST), expires_on=date(2031, 2, 17))
DAY = timedelta(days=1)

moments = st.datetimes(datetime(2022, 1, 2), datetime(2031, 1, 1)).map(lambda at: at.replace(tzinfo=JST))


@st.composite
def events(draw: st.DrawFn) -> CardEvent:
    event = draw(st.sampled_from(get_args(Happening)))
    reason = draw(st.sampled_from(get_args(WhyGivenUp))) if event == "given_up" else None
    return CardEvent(event=event, at=draw(moments), reason=reason)


histories = st.lists(events(), max_size=6, unique_by=lambda event: event.at).map(tuple)


def card(*happened: CardEvent) -> CardFact:
    return msgspec.structs.replace(CARD, events=happened)


def at(days: int, event: Happening, reason: WhyGivenUp | None = None) -> CardEvent:
    return CardEvent(event=event, at=NOW + days * DAY, reason=reason)


def certificate(
    state: State, medium: Any = "card", serial: int = 1, usage: Any = "sign", **more: Any
) -> CertificateState:
    return CertificateState(
        serial=serial, usage=usage, card_id="c1", medium=medium, state=state, not_before=NOW - DAY, not_after=NOW + DAY,
        **more,
    )  # fmt: skip


def code_of(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(Refused) as refused:
        call(*arguments, **named)
    return refused.value.code


@given(histories, moments)
def test_the_state_follows_from_the_facts_whatever_their_order(happened: tuple[CardEvent, ...], when: datetime) -> None:
    states = {rules.state_of(card(*order), when) for order in list(permutations(happened))[:24]}
    assert len(states) == 1


@given(histories, moments, events())
def test_what_happens_later_does_not_change_what_was(
    happened: tuple[CardEvent, ...], when: datetime, later: CardEvent
) -> None:
    later = msgspec.structs.replace(later, at=when + timedelta(seconds=1))
    assert rules.state_of(card(*happened, later), when) == rules.state_of(card(*happened), when)


@given(histories, moments, moments)
def test_a_card_that_has_ended_stays_so(happened: tuple[CardEvent, ...], one: datetime, other: datetime) -> None:
    earlier, later = sorted((one, other))
    if rules.state_of(card(*happened), earlier) == "ended":
        assert rules.state_of(card(*happened), later) == "ended"


@given(histories, moments)
def test_the_state_is_what_the_last_facts_say(happened: tuple[CardEvent, ...], when: datetime) -> None:
    """Told in another way: a report stops the card until it is found; giving up ends it."""
    is_stopped = is_over = False
    for event in sorted(happened, key=lambda event: event.at):
        if event.at <= when:
            is_over |= event.event == "given_up"
            is_stopped = event.event == "reported_lost" or (is_stopped and event.event != "found")
    expected = "ended" if is_over else "stopped" if is_stopped else "in_use"
    assert rules.state_of(card(*happened), when) == expected
    assert (rules.lost_since(card(*happened), when) is not None) is (expected == "stopped")


@given(histories, moments)
def test_nobody_gets_a_second_card_before_the_first_has_ended(happened: tuple[CardEvent, ...], when: datetime) -> None:
    held = [card(*happened)]
    state = rules.state_of(held[0], when)
    if state == "ended":
        rules.check_new_card(RESIDENT, held, when)
        assert code_of(rules.card_to_give_up, held, when) == "no-valid-card"
        assert code_of(rules.card_to_report, held, when) == "no-valid-card"
    else:
        refusal = {"in_use": "card-already-held", "stopped": "card-stopped"}[state]
        assert code_of(rules.check_new_card, RESIDENT, held, when) == refusal
        assert rules.card_to_give_up(held, when) == held[0]
    assert (rules.valid_card(held, when) is None) is (state != "in_use")


def test_an_expired_card_has_ended_and_can_not_be_found() -> None:
    lost = card(at(-2, "reported_lost"))
    end = end_of_day(CARD.expires_on)
    assert [rules.state_of(lost, when) for when in (end, end + timedelta(seconds=1))] == ["stopped", "ended"]
    assert code_of(rules.card_to_find, RESIDENT, [lost], end + timedelta(seconds=1), held=True) == "no-valid-card"


def test_a_card_is_found_only_where_it_was_stopped_here_or_by_telephone() -> None:
    assert code_of(rules.card_to_find, RESIDENT, [CARD], NOW, held=False) == "card-not-stopped"
    assert rules.card_to_find(RESIDENT, [CARD], NOW, held=True) == CARD
    lost = card(at(-2, "reported_lost"))
    assert rules.card_to_find(RESIDENT, [lost], NOW, held=False) == lost
    assert code_of(rules.card_to_write, RESIDENT, [lost], NOW) == "card-stopped"
    assert code_of(rules.card_to_find, after("move_out"), [lost], NOW, held=False) == "register-event-not-possible"


def test_of_two_cards_of_one_moment_the_one_that_has_not_ended_counts() -> None:
    ended = msgspec.structs.replace(card(at(-1, "given_up", "lost")), card_id="c9")
    assert rules.kept_card([CARD, ended], NOW) == rules.kept_card([ended, CARD], NOW) == CARD


STOPPED = [card(at(-1, "reported_lost"))]
GONE = [card(at(-1, "given_up", "returned"))]


@pytest.mark.parametrize(
    ("record", "held", "certificates", "can"),
    [
        (RESIDENT, [], [], ["card"]),
        (RESIDENT, GONE, [], ["card"]),
        (RESIDENT, [CARD], [certificate("valid")], ["reissue", "pins", "lost_card", "give_up_card", "return_card"]),
        (RESIDENT, [CARD], [certificate("suspended")], ["found_card", "lost_card", "give_up_card", "return_card"]),
        (RESIDENT, STOPPED, [certificate("suspended")], ["found_card", "give_up_card", "return_card"]),
        (RESIDENT, STOPPED, [], ["found_card", "give_up_card", "return_card"]),
        (RESIDENT, [], [certificate("suspended", "phone")], ["card", "phone_certificates"]),
        (RESIDENT, [], [certificate("revoked", "phone"), certificate("expired", "phone")], ["card"]),
        (after("move_out"), [CARD], [], ["lost_card", "give_up_card", "return_card"]),
        (after("death"), [CARD], [], ["give_up_card", "return_card"]),
        (after("death"), [], [], []),
        (after("left_country"), GONE, [certificate("valid", "phone")], ["phone_certificates"]),
    ],
)  # fmt: skip
def test_what_can_be_done_follows_from_the_card_and_its_certificates(
    record: Any, held: list[CardFact], certificates: list[CertificateState], can: list[str]
) -> None:
    assert list(rules.card_procedures(record, held, certificates, NOW)) == can


def test_a_phones_newer_certificate_is_not_taken_for_the_cards() -> None:
    on_card = certificate("revoked", serial=1, reason="affiliationChanged")
    on_phone = certificate("valid", "phone", serial=2)
    held_on_phone = certificate("suspended", "phone", serial=3)
    assert rules.needs_reissue([held_on_phone, on_phone, on_card])
    assert rules.newest_of([on_phone, on_card], "card") == [on_card]
    assert rules.held([held_on_phone, on_card]) == []
    assert not rules.needs_reissue([certificate("revoked", "phone", reason="affiliationChanged")])


def test_each_reason_has_what_j_lis_is_told() -> None:
    assert set(rules.REVOKED_AS) == set(get_args(WhyGivenUp))
    assert set(rules.PHONE_REVOKED_AS) == set(get_args(rules.Occasion))
    assert rules.REVOKED_AS["lost"] == rules.PHONE_REVOKED_AS["lost"] == "keyCompromise"
