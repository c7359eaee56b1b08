"""A card out of the drawer, on a reader beside the network (a virtual one): each APDU goes to the stored card.

What the card holds is stored before its answer is given, so no try comes back by a power cut. Where somebody else
changed the card meanwhile (the reader of a page, the counter), it loses its power without an answer: what it did last
did not happen, and it comes back as it is stored.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.citizen.problems import NO_SUCH_HOLDER, SEVERAL_HOLDERS
from tegata.actors.citizen.service import cards, memory
from tegata.actors.citizen.tables import CardRow, PersonRow
from tegata.card import Card
from tegata.card.card import ATR
from tegata.card.state import with_behaviour
from tegata.card.vpcd import PowerCut
from tegata.node.node import Node
from tegata.wire.problems import Refused

MOST_NAMED = 10
"""People that a refusal names."""


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A card to be laid on a reader."""

    card_id: str
    person_id: str
    name: str


def choose(node: Node, person: str, card_id: str = "") -> Chosen:
    """The newest card of a person, by id or by a name that only one has; or the card that is named.

    Raises ``Refused``: no-such-holder, several-holders (``people``), not-found for the card.
    """
    with node.database.read() as session:
        holder = _holder(session, person)
        row = cards.card_row(session, card_id) if card_id else cards.newest_card(session, holder.person_id)
        if row.person_id != holder.person_id:
            raise Refused(NO_SUCH_HOLDER, {"person": person, "card": card_id})
        return Chosen(card_id=row.card_id, person_id=holder.person_id, name=holder.name)


def _holder(session: Session, person: str) -> PersonRow:
    by_id = session.get(PersonRow, person.strip()) or session.get(PersonRow, person.strip().upper())
    if by_id is not None:
        return by_id
    key = cards.name_key(person)
    query = select(PersonRow).where(PersonRow.name_key.contains(key, autoescape=True)).order_by(PersonRow.person_id)
    found = session.scalars(query.limit(MOST_NAMED + 1)).all() if key else []
    exact = [one for one in found if one.name_key == key]
    if len(exact) == 1 or len(found) == 1:
        return (exact or found)[0]
    if not found:
        raise Refused(NO_SUCH_HOLDER, {"person": person})
    named = ", ".join(f"{one.person_id} {one.name}" for one in found[:MOST_NAMED])
    raise Refused(SEVERAL_HOLDERS, {"people": named + (" …" if len(found) > MOST_NAMED else "")})


@contextmanager
def laid_out(node: Node, chosen: Chosen, switches: Mapping[str, Any] | None = None) -> Iterator["Inserted"]:
    """The card while it lies on a reader; its going and coming are in the audit log.

    ``switches`` (fields of :class:`tegata.card.Behaviour`) hold for this insertion: the card keeps its own.
    """
    with node.database.begin() as tx:
        cards.card_row(tx.session, chosen.card_id).used_at = tx.now
        tx.record("card-inserted", subject=chosen.person_id, who="holder", detail={"card": chosen.card_id})
    try:
        yield Inserted(node, chosen, switches or {})
    finally:
        with node.database.begin() as tx:
            tx.record("card-removed", subject=chosen.person_id, who="holder", detail={"card": chosen.card_id})


class Inserted:
    """A card on a reader, as :class:`tegata.card.vpcd.Bridge` takes it."""

    atr: ClassVar[bytes] = ATR

    def __init__(self, node: Node, chosen: Chosen, switches: Mapping[str, Any]) -> None:
        self._node, self._chosen, self._switches = node, chosen, switches
        self.reset()

    def reset(self) -> bytes:
        """The card as it is stored now, without a session."""
        with self._node.database.read() as session:
            row = cards.card_row(session, self._chosen.card_id)
        self._version, self._own = row.version, Card.load(row.image).behaviour
        self._kept = with_behaviour(row.image, msgspec.structs.replace(self._own, **self._switches))
        self._card = Card.load(self._kept)
        self._watch = memory.Watch()
        return self._card.power()

    def transmit(self, apdu: bytes) -> bytes:
        """Answer a command APDU. Raises :class:`PowerCut` where the stored card is another than this one."""
        with self._node.database.read() as session:
            version = session.scalar(select(CardRow.version).where(CardRow.card_id == self._chosen.card_id))
        if version != self._version:
            raise PowerCut
        answer = self._card.transmit(apdu)
        learnt = self._watch.see(apdu, answer)
        image = self._card.dump()
        if image != self._kept:
            self._store(image, apdu, learnt)
        return answer

    def _store(self, image: bytes, apdu: bytes, learnt: tuple[str, str] | None) -> None:
        own = with_behaviour(image, self._own)
        with self._node.database.begin() as tx:
            row = cards.card_row(tx.session, self._chosen.card_id)
            if row.version != self._version:
                raise PowerCut
            row.image, row.version = own, row.version + 1
            detail = {"card": row.card_id, "instruction": f"{apdu[1]:02x}", "version": row.version}
            tx.record("card-changed", subject=row.person_id, who="holder", detail=detail)
            if learnt is not None and self._node.settings.demonstration:
                memory.remember(tx, row.card_id, *learnt)
        self._version, self._kept = row.version, image
