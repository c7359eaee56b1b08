"""A phone's certificates at the counter: seen, revoked without the phone, and what becomes of them with the card."""

import base64
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tegata.actors.citizen import seed as citizen_seed
from tegata.actors.citizen.service import signing
from tegata.actors.jlis.service import phones
from tegata.actors.municipality.rules.cards import Pins, needs_reissue
from tegata.actors.municipality.service import cards, holders, losses, register
from tegata.node import audit
from tegata.pki.keys import SoftwareSigner
from tegata.wire.certificates import CertificateState
from tegata.wire.phones import PhoneApplication, SignedApplication
from tegata.wire.problems import Refused
from tests.actors.municipality.counter import Counter, counter_of
from tests.actors.municipality.world import (
    HANAKO,
    HERE,
    NEW_HOME,
    PASSWORD,
    SHIBUYA,
    TARO,
    THERE,
    World,
    make_world,
    spki,
)
from tests.fixtures.nodes import NetworkMaker

IDENTITY = ("identity", {"document": "photo"})
LOST = ("why", {"occasion": "lost"})


@cache
def phone_keys() -> Sequence[rsa.RSAPrivateKey]:
    return citizen_seed.key_pool(4)


def gets_a_phone(world: World, who: Any = HANAKO, keys: int = 0, model: str = "Tegata One") -> None:
    """The holder applies with the card; the phone gets both certificates."""
    sign, auth = phone_keys()[keys : keys + 2]
    application = PhoneApplication(
        application_id=f"application-{who.resident_code}", phone_id=f"phone-{who.resident_code}-{'x' * 22}",
        model=model, sign_key=_text(spki(sign)), auth_key=_text(spki(auth)), stated_at=world.clock.now(),
    )  # fmt: skip
    payload = msgspec.json.encode(application)
    document = signing.sign_with_card(world.citizen, who.resident_code, "sign", PASSWORD, payload)
    proofs = [_text(SoftwareSigner(key).sign(payload)) for key in (sign, auth)]
    signed = SignedApplication(document=document, sign_proof=proofs[0], auth_proof=proofs[1])
    phones.apply(world.jlis, signed, "portal")


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def on_phone(world: World, who: Any = HANAKO) -> list[CertificateState]:
    return [one for one in holders.certificates_of(world.node, who.resident_code) if one.medium == "phone"]


def reasons(world: World, who: Any = HANAKO) -> dict[str, str]:
    return {one.usage: f"{one.state} {one.reason or ''}".strip() for one in on_phone(world, who)}


def named(world: World, usage: str, who: Any = HANAKO) -> str:
    return next(f"{one.usage}.{one.serial}" for one in on_phone(world, who) if one.usage == usage)


@pytest.fixture
def world(make_network: NetworkMaker) -> World:
    world = make_world(make_network)
    gets_a_phone(world)
    return world


@pytest.mark.rule("SP-05")
def test_the_phone_is_not_back_and_its_certificates_are_revoked_at_the_counter(world: World, chiyoda: Counter) -> None:
    hanako = world.id_of(HANAKO)
    page = chiyoda.open(f"/residents/{hanako}").text
    assert "Tegata One" in page
    assert "スマホ用電子証明書（新しい順）" in page
    holders.revoke(world.node, HERE, on_phone(world), "certificateHold", "call")
    assert "スマホ用電子証明書が一時利用停止" in chiyoda.open(f"/residents/{hanako}").text
    case = chiyoda.begin(hanako, "phone_certificates")
    chiyoda.answer(case, *IDENTITY)
    assert "Tegata One" in chiyoda.open(f"{case}/phones").text
    assert chiyoda.answer(case, "phones", {"certificates": [named(world, "sign"), named(world, "auth")]}) == "why"
    assert chiyoda.answer(case, *LOST) == "check"
    check = chiyoda.open(f"{case}/check").text
    assert "スマートフォンが戻らない" in check
    sent = {"_csrf": chiyoda.token(check)}
    for _ in range(2):
        answer = chiyoda.client.post(f"{case}/record", data=sent, follow_redirects=False)
        assert answer.headers["location"] == f"{case}/result", answer.text
    result = chiyoda.open(f"{case}/result").text
    assert "選んだスマホ用電子証明書は失効しました" in result
    assert "Tegata One" in result
    assert reasons(world) == {"sign": "revoked keyCompromise", "auth": "revoked keyCompromise"}
    assert {one.state for one in holders.certificates_of(world.node, HANAKO.resident_code) if one.medium == "card"} == {
        "valid"
    }
    assert [one.entry.action for one in audit.entries_for(world.node.database, hanako)] == [
        "phone-certificates-revoked"
    ]
    assert chiyoda.post(f"/residents/{hanako}/procedures", {"kind": "phone_certificates"}, on="/").status_code == 409
    assert world.card_signs(HANAKO)


