"""Changes of the resident register: an entry each, and one message to J-LIS each (figure A, ②; rule FI-03)."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec
from sqlalchemy import select

from tegata.actors.municipality.rules import cards as card_rules
from tegata.actors.municipality.rules import households, writing
from tegata.actors.municipality.rules.register import (
    MOVES,
    Change,
    Entry,
    Record,
    Sets,
    after,
    begin,
    take,
    told_attributes,
)
from tegata.actors.municipality.service import records
from tegata.actors.municipality.service.records import RANDOM, Desk
from tegata.actors.municipality.tables import EntryRow, MembershipRow, MyNumberRow, ResidentRow
from tegata.japan import my_number, resident_code
from tegata.japan.four_attributes import FourAttributes, Gender
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.tables import OutboxRow
from tegata.wire.problems import CONFLICT, INVALID, Refused
from tegata.wire.residents import RESIDENT_CHANGED, Event, ResidentEvent

LAW = "住民基本台帳法"
"""The ground on which the register's changes are passed to J-LIS."""


@dataclass(frozen=True)
class Recorded:
    """What was recorded for one resident; ``changed`` are the four attributes that are other than before."""

    resident_id: str
    event_id: str
    record: Record
    changed: tuple[str, ...]


@dataclass(frozen=True)
class Newcomer:
    """A person who is on no register yet."""

    name: str
    kana: str
    birth_date: str
    gender: Gender


def move_in(
    node: Node, desk: Desk, resident_ids: Sequence[str], *, address: str, postal_code: str, effective_on: date,
    request_id: str | None = None,
) -> list[Recorded]:  # fmt: skip
    """転入: people from another municipality, or back from abroad, become residents here, as a household of their own.

    The former municipality's record ends with it. Raises as :func:`rules.register.take`.
    """
    sets = Sets(address=writing.address(address, desk.municipality_code), postal_code=postal_code)
    return _move(node, desk, resident_ids, "move_in", effective_on, sets, request_id)


def move_within(
    node: Node, desk: Desk, resident_ids: Sequence[str], *, address: str, postal_code: str, effective_on: date,
    request_id: str | None = None,
) -> list[Recorded]:  # fmt: skip
    """転居: to another address in the municipality."""
    sets = Sets(address=writing.address(address, desk.municipality_code), postal_code=postal_code)
    return _move(node, desk, resident_ids, "move_within", effective_on, sets, request_id)


def move_out(
    node: Node, desk: Desk, resident_ids: Sequence[str], *, destination: str, effective_on: date,
    request_id: str | None = None,
) -> list[Recorded]:  # fmt: skip
    """転出: the four attributes stay as they are until the move in."""
    sets = Sets(destination=writing.free_address(destination, "destination"))
    return _move(node, desk, resident_ids, "move_out", effective_on, sets, request_id)


def leave_country(
    node: Node, desk: Desk, resident_ids: Sequence[str], *, effective_on: date, request_id: str | None = None
) -> list[Recorded]:
    """国外転出: residence ends, both certificates with it."""
    return _move(node, desk, resident_ids, "left_country", effective_on, Sets(), request_id)


def change_name(
    node: Node, desk: Desk, resident_id: str, *, name: str, kana: str, former_name: str, effective_on: date,
    request_id: str | None = None,
) -> Recorded:  # fmt: skip
    """氏名変更, also of a former surname alone."""
    sets = Sets(name=writing.name(name), kana=writing.kana(kana), former_name=writing.former_name(former_name) or "")
    change = Change(event="name_change", effective_on=effective_on, sets=sets)
    return _record(node, desk, {resident_id: change}, request_id)[0]


def die(node: Node, desk: Desk, resident_id: str, *, effective_on: date, request_id: str | None = None) -> Recorded:
    """死亡: residence ends, both certificates with it; the household gets another head where it was the head."""
    change = Change(event="death", effective_on=effective_on)
    return _record(node, desk, {resident_id: change}, request_id)[0]


def correct(
    node: Node, desk: Desk, resident_id: str, sets: Sets, *, effective_on: date, request_id: str | None = None
) -> Recorded:
    """職権修正: what was recorded wrongly; brings back a residence that was ended by mistake."""
    change = Change(event="correction", effective_on=effective_on, sets=sets)
    return _record(node, desk, {resident_id: change}, request_id)[0]


