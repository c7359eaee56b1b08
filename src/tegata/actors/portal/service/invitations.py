"""Letters with a QR code: announced by a relying party, opened by whoever got one (FI-10)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.portal.problems import INVITATION_UNKNOWN
from tegata.actors.portal.rules.invitations import InvitationFacts, refusal
from tegata.actors.portal.tables import InvitationRow, InvitationUseRow
from tegata.japan.four_attributes import ITEMS, Item
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.wire.invitations import CODE_TAKEN, Invitation, OfferReceipt
from tegata.wire.problems import INVALID, Refused

PATH = "/invitation/"
CODE = re.compile(r"[A-Z2-7]{26}")


@dataclass(frozen=True)
class Letter:
    """A letter as the person sees it. ``items`` stand in the order of the four attributes."""

    code: str
    relying_party: str
    invitation: Invitation

    @property
    def items(self) -> list[Item]:
        """What the relying party asks for."""
        return [item for item in ITEMS if item in self.invitation.items]


def offer(node: Node, invitations: Sequence[Invitation], relying_party: str) -> OfferReceipt:
    """Keep letters; one that is known already with the same content counts as accepted.

    All or none: raises CODE_TAKEN where a code is known with another content, and INVALID for items named twice or a
    time without offset.
    """
    with node.database.begin() as tx:
        known = _known(tx.session, [invitation.code for invitation in invitations])
        fresh: dict[str, Invitation] = {}
        for invitation in invitations:
            _check(invitation)
            earlier = known.get(invitation.code)
            if earlier is None:
                known[invitation.code] = Letter(invitation.code, relying_party, invitation)
                fresh[invitation.code] = invitation
            elif (earlier.relying_party, earlier.invitation) != (relying_party, invitation):
                raise Refused(CODE_TAKEN)
        tx.session.add_all(_row(tx, invitation, relying_party) for invitation in fresh.values())
        if fresh:
            tx.record("invitations-received", subject=None, who=relying_party, detail={"invitations": len(fresh)})
    return OfferReceipt(accepted=len(invitations), url=node.base_url + PATH)


def _check(invitation: Invitation) -> None:
    if len(set(invitation.items)) != len(invitation.items):
        raise Refused(INVALID, {"field": "items"})
    if invitation.expires_at.tzinfo is None:
        raise Refused(INVALID, {"field": "expires_at"})


def _known(session: Session, codes: Sequence[str]) -> dict[str, Letter]:
    rows = session.scalars(select(InvitationRow).where(InvitationRow.code.in_(codes)))
    return {row.code: _letter(row) for row in rows}


def _row(tx: Transaction, invitation: Invitation, relying_party: str) -> InvitationRow:
    return InvitationRow(
        code=invitation.code, relying_party=relying_party, reference=invitation.reference, service=invitation.service,
        service_name=invitation.service_name, relying_party_name=invitation.relying_party_name,
        items=list(invitation.items), purpose=invitation.purpose, contact=invitation.contact,
        expires_at=invitation.expires_at, received_at=tx.now,
    )  # fmt: skip


def _letter(row: InvitationRow) -> Letter:
    invitation = Invitation(
        code=row.code, reference=row.reference, service=row.service, service_name=row.service_name,
        relying_party_name=row.relying_party_name, items=cast("list[Item]", row.items), purpose=row.purpose,
        contact=row.contact, expires_at=row.expires_at,
    )  # fmt: skip
    return Letter(row.code, row.relying_party, invitation)


def open_letter(node: Node, code: str) -> Letter:
    """The letter of a code. Raises INVITATION_UNKNOWN, INVITATION_USED or INVITATION_EXPIRED."""
    code = code.strip().upper()
    if not CODE.fullmatch(code):
        raise Refused(INVITATION_UNKNOWN)
    with node.database.read() as session:
        row = session.get(InvitationRow, code)
        facts = InvitationFacts(row.expires_at, _is_used(session, code)) if row is not None else None
    problem = refusal(facts, node.clock.now())
    if problem is not None:
        raise Refused(problem)
    assert row is not None
    return _letter(row)


def _is_used(session: Session, code: str) -> bool:
    return session.get(InvitationUseRow, code) is not None


def use(tx: Transaction, code: str, consent_id: str) -> None:
    """Note that a consent was given by a letter."""
    if not _is_used(tx.session, code):
        tx.session.add(InvitationUseRow(code=code, consent_id=consent_id, at=tx.now))
