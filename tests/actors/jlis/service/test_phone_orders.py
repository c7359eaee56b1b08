"""A phone's certificates are revoked and resumed by their holder, and what lists and OCSP say (SP-03 to SP-05)."""

from datetime import timedelta

import pytest

from tegata.actors.jlis.service import crls, status
from tegata.actors.jlis.service.ocsp.data import load
from tegata.pki.crl import read_crl
from tegata.pki.ocsp import Good, Revoked
from tegata.wire.consents import BAD_SIGNATURE, CERTIFICATE_NOT_VALID, WRONG_STATEMENT
from tegata.wire.phones import (
    NOT_SUSPENDED,
    NOT_YOUR_PHONE,
)
from tegata.wire.problems import CONFLICT, NOT_FOUND
from tests.actors.jlis.outcomes import kind, last_entry
from tests.actors.jlis.world import Phone, Resident, World

QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)


@pytest.fixture
def person(world: World) -> Resident:
    return world.holder()


@pytest.fixture
def phone(quick_world: World) -> Phone:
    """A phone with certificates, where the database is not the question."""
    return quick_world.holder().phone().gets()


@pytest.mark.rule("SP-03")
def test_the_phone_revokes_its_own_and_the_card_stays(quick_world: World) -> None:
    person = quick_world.holder()
    for occasion, reason in (
        ("trade-in", "cessationOfOperation"),
        ("disposal", "cessationOfOperation"),
        ("repair", "cessationOfOperation"),
        ("no-longer-wanted", "cessationOfOperation"),
        ("lost", "keyCompromise"),
    ):
        states = person.phone().gets().orders("revoke", occasion=occasion)
        assert {(one.usage, one.state, one.reason) for one in states} == {
            ("sign", "revoked", reason),
            ("auth", "revoked", reason),
        }
        entry = last_entry(quick_world)
        assert (entry.action, entry.detail["occasion"]) == ("phone-certificates-revoked", occasion)
        assert entry.detail["signed_by"] == "phone:sign"
    assert person.state().state == "valid"


def test_a_repeated_order_is_answered_as_before(quick_world: World) -> None:
    """Also where its own certificate ended by it; another content under its id is a conflict."""
    world, person = quick_world, quick_world.holder()
    phone = person.phone().gets()
    order = phone.order("revoke", usages=["sign"])
    document = phone.signs(order)
    first = phone.carry_out(document)
    assert phone.states() == {"sign": "revoked", "auth": "valid"}
    phone.carry_out(phone.signs(phone.order("revoke", usages=["auth"]), "auth"))
    world.passes(DAY)
    assert phone.carry_out(document) == first
    other = person.signs(phone.order("revoke", order_id=order.order_id))
    assert kind(lambda: phone.carry_out(other)) is CONFLICT


def test_who_may_order_what(quick_world: World) -> None:
    person = quick_world.holder()
    phone, other = person.phone().gets(), quick_world.holder()
    theirs = other.phone().gets()
    for document in (
        other.signs(phone.order("revoke")),
        theirs.signs(phone.order("revoke")),
        phone.signs(phone.order("revoke"), "auth"),
        phone.signs(phone.order("revoke", usages=["sign"]), "auth"),
        person.signs(phone.order("resume")),
        person.signs(phone.order("revoke"), "auth"),
    ):
        assert kind(lambda document=document: phone.carry_out(document)) is NOT_YOUR_PHONE
    assert phone.states() == {"sign": "valid", "auth": "valid"}
    assert [one.state for one in phone.carry_out(phone.signs(phone.order("revoke", usages=["auth"]), "auth"))] == [
        "revoked"
    ]
    assert phone.states() == {"sign": "valid", "auth": "revoked"}
    assert [one.state for one in phone.carry_out(person.signs(phone.order("revoke")))] == ["revoked", "revoked"]


