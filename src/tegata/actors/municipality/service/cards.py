"""Cards and certificates at the counter: handed over, reissued, found, PINs set anew (rule FI-03; FACTS 1 to 3).

A reissue, in order: the register's change has reached J-LIS; the card is connected and opened; for each certificate a
key pair is made on the card, the certificate is applied for and collected; then certificates, PINs and the text files
are written in one go; then it is recorded (``service.issuing``).

A card that was found goes the same way, since a hold on its certificates is never released (decision 0011): J-LIS
revokes a certificate that is held in the same step that issues the new one, so that no two are ever valid at once.
"""

import secrets
from collections.abc import Sequence

import msgspec
from sqlalchemy import select

from tegata.actors.municipality.rules import cards as rules
from tegata.actors.municipality.rules.cards import CardFact, Pins
from tegata.actors.municipality.service import holders, records
from tegata.actors.municipality.service.holders import Holder, certificates_of, holder_of
from tegata.actors.municipality.service.issuing import Order, Written, has_begun, set_pins, write_card, written_before
from tegata.actors.municipality.service.records import Desk
from tegata.actors.municipality.service.terminal import open_terminal, tries_of
from tegata.actors.municipality.tables import CardRow
from tegata.node.node import Node
from tegata.wire.cards import TAKE_BLANK, BlankCard
from tegata.wire.certificates import Usage


def issue_card(node: Node, desk: Desk, resident_id: str, pins: Pins, *, request_id: str | None = None) -> list[Written]:
    """カードの交付: a blank card becomes the resident's, with new keys and certificates. Raises ``Refused``.

    Where no PIN is given for the resident register's application, it is the one for the text.
    """
    request_id = request_id or secrets.token_hex(12)
    with holders.turn(node, resident_id):
        holder = holder_of(node, desk, resident_id)
        usages = rules.usages_for(holder.record, node.clock.now().date())
        rules.check_pins(pins, needs=("text", *usages))
        earlier = _card_of_request(node, request_id)
        if earlier is None:
            rules.check_new_card(holder.record, holder.cards, node.clock.now())
            card = _take_blank(node, desk, holder, request_id)
        else:
            mine = [one for one in holder.cards if one.card_id == earlier]
            card = rules.card_to_write(holder.record, mine, node.clock.now())
        pins = msgspec.structs.replace(pins, register=pins.register or pins.text)
        return write_card(Order(node, desk, holder, card, request_id), usages, pins)


def reissue(
    node: Node, desk: Desk, resident_id: str, usages: Sequence[Usage], pins: Pins, *, request_id: str | None = None
) -> list[Written]:
    """証明書の再発行: new keys and certificates on the card that the resident has; the text files become current too.

    A PIN that is not given stays as it is. Raises ``Refused``.
    """
    request_id = request_id or secrets.token_hex(12)
    with holders.turn(node, resident_id):
        holder = holder_of(node, desk, resident_id)
        rules.check_pins(pins, needs=())
        rules.check_usages(holder.record, usages, node.clock.now().date())
        card = rules.card_to_write(holder.record, holder.cards, node.clock.now())
        return write_card(Order(node, desk, holder, card, request_id), usages, pins)


def take_up_again(
    node: Node, desk: Desk, resident_id: str, pins: Pins, *, request_id: str | None = None
) -> list[Written]:
    """一時停止の解除: the card was found and lies on the terminal; it gets new keys and certificates of each usage.

    A PIN that is not given stays as it is. Raises ``Refused``.
    """
    request_id = request_id or secrets.token_hex(12)
    with holders.turn(node, resident_id):
        holder = holder_of(node, desk, resident_id)
        rules.check_pins(pins, needs=())
        if holders.has_happened(node, request_id, "found"):
            return written_before(node, request_id)
        held = rules.held(certificates_of(node, holder.resident_code))
        begun = has_begun(node, request_id)
        card = rules.card_to_find(holder.record, holder.cards, node.clock.now(), held=bool(held) or begun)
        usages = rules.usages_for(holder.record, node.clock.now().date())
        return write_card(Order(node, desk, holder, card, request_id, "found"), usages, pins)


def reset_pins(node: Node, desk: Desk, resident_id: str, pins: Pins) -> dict[str, int]:
    """暗証番号の再設定: those that are given, each alone; returns the tries that each then has. Raises ``Refused``."""
    with holders.turn(node, resident_id):
        holder = holder_of(node, desk, resident_id)
        rules.check_pins(pins, needs=())
        card = rules.card_to_write(holder.record, holder.cards, node.clock.now())
        terminal = open_terminal(node, card.card_id)
        set_pins(terminal, pins)
        terminal.write()
        given = [which for which in Pins.__struct_fields__ if getattr(pins, which)]
        with node.database.begin() as tx:
            tx.record("pins-set", subject=resident_id, who=desk.who, detail={"card": card.card_id, "pins": given})
        tries = tries_of(node, card.card_id)
    return {which: tries[which] for which in given}


def pin_tries(node: Node, desk: Desk, resident_id: str) -> dict[str, int]:
    """The tries that each PIN has left, of the card that lies on the terminal. Raises ``Refused``."""
    with holders.turn(node, resident_id):
        holder = holder_of(node, desk, resident_id)
        return tries_of(node, rules.card_to_give_up(holder.cards, node.clock.now()).card_id)


def _card_of_request(node: Node, request_id: str) -> str | None:
    with node.database.read() as session:
        return session.scalar(select(CardRow.card_id).where(CardRow.request_id == request_id))


def _take_blank(node: Node, desk: Desk, holder: Holder, request_id: str) -> CardFact:
    blank = BlankCard(resident_code=holder.resident_code, holder_name=holder.record.attributes.name)
    card_id = node.call(TAKE_BLANK, blank, key=f"card-{request_id}").card_id
    with node.database.begin() as tx:
        expires = rules.card_expiry(holder.record.attributes.birth_date, tx.now)
        row = CardRow(
            card_id=card_id, resident_id=holder.resident_id, request_id=request_id, issued_at=tx.now,
            expires_on=expires,
        )  # fmt: skip
        tx.session.add(row)
        tx.record("card-handed-over", subject=holder.resident_id, who=desk.who, detail={"card": card_id})
    return records.card_fact(row)
