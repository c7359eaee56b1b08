"""Who may apply for, revoke and resume a phone's certificates: the tables of the rules, cell by cell."""

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import msgspec
import pytest

from tegata.actors.jlis.rules.phones import (
    Signer,
    check_application,
    check_order,
    check_resumable,
    reason_for,
)
from tegata.japan.dates import JST
from tegata.wire.certificates import NOT_RESIDENT
from tegata.wire.consents import CERTIFICATE_NOT_VALID, WRONG_STATEMENT
from tegata.wire.phones import CARD_CERTIFICATE_ONLY, NOT_SUSPENDED, NOT_YOUR_PHONE, PhoneApplication, PhoneOrder
from tegata.wire.problems import ProblemType, Refused

AT = datetime(2023, 9, 25, 10, 0, tzinfo=JST)
HOUR = timedelta(hours=1)
PHONE = "p" * 22
CARD = Signer("person", "card", "sign", "card-1", "valid")


def outcome(work: Any) -> ProblemType | None:
    try:
        work()
    except Refused as refused:
        return refused.type
    return None


def application(**changes: Any) -> PhoneApplication:
    made = PhoneApplication(
        application_id="a", phone_id=PHONE, model="One", sign_key="AAAA", auth_key="AAAA", stated_at=AT
    )
    return msgspec.structs.replace(made, **changes)


def applied(
    message: PhoneApplication, signer: Signer = CARD, owner: str | None = None, *, ended: bool = False
) -> ProblemType | None:
    return outcome(lambda: check_application(message, signer, owner, ended=ended, at=AT, lifetime=HOUR))


@pytest.mark.rule("SP-01")
def test_each_step_of_an_application_has_its_refusal() -> None:
    assert applied(application()) is None
    assert applied(application(), owner="person") is None
    assert applied(application(stated_at=AT - HOUR)) is None
    assert applied(application(stated_at=AT - HOUR - timedelta(seconds=1))) is WRONG_STATEMENT
    assert applied(application(stated_at=AT + HOUR)) is WRONG_STATEMENT
    assert applied(application(stated_at=AT.replace(tzinfo=None))) is WRONG_STATEMENT
    assert applied(application(phone_id=PHONE[1:])) is WRONG_STATEMENT
    on_phone = Signer("person", "phone", "sign", PHONE, "valid")
    assert applied(application(), on_phone) is CARD_CERTIFICATE_ONLY
    assert applied(application(), owner="other") is NOT_YOUR_PHONE
    assert applied(application(), ended=True) is NOT_RESIDENT


def order(action: Any = "revoke", **changes: Any) -> PhoneOrder:
    occasion = "found" if action == "resume" else "lost"
    made = PhoneOrder(
        order_id="o", phone_id=PHONE, action=action, usages=["sign", "auth"], occasion=occasion, stated_at=AT
    )
    return msgspec.structs.replace(made, **changes)


def ordered(message: PhoneOrder, signer: Signer) -> ProblemType | None:
    return outcome(lambda: check_order(message, signer, "person", AT, HOUR))


def allowed(signer: Signer, message: PhoneOrder) -> bool:
    """The table of the module's docstring, written the other way round: what is allowed."""
    if signer.person_id != "person":
        return False
    cell = (signer.medium, signer.usage, signer.device == PHONE)
    if cell == ("phone", "sign", True):
        return True
    if cell == ("phone", "auth", True):
        return message.usages == ["auth"]
    return cell == ("card", "sign", False) and message.action == "revoke"


@pytest.mark.rule("SP-03")
@pytest.mark.rule("SP-05")
@pytest.mark.parametrize("state", ["valid", "suspended"])
def test_the_table_of_who_may_order_what(state: Any) -> None:
    cells = product(
        ("person", "other"), ("card", "phone"), ("sign", "auth"), ("revoke", "resume"),
        (["sign"], ["auth"], ["sign", "auth"], ["auth", "sign"]), (True, False),
    )  # fmt: skip
    seen = set()
    for who, medium, usage, action, usages, same in cells:
        device = "card-1" if medium == "card" else PHONE if same else "another" * 4
        signer = Signer(who, medium, usage, device, state)  # type: ignore[arg-type]
        message = order(action, usages=usages)
        expected: ProblemType | None = None if allowed(signer, message) else NOT_YOUR_PHONE
        if expected is None and medium == "card" and state == "suspended":
            expected = CERTIFICATE_NOT_VALID
        assert ordered(message, signer) is expected, (signer, message)
        seen.add(expected)
    assert seen == ({None, NOT_YOUR_PHONE} | ({CERTIFICATE_NOT_VALID} if state == "suspended" else set()))


def test_an_order_that_contradicts_itself_is_none() -> None:
    signer = Signer("person", "phone", "sign", PHONE, "valid")
    occasions = ("trade-in", "disposal", "repair", "no-longer-wanted", "lost", "found")
    for action, occasion in product(("revoke", "resume"), occasions):
        fits = (action == "resume") == (occasion == "found")
        assert ordered(order(action, occasion=occasion), signer) is (None if fits else WRONG_STATEMENT)
    assert ordered(order(usages=["auth", "auth"]), signer) is WRONG_STATEMENT
    assert ordered(order(stated_at=AT - timedelta(days=1)), signer) is WRONG_STATEMENT


@pytest.mark.rule("SP-03")
def test_reasons_of_orders() -> None:
    reasons = {occasion: reason_for(order(occasion=occasion)) for occasion in ("trade-in", "disposal", "repair")}
    assert set(reasons.values()) == {"cessationOfOperation"}
    assert reason_for(order(occasion="no-longer-wanted")) == "cessationOfOperation"
    assert reason_for(order(occasion="lost")) == "keyCompromise"
    assert reason_for(order("resume")) == "removeFromCRL"


def test_a_resumption_needs_something_that_is_suspended() -> None:
    assert outcome(lambda: check_resumable(["suspended", "revoked"])) is None
    for states in ([], ["valid"], ["valid", "revoked"], ["expired"]):
        assert outcome(lambda states=states: check_resumable(states)) is NOT_SUSPENDED
