"""To which certificate each consent points: what a list of revoked certificates is compared with."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.platform import rules
from tegata.actors.platform.tables import ConsentEndRow, ConsentRow, PointerRow


@dataclass(frozen=True)
class Pointer:
    """A consent, whose it is, and the certificate it points to now."""

    consent_id: str
    relying_party: str
    reference: str
    serial: int

    @property
    def rule(self) -> rules.Pointer:
        """What the rules need of it."""
        return rules.Pointer(self.consent_id, self.serial)


def standing(session: Session, at: datetime) -> dict[str, Pointer]:
    """Every consent that counts, by id, with the certificate that it points to."""
    ended = select(ConsentEndRow.consent_id)
    query = (
        select(ConsentRow.consent_id, ConsentRow.relying_party, ConsentRow.reference, PointerRow.serial)
        .join(PointerRow, PointerRow.consent_id == ConsentRow.consent_id)
        .where(ConsentRow.valid_until >= at, ConsentRow.consent_id.not_in(ended))
    )
    return {row.consent_id: Pointer(*row) for row in session.execute(query)}
