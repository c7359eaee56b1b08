"""A certificate is issued for a key made on a card, and takes the place of the one before (FI-03, FACTS section 1)."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from tegata.actors.jlis.rules import issue as rules
from tegata.actors.jlis.service import authorities, records
from tegata.actors.jlis.service.authorities import Generation
from tegata.actors.jlis.service.revocations import end_all
from tegata.actors.jlis.tables import CertificateRow, GenerationRow, Person, RegisterRow
from tegata.japan.four_attributes import FourAttributes
from tegata.japan.municipalities import municipality
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.pki.attributes import NotASignCertificate
from tegata.pki.profiles import PROFILES
from tegata.wire.certificates import KEY_NOT_ACCEPTED, Application, Issued, Medium, Usage
from tegata.wire.problems import CONFLICT, INVALID, Refused


def issue(node: Node, application: Application, caller: str) -> Issued:
    """Issue a certificate; the same application again gets the same one.

    Raises NOT_RESIDENT, TOO_YOUNG, KEY_NOT_ACCEPTED, INVALID (card expired, attributes too long for a certificate) or
    CONFLICT (the application's id is taken).
    """
    public_key = rules.read_public_key(decode_base64(application.public_key))
    generation = authorities.newest(node, application.usage)
    with node.database.begin() as tx:
        earlier = tx.session.scalar(
            select(CertificateRow).where(CertificateRow.application_id == application.application_id)
        )
        if earlier is not None:
            return _repeated(tx, earlier, application)
        row = _new(tx, generation, application, public_key, subject_key=node.secret("subject"))
        tx.session.add(row)
        detail = {"usage": row.usage, "serial": row.serial, "replaces": row.replaces}
        tx.record("certificate-issued", subject=row.person_id, who=caller, detail=detail)
    return issued(row, generation.authority.certificate.public_bytes(Encoding.DER))


def _new(
    tx: Transaction, generation: Generation, application: Application, public_key: rsa.RSAPublicKey, subject_key: bytes
) -> CertificateRow:
    person = records.person_of_code(tx.session, application.resident_code)
    register = None if person is None else records.register_of(tx.session, person)
    applicant = None
    if person is not None and register is not None:
        attributes = records.attributes_of(register)
        applicant = rules.Applicant(attributes.birth_date, person.municipality_code, records.has_ended(person))
    validity = rules.grant(
        applicant, application.usage, application.municipality_code, application.card_expires_on, tx.now
    )
    assert person is not None
    assert register is not None
    usage = application.usage
    before = records.newest_certificate(tx.session, person.person_id, usage, "card")
    end_all(
        tx, records.certificates_of(tx.session, person.person_id, usage, "card"), "superseded",
        application.application_id,
    )  # fmt: skip
    serial = authorities.next_serial(tx.session, usage)
    certificate = certify(
        generation, serial, public_key, attributes=records.attributes_of(register),
        municipality_code=application.municipality_code, validity=validity, subject_key=subject_key,
    )  # fmt: skip
    return row_of(
        certificate, generation, person, register, issued_at=tx.now, on=On("card", application.card_id),
        application_id=application.application_id, content_hash=records.content_hash(application),
        replaces=before.serial if before else None,
    )  # fmt: skip


@dataclass(frozen=True)
class On:
    """What holds the key of a certificate: a card by its id, or a phone by its id, its model and what it hangs on."""

    medium: Medium
    device: str
    model: str = ""
    hangs_on: int | None = None


def certify(
    generation: Generation,
    serial: int,
    public_key: rsa.RSAPublicKey,
    *,
    attributes: FourAttributes,
    municipality_code: str,
    validity: rules.Validity,
    subject_key: bytes,
    medium: Medium = "card",
) -> x509.Certificate:
    """Sign the certificate by the generation's profile. Raises INVALID where name or address are too long for it."""
    authority, place = generation.authority, municipality(municipality_code)
    name = subject_id(subject_key, authority.usage, serial, place.code5, medium)
    start, end = validity.not_before, validity.not_after
    if authority.usage == "auth":
        return authority.issue_auth(serial, public_key, place, start, end, name, medium)
    try:
        return authority.issue_sign(serial, public_key, attributes, place, start, end, name, medium)
    except NotASignCertificate as refused:
        raise Refused(INVALID, {"field": "attributes", "cause": refused.code}) from refused


def subject_id(subject_key: bytes, usage: Usage, serial: int, code5: str, medium: Medium) -> str:
    """The opaque id of a subject: 14 characters that say nothing, the municipality's code, a number, the medium."""
    digest = hmac.new(subject_key, f"{usage}:{serial}".encode(), hashlib.sha256).digest()
    return f"{base64.b32encode(digest)[:14].decode()}{code5}{serial % 1000:03}{PROFILES.suffix(medium)}"


def row_of(
    certificate: x509.Certificate,
    generation: Generation,
    person: Person,
    register: RegisterRow,
    *,
    issued_at: datetime,
    on: On,
    application_id: str,
    content_hash: bytes,
    replaces: int | None,
) -> CertificateRow:
    """The certificate as it is kept."""
    return CertificateRow(
        usage=generation.authority.usage,
        serial=certificate.serial_number,
        generation=generation.number,
        application_id=application_id,
        content_hash=content_hash,
        person_id=person.person_id,
        sequence=register.sequence,
        municipality_code=register.municipality_code,
        card_id=on.device,
        medium=on.medium,
        model=on.model,
        hangs_on=on.hangs_on,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        issued_at=issued_at,
        replaces=replaces,
        der=certificate.public_bytes(Encoding.DER),
    )


def decode_base64(text: str) -> bytes:
    """The bytes of a key. Raises KEY_NOT_ACCEPTED."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Refused(KEY_NOT_ACCEPTED, {"cause": "not-base64"}) from error


def _repeated(tx: Transaction, row: CertificateRow, application: Application) -> Issued:
    if row.content_hash != records.content_hash(application):
        raise Refused(CONFLICT, {"field": "application_id"})
    generation = tx.session.get_one(GenerationRow, (row.usage, row.generation))
    return issued(row, generation.certificate)


def issued(row: CertificateRow, authority: bytes) -> Issued:
    """What an applicant gets; ``authority`` is the DER of the root that signed."""
    return Issued(
        serial=row.serial,
        certificate=base64.b64encode(row.der).decode(),
        ca_certificate=base64.b64encode(authority).decode(),
        not_before=row.not_before,
        not_after=row.not_after,
        replaces=row.replaces,
    )