@pytest.mark.rule("SP-05")
def test_the_card_revokes_without_the_phone_only_while_it_is_valid(quick_world: World) -> None:
    person = quick_world.holder()
    phone = person.phone().gets()
    quick_world.suspends(person, "card")
    assert phone.states() == {"sign": "valid", "auth": "valid"}
    assert kind(lambda: phone.carry_out(person.signs(phone.order("revoke", occasion="lost")))) is CERTIFICATE_NOT_VALID
    assert phone.states() == {"sign": "valid", "auth": "valid"}


def test_orders_that_are_none(phone: Phone) -> None:
    person = phone.owner
    unknown = Phone(person, "p" * 30)
    assert kind(lambda: unknown.carry_out(person.signs(unknown.order("revoke")))) is NOT_FOUND
    assert kind(lambda: phone.orders("revoke", usages=["sign", "sign"])) is WRONG_STATEMENT
    assert kind(lambda: phone.orders("revoke", occasion="found")) is WRONG_STATEMENT
    assert kind(lambda: phone.orders("resume", occasion="repair")) is WRONG_STATEMENT
    assert kind(lambda: phone.orders("resume")) is NOT_SUSPENDED
    assert kind(lambda: phone.carry_out(phone.signs(person.statement()))) is WRONG_STATEMENT
    assert kind(lambda: phone.carry_out(phone.signs(phone.application()))) is WRONG_STATEMENT
    assert kind(lambda: phone.carry_out("a.b.c")) is BAD_SIGNATURE
    signed = phone.signs(phone.order("revoke"))
    forged = signed[:-8] + ("AAAAAAAA" if not signed.endswith("AAAAAAAA") else "BBBBBBBB")
    assert kind(lambda: phone.carry_out(forged)) is BAD_SIGNATURE
    person.world.passes(timedelta(hours=2))
    assert kind(lambda: phone.carry_out(signed)) is WRONG_STATEMENT
    assert phone.states() == {"sign": "valid", "auth": "valid"}


@pytest.mark.rule("SP-04")
@pytest.mark.rule("SP-05")
def test_suspended_and_resumed_in_ocsp_live_snapshot_and_lists(world: World, person: Resident) -> None:
    phone = person.phone().gets()
    serial = phone.certificates["sign"].serial_number
    numbers: list[int] = []

    def listed() -> dict[int, str]:
        world.passes(DAY)
        crls.issue_all(world.node, world.now)
        read = read_crl(crls.newest(world.node, "sign", "all", None).der)
        numbers.append(read.number)
        return {one.serial: str(one.reason) for one in read.entries}

    def told() -> list[str]:
        world.passes(QUARTER)
        kept = load(world.node, "sign", None).speakers[1].source.status(serial)
        live = status.LiveStatus(world.node, "sign").status(serial)
        return [str(one.reason) if isinstance(one, Revoked) else type(one).__name__ for one in (kept, live)]

    assert told() == [Good.__name__] * 2
    assert serial not in listed()
    world.suspends(person)
    assert phone.states() == {"sign": "suspended", "auth": "suspended"}
    assert told() == ["certificateHold"] * 2
    assert listed()[serial] == "certificateHold"
    assert {one.state for one in phone.orders("resume")} == {"valid"}
    assert told() == [Good.__name__] * 2
    assert serial not in listed()
    world.suspends(person)
    assert phone.orders("resume", usages=["sign"])[0].state == "valid"
    assert phone.states() == {"sign": "valid", "auth": "suspended"}
    assert kind(lambda: phone.orders("resume", usages=["sign"])) is NOT_SUSPENDED
    phone.orders("revoke", occasion="trade-in")
    assert told() == ["cessationOfOperation"] * 2
    assert listed()[serial] == "cessationOfOperation"
    assert numbers == [1, 2, 3, 4]


@pytest.mark.rule("SP-04")
def test_a_suspended_phone_signs_nothing_but_orders(quick_world: World) -> None:
    person = quick_world.holder()
    phone = person.phone().gets()
    quick_world.suspends(person)
    assert kind(phone.consents) is CERTIFICATE_NOT_VALID
    by_auth = phone.signs(phone.order("resume", usages=["auth"]), "auth")
    assert phone.carry_out(by_auth)[0].state == "valid"
    phone.orders("resume")
    assert phone.consents().state == "active"
