"""Certificates as they are issued: content, chain, serial numbers, repetition."""

import base64
import threading
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509

from tegata.actors.jlis.rules.revocation import RevocationFact
from tegata.actors.jlis.service import holders, issue, records, revocations
from tegata.actors.jlis.service.status import LiveStatus
from tegata.actors.jlis.tables import CertificateRow
from tegata.node.settings import SettingsError
from tegata.pki.attributes import attributes_of
from tegata.pki.validation import ByStatus, Trust, Validator
from tegata.wire.certificates import KEY_NOT_ACCEPTED, NOT_RESIDENT, TOO_YOUNG, Application, RevocationRequest
from tegata.wire.problems import CONFLICT, INVALID, NOT_FOUND, ProblemType, Refused
from tests.actors.jlis.world import CHIYODA, HANAKO, SHIBUYA, Resident, World, open_world


def refusal(world: World, application: Application) -> ProblemType:
    with pytest.raises(Refused) as refused:
        issue.issue(world.node, application, "municipality")
    return refused.value.type


@pytest.mark.rule("FI-01")
def test_a_signature_certificate_carries_the_four_attributes(world: World) -> None:
    person = world.resident()
    issued = person.gets("sign")
    assert attributes_of(person.cards["sign"]).four == HANAKO
    assert person.cards["sign"].serial_number == issued.serial
    authority = x509.load_der_x509_certificate(base64.b64decode(issued.ca_certificate))
    Validator(Trust(roots=[authority])).validate(
        person.cards["sign"], usage="sign", at=world.now, revocation=ByStatus(LiveStatus(world.node, "sign"))
    )


def test_an_authentication_certificate_carries_nothing_personal(world: World) -> None:
    person = world.resident()
    person.gets("auth")
    with pytest.raises(x509.ExtensionNotFound):
        person.cards["auth"].extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert person.attributes.name.encode() not in base64.b64decode(person.gets("auth").certificate)


def test_the_subject_is_opaque_and_holds_the_municipality(world: World) -> None:
    person = world.resident()
    person.gets("auth")
    name = person.cards["auth"].subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
    assert isinstance(name, str)
    assert len(name) == 23
    assert name[14:19] == CHIYODA[:5]
    assert name.endswith("A")


@pytest.mark.rule("FI-03")
def test_a_reissue_links_old_and_new(world: World) -> None:
    person = world.resident()
    first = person.gets()
    person.moves()
    second = person.gets()
    assert first.replaces is None
    assert second.replaces == first.serial
    assert second.serial > first.serial
    chain = holders.certificates_of_resident(world.node, person.code).items
    assert [(state.serial, state.state, state.replaced_by) for state in chain] == [
        (first.serial, "revoked", second.serial),
        (second.serial, "valid", None),
    ]
    assert attributes_of(person.cards["sign"]).four.address.startswith("東京都渋谷区")


def test_a_renewal_supersedes_the_one_before(world: World) -> None:
    person = world.resident()
    first = person.gets()
    world.passes(timedelta(days=1))
    person.gets()
    before = holders.certificates_of_resident(world.node, person.code).items[0]
    assert (before.serial, before.state, before.reason) == (first.serial, "revoked", "superseded")


def test_the_chains_of_two_usages_are_apart(world: World) -> None:
    person = world.resident()
    person.gets("sign")
    assert person.gets("auth").replaces is None


def test_the_same_application_again_gets_the_same_certificate(world: World) -> None:
    person = world.resident()
    application = person.application()
    first = issue.issue(world.node, application, "municipality")
    assert issue.issue(world.node, application, "municipality") == first
    assert len(holders.certificates_of_resident(world.node, person.code).items) == 1
    other = msgspec.structs.replace(application, card_id="card-2")
    assert refusal(world, other) is CONFLICT


def test_serial_numbers_count_up_over_all_holders_and_threads(world: World) -> None:
    people = [world.resident() for _ in range(6)]
    threads = [threading.Thread(target=person.gets) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    serials = sorted(person.cards["sign"].serial_number for person in people)
    assert serials == list(range(serials[0], serials[0] + 6))


def test_refusals_issue_nothing(world: World) -> None:
    person = world.resident()
    child = world.resident(msgspec.structs.replace(HANAKO, birth_date="2015-01-01"))
    assert refusal(world, person.application(resident_code="00000000000")) is NOT_RESIDENT
    assert refusal(world, person.application(municipality_code=SHIBUYA)) is NOT_RESIDENT
    assert refusal(world, child.application()) is TOO_YOUNG
    assert refusal(world, person.application(public_key="AAAA")) is KEY_NOT_ACCEPTED
    assert refusal(world, person.application(public_key="A")) is KEY_NOT_ACCEPTED
    assert refusal(world, person.application(card_expires_on=world.now.date() - timedelta(days=1))) is INVALID
    assert holders.certificates_of_resident(world.node, person.code).items == []
    assert child.gets("auth").serial


def test_nothing_for_the_dead(world: World) -> None:
    person = world.resident()
    person.happens("death", None)
    assert refusal(world, person.application()) is NOT_RESIDENT


def test_attributes_too_long_for_a_certificate_are_refused_at_issue(world: World) -> None:
    person = world.resident(msgspec.structs.replace(HANAKO, address="東京都" + "あ" * 198))
    assert refusal(world, person.application()) is INVALID
    assert person.gets("auth").serial


def revoke(world: World, person: Resident, reason: str, municipality: str = CHIYODA) -> str:
    request = RevocationRequest(
        serial=person.cards["sign"].serial_number,
        usage="sign",
        municipality_code=municipality,
        reason=reason,  # type: ignore[arg-type]
    )
    return revocations.revoke(world.node, request, "municipality").state


def test_revocation_on_request_is_for_good(world: World) -> None:
    person = world.resident()
    person.gets()
    assert revoke(world, person, "certificateHold") == "suspended"
    assert revoke(world, person, "keyCompromise") == "revoked"
    assert revoke(world, person, "certificateHold") == "revoked"
    with world.node.database.read() as session:
        row = session.get_one(CertificateRow, ("sign", person.cards["sign"].serial_number))
        assert records.revocation_of(session, row) == RevocationFact(world.now, "keyCompromise")


def test_a_municipality_revokes_its_own_residents_certificates_only(world: World) -> None:
    person = world.resident()
    person.gets()
    with pytest.raises(Refused) as refused:
        revoke(world, person, "unspecified", SHIBUYA)
    assert refused.value.type is NOT_FOUND
    person.moves()
    person.gets()
    assert revoke(world, person, "unspecified", SHIBUYA) == "revoked"


def test_an_expired_certificate_stays_expired(world: World) -> None:
    person = world.resident()
    person.gets()
    world.passes(timedelta(days=3000))
    assert revoke(world, person, "unspecified") == "expired"


def test_revoking_what_is_not_there(world: World) -> None:
    request = RevocationRequest(serial=2**40, usage="auth", municipality_code=CHIYODA, reason="unspecified")
    with pytest.raises(Refused) as refused:
        revocations.revoke(world.node, request, "municipality")
    assert refused.value.type is NOT_FOUND


def test_settings_with_a_slip_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="jlis"), open_world("", tmp_path, ocsp_minute=15):
        pass
