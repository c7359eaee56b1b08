"""Relying parties and their rights."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.platform import rules
from tegata.actors.platform.settings import RelyingParty
from tegata.actors.platform.tables import RelyingPartyRow, StreamRow
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.wire.problems import NOT_FOUND, Refused


def register(node: Node, party: RelyingParty) -> None:
    """Register a relying party, or bring its rights up to date; what it chose for its stream stays."""
    with node.database.begin() as tx:
        row = tx.session.get(RelyingPartyRow, party.id)
        if row is None:
            row = RelyingPartyRow(relying_party=party.id, registered_at=tx.now, active=True)
            tx.record("relying-party-registered", subject=None, who="platform", detail={"relying_party": party.id})
        row.name_ja, row.name_en = party.name_ja, party.name_en
        row.services, row.items = list(party.services), list(party.items)
        row.push_to = party.push_to or party.id
        tx.session.add(row)
        tx.session.flush()
        if tx.session.get(StreamRow, party.id) is None:
            stream = StreamRow(relying_party=party.id, delivery=party.delivery, status="enabled", chosen_at=tx.now)
            tx.session.add(stream)


def set_active(node: Node, relying_party: str, who: str, *, active: bool) -> None:
    """Take a party's rights away, or give them back. Raises ``Refused`` (not-found)."""
    with node.database.begin() as tx:
        row = row_of(tx.session, relying_party)
        if row.active != active:
            row.active = active
            action = "relying-party-activated" if active else "relying-party-suspended"
            tx.record(action, subject=None, who=who, detail={"relying_party": relying_party})


def all_parties(session: Session) -> list[RelyingPartyRow]:
    """Every party, by id."""
    return list(session.scalars(select(RelyingPartyRow).order_by(RelyingPartyRow.relying_party)))


def row_of(session: Session, relying_party: str) -> RelyingPartyRow:
    """The row of a party. Raises ``Refused`` (not-found)."""
    row = session.get(RelyingPartyRow, relying_party)
    if row is None:
        raise Refused(NOT_FOUND)
    return row


def facts(session: Session, relying_party: str) -> rules.Party | None:
    """What the rules need to know of a party; None where it is not registered."""
    row = session.get(RelyingPartyRow, relying_party)
    return None if row is None else rules.Party(row.active, frozenset(row.services), frozenset(row.items))


def stream_of(tx: Transaction, relying_party: str) -> StreamRow:
    """The stream of a party. Raises ``Refused`` (not-found)."""
    stream = tx.session.get(StreamRow, relying_party)
    if stream is None:
        raise Refused(NOT_FOUND)
    return stream
