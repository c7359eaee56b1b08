"""Cards in the drawer: found, put on a terminal, spoken to by APDUs; what they hold is stored after each exchange.

A card that lies on the municipality's terminal stays powered between messages, in memory: the issuer's session lives
there. The stored image is what counts. Where both differ (a restart, a rolled-back transaction, the reader used
meanwhile) the card in memory is dropped, which to the terminal is a power cut.
"""

import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.citizen.service import memory
from tegata.actors.citizen.tables import CardRow, PersonRow
from tegata.card import Card
from tegata.japan.kanji import fold_variants
from tegata.japan.names import normalise_name
from tegata.node.card_issuer import card_issuer_key
from tegata.node.node import Node
from tegata.wire.cards import BlankCard, Commands
from tegata.wire.problems import NOT_FOUND, Refused

MOST_POWERED = 64
"""Cards that are kept powered at once; the one not used for longest loses its power first."""
_OK = b"\x90\x00"


@dataclass
class Powered:
    """A card with power. ``version`` is of the image that it had after the last exchange."""

    card: Card
    version: int


def name_key(name: str) -> str:
    """A name as it is searched for."""
    return fold_variants(normalise_name(name))


def new_card_id() -> str:
    """A card's number."""
    return f"c{secrets.token_hex(8)}"


def take_blank(node: Node, blank: BlankCard, caller: str) -> str:
    """A blank card for a holder; returns its id. The holder is taken in where they had no card before."""
    card_id = new_card_id()
    card = Card.blank(card_issuer_key(node, card_id))
    with node.database.begin() as tx:
        person = person_of_code(tx.session, blank.resident_code)
        if person is None:
            person = PersonRow(
                person_id=f"N{secrets.token_hex(6)}", resident_code=blank.resident_code, name="", name_key=""
            )
            tx.session.add(person)
        person.name, person.name_key = blank.holder_name, name_key(blank.holder_name)
        tx.session.flush()
        tx.session.add(
            CardRow(card_id=card_id, person_id=person.person_id, image=card.dump(), version=1, received_at=tx.now)
        )
        tx.record("card-received", subject=person.person_id, who=caller, detail={"card": card_id})
    return card_id


def connect(node: Node, card_id: str) -> None:
    """Put a card on the terminal: it is reset. Raises NOT_FOUND; a phone is not put there."""
    with node.database.read() as session:
        row = _card_on_terminal(session, card_id)
        _keep(node, card_id, Powered(Card.load(row.image), row.version))


def transmit(node: Node, card_id: str, commands: Commands, caller: str) -> list[str]:
    """Run command APDUs on a card and store what it holds then. Raises NOT_FOUND."""
    apdus = [bytes.fromhex(command) for command in commands.commands]
    with node.database.begin() as tx:
        row = _card_on_terminal(tx.session, card_id)
        powered = _powered(node, row)
        answers = _run(powered.card, apdus, stop_on_error=commands.stop_on_error)
        store(row, powered.card)
        powered.version = row.version
        if node.settings.demonstration:
            memory.observe(tx, card_id, list(zip(apdus, answers, strict=False)))
        tx.record("card-apdus", subject=row.person_id, who=caller, detail={"card": card_id, "commands": len(answers)})
    return [answer.hex() for answer in answers]


def store(row: CardRow, card: Card) -> None:
    """Keep what a card holds now, where it is other than before."""
    image = card.dump()
    if image != row.image:
        row.image, row.version = image, row.version + 1


def card_row(session: Session, card_id: str) -> CardRow:
    """A card, or a phone's secure element. Raises NOT_FOUND."""
    row = session.get(CardRow, card_id)
    if row is None:
        raise Refused(NOT_FOUND)
    return row


def _card_on_terminal(session: Session, card_id: str) -> CardRow:
    row = card_row(session, card_id)
    if row.medium != "card":
        raise Refused(NOT_FOUND)
    return row


def person_of_code(session: Session, resident_code: str) -> PersonRow | None:
    """The person of a resident code."""
    return session.scalar(select(PersonRow).where(PersonRow.resident_code == resident_code))


def person_of(session: Session, holder: str) -> PersonRow:
    """The person of an id or a resident code. Raises NOT_FOUND."""
    person = session.get(PersonRow, holder) or person_of_code(session, holder)
    if person is None:
        raise Refused(NOT_FOUND)
    return person


def newest_card(session: Session, holder: str) -> CardRow:
    """The card that a person got last; ``holder`` is their id or resident code. Raises NOT_FOUND."""
    query = select(CardRow).where(CardRow.person_id == person_of(session, holder).person_id, CardRow.medium == "card")
    row = session.scalars(query.order_by(CardRow.received_at.desc(), CardRow.card_id).limit(1)).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND)
    return row


def _run(card: Card, apdus: Sequence[bytes], *, stop_on_error: bool) -> list[bytes]:
    answers: list[bytes] = []
    for apdu in apdus:
        answers.append(card.transmit(apdu))
        if stop_on_error and answers[-1][-2:] != _OK:
            break
    return answers


def _powered(node: Node, row: CardRow) -> Powered:
    kept = _terminal(node).get(row.card_id)
    if kept is None or kept.version != row.version:
        kept = Powered(Card.load(row.image), row.version)
    _keep(node, row.card_id, kept)
    return kept


def _keep(node: Node, card_id: str, powered: Powered) -> None:
    terminal = _terminal(node)
    terminal[card_id] = powered
    terminal.move_to_end(card_id)
    while len(terminal) > MOST_POWERED:
        terminal.popitem(last=False)


def _terminal(node: Node) -> OrderedDict[str, Powered]:
    terminal: OrderedDict[str, Powered] = node.state.setdefault("terminal", OrderedDict())
    return terminal
