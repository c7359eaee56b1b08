"""Writing a card: keys made on it, certificates applied for and collected, all written in one go, then recorded.

Repeated under the same request id it goes on where it stopped: an application is named after the key that was made.
What was collected before a stop may have ended since (the card was reported lost once more): then a new key is made.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from tegata.actors.municipality.problems import CARD_NOT_WRITTEN
from tegata.actors.municipality.rules import cards as rules
from tegata.actors.municipality.rules.cards import CardFact, Happening, Pins
from tegata.actors.municipality.service import holders
from tegata.actors.municipality.service.holders import Holder, certificates_of, deliver_change
from tegata.actors.municipality.service.printing import write_about_holder
from tegata.actors.municipality.service.records import Desk
from tegata.actors.municipality.service.terminal import PIN_NAMES, Terminal, open_terminal
from tegata.actors.municipality.tables import ApplicationRow, CertificateRow
from tegata.card.errors import CardFailure
from tegata.card.files import CertificateName
from tegata.node.node import Node
from tegata.wire.certificates import ISSUE, Application, Issued, Usage
from tegata.wire.problems import Refused

_CA_FILES: dict[Usage, CertificateName] = {"sign": "sign-ca", "auth": "auth-ca"}


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that is on the card now; ``replaces`` is the serial number that it takes the place of."""

    usage: Usage
    serial: int
    not_after: datetime
    replaces: int | None = None


@dataclass(frozen=True)
class Order:
    """Whose card is written, at which desk, under which request; ``event`` is noted with it, if any."""

    node: Node
    desk: Desk
    holder: Holder
    card: CardFact
    request_id: str
    event: Happening | None = None


@dataclass(frozen=True)
class _Collected:
    application_id: str
    issued: Issued


def write_card(order: Order, usages: Sequence[Usage], pins: Pins) -> list[Written]:
    """New keys, certificates and texts on a card, and those PINs that are given. Raises ``Refused``."""
    deliver_change(order.node, order.holder)
    is_repeated = has_begun(order.node, order.request_id)
    terminal = open_terminal(order.node, order.card.card_id)
    try:
        collected = {usage: _collect(order, terminal, usage) for usage in usages}
        if is_repeated or order.event == "found":
            for usage in _settle(order, collected):
                collected[usage] = _collect(order, terminal, usage, anew=True)
        for usage, one in collected.items():
            terminal.writing.write_certificate(usage, base64.b64decode(one.issued.certificate))
            terminal.writing.write_certificate(_CA_FILES[usage], base64.b64decode(one.issued.ca_certificate))
        holder = order.holder
        write_about_holder(
            order.node, terminal.writing, order.card, holder.record.attributes, holder.my_number, holder.resident_code
        )
        set_pins(terminal, pins)
    except CardFailure as failure:
        raise Refused(CARD_NOT_WRITTEN, {"cause": failure.code}) from failure
    terminal.write()
    return _note(order, collected)


def set_pins(terminal: Terminal, pins: Pins) -> None:
    """Collect the setting of those PINs that are given."""
    for which, name in PIN_NAMES.items():
        if pin := getattr(pins, which):
            terminal.writing.set_pin(name, pin)


def has_begun(node: Node, request_id: str) -> bool:
    """Whether a request has made a key before."""
    with node.database.read() as session:
        query = select(ApplicationRow.application_id).where(ApplicationRow.request_id == request_id)
        return session.scalar(query.limit(1)) is not None


def written_before(node: Node, request_id: str) -> list[Written]:
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


def _collect(order: Order, terminal: Terminal, usage: Usage, *, anew: bool = False) -> _Collected:
    """The certificate for a key pair on the card: the pair that this request made already, or a new one."""
    spki = None if anew else _pair_of_request(order, terminal, usage)
    if spki is None:
        spki = terminal.live.generate_key(usage).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    application_id = f"{order.request_id}.{usage}.{hashlib.sha256(spki).hexdigest()[:16]}"
    _keep(order, application_id, usage, spki)
    application = Application(
        application_id=application_id,
        resident_code=order.holder.resident_code,
        municipality_code=order.desk.municipality_code,
        usage=usage,
        card_id=order.card.card_id,
        card_expires_on=order.card.expires_on,
        public_key=base64.b64encode(spki).decode(),
    )
    return _Collected(application_id, order.node.call(ISSUE, application, key=application_id))


def _keep(order: Order, application_id: str, usage: Usage, spki: bytes) -> None:
    with order.node.database.begin() as tx:
        if tx.session.get(ApplicationRow, application_id) is None:
            tx.session.add(
                ApplicationRow(
                    application_id=application_id, request_id=order.request_id, card_id=order.card.card_id,
                    usage=usage, public_key=spki, made_at=tx.now,
                )
            )  # fmt: skip


def _pair_of_request(order: Order, terminal: Terminal, usage: Usage) -> bytes | None:
    query = select(ApplicationRow.public_key).where(
        ApplicationRow.request_id == order.request_id,
        ApplicationRow.usage == usage,
        ApplicationRow.card_id == order.card.card_id,
    )
    with order.node.database.read() as session:
        made = set(session.scalars(query))
    if not made:
        return None
    on_card = terminal.live.public_key(usage).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return on_card if on_card in made else None


def _settle(order: Order, collected: dict[Usage, _Collected]) -> list[Usage]:
    """What J-LIS says now: which of those collected are over; another that is held is revoked for a card found."""
    states = certificates_of(order.node, order.holder.resident_code)
    mine = {(usage, one.issued.serial) for usage, one in collected.items()}
    if order.event == "found":
        others = [one for one in rules.held(states) if (one.usage, one.serial) not in mine]
        holders.revoke(order.node, order.desk, others, "superseded", order.request_id)
    return [one.usage for one in states if (one.usage, one.serial) in mine and one.state != "valid"]


def _note(order: Order, collected: dict[Usage, _Collected]) -> list[Written]:
    holder, card = order.holder, order.card
    with order.node.database.begin() as tx:
        if order.event is not None:
            holders.note(tx, order.desk, holder, card, order.event, order.request_id)
        for usage, one in collected.items():
            if tx.session.get(CertificateRow, one.application_id) is None:
                tx.session.add(
                    CertificateRow(
                        application_id=one.application_id, resident_id=holder.resident_id, card_id=card.card_id,
                        usage=usage, serial=one.issued.serial, not_after=one.issued.not_after, written_at=tx.now,
                    )
                )  # fmt: skip
                detail = {"card": card.card_id, "usage": usage, "serial": one.issued.serial}
                tx.record("certificate-written", subject=holder.resident_id, who=order.desk.who, detail=detail)
    return [
        Written(
            usage=usage, serial=one.issued.serial, not_after=one.issued.not_after, replaces=one.issued.replaces
        ) for usage, one in collected.items()
    ]  # fmt: skip
