"""Relying parties, and the operator that may ask in the name of each."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.jlis.settings import RelyingParty
from tegata.actors.jlis.tables import RelyingPartyRow
from tegata.node.node import Node


def register(node: Node, party: RelyingParty) -> None:
    """Register a relying party, or change its operator and name."""
    with node.database.begin() as tx:
        row = tx.session.get(RelyingPartyRow, party.id)
        if row is not None and _same(row, party):
            return
        row = row or RelyingPartyRow(relying_party=party.id, registered_at=tx.now)
        row.operator, row.name_ja, row.name_en = party.operator, party.name_ja, party.name_en
        tx.session.add(row)
        detail = {"relying_party": party.id, "operator": party.operator}
        tx.record("relying-party-registered", subject=None, who="jlis", detail=detail)


def _same(row: RelyingPartyRow, party: RelyingParty) -> bool:
    return (row.operator, row.name_ja, row.name_en) == (party.operator, party.name_ja, party.name_en)


def is_of(session: Session, relying_party: str, operator: str) -> bool:
    """Whether an operator may ask in the name of a relying party."""
    row = session.get(RelyingPartyRow, relying_party)
    return row is not None and row.operator == operator


def is_registered(session: Session, relying_party: str) -> bool:
    """Whether the relying party is known at all."""
    return session.get(RelyingPartyRow, relying_party) is not None


def names(session: Session) -> dict[str, RelyingPartyRow]:
    """All relying parties by id."""
    return {row.relying_party: row for row in session.scalars(select(RelyingPartyRow))}
