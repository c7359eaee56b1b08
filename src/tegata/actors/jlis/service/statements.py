"""What a person signed, checked against our own records; :mod:`tegata.node.statements` reads it (FI-02, FI-09)."""

import base64
import binascii
from dataclasses import dataclass

from tegata.actors.jlis.service import authorities, records
from tegata.actors.jlis.service.status import LiveStatus
from tegata.actors.jlis.tables import CertificateRow
from tegata.node import statements
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.statements import Signed
from tegata.pki.certificates import CertificateRefused, load_certificate
from tegata.pki.crl import Reason
from tegata.pki.ocsp import Good, Revoked, StatusSource
from tegata.pki.ocsp.status import Status
from tegata.pki.profiles import Usage
from tegata.pki.validation import ByStatus, Trust, Validator, stated_kind
from tegata.wire.consents import BAD_SIGNATURE, CERTIFICATE_NOT_VALID
from tegata.wire.problems import Refused


@dataclass(frozen=True)
class HoldsLetThrough:
    """The records, but for holds: for the one question that a hold must not close, an order to resume or to revoke."""

    source: StatusSource

    def status(self, serial: int) -> Status:
        """Good for what is held; everything else as on record."""
        found = self.source.status(serial)
        held = isinstance(found, Revoked) and found.reason is Reason.CERTIFICATE_HOLD
        return Good() if held else found


def verify(node: Node, document: str, usage: Usage) -> Signed:
    """Signature, chain, validity and revocation as of now. Raises BAD_SIGNATURE or CERTIFICATE_NOT_VALID."""
    return _verify(node, document, usage, LiveStatus(node, usage))


def verify_even_if_held(node: Node, document: str) -> tuple[Usage, Signed]:
    """The same but that a hold does not refuse, for whichever usage the certificate states: who may do what with a
    certificate that is held is for :func:`tegata.actors.jlis.rules.phones.check_order` to decide.
    """
    usage = _stated_usage(document)
    return usage, _verify(node, document, usage, HoldsLetThrough(LiveStatus(node, usage)))


def _stated_usage(document: str) -> Usage:
    try:
        kind = stated_kind(statements.certificate_of(document))
    except CertificateRefused as refused:
        raise Refused(BAD_SIGNATURE, {"cause": refused.code}) from refused
    if kind is None:
        raise Refused(BAD_SIGNATURE, {"cause": "wrong-policy"})
    return kind.usage


def _verify(node: Node, document: str, usage: Usage, source: StatusSource) -> Signed:
    return statements.verify(
        _validator(node, usage), document, usage=usage, at=node.clock.now(), revocation=ByStatus(source)
    )


def verify_certificate(node: Node, certificate: str, usage: Usage) -> int:
    """The serial of a certificate in DER and base64: chain, validity and revocation as of now.

    Raises BAD_SIGNATURE or CERTIFICATE_NOT_VALID.
    """
    try:
        loaded = load_certificate(base64.b64decode(certificate, validate=True))
    except (binascii.Error, CertificateRefused) as error:
        raise Refused(BAD_SIGNATURE, {"cause": "malformed"}) from error
    status = ByStatus(LiveStatus(node, usage))
    statements.verify_certificate(_validator(node, usage), loaded, usage=usage, at=node.clock.now(), revocation=status)
    return loaded.serial_number


def _validator(node: Node, usage: Usage) -> Validator:
    return Validator(Trust(roots=authorities.roots(node, usage)))


def signer(tx: Transaction, usage: Usage, serial: int) -> CertificateRow:
    """The certificate that signed, still valid now that its statement is kept. Raises CERTIFICATE_NOT_VALID."""
    row = tx.session.get_one(CertificateRow, (usage, serial))
    state = records.state_now(tx.session, row, tx.now)
    if state != "valid":
        raise Refused(CERTIFICATE_NOT_VALID, {"cause": state})
    return row


def note_refusal(node: Node, action: str, caller: str, refused: Refused) -> None:
    """Write a refusal to the audit log; whose statement it was is not known, so none is named."""
    with node.database.begin() as tx:
        tx.record(action, subject=None, who=caller, detail={"outcome": refused.code, **refused.detail})
