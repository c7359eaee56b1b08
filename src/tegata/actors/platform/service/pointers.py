"""To which certificate each consent points: what a list of revoked certificates is compared with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.platform.tables import ConsentEndRow, ConsentRow, PointerRow
from tegata.node.bulk.views import view_of
from tegata.node.database import Database

AT_ONCE = 500


@dataclass(frozen=True)
class Pointer:
    """A consent, whose it is, and the certificate it points to now."""

    consent_id: str
    relying_party: str
    reference: str
    serial: int


def serials(database: Database) -> Iterator[npt.NDArray[np.uint64]]:
    """The serials that the consents point to as they were last committed, ascending, in columns."""
    with view_of(database) as view:
        for (column,) in view.read("SELECT serial FROM pointer ORDER BY serial"):
            yield column.astype(np.uint64)


def standing(session: Session, at: datetime, of: Sequence[int]) -> Iterator[Pointer]:
    """The consents that count and point to one of these serials, by serial."""
    ended = select(ConsentEndRow.consent_id)
    query = (
        select(ConsentRow.consent_id, ConsentRow.relying_party, ConsentRow.reference, PointerRow.serial)
        .join(PointerRow, PointerRow.consent_id == ConsentRow.consent_id)
        .where(ConsentRow.valid_until >= at, ConsentRow.consent_id.not_in(ended))
        .order_by(PointerRow.serial, ConsentRow.consent_id)
    )
    for start in range(0, len(of), AT_ONCE):
        for row in session.execute(query.where(PointerRow.serial.in_(of[start : start + AT_ONCE]))):
            yield Pointer(*row)
