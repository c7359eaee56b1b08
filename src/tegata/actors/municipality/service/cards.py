"""Cards and certificates at the counter: handed over, reissued, PINs set anew (rule FI-03; FACTS sections 1 and 3).

A reissue, in order: the register's change has reached J-LIS; the card is connected and opened; for each certificate a
key pair is made on the card, the certificate is applied for and collected; then certificates, PINs and the text files
are written in one go; then it is recorded. Repeated under the same request id it goes on where it stopped.
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from tegata.actors.municipality.problems import CARD_NOT_WRITTEN, CHANGE_NOT_DELIVERED
from tegata.actors.municipality.rules import cards as rules
from tegata.actors.municipality.rules.cards import CardFact, Pins
from tegata.actors.municipality.rules.register import Record
from tegata.actors.municipality.service import records, register
from tegata.actors.municipality.service.printing import write_about_holder
from tegata.actors.municipality.service.records import Desk
from tegata.actors.municipality.service.terminal import Terminal, open_terminal
from tegata.actors.municipality.tables import ApplicationRow, CardRow, CertificateRow, EntryRow, MyNumberRow
from tegata.card.errors import CardFailure
from tegata.card.files import CertificateName
from tegata.node.node import Node
from tegata.wire.cards import TAKE_BLANK, BlankCard
from tegata.wire.certificates import ISSUE, OF_RESIDENT, Application, CertificateState, Issued, Usage
from tegata.wire.problems import Refused

_CA_FILES: dict[Usage, CertificateName] = {"sign": "sign-ca", "auth": "auth-ca"}


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that is on the card now; ``replaces`` is the serial number that it takes the place of."""

    usage: Usage
    serial: int
    not_after: datetime
    replaces: int | None = None


class _Holder(msgspec.Struct, frozen=True, kw_only=True):
    """What the counter knows of the person whose card it writes."""

    resident_id: str
    resident_code: str
    record: Record
    my_number: str
    cards: list[CardFact]
    newest_event: str


def issue_card(node: Node, desk: Desk, resident_id: str, pins: Pins, *, request_id: str | None = None) -> list[Written]:
    """カードの交付: a blank card becomes the resident's, with new keys and certificates. Raises ``Refused``."""
    request_id = request_id or secrets.token_hex(12)
    holder = _holder(node, desk, resident_id)
    usages = rules.usages_for(holder.record, node.clock.now().date())
    rules.check_pins(pins, needs=("text", *usages))
    card = _card_of_request(node, request_id)
    if card is None:
        rules.check_new_card(holder.record, holder.cards, node.clock.now())
        card = _take_blank(node, desk, holder, request_id)
    return _write_certificates(node, desk, holder, card, usages, pins, request_id)


def reissue(
    node: Node, desk: Desk, resident_id: str, usages: Sequence[Usage], pins: Pins, *, request_id: str | None = None
) -> list[Written]:
    """証明書の再発行: new keys and certificates on the card that the resident has; the text files become current too.

    A PIN that is not given stays as it is. Raises ``Refused``.
    """
    request_id = request_id or secrets.token_hex(12)
    holder = _holder(node, desk, resident_id)
    rules.check_pins(pins, needs=())
    rules.check_usages(holder.record, usages, node.clock.now().date())
    card = rules.card_to_write(holder.record, holder.cards, node.clock.now())
    return _write_certificates(node, desk, holder, card, usages, pins, request_id)


def reset_pins(node: Node, desk: Desk, resident_id: str, pins: Pins) -> None:
    """暗証番号の再設定: those that are given, with all their tries. Raises ``Refused``."""
    holder = _holder(node, desk, resident_id)
    rules.check_pins(pins, needs=())
    card = rules.card_to_write(holder.record, holder.cards, node.clock.now())
    terminal = open_terminal(node, card.card_id)
    set_pins(terminal, pins)
    terminal.write()
    with node.database.begin() as tx:
        given = [which for which in Pins.__struct_fields__ if getattr(pins, which)]
        tx.record("pins-set", subject=resident_id, who=desk.who, detail={"card": card.card_id, "pins": given})


def certificates_of(node: Node, resident_code: str) -> list[CertificateState]:
    """The resident's certificates as J-LIS has them, oldest first. Raises ``Refused`` (peer-unavailable)."""
    return node.call(OF_RESIDENT, path={"resident_code": resident_code}).items


def set_pins(terminal: Terminal, pins: Pins) -> None:
    """Collect the setting of those PINs that are given."""
    if pins.auth:
        terminal.writing.set_pin("auth", pins.auth)
    if pins.text:
        terminal.writing.set_pin("text", pins.text)
        terminal.writing.set_pin("resident-register", pins.text)
    if pins.sign:
        terminal.writing.set_pin("sign", pins.sign)


def _holder(node: Node, desk: Desk, resident_id: str) -> _Holder:
    with node.database.read() as session:
        row = records.resident_here(session, desk, resident_id)
        query = select(EntryRow.event_id).where(EntryRow.resident_id == resident_id)
        return _Holder(
            resident_id=resident_id,
            resident_code=row.resident_code,
            record=records.record_in(row),
            my_number=session.get_one(MyNumberRow, resident_id).number,
            cards=records.cards_of(session, resident_id),
            newest_event=session.scalars(query.order_by(EntryRow.sequence.desc()).limit(1)).one(),
        )


def _card_of_request(node: Node, request_id: str) -> CardFact | None:
    with node.database.read() as session:
        row = session.scalar(select(CardRow).where(CardRow.request_id == request_id))
        return None if row is None else records.card_fact(row)


def _take_blank(node: Node, desk: Desk, holder: _Holder, request_id: str) -> CardFact:
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
    node: Node, desk: Desk, holder: _Holder, card: CardFact, usages: Sequence[Usage], pins: Pins, request_id: str
) -> list[Written]:
    _deliver_change(node, holder)
    terminal = open_terminal(node, card.card_id)
    collected: dict[str, tuple[Usage, Issued]] = {}
    try:
        for usage in usages:
            application = _apply(node, terminal, holder, card, usage, desk, request_id)
            issued = node.call(ISSUE, application, key=application.application_id)
            terminal.writing.write_certificate(usage, base64.b64decode(issued.certificate))
            terminal.writing.write_certificate(_CA_FILES[usage], base64.b64decode(issued.ca_certificate))
            collected[application.application_id] = (usage, issued)
        write_about_holder(
            node, terminal.writing, card, holder.record.attributes, holder.my_number, holder.resident_code
        )
        set_pins(terminal, pins)
    except CardFailure as failure:
        raise Refused(CARD_NOT_WRITTEN, {"cause": failure.code}) from failure
    terminal.write()
    return _note(node, desk, holder, card, collected)


def _deliver_change(node: Node, holder: _Holder) -> None:
    """J-LIS issues for the attributes that it knows: it has to know the newest."""
    node.dispatcher.run_once(to="jlis")
    if not register.event_delivered(node, holder.newest_event):
        raise Refused(CHANGE_NOT_DELIVERED)


def _apply(
    node: Node, terminal: Terminal, holder: _Holder, card: CardFact, usage: Usage, desk: Desk, request_id: str
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
    node: Node, desk: Desk, holder: _Holder, card: CardFact, collected: dict[str, tuple[Usage, Issued]]
) -> list[Written]:
    with node.database.begin() as tx:
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
