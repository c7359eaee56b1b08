"""What stands now: always what the record comes to, made anew from it, and read in columns of the right order."""

import dataclasses
from collections import defaultdict
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from tegata.actors.jlis.rules.revocation import Entry, EntryReason, RevocationFact, effective
from tegata.actors.jlis.service import records, standing, status
from tegata.actors.jlis.tables import CertificateRow, Person, RevocationRow, StandingRow
from tegata.node.bulk import columns
from tegata.node.bulk.views import view_of
from tegata.pki.crl import Reason
from tests.actors.jlis.world import CHIYODA, SHIBUYA, World
from tests.support import START

SAPPORO = "011002"
PLACES = (CHIYODA, SHIBUYA, SAPPORO)
REASONS: tuple[EntryReason, ...] = (
    "unspecified", "keyCompromise", "affiliationChanged", "superseded", "cessationOfOperation", "certificateHold",
    "removeFromCRL",
)  # fmt: skip
LAST = 2**63 - 1


def with_certificates(world: World, serials: list[int]) -> World:
    """Certificates of three municipalities in turn, of both usages; only what lists know of them is true."""
    with world.node.database.begin() as tx:
        person = {"resident_code": "1", "sequence": 1, "event": "registered", "municipality_code": CHIYODA}
        tx.session.execute(insert(Person), [{"person_id": "p", **person}])
        rows = [
            _certificate(usage, serial, place) for usage in ("sign", "auth") for place, serial in enumerate(serials)
        ]
        tx.session.execute(insert(CertificateRow), rows)
    return world


def _certificate(usage: str, serial: int, place: int) -> dict[str, Any]:
    return {
        "usage": usage, "serial": serial, "generation": 1, "application_id": f"{usage}-{serial}", "content_hash": b"",
        "person_id": "p", "sequence": 1, "municipality_code": PLACES[place % 3], "card_id": "c", "not_before": START,
        "not_after": START + timedelta(days=place), "issued_at": START, "der": b"",
    }  # fmt: skip


def additions(world: World, chosen: list[tuple[str, int, EntryReason]]) -> list[standing.Addition]:
    made = []
    with world.node.database.read() as session:
        for place, (usage, serial, reason) in enumerate(chosen):
            row = session.get_one(CertificateRow, (usage, serial))
            entry = Entry(START + timedelta(minutes=place), reason)
            made.append(
                standing.Addition(usage, serial, row.generation, row.municipality_code, row.not_after, entry, "test")
            )
    return made


def table(world: World) -> list[tuple[Any, ...]]:
    with world.node.database.read() as session:
        return [tuple(row) for row in session.execute(select(StandingRow.__table__).order_by("usage", "serial"))]


def by_the_record(world: World) -> list[tuple[Any, ...]]:
    """The table as the rules say it, from every entry."""
    record = defaultdict[tuple[str, int], list[Entry]](list)
    with world.node.database.read() as session:
        for row in session.scalars(select(RevocationRow).order_by(RevocationRow.number)):
            record[row.usage, row.serial].append(Entry(row.at, cast(EntryReason, row.reason)))
        certificates = {(row.usage, row.serial): row for row in session.scalars(select(CertificateRow))}
    facts = {key: effective(entries) for key, entries in sorted(record.items())}
    return [_row(certificates[key], fact) for key, fact in facts.items() if fact is not None]


def _row(certificate: CertificateRow, fact: RevocationFact) -> tuple[Any, ...]:
    columns = {
        "usage": certificate.usage, "serial": certificate.serial, "generation": certificate.generation,
        "partition": int(certificate.municipality_code), "at": int(fact.at.timestamp()),
        "reason": Reason(fact.reason).code, "not_after": int(certificate.not_after.timestamp()),
    }  # fmt: skip
    return tuple(columns[column.name] for column in StandingRow.__table__.columns)


@pytest.mark.rule("FI-04")
@pytest.mark.rule("FI-05")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["sign", "auth"]), st.integers(1, 4), st.sampled_from(REASONS)), max_size=14),
    st.integers(1, 14),
)
def test_the_table_is_what_the_record_comes_to_after_any_history(
    prepared: World, chosen: list[tuple[str, int, EntryReason]], at_once: int
) -> None:
    database = prepared.node.database
    with database.begin() as tx:
        tx.session.execute(delete(StandingRow))
        tx.session.execute(delete(RevocationRow))
    history = additions(prepared, chosen)
    for start in range(0, len(history), at_once):
        with database.begin() as tx:
            standing.append(tx.session, history[start : start + at_once])
    found = table(prepared)
    assert found == by_the_record(prepared)
    with database.alone() as connection:
        assert standing.rebuild(connection) == len(found)
    assert table(prepared) == found


