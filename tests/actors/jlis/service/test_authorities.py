"""Generations of the roots: set-up, restart, and rollover with certificates of both going on."""

import base64
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as x509_ocsp
from sqlalchemy import select

from tegata.actors.jlis.service import authorities, crls, ocsp
from tegata.actors.jlis.start import on_start
from tegata.actors.jlis.tables import ResponderRow
from tegata.pki.crl import verify_crl
from tegata.pki.ocsp import Good, build_request, check_response
from tegata.pki.validation import ByCrl, ByOcsp, CertificateRefused, Trust, Validator
from tegata.wire.problems import CONFLICT, Refused
from tests.actors.jlis.world import World


def test_set_up_makes_two_roots_once(world: World) -> None:
    before = [authorities.roots(world.node, usage) for usage in ("sign", "auth")]
    on_start(world.node)
    world.node.state.clear()
    assert [authorities.roots(world.node, usage) for usage in ("sign", "auth")] == before
    assert [len(roots) for roots in before] == [1, 1]
    assert before[0][0].subject != before[1][0].subject


def test_trust_files_hold_the_roots(world: World) -> None:
    authorities.roll_over(world.node, "sign")
    directory = world.node.settings.trust_directory
    assert sorted(file.name for file in directory.iterdir()) == ["auth-1.pem", "sign-1.pem", "sign-2.pem"]
    written = [x509.load_pem_x509_certificate((directory / f"sign-{number}.pem").read_bytes()) for number in (1, 2)]
    assert written == list(authorities.roots(world.node, "sign"))


def test_a_rollover_has_a_new_key_under_the_same_name(world: World) -> None:
    authorities.roll_over(world.node, "sign")
    old, new = authorities.roots(world.node, "sign")
    assert old.subject == new.subject
    assert old.public_key() != new.public_key()
    assert old.serial_number != new.serial_number
    assert len(authorities.roots(world.node, "auth")) == 1


@pytest.mark.rule("FI-04")
@pytest.mark.rule("FI-05")
def test_certificates_of_both_generations_go_on(world: World) -> None:
    """Old ones verify by their own root with its CRL and OCSP; so do new ones; the list holds both."""
    early, late = world.resident(), world.resident()
    early.gets()
    authorities.roll_over(world.node, "sign")
    late.gets()
    old, new = authorities.roots(world.node, "sign")
    assert base64.b64decode(late.gets("sign").ca_certificate) == new.public_bytes(Encoding.DER)
    ocsp.refresh(world.node)
    crls.issue_all(world.node, world.now)
    for person, own, other in ((early, old, new), (late, new, old)):
        certificate = person.cards["sign"]
        certificate.verify_directly_issued_by(own)
        request = build_request(certificate, own)
        answer = ocsp.answer(world.node, "sign", request).der
        assert isinstance(check_response(answer, certificate, own, at=world.now).status, Good)
        assert Validator(Trust(roots=[own])).validate(
            certificate, usage="sign", at=world.now, revocation=ByOcsp(answer)
        )
        with pytest.raises(CertificateRefused):
            Validator(Trust(roots=[other])).validate(certificate, usage="sign", at=world.now, revocation=ByOcsp(answer))


@pytest.mark.rule("FI-04")
def test_every_generation_signs_the_same_whole_list(world: World) -> None:
    """Whichever root a relying party trusts, it learns of revocations under the other one too."""
    early, late = world.resident(), world.resident()
    revoked_early = early.gets().serial
    authorities.roll_over(world.node, "sign")
    revoked_late = late.gets().serial
    early.moves()
    late.moves()
    crls.issue_all(world.node, world.now)
    lists = []
    for number, root in enumerate(authorities.roots(world.node, "sign"), 1):
        row = crls.newest(world.node, "sign", "all", number)
        lists.append(verify_crl(row.der, [root], at=world.now))
    assert [[int(serial) for serial in one.entries.serials] for one in lists] == [[revoked_early, revoked_late]] * 2
    assert lists[0].number == lists[1].number
    assert crls.newest(world.node, "sign", "all").generation == 2
    with pytest.raises(CertificateRefused) as refused:
        Validator(Trust(roots=authorities.roots(world.node, "sign"))).validate(
            early.cards["sign"], usage="sign", at=world.now, revocation=ByCrl(lists[1])
        )
    assert refused.value.code == "revoked"


def test_a_certificate_is_unknown_to_the_other_generation(world: World) -> None:
    person = world.resident()
    person.gets()
    authorities.roll_over(world.node, "sign")
    ocsp.refresh(world.node)
    old, new = authorities.roots(world.node, "sign")
    answers = [ocsp.answer(world.node, "sign", build_request(person.cards["sign"], root)).der for root in (old, new)]
    statuses = [x509_ocsp.load_der_ocsp_response(answer).certificate_status for answer in answers]
    assert statuses == [x509_ocsp.OCSPCertStatus.GOOD, x509_ocsp.OCSPCertStatus.UNKNOWN]


@pytest.mark.rule("FI-05")
def test_the_new_generation_is_answered_for_at_once(world: World) -> None:
    ocsp.refresh(world.node)
    authorities.roll_over(world.node, "sign")
    person = world.resident()
    person.gets()
    new = authorities.roots(world.node, "sign")[1]
    request = build_request(person.cards["sign"], new)
    assert ocsp.ready(world.node, "sign", request) is None
    answer = ocsp.answer(world.node, "sign", request).der
    assert check_response(answer, person.cards["sign"], new, at=world.now).status == Good()


def test_two_rollovers_at_once_make_one(world: World) -> None:
    with pytest.raises(Refused) as refused:
        authorities._add(world.node, "sign", 3, None)
    assert refused.value.type is CONFLICT
    assert len(authorities.roots(world.node, "sign")) == 1


def test_responder_certificates_are_renewed_before_they_end(world: World) -> None:
    world.passes(timedelta(days=22))
    ocsp.refresh(world.node)
    world.passes(timedelta(days=2))
    ocsp.refresh(world.node)
    with world.node.database.read() as session:
        rows = session.scalars(select(ResponderRow).where(ResponderRow.usage == "sign").order_by(ResponderRow.serial))
        ends = [row.not_after for row in rows]
    assert len(ends) == 2
    assert ends[1] > ends[0]


def test_a_responder_and_a_holder_never_share_a_serial_number(world: World) -> None:
    person = world.resident()
    issued = person.gets()
    with world.node.database.read() as session:
        taken = set(session.scalars(select(ResponderRow.serial).where(ResponderRow.usage == "sign")))
    assert issued.serial not in taken
