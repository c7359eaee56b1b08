"""A population at once: residents, households, My Numbers and cards, in few transactions; and counters to try.

Rows are made without a database, in another process if there is one to spare, and written batch by batch. Nothing is
sent: whoever loads a population tells J-LIS by its own bulk function, with the same event ids.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import insert, select

from tegata.actors.municipality.rules.register import Entry, Record, Sets, begin
from tegata.actors.municipality.service.records import new_resident_id, shown
from tegata.actors.municipality.tables import CardRow, EntryRow, MembershipRow, MyNumberRow, ResidentRow
from tegata.japan.four_attributes import FourAttributes
from tegata.japan.municipalities import municipality
from tegata.node import loading, sealing
from tegata.node.database import Transaction
from tegata.node.identity_settings import DemonstrationAccount
from tegata.node.loading import Loaded
from tegata.node.node import Node
from tegata.node.staff import add_staff

BATCH = 1000
WHO = "住民データの取込み"
COUNTERS = "demonstration-counters"
ACCOUNTS = "demonstration-accounts"
ROLES = frozenset({"clerk", "number"})


@dataclass(frozen=True, kw_only=True)
class SeedCard:
    """A card that the person holds."""

    card_id: str
    issued_at: datetime
    expires_on: date


@dataclass(frozen=True, kw_only=True)
class SeedResident:
    """A resident whose record begins with event number 1 (``event_id``, ``registered_at``)."""

    resident_code: str
    my_number: str
    attributes: FourAttributes
    kana: str
    former_name: str | None
    municipality_code: str
    postal_code: str
    household_id: str
    relationship: str
    event_id: str
    registered_at: datetime
    card: SeedCard | None = None


@dataclass(frozen=True)
class Rows:
    """What one batch writes, table by table."""

    residents: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    memberships: list[dict[str, Any]]
    my_numbers: list[dict[str, Any]]
    cards: list[dict[str, Any]]


def load(node: Node, people: Iterable[SeedResident]) -> int:
    """Write residents; returns how many. Raises ``ValueError`` for one who is on the register already."""
    waiting, count = iter(people), 0
    key = fingerprint_key(node)
    while part := list(islice(waiting, BATCH)):
        write(node, rows_of(part, key))
        count += len(part)
    return count


def fingerprint_key(node: Node) -> bytes:
    """The key of My Numbers' fingerprints, for :func:`rows_of`."""
    return node.fingerprint_key("my number")


def rows_of(people: Sequence[SeedResident], key: bytes) -> Rows:
    """The rows of residents; needs no database."""
    known = [(new_resident_id(), person, _entry(person)) for person in people]
    return Rows(
        residents=[_resident(*each) for each in known],
        entries=[_entry_row(*each) for each in known],
        memberships=[_membership(*each[:2]) for each in known],
        my_numbers=[_my_number(key, *each[:2]) for each in known],
        cards=list(_cards(known)),
    )


def write(node: Node, rows: Rows, loaded: Loaded | None = None) -> None:
    """Write a batch in one transaction, with how far the load then is.

    Raises ``ValueError`` for a resident who is on the register already.
    """
    with node.database.begin() as tx:
        _check_new(tx, [row["resident_code"] for row in rows.residents])
        for table, some in (
            (ResidentRow, rows.residents), (EntryRow, rows.entries), (MembershipRow, rows.memberships),
            (MyNumberRow, rows.my_numbers), (CardRow, rows.cards),
        ):  # fmt: skip
            if some:
                tx.session.execute(insert(table), some)
        loading.note(tx, loaded)
        detail = {"residents": len(rows.residents), "cards": len(rows.cards)}
        tx.record("population-loaded", subject=None, who=WHO, detail=detail)


def open_counter(node: Node, municipality_code: str, *, password: str = "counter-demo") -> DemonstrationAccount:  # noqa: S107
    """A clerk's account at a municipality's counter, which the login page shows in a demonstration."""
    place = municipality(municipality_code)
    account = DemonstrationAccount(login=f"counter-{place.code}", password=password, name=f"{place.full_name} 窓口")
    with node.database.begin() as tx:
        add_staff(
            tx, node, login=account.login, name=f"{place.short_name}窓口", password=password, roles=ROLES,
            scope=place.code,
        )  # fmt: skip
    known = {each["login"]: each for each in node.kept(COUNTERS).get("accounts", [])}
    known[account.login] = msgspec.to_builtins(account)
    node.keep(COUNTERS, {"accounts": list(known.values())})
    show_counters(node)
    return account


def show_counters(node: Node) -> None:
    """Let the login page of a demonstration show the counters that were opened."""
    kept = node.kept(COUNTERS).get("accounts", [])
    node.state[ACCOUNTS] = [msgspec.convert(each, DemonstrationAccount) for each in kept]


def _check_new(tx: Transaction, codes: Sequence[str]) -> None:
    for start in range(0, len(codes), 500):
        some = codes[start : start + 500]
        if tx.session.scalar(select(ResidentRow.resident_code).where(ResidentRow.resident_code.in_(some)).limit(1)):
            raise ValueError("a resident of the population is on the register already")


def _entry(person: SeedResident) -> Entry:
    four = person.attributes
    return Entry(
        sequence=1, event="registered", municipality_code=person.municipality_code,
        effective_on=person.registered_at.date(),
        sets=Sets(
            name=four.name, kana=person.kana, former_name=person.former_name, birth_date=four.birth_date,
            gender=four.gender, address=four.address, postal_code=person.postal_code,
        ),
    )  # fmt: skip


def _resident(resident_id: str, person: SeedResident, entry: Entry) -> dict[str, Any]:
    record: Record = begin(entry)
    return {
        "resident_id": resident_id, "resident_code": person.resident_code, "household_id": person.household_id,
        "relationship": person.relationship, **shown(record),
    }  # fmt: skip


def _entry_row(resident_id: str, person: SeedResident, entry: Entry) -> dict[str, Any]:
    return {
        "resident_id": resident_id, "sequence": entry.sequence, "event_id": person.event_id, "event": entry.event,
        "municipality_code": entry.municipality_code, "effective_on": entry.effective_on,
        "recorded_at": person.registered_at, "who": WHO, "sets": msgspec.json.encode(entry.sets).decode(),
    }  # fmt: skip


def _membership(resident_id: str, person: SeedResident) -> dict[str, Any]:
    return {
        "resident_id": resident_id, "household_id": person.household_id, "relationship": person.relationship,
        "recorded_at": person.registered_at, "cause": person.event_id,
    }  # fmt: skip


def _my_number(key: bytes, resident_id: str, person: SeedResident) -> dict[str, Any]:
    return {
        "resident_id": resident_id, "number": person.my_number,
        "fingerprint": sealing.fingerprint(key, person.my_number), "assigned_at": person.registered_at,
    }  # fmt: skip


def _cards(rows: Sequence[tuple[str, SeedResident, Entry]]) -> Iterator[dict[str, Any]]:
    for resident_id, person, _ in rows:
        if person.card is not None:
            yield {
                "card_id": person.card.card_id, "resident_id": resident_id, "request_id": person.card.card_id,
                "issued_at": person.card.issued_at, "expires_on": person.card.expires_on,
            }  # fmt: skip
