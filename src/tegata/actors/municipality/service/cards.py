"""Cards and certificates at the counter: handed over, reissued, found, PINs set anew (rule FI-03; FACTS 1 to 3).

A reissue, in order: the register's change has reached J-LIS; the card is connected and opened; for each certificate a
key pair is made on the card, the certificate is applied for and collected; then certificates, PINs and the text files
are written in one go; then it is recorded. Repeated under the same request id it goes on where it stopped.

A card that was found goes the same way, since a hold on its certificates is never released (decision 0011): J-LIS
revokes a certificate that is held in the same step that issues the new one, so that no two are ever valid at once.
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import cast

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from tegata.actors.municipality.problems import CARD_NOT_WRITTEN
from tegata.actors.municipality.rules import cards as rules
from tegata.actors.municipality.rules.cards import CardFact, Happening, Pins
from tegata.actors.municipality.service import holders, records
from tegata.actors.municipality.service.holders import Holder, certificates_of, deliver_change, holder_of
from tegata.actors.municipality.service.records import Desk
from tegata.actors.municipality.service.terminal import PIN_NAMES, Terminal, open_terminal, tries_of
from tegata.actors.municipality.tables import ApplicationRow, CardRow, CertificateRow
from tegata.card.errors import CardFailure
from tegata.card.files import CertificateName
from tegata.node.node import Node
from tegata.wire.cards import TAKE_BLANK, BlankCard
from tegata.wire.certificates import ISSUE, Application, Issued, Usage
from tegata.wire.problems import Refused

_CA_FILES: dict[Usage, CertificateName] = {"sign": "sign-ca", "auth": "auth-ca"}


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that is on the card now; ``replaces`` is the serial number that it takes the place of."""

    usage: Usage
    serial: int
    not_after: datetime
    replaces: int | None = None


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
        return _write_certificates(node, desk, holder, card, usages, pins, request_id)


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
        return _write_certificates(node, desk, holder, card, usages, pins, request_id)


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
            return _written_before(node, request_id)
        held = rules.held(certificates_of(node, holder.resident_code))
        begun = _has_begun(node, request_id)
        card = rules.card_to_find(holder.record, holder.cards, node.clock.now(), held=bool(held) or begun)
        usages = rules.usages_for(holder.record, node.clock.now().date())
        return _write_certificates(node, desk, holder, card, usages, pins, request_id, event="found")


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


def set_pins(terminal: Terminal, pins: Pins) -> None:
    """Collect the setting of those PINs that are given."""
    for which, name in PIN_NAMES.items():
        if pin := getattr(pins, which):
            terminal.writing.set_pin(name, pin)


def _has_begun(node: Node, request_id: str) -> bool:
    with node.database.read() as session:
        query = select(ApplicationRow.application_id).where(ApplicationRow.request_id == request_id)
        return session.scalar(query.limit(1)) is not None


def _written_before(node: Node, request_id: str) -> list[Written]:
    """What a request that has come to its end wrote."""
    query = (
        select(CertificateRow)
        .join(ApplicationRow, ApplicationRow.application_id == CertificateRow.application_id)
        .where(ApplicationRow.request_id == request_id)
        .order_by(CertificateRow.usage)
    )
    with node.database.read() as session:
        rows = session.scalars(query).all()
    return [Written(usage=cast(Usage, row.usage), serial=row.serial, not_after=row.not_after) for row in rows]


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


def _write_certificates(
    node: Node, desk: Desk, holder: Holder, card: CardFact, usages: Sequence[Usage], pins: Pins, request_id: str,
    *, event: Happening | None = None,
) -> list[Written]:  # fmt: skip
    deliver_change(node, holder)
    terminal = open_terminal(node, card.card_id)
    collected: dict[str, tuple[Usage, Issued]] = {}
    try:
        for usage in usages:
            application = _apply(node, terminal, holder, card, usage, desk, request_id)
            issued = node.call(ISSUE, application, key=application.application_id)
            terminal.writing.write_certificate(usage, base64.b64decode(issued.certificate))
            terminal.writing.write_certificate(_CA_FILES[usage], base64.b64decode(issued.ca_certificate))
            collected[application.application_id] = (usage, issued)
        _write_texts(terminal, holder, card)
        set_pins(terminal, pins)
    except CardFailure as failure:
        raise Refused(CARD_NOT_WRITTEN, {"cause": failure.code}) from failure
    terminal.write()
    if event == "found":
        still_held = rules.held(certificates_of(node, holder.resident_code))
        holders.revoke(node, desk, still_held, "superseded", request_id)
    return _note(node, desk, holder, card, collected, request_id, event)


def _write_texts(terminal: Terminal, holder: Holder, card: CardFact) -> None:
    terminal.writing.write_text(holder.record.attributes, holder.my_number)
    terminal.writing.write_resident_code(holder.resident_code)
    terminal.writing.write_card_number(card.card_id)


def _apply(
    node: Node, terminal: Terminal, holder: Holder, card: CardFact, usage: Usage, desk: Desk, request_id: str
) -> Application:
    """A key pair on the card, and the application for it; the pair that this request made already, if it is there."""
    spki = _pair_of_request(node, terminal, card, usage, request_id)
    if spki is None:
        public_key = terminal.live.generate_key(usage)
        spki = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    application_id = f"{request_id}.{usage}.{hashlib.sha256(spki).hexdigest()[:16]}"
    with node.database.begin() as tx:
        if tx.session.get(ApplicationRow, application_id) is None:
            tx.session.add(
                ApplicationRow(
                    application_id=application_id, request_id=request_id, card_id=card.card_id, usage=usage,
                    public_key=spki, made_at=tx.now,
                )
            )  # fmt: skip
    return Application(
        application_id=application_id,
        resident_code=holder.resident_code,
        municipality_code=desk.municipality_code,
        usage=usage,
        card_id=card.card_id,
        card_expires_on=card.expires_on,
        public_key=base64.b64encode(spki).decode(),
    )


def _pair_of_request(node: Node, terminal: Terminal, card: CardFact, usage: Usage, request_id: str) -> bytes | None:
    query = select(ApplicationRow.public_key).where(
        ApplicationRow.request_id == request_id, ApplicationRow.usage == usage, ApplicationRow.card_id == card.card_id
    )
    with node.database.read() as session:
        made = set(session.scalars(query))
    if not made:
        return None
    on_card = terminal.live.public_key(usage).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return on_card if on_card in made else None


def _note(
    node: Node, desk: Desk, holder: Holder, card: CardFact, collected: dict[str, tuple[Usage, Issued]],
    request_id: str, event: Happening | None,
) -> list[Written]:  # fmt: skip
    with node.database.begin() as tx:
        if event is not None:
            holders.note(tx, desk, holder, card, event, request_id)
        for application_id, (usage, issued) in collected.items():
            if tx.session.get(CertificateRow, application_id) is None:
                tx.session.add(
                    CertificateRow(
                        application_id=application_id, resident_id=holder.resident_id, card_id=card.card_id,
                        usage=usage, serial=issued.serial, not_after=issued.not_after, written_at=tx.now,
                    )
                )  # fmt: skip
                detail = {"card": card.card_id, "usage": usage, "serial": issued.serial}
                tx.record("certificate-written", subject=holder.resident_id, who=desk.who, detail=detail)
    return [
        Written(usage=usage, serial=issued.serial, not_after=issued.not_after, replaces=issued.replaces)
        for usage, issued in collected.values()
    ]
