"""What a person signed, checked against our own records; :mod:`tegata.node.statements` reads it (FI-02, FI-09)."""

from tegata.actors.jlis.rules.revocation import state_of
from tegata.actors.jlis.service import authorities, records
from tegata.actors.jlis.service.status import LiveStatus
from tegata.actors.jlis.tables import CertificateRow
from tegata.node import statements
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.statements import Signed
from tegata.pki.profiles import Usage
from tegata.pki.validation import ByStatus, Trust, Validator
from tegata.wire.consents import CERTIFICATE_NOT_VALID
from tegata.wire.problems import Refused


def verify(node: Node, document: str, usage: Usage) -> Signed:
    """Signature, chain, validity and revocation as of now. Raises BAD_SIGNATURE or CERTIFICATE_NOT_VALID."""
    validator = Validator(Trust(roots=authorities.roots(node, usage)))
    status = ByStatus(LiveStatus(node, usage))
    return statements.verify(validator, document, usage=usage, at=node.clock.now(), revocation=status)


def signer(tx: Transaction, usage: Usage, signed: Signed) -> CertificateRow:
    """The certificate that signed, still valid now that its statement is kept. Raises CERTIFICATE_NOT_VALID."""
    row = tx.session.get_one(CertificateRow, (usage, signed.serial))
    state = state_of(row.not_after, records.revocation_of(tx.session, row), tx.now)
    if state != "valid":
        raise Refused(CERTIFICATE_NOT_VALID, {"cause": state})
    return row


def note_refusal(node: Node, action: str, caller: str, refused: Refused) -> None:
    """Write a refusal to the audit log; whose statement it was is not known, so none is named."""
    with node.database.begin() as tx:
        tx.record(action, subject=None, who=caller, detail={"outcome": refused.code, **refused.detail})