@pytest.mark.rule("SP-05")
def test_one_of_them_is_revoked_for_a_forgotten_password_and_only_of_this_person(
    world: World, chiyoda: Counter
) -> None:
    gets_a_phone(world, TARO, 2)
    case = chiyoda.begin(world.id_of(HANAKO), "phone_certificates")
    chiyoda.answer(case, *IDENTITY)
    mine = holders.certificates_of(world.node, HANAKO.resident_code)
    of_card = next(f"{one.usage}.{one.serial}" for one in mine if one.medium == "card")
    for wrong in ([named(world, "sign", TARO)], [of_card], ["sign.0"], ["sign"], ["sign.1' OR 1=1"], ["x" * 500], []):
        answer = chiyoda.post(f"{case}/phones", {"certificates": wrong}, on=f"{case}/phones")
        assert answer.status_code == 422, wrong
        assert 'id="certificates-error"' in answer.text
    chiyoda.answer(case, "phones", {"certificates": [named(world, "auth")] * 2})
    assert chiyoda.post(f"{case}/why", {"occasion": "found"}, on=f"{case}/why").status_code == 422
    chiyoda.answer(case, "why", {"occasion": "forgotten"})
    world.network.take_down("jlis")
    assert chiyoda.post(f"{case}/record", {}, on="/").status_code == 503
    assert chiyoda.open(f"{case}/phones").status_code == 503
    world.network.bring_up("jlis")
    assert chiyoda.record(case).status_code == 200
    assert reasons(world) == {"sign": "valid", "auth": "revoked cessationOfOperation"}
    assert reasons(world, TARO) == {"sign": "valid", "auth": "valid"}
    with counter_of(world, SHIBUYA) as shibuya:
        assert shibuya.open(f"{case}/check").status_code == 404
        answer = shibuya.post(f"/residents/{world.id_of(TARO)}/procedures", {"kind": "phone_certificates"}, on="/")
        assert answer.status_code == 404


@pytest.mark.rule("SP-05")
def test_a_lost_card_leaves_the_phone_and_one_that_was_found_or_given_up_ends_its_certificates(world: World) -> None:
    node, hanako = world.node, world.id_of(HANAKO)
    losses.report_loss(node, HERE, hanako)
    assert reasons(world) == {"sign": "valid", "auth": "valid"}
    cards.take_up_again(node, HERE, hanako, Pins())
    assert reasons(world) == {"sign": "revoked superseded", "auth": "revoked superseded"}
    gets_a_phone(world, TARO, 2)
    losses.give_up(node, HERE, world.id_of(TARO), "lost")
    assert reasons(world, TARO) == {"sign": "revoked keyCompromise", "auth": "revoked keyCompromise"}


@pytest.mark.rule("FI-03")
def test_a_phones_certificates_are_not_taken_for_the_cards(world: World) -> None:
    node, hanako = world.node, world.id_of(HANAKO)
    assert not needs_reissue(holders.certificates_of(node, HANAKO.resident_code))
    register.move_in(node, THERE, [hanako], address=NEW_HOME, postal_code="1500041", effective_on=world.today)
    world.network.settle()
    known = holders.certificates_of(node, HANAKO.resident_code)
    assert needs_reissue(known)
    assert reasons(world)["sign"] == "revoked affiliationChanged"
    card = next(one for one in known if one.medium == "card" and one.usage == "auth")
    with pytest.raises(Refused) as refused:
        losses.revoke_phone_certificates(node, THERE, hanako, [("auth", card.serial)], "lost")
    assert refused.value.code == "no-phone-certificate"
    assert world.card_signs(HANAKO, "auth", "1234")
