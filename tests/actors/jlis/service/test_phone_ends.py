"""What ends with the card's signature certificate, what does not, and the two chains (SP-01)."""

from datetime import timedelta
from typing import Any

import pytest

from tegata.actors.jlis.service import issue, revocations
from tegata.wire.certificates import RevocationRequest
from tegata.wire.consents import CERTIFICATE_NOT_VALID
from tests.actors.jlis.outcomes import kind
from tests.actors.jlis.world import Phone, Resident, World

DAY = timedelta(days=1)


@pytest.fixture
def phone(quick_world: World) -> Phone:
    """A phone with certificates, where the database is not the question."""
    return quick_world.holder().phone().gets()


def revoked_at_town(person: Resident, reason: Any, usage: Any = "sign", medium: Any = "card") -> None:
    request = RevocationRequest(
        serial=person.state(usage, medium).serial, usage=usage, municipality_code=person.municipality, reason=reason
    )
    revocations.revoke(person.world.node, request, "municipality")


@pytest.mark.rule("SP-01")
@pytest.mark.parametrize(
    ("happening", "reason"),
    [
        (lambda person: person.moves(), "affiliationChanged"),
        (lambda person: person.happens("death", None), "cessationOfOperation"),
        (lambda person: person.gets("sign"), "superseded"),
        (lambda person: revoked_at_town(person, "keyCompromise"), "keyCompromise"),
        (lambda person: revoked_at_town(person, "cessationOfOperation"), "cessationOfOperation"),
    ],
    ids=["move", "death", "renewal", "lost", "returned"],
)
def test_what_hangs_on_the_card_ends_with_it(phone: Phone, happening: Any, reason: str) -> None:
    happening(phone.owner)
    for usage in ("sign", "auth"):
        state = phone.owner.state(usage, "phone")
        assert (state.state, state.reason) == ("revoked", reason)
    assert kind(lambda: phone.orders("resume")) is CERTIFICATE_NOT_VALID


def test_a_phone_that_is_held_ends_with_the_card_too(phone: Phone) -> None:
    person = phone.owner
    person.world.suspends(person)
    person.moves()
    assert person.state("sign", "phone").reason == "affiliationChanged"


def test_what_does_not_end_a_phones_certificates(phone: Phone) -> None:
    person = phone.owner
    revoked_at_town(person, "certificateHold")
    person.gets("auth")
    assert phone.states() == {"sign": "valid", "auth": "valid"}
    person.gets("sign")
    assert {person.state(usage, "phone").reason for usage in ("sign", "auth")} == {"superseded"}
    again = person.phone().gets()
    assert again.states() == {"sign": "valid", "auth": "valid"}


def test_the_town_revokes_a_phones_certificate_alone(phone: Phone) -> None:
    person = phone.owner
    revoked_at_town(person, "certificateHold", "sign", "phone")
    assert phone.states() == {"sign": "suspended", "auth": "valid"}
    revoked_at_town(person, "keyCompromise", "sign", "phone")
    assert phone.states() == {"sign": "revoked", "auth": "valid"}
    assert person.state().state == "valid"


def test_the_cards_chain_has_no_phone_in_it(phone: Phone) -> None:
    person, node = phone.owner, phone.owner.world.node
    before = person.cards["sign"].serial_number
    issued = issue.issue(node, person.application(), "municipality")
    assert issued.replaces == before
    again = person.gets("sign")
    assert again.replaces == issued.serial
    assert person.phone().gets().certificates["sign"].serial_number > again.serial
    auth = person.cards["auth"].serial_number
    assert person.gets("auth").replaces == auth
    assert person.state().serial == again.serial
