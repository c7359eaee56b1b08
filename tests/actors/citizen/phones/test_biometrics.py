"""Biometrics in place of the PIN: turned on, used, and every way in which an answer is not good (rule SP-02)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.citizen.service import cards, phones, signing
from tegata.actors.citizen.service.phones import biometrics, ceremony, origin, pins, shelf
from tegata.actors.citizen.service.phones.biometrics import REGISTER, UNLOCK, pin_for
from tegata.actors.citizen.service.phones.ceremony import Place
from tegata.actors.citizen.settings import CitizenSettings
from tegata.actors.citizen.tables import ChallengeRow
from tegata.node.node import Node
from tegata.wire.problems import Refused
from tests.actors.citizen.phones.authenticator import Authenticator, b64
from tests.actors.citizen.phones.bureau import Bureau
from tests.actors.citizen.phones.site import PHONE_PASSWORD, PHONE_PIN
from tests.actors.municipality.world import PASSWORD, World

ORIGIN = "http://localhost:8000"
pytestmark = pytest.mark.rule("SP-02")


def refusal(work: Any, *arguments: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        work(*arguments)
    return refused.value


def phone_of(world: World, model: str = "tegata-one") -> str:
    Bureau(world)
    phone_id = phones.get(world.citizen, "P000002", model)
    phones.apply(world.citizen, "P000002", phone_id, card_password=PASSWORD, password=PHONE_PASSWORD, pin=PHONE_PIN)
    return phone_id


def turned_on(world: World, phone_id: str) -> Authenticator:
    made = Authenticator(ORIGIN)
    answer = made.makes(biometrics.registration_options(world.citizen, phone_id))
    biometrics.turn_on(world.citizen, phone_id, PHONE_PIN, answer)
    return made


@pytest.fixture
def finger(quick_world: World, phone: str) -> Authenticator:
    return turned_on(quick_world, phone)


def ask(node: Node, phone_id: str, purpose: str = UNLOCK) -> str:
    return biometrics.assertion_options(node, phone_id, purpose)


def test_an_accepted_assertion_uses_the_pin_that_the_phone_keeps(node: Node, phone: str, finger: Authenticator) -> None:
    assert phones.look(node, phone).biometrics
    options = ask(node, phone)
    asked = json.loads(options)
    assert (asked["rpId"], asked["userVerification"]) == ("localhost", "required")
    assert pin_for(node, phone, UNLOCK, finger.answers(options)) == PHONE_PIN
    biometrics.unlock(node, phone, finger.answers(ask(node, phone)))
    made = json.loads(biometrics.registration_options(node, phone))
    assert made["authenticatorSelection"] == {
        "authenticatorAttachment": "platform", "residentKey": "discouraged", "requireResidentKey": False,
        "userVerification": "required",
    }  # fmt: skip
    assert made["attestation"] == "none"
    with node.database.read() as session:
        kept = session.connection().exec_driver_sql("SELECT kept_pin FROM phone WHERE kept_pin IS NOT NULL").scalar()
        assert PHONE_PIN.encode() not in bytes(kept or b"")


def test_a_challenge_is_good_once_for_one_purpose_and_not_for_long(
    quick_world: World, node: Node, phone: str, finger: Authenticator
) -> None:
    answer = finger.answers(ask(node, phone))
    assert pin_for(node, phone, UNLOCK, answer) == PHONE_PIN
    assert refusal(pin_for, node, phone, UNLOCK, answer).code == "biometrics-not-accepted"
    for_reader = finger.answers(ask(node, phone, biometrics.for_reading("r1")))
    assert refusal(pin_for, node, phone, UNLOCK, for_reader).code == "biometrics-not-accepted"
    assert refusal(pin_for, node, phone, biometrics.for_reading("r1"), for_reader).code == "biometrics-not-accepted"
    late = finger.answers(ask(node, phone))
    quick_world.network.advance(timedelta(minutes=2))
    assert refusal(pin_for, node, phone, UNLOCK, late).code == "biometrics-not-accepted"
    ask(node, phone)
    with node.database.read() as session:
        assert session.query(ChallengeRow).filter_by(phone_id=phone).count() == 1
    invented = finger.answers(json.dumps({"challenge": b64(bytes(32))}))
    assert refusal(pin_for, node, phone, UNLOCK, invented).code == "biometrics-not-accepted"


@pytest.mark.parametrize(
    "fault",
    [
        {"origin": "http://127.0.0.1:8000"},
        {"origin": "http://localhost:9999"},
        {"origin": "https://localhost:8000"},
        {"rp_id": "127.0.0.1"},
        {"rp_id": "evil.example"},
        {"verifies": False},
        {"credential_id": b"another" * 4},
        {"counts": False},
        {"count": -1},
        {"key": "other"},
    ],
    ids=str,
)
def test_an_answer_that_is_not_right_in_every_part_is_not_accepted(
    node: Node, phone: str, finger: Authenticator, fault: dict[str, Any]
) -> None:
    for _ in range(3):
        pin_for(node, phone, UNLOCK, finger.answers(ask(node, phone)))
    if fault.get("count"):
        finger.count -= 2  # the count goes back
    elif fault.get("key"):
        finger.key = Authenticator(ORIGIN).key
    else:
        for name, value in fault.items():
            setattr(finger, name, value)
    assert refusal(pin_for, node, phone, UNLOCK, finger.answers(ask(node, phone))).code == "biometrics-not-accepted"
    with node.database.read() as session:
        assert signing.tries_left(cards.card_row(session, phone), "auth") == 3


def test_a_credential_of_another_phone_opens_nothing(quick_world: World, node: Node, phone: str) -> None:
    mine = turned_on(quick_world, phone)
    other = phone_of(quick_world)
    theirs = turned_on(quick_world, other)
    assert refusal(pin_for, node, other, UNLOCK, mine.answers(ask(node, phone))).code == "biometrics-not-accepted"
    assert refusal(pin_for, node, phone, UNLOCK, theirs.answers(ask(node, phone))).code == "biometrics-not-accepted"
    assert pin_for(node, phone, UNLOCK, mine.answers(ask(node, phone))) == PHONE_PIN


@pytest.mark.parametrize("fault", [{"origin": "http://127.0.0.1:8000"}, {"rp_id": "x"}, {"verifies": False}], ids=str)
def test_a_registration_that_is_not_right_turns_nothing_on(node: Node, phone: str, fault: dict[str, Any]) -> None:
    made = Authenticator(**{"origin": ORIGIN, **fault})
    answer = made.makes(biometrics.registration_options(node, phone))
    assert refusal(biometrics.turn_on, node, phone, PHONE_PIN, answer).code == "biometrics-not-accepted"
    right = Authenticator(ORIGIN)
    answer = right.makes(biometrics.registration_options(node, phone))
    wrong = refusal(biometrics.turn_on, node, phone, "0000", answer)
    assert (wrong.code, wrong.detail) == ("card-wrong-pin", {"tries_left": 2})
    assert refusal(biometrics.turn_on, node, phone, PHONE_PIN, answer).code == "biometrics-not-accepted"  # spent
    assert not phones.look(node, phone).biometrics
    assert refusal(ask, node, phone).code == "biometrics-not-possible"


def test_what_answers_one_ceremony_is_not_taken_for_the_other(node: Node, phone: str, finger: Authenticator) -> None:
    swapped = finger.makes(ask(node, phone))
    assert refusal(pin_for, node, phone, UNLOCK, swapped).code == "biometrics-not-accepted"
    kind = finger.answers(ask(node, phone), type="webauthn.create")
    assert refusal(pin_for, node, phone, UNLOCK, kind).code == "biometrics-not-accepted"


@given(
    st.text(max_size=200)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=20),
        lambda inner: st.dictionaries(
            st.sampled_from(["id", "rawId", "type", "response", "clientDataJSON", "authenticatorData", "signature"]),
            inner, max_size=5,
        ),
        max_leaves=12,
    ).map(json.dumps)
)  # fmt: skip
def test_any_text_is_an_answer_that_is_not_accepted(answer: str) -> None:
    place = Place("localhost", ORIGIN)
    credential = ceremony.Registered(b"x", b"\xa0", 0)
    ceremony.challenge_in(answer)
    assert ceremony.registered(place, challenge=bytes(32), answer=answer) is None
    assert ceremony.asserted(place, credential, challenge=bytes(32), answer=answer) is None


def test_an_answer_without_end_is_not_read() -> None:
    client = json.dumps({"type": "webauthn.get", "challenge": b64(bytes(32)), "origin": ORIGIN}).encode()
    answer = json.dumps({"response": {"clientDataJSON": b64(client)}})
    assert ceremony.challenge_in(answer) == bytes(32)
    assert ceremony.challenge_in(answer + " " * ceremony.LARGEST_ANSWER) is None


def test_a_model_that_can_not_has_the_pin(quick_world: World, node: Node) -> None:
    lite = phone_of(quick_world, "tegata-lite")
    assert refusal(biometrics.registration_options, node, lite).code == "biometrics-not-possible"
    answer = Authenticator(ORIGIN).makes(json.dumps({"challenge": b64(bytes(32))}))
    assert refusal(biometrics.turn_on, node, lite, PHONE_PIN, answer).code == "biometrics-not-possible"
    pins.unlock(node, lite, PHONE_PIN)


def test_a_new_pin_is_kept_and_what_ends_the_old_one_turns_biometrics_off(
    quick_world: World, node: Node, phone: str, finger: Authenticator
) -> None:
    pins.change(node, phone, "auth", PHONE_PIN, "9753")
    biometrics.unlock(node, phone, finger.answers(ask(node, phone)))
    pins.change(node, phone, "sign", PHONE_PASSWORD, "OTHER99")
    assert phones.look(node, phone).biometrics
    for _ in range(3):
        refusal(pins.change, node, phone, "auth", "0000", "1111")
    assert not phones.look(node, phone).biometrics
    assert refusal(ask, node, phone).code == "biometrics-not-possible"


def test_a_pin_that_is_wrong_meanwhile_is_used_once_and_no_more(node: Node, phone: str, finger: Authenticator) -> None:
    signing.change_pin(node, phone, "auth", PHONE_PIN, "9753")  # not by the app
    assert refusal(biometrics.unlock, node, phone, finger.answers(ask(node, phone))).code == "card-wrong-pin"
    assert not phones.look(node, phone).biometrics
    with node.database.read() as session:
        assert signing.tries_left(cards.card_row(session, phone), "auth") == 2


@pytest.mark.parametrize("ending", ["off", "reset", "revoked", "applied-again", "gone"])
def test_whatever_ends_it_ends_it(
    quick_world: World, node: Node, phone: str, finger: Authenticator, ending: str
) -> None:
    answer = finger.answers(ask(node, phone))
    if ending == "off":
        biometrics.turn_off(node, phone)
    elif ending == "reset":
        shelf.reset(node, phone)
    elif ending == "revoked":
        phones.order(node, phone, "revoke", occasion="trade-in", secret=PHONE_PASSWORD)
    elif ending == "applied-again":
        again = phones.apply(node, "P000002", phone, card_password=PASSWORD, password="OTHER99", pin="1111")
        assert again.state == "done"
    else:
        shelf.hand_over(node, phone, "lost")
    expected = "phone-not-here" if ending == "gone" else "biometrics-not-possible"
    assert refusal(pin_for, node, phone, UNLOCK, answer).code == expected
    assert refusal(biometrics.registration_options if ending == "gone" else ask, node, phone).code == expected


@pytest.fixture
def addresses(node: Node) -> Iterator[Any]:
    """Lets a test set where the drawer is, and what its settings say of phones."""
    own, base = node.own, node.base_url

    def at(base_url: str, phone_origin: str = "") -> Node:
        node.base_url, node.own = base_url, msgspec.structs.replace(CitizenSettings(), phone_origin=phone_origin)
        return node

    yield at
    node.own, node.base_url = own, base


@pytest.mark.parametrize(
    ("base", "setting", "expected", "can"),
    [
        ("http://127.0.0.1:8000/citizen", "", "http://localhost:8000", True),
        ("http://127.0.0.1/citizen", "", "http://localhost", True),
        ("http://localhost:8000/citizen", "", "http://localhost:8000", True),
        ("https://citizen.example:8443", "", "https://citizen.example:8443", True),
        ("http://citizen.example", "", "http://citizen.example", False),
        ("http://192.0.2.7:8000/citizen", "", "http://192.0.2.7:8000", False),
        ("http://[::1]:8000/citizen", "", "http://[::1]:8000", False),
        ("http://127.0.0.1:8000/citizen", "https://phone.example/", "https://phone.example", True),
        ("http://127.0.0.1:8000/citizen", "http://phone.localhost:9", "http://phone.localhost:9", True),
    ],
)
def test_the_pages_of_phones_stand_on_a_host_name(
    addresses: Any, base: str, setting: str, expected: str, can: bool
) -> None:
    node = addresses(base, setting)
    assert origin.of(node) == expected
    assert origin.takes_webauthn(node) is can
    assert origin.base_url(node).startswith(expected)
    own = base.split("/")[2]
    assert origin.is_elsewhere(node, own) == (own != expected.split("/")[2])
    assert not origin.is_elsewhere(node, "some.proxy")
    assert biometrics.possible(node, "tegata-one") is can
    assert REGISTER != UNLOCK
