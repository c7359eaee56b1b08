"""How a phone's certificates stand, and what is to be done (rules SP-03, SP-05)."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from tegata.actors.citizen import rules
from tegata.actors.citizen.pages.phones import words
from tegata.actors.citizen.rules import Held
from tegata.wire.certificates import CertificateState, Usage
from tests.support import START

END = START + timedelta(days=900)


def state(usage: Usage = "sign", standing: Any = "valid", **changes: Any) -> CertificateState:
    facts: dict[str, Any] = {
        "serial": 1, "usage": usage, "card_id": "p1", "medium": "phone", "state": standing, "not_before": START,
        "not_after": END, **changes,
    }  # fmt: skip
    return CertificateState(**facts)


def held(usage: Usage = "sign", standing: Any = "valid", *, on_phone: bool = True, **changes: Any) -> Held:
    return Held(usage=usage, on_phone=on_phone, state=state(usage, standing, **changes))


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (Held(usage="auth", on_phone=False), "absent"),
        (Held(usage="auth", on_phone=True), "unheard"),
        (held(), "valid"),
        (held("sign", "suspended"), "suspended"),
        (held("sign", "expired"), "expired"),
        (held("sign", "valid", not_after=START - timedelta(seconds=1)), "expired"),
        (held("sign", "suspended", not_after=START - timedelta(seconds=1)), "expired"),
        (held("sign", "revoked", reason="cessationOfOperation"), "revoked"),
        (held("sign", "revoked", reason="unspecified"), "revoked"),
        (held("sign", "revoked"), "revoked"),
        (held("sign", "revoked", reason="affiliationChanged"), "moved"),
        (held("sign", "revoked", reason="superseded"), "replaced"),
        (held("sign", "revoked", reason="keyCompromise"), "reported-lost"),
        (held("sign", "revoked", reason="superseded", on_phone=False), "replaced"),
    ],
    ids=str,
)
def test_each_state_has_its_situation_and_its_sentence(one: Held, expected: rules.Situation) -> None:
    assert rules.situation(one, START) == expected
    kind, word, says = words.STATES[expected]
    assert kind in {"good", "warn", "bad", "wait", "plain"}
    assert word.ja
    assert says.ja.endswith("。")
    assert says.en.endswith(".")


@pytest.mark.rule("SP-03")
def test_what_lies_on_the_phone_and_is_not_over_can_be_revoked() -> None:
    both = [held("auth"), held("sign", "suspended")]
    assert rules.can_be_revoked(both, START) == ["auth", "sign"]
    assert rules.can_be_revoked([held("auth", on_phone=False), held("sign", "revoked")], START) == []
    assert rules.can_be_revoked([Held(usage="auth", on_phone=True)], START) == ["auth"]
    assert rules.can_be_revoked(both, END + timedelta(seconds=1)) == []


@pytest.mark.rule("SP-05")
def test_what_is_suspended_and_here_can_be_resumed() -> None:
    assert rules.can_be_resumed([held("auth", "suspended"), held("sign")], START) == ["auth"]
    assert rules.can_be_resumed([held("auth", "suspended", on_phone=False)], START) == []
    assert rules.can_be_resumed([held("auth", "revoked"), Held(usage="sign", on_phone=True)], START) == []


@pytest.mark.rule("SP-03")
def test_the_password_signs_an_order_and_the_pin_where_no_signature_certificate_is_left() -> None:
    both = [held("auth"), held("sign")]
    for usages in (["auth"], ["sign"], ["auth", "sign"]):
        assert rules.signs_order(both, usages, START) == "sign"
    assert rules.signs_order([held("auth"), held("sign", on_phone=False)], ["auth"], START) == "auth"
    moved = held("sign", "revoked", reason="affiliationChanged")
    assert rules.signs_order([held("auth"), moved], ["auth"], START) == "auth"
    assert rules.signs_order([held("auth"), held("sign", "suspended")], ["auth"], START) == "sign"


def test_the_card_is_needed_again_where_something_is_over() -> None:
    assert not rules.needs_card_again([held("auth"), held("sign", "suspended")], START)
    assert not rules.needs_card_again([Held(usage="auth", on_phone=False)], START)
    assert rules.needs_card_again([held("auth"), held("sign", "revoked")], START)
    assert rules.needs_card_again([held("auth"), held("sign")], END + timedelta(seconds=1))


def test_the_newest_of_a_usage_counts() -> None:
    states = [state(serial=3, not_before=START + timedelta(days=1)), state(serial=2), state("auth", serial=9)]
    newest = rules.newest(states, "sign")
    assert newest is not None
    assert newest.serial == 3
    assert rules.newest([], "auth") is None


def test_every_occasion_and_every_way_out_of_the_hands_has_its_words() -> None:
    assert set(words.HAND_OVERS) == set(words.GONE) == set(rules.HAND_OVERS)
    assert set(rules.COMES_BACK) < set(rules.HAND_OVERS)
    assert {occasion for occasion in rules.HAND_OVERS.values() if occasion} < set(words.OCCASIONS)
    for texts, language in product(words.OCCASIONS.values(), ("ja", "en")):
        assert all(text.to(language) for text in texts)  # type: ignore[arg-type]
