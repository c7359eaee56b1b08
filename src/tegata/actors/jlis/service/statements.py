"""Reading what a person signed: the signature, the certificate behind it, and what was said (rules FI-02, FI-09)."""

from dataclasses import dataclass
from typing import TypeVar

import msgspec

from tegata.actors.jlis.rules.revocation import state_of
from tegata.actors.jlis.service import authorities, records
from tegata.actors.jlis.service.status import LiveStatus
from tegata.actors.jlis.tables import CertificateRow
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.web.decoding import holds_nul
from tegata.pki.certificates import CertificateRefused
from tegata.pki.documents import DocumentRefused, verify_document
from tegata.pki.profiles import Usage
from tegata.pki.validation import ByStatus, Trust, Validator
from tegata.wire.consents import BAD_SIGNATURE, CERTIFICATE_NOT_VALID, WRONG_STATEMENT
from tegata.wire.problems import Refused

StatementT = TypeVar("StatementT", bound=msgspec.Struct)

_NOT_VALID = frozenset({"revoked", "on-hold", "expired", "not-yet-valid", "unknown-serial"})


@dataclass(frozen=True)
class Signed:
    """A verified document: its payload, and the serial of the certificate that signed it."""

    payload: bytes
    usage: Usage
    serial: int


def verify(node: Node, document: str, usage: Usage) -> Signed:
    """Signature, chain, validity and revocation by our own records. Raises BAD_SIGNATURE or CERTIFICATE_NOT_VALID."""
    validator = Validator(Trust(roots=authorities.roots(node, usage)))
    status = ByStatus(LiveStatus(node, usage))
    try:
        verified = verify_document(document, validator, usage=usage, at=node.clock.now(), revocation=status)
    except DocumentRefused as refused:
        raise _as_problem(refused) from refused
    return Signed(verified.payload, usage, verified.certificate.serial_number)


def _as_problem(refused: DocumentRefused) -> Refused:
    cause = refused.__cause__
    code = cause.code if isinstance(cause, CertificateRefused) else refused.code
    return Refused(CERTIFICATE_NOT_VALID if code in _NOT_VALID else BAD_SIGNATURE, {"cause": code})


def read(signed: Signed, kind: str, statement_type: type[StatementT]) -> StatementT:
    """What was said; ``kind`` must stand in it, so that no statement serves for another. Raises WRONG_STATEMENT."""
    try:
        tree = msgspec.json.decode(signed.payload)
        if not isinstance(tree, dict) or tree.get("kind") != kind:
            raise Refused(WRONG_STATEMENT, {"field": "kind"})
        if holds_nul(tree):
            raise Refused(WRONG_STATEMENT, {"cause": "nul"})
        return msgspec.convert(tree, statement_type)
    except msgspec.ValidationError as error:
        raise Refused(WRONG_STATEMENT, {"cause": "invalid"}) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(WRONG_STATEMENT, {"cause": "unreadable"}) from error


def signer(tx: Transaction, signed: Signed) -> CertificateRow:
    """The certificate that signed, still valid now that its statement is kept. Raises CERTIFICATE_NOT_VALID."""
    row = tx.session.get_one(CertificateRow, (signed.usage, signed.serial))
    state = state_of(row.not_after, records.revocation_of(tx.session, row), tx.now)
    if state != "valid":
        raise Refused(CERTIFICATE_NOT_VALID, {"cause": state})
    return row


def note_refusal(node: Node, action: str, caller: str, refused: Refused) -> None:
    """Write a refusal to the audit log; whose statement it was is not known, so none is named."""
    with node.database.begin() as tx:
        tx.record(action, subject=None, who=caller, detail={"outcome": refused.code, **refused.detail})