@pytest.fixture
def prepared(quick_world: World) -> World:
    return with_certificates(quick_world, [1, 2, 3, 4])


def test_a_table_that_went_wrong_is_made_right(world: World) -> None:
    """On both databases, with more rows than are read at once."""
    serials = list(range(1, 40))
    with_certificates(world, serials)
    reasons = [REASONS[serial % len(REASONS)] for serial in serials]
    history = additions(world, [("sign", serial, reason) for serial, reason in zip(serials, reasons, strict=True)])
    history += additions(world, [("auth", 7, "superseded")])
    with world.node.database.begin() as tx:
        standing.append(tx.session, history)
    right = table(world)
    assert right == by_the_record(world)
    with world.node.database.begin() as tx:
        tx.session.execute(delete(StandingRow).where(StandingRow.serial < 20))
        tx.session.execute(
            insert(StandingRow), [dict(zip(StandingRow.__table__.columns.keys(), right[0], strict=True))]
        )
    with world.node.database.alone() as connection:
        standing.rebuild(connection)
    assert table(world) == right


def test_nothing_added_changes_nothing(quick_world: World) -> None:
    with quick_world.node.database.begin() as tx:
        standing.append(tx.session, [])
    assert table(quick_world) == []


def test_a_change_that_is_undone_leaves_record_and_table_as_they_were(quick_world: World) -> None:
    with_certificates(quick_world, [1])
    chosen = additions(quick_world, [("sign", 1, "superseded")])
    chosen.append(dataclasses.replace(chosen[0], serial=99))  # there is no such certificate
    with pytest.raises(IntegrityError), quick_world.node.database.begin() as tx:
        standing.append(tx.session, chosen)
    assert table(quick_world) == by_the_record(quick_world) == []


@pytest.mark.rule("FI-04")
def test_columns_come_in_order_of_serial_and_of_municipality(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over many ranges and batches, with serials of one bit and of 63, crowded together and far apart."""
    monkeypatch.setattr(columns, "BATCH_ROWS", 5)
    monkeypatch.setattr(standing, "_RANGE", 10)
    monkeypatch.setattr(standing, "_MOST_RANGES", 100)
    serials = [*range(1, 60), *range(1000, 100_000, 3333), 2**40, LAST - 1, LAST]
    with_certificates(world, serials)
    revoked = [serial for serial in serials if serial % 7]
    history = additions(world, [*(("sign", serial, "superseded") for serial in revoked), ("auth", 1, "keyCompromise")])
    with world.node.database.begin() as tx:
        standing.append(tx.session, history)
    found = status.revoked_entries(world.node, "sign")
    assert found.serials.tolist() == revoked
    assert [(one.serial, one.reason) for one in status.revoked_entries(world.node, "auth")] == [
        (1, Reason.KEY_COMPROMISE)
    ]
    assert len(status.revoked_entries(world.node, "sign", 1)) == len(revoked)
    assert len(status.revoked_entries(world.node, "sign", 2)) == 0
    places = dict(zip(serials, [PLACES[place % 3] for place in range(len(serials))], strict=True))
    by_place = defaultdict[str, list[int]](list)
    with view_of(world.node.database) as view:
        for code, chunk in standing.by_partition(view, "sign"):
            by_place[code] += chunk.serials.tolist()
        late = [chunk.serials.tolist() for chunk in standing.by_serial(view, "sign", since=START + timedelta(days=50))]
    assert list(by_place) == sorted(PLACES)
    assert by_place == {code: [serial for serial in revoked if places[serial] == code] for code in sorted(PLACES)}
    assert [serial for part in late for serial in part] == [serial for serial in revoked if serials.index(serial) >= 50]


@pytest.mark.rule("FI-05")
def test_the_state_of_a_certificate_is_read_from_what_stands(world: World) -> None:
    person = world.resident()
    serial = person.gets().serial
    phone = person.phone().gets()
    person.moves()
    with world.node.database.read() as session:
        facts = standing.facts(session, "sign", [serial, phone.certificates["sign"].serial_number, 99])
        assert facts[serial] == RevocationFact(world.now, "affiliationChanged")
        assert set(facts) == {serial, phone.certificates["sign"].serial_number}
        assert standing.count(session, "sign") == 2
        assert standing.count(session, "auth") == 1
        row = records.certificate(session, "sign", serial)
        assert records.state_now(session, row, world.now) == "revoked"