def register(
    node: Node, desk: Desk, newcomer: Newcomer, *, address: str, postal_code: str, effective_on: date,
    request_id: str | None = None,
) -> Recorded:  # fmt: skip
    """A first registration (新規登録): someone who is on no register, as after a first move from abroad."""
    sets = Sets(
        name=writing.name(newcomer.name), kana=writing.kana(newcomer.kana), birth_date=newcomer.birth_date,
        gender=newcomer.gender, address=writing.address(address, desk.municipality_code), postal_code=postal_code,
    )  # fmt: skip
    change = Change(event="registered", effective_on=effective_on, sets=sets)
    return _add(node, desk, change, request_id, household_id=None, relationship=households.HEAD)


def birth(
    node: Node, desk: Desk, parent_id: str, *, name: str, kana: str, born_on: date, gender: Gender,
    request_id: str | None = None,
) -> Recorded:  # fmt: skip
    """出生: a child in the household of a parent who lives here."""
    with node.database.read() as session:
        parent = records.resident_here(session, desk, parent_id)
        card_rules.check_resident(records.record_in(parent))
    sets = Sets(
        name=writing.name(name), kana=writing.kana(kana), birth_date=born_on.isoformat(), gender=gender,
        address=parent.address, postal_code=parent.postal_code,
    )  # fmt: skip
    change = Change(event="birth", effective_on=born_on, sets=sets)
    relationship = households.relationship_of_child(parent.relationship)
    return _add(node, desk, change, request_id, household_id=parent.household_id, relationship=relationship)


def _move(
    node: Node, desk: Desk, resident_ids: Sequence[str], event: Event, effective_on: date, sets: Sets,
    request_id: str | None,
) -> list[Recorded]:  # fmt: skip
    change = Change(event=event, effective_on=effective_on, sets=sets)
    return _record(node, desk, dict.fromkeys(resident_ids, change), request_id)


def _record(node: Node, desk: Desk, changes: Mapping[str, Change], request_id: str | None) -> list[Recorded]:
    """Check and append; the same request again gives what was recorded. Raises ``Refused``."""
    if not changes:
        raise Refused(INVALID, {"field": "who"})
    request_id = request_id or secrets.token_hex(12)
    with node.database.begin() as tx:
        if earlier := _recorded_before(tx, request_id):
            return earlier
        has_card = any(_holds_card(tx, resident_id) for resident_id in changes)
        done = [
            _append(tx, desk, resident_id, change, f"{request_id}.{number}", has_card=has_card)
            for number, (resident_id, change) in enumerate(changes.items())
        ]
        _settle_households(tx, [one.resident_id for one in done], next(iter(changes.values())).event, request_id)
    return done


def _holds_card(tx: Transaction, resident_id: str) -> bool:
    return card_rules.valid_card(records.cards_of(tx.session, resident_id), tx.now) is not None


def _append(
    tx: Transaction, desk: Desk, resident_id: str, change: Change, event_id: str, *, has_card: bool
) -> Recorded:
    row = records.resident(tx.session, resident_id)
    before = records.record_in(row)
    entry = take(before, change, municipality_code=desk.municipality_code, today=tx.now.date(), has_card=has_card)
    record = after(before, entry)
    for column, value in records.shown(record).items():
        setattr(row, column, value)
    return _write(tx, desk, row, entry, record, event_id, record.attributes.changed_from(before.attributes))


def _add(
    node: Node, desk: Desk, change: Change, request_id: str | None, *, household_id: str | None, relationship: str
) -> Recorded:
    """A person who is new to the register gets a resident code and a My Number."""
    request_id = request_id or secrets.token_hex(12)
    with node.database.begin() as tx:
        if earlier := _recorded_before(tx, request_id):
            return earlier[0]
        entry = take(None, change, municipality_code=desk.municipality_code, today=tx.now.date())
        record = begin(entry)
        row = ResidentRow(
            resident_id=records.new_resident_id(), resident_code=_free_code(tx), household_id=None, relationship="",
            **records.shown(record),
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        _assign_my_number(tx, node, row.resident_id)
        _join(tx, row, household_id or new_household_id(), relationship, request_id)
        return _write(tx, desk, row, entry, record, f"{request_id}.0", ())


def _write(
    tx: Transaction, desk: Desk, row: ResidentRow, entry: Entry, record: Record, event_id: str,
    changed: tuple[str, ...],
) -> Recorded:  # fmt: skip
    tx.session.add(
        EntryRow(
            resident_id=row.resident_id, sequence=entry.sequence, event_id=event_id, event=entry.event,
            municipality_code=entry.municipality_code, effective_on=entry.effective_on, recorded_at=tx.now,
            who=desk.who, sets=msgspec.json.encode(entry.sets).decode(),
        )
    )  # fmt: skip
    told = told_attributes(entry.event, record)
    _tell(tx, row, entry, event_id, told)
    tx.record(
        f"register-{entry.event}", subject=row.resident_id, who=desk.who, items=_told_items(told), basis=LAW,
        purpose="figure A", to="jlis", detail={"sequence": entry.sequence, "changed": list(changed)},
    )  # fmt: skip
    return Recorded(row.resident_id, event_id, record, changed)


def _tell(tx: Transaction, row: ResidentRow, entry: Entry, event_id: str, told: FourAttributes | None) -> None:
    message = ResidentEvent(
        event_id=event_id, resident_code=row.resident_code, municipality_code=entry.municipality_code,
        sequence=entry.sequence, event=entry.event, effective_on=entry.effective_on, recorded_at=tx.now,
        attributes=told,
    )  # fmt: skip
    tx.send(RESIDENT_CHANGED, message, to="jlis", key=event_id)


def _told_items(told: FourAttributes | None) -> tuple[str, ...]:
    return () if told is None else FourAttributes.__struct_fields__


def _recorded_before(tx: Transaction, request_id: str) -> list[Recorded]:
    """What the same request recorded when it came before."""
    query = select(EntryRow).where(EntryRow.event_id.startswith(f"{request_id}.", autoescape=True))
    rows = tx.session.scalars(query.order_by(EntryRow.event_id)).all()
    return [Recorded(row.resident_id, row.event_id, records.record_of(tx.session, row.resident_id), ()) for row in rows]


def _settle_households(tx: Transaction, movers: Sequence[str], event: Event, cause: str) -> None:
    """Who moves together is a household; who died is in none; who stays behind gets a head."""
    tx.session.flush()
    gone = [records.resident(tx.session, resident_id) for resident_id in movers]
    left = {row.household_id for row in gone if row.household_id is not None}
    if event in MOVES:
        _move_together(tx, gone, left, cause)
    elif event == "death":
        for row in gone:
            _join(tx, row, None, "", cause)
    else:
        for row in (row for row in gone if row.household_id is None):
            _join(tx, row, new_household_id(), households.HEAD, cause)
    tx.session.flush()
    for household_id in sorted(left):
        _settle(tx, records.household(tx.session, household_id), household_id, cause)


def _move_together(tx: Transaction, gone: Sequence[ResidentRow], left: set[str], cause: str) -> None:
    """A whole household keeps its id."""
    members = {row.resident_id for each in left for row in records.household(tx.session, each)}
    is_whole = len(left) == 1 and members == {row.resident_id for row in gone}
    _settle(tx, gone, next(iter(left)) if is_whole else new_household_id(), cause)


def _settle(tx: Transaction, rows: Sequence[ResidentRow], household_id: str, cause: str) -> None:
    settled = households.settle([records.member_of(row) for row in rows])
    for row, member in zip(rows, settled, strict=True):
        _join(tx, row, household_id, member.relationship or households.HEAD, cause)


def _join(tx: Transaction, row: ResidentRow, household_id: str | None, relationship: str, cause: str) -> None:
    if (row.household_id, row.relationship) == (household_id, relationship):
        return
    row.household_id, row.relationship = household_id, relationship
    tx.session.add(
        MembershipRow(
            resident_id=row.resident_id, household_id=household_id, relationship=relationship, recorded_at=tx.now,
            cause=cause,
        )
    )  # fmt: skip


def new_household_id() -> str:
    """An id of a household."""
    return f"h{secrets.token_hex(8)}"


def _free_code(tx: Transaction) -> str:
    """[GAP] In the world J-LIS hands out resident codes and My Numbers; here the municipality draws free ones."""
    while True:
        code = resident_code.make(RANDOM)
        if tx.session.scalar(select(ResidentRow.resident_id).where(ResidentRow.resident_code == code)) is None:
            return code


def _assign_my_number(tx: Transaction, node: Node, resident_id: str) -> None:
    while True:
        number = my_number.make(RANDOM)
        fingerprint = node.fingerprint("my number", number)
        if tx.session.scalar(select(MyNumberRow.resident_id).where(MyNumberRow.fingerprint == fingerprint)) is None:
            break
    tx.session.add(MyNumberRow(resident_id=resident_id, number=number, fingerprint=fingerprint, assigned_at=tx.now))


def event_delivered(node: Node, event_id: str) -> bool:
    """Whether J-LIS has taken an event. Raises CONFLICT where it refused it for good."""
    with node.database.read() as session:
        state = session.scalar(select(OutboxRow.state).where(OutboxRow.receiver == "jlis", OutboxRow.key == event_id))
    if state == "parked":
        raise Refused(CONFLICT, {"cause": "refused-by-jlis"})
    return state in (None, "delivered")
