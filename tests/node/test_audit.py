import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from tegata.japan.dates import JST
from tegata.node import audit
from tegata.node.audit import BEGINNING, Entry, Fault, Head, entry_hash, head_mac, verify
from tegata.node.node import Node
from tegata.node.tables import AuditHead, AuditRow
from tests.support import START


def record(node: Node, subject: str | None, count: int = 1) -> None:
    with node.database.begin() as transaction:
        for number in range(count):
            transaction.record(
                "four-information.answered",
                subject=subject,
                who="platform",
                items=["name", "address"],
                purpose="customer records",
                basis="consent C-1",
                to="bank",
                detail={"serial": number, "reason": "変更"},
            )


def tamper(node: Node, change: Callable[[Session], object]) -> None:
    with node.database.begin() as transaction:
        change(transaction.session)


def test_an_empty_log_is_as_it_was_written(alpha: Node) -> None:
    report = verify(alpha.database)
    assert report.ok
    assert (report.entries, report.head) == (0, Head(0, BEGINNING))


def test_entries_come_back_newest_first_for_their_subject_alone(alpha: Node) -> None:
    record(alpha, "P-1", 2)
    record(alpha, "P-2")
    entries = audit.entries_for(alpha.database, "P-1")
    assert [numbered.number for numbered in entries] == [2, 1]
    assert entries[0].entry == Entry(
        at=START,
        action="four-information.answered",
        subject="P-1",
        who="platform",
        items=["name", "address"],
        purpose="customer records",
        basis="consent C-1",
        to="bank",
        detail={"serial": 1, "reason": "変更"},
    )
    assert len(audit.entries_for(alpha.database, "P-1", limit=1)) == 1


def test_a_log_over_several_transactions_verifies(alpha: Node) -> None:
    for _ in range(3):
        record(alpha, "P-1", 3)
    report = verify(alpha.database)
    assert report.ok
    assert report.entries == report.head.number == 9


def test_what_was_undone_leaves_no_entry(alpha: Node) -> None:
    def fail() -> None:
        with alpha.database.begin() as transaction:
            transaction.record("lost", subject=None, who="test")
            raise ZeroDivisionError

    record(alpha, "P-1")
    with pytest.raises(ZeroDivisionError):
        fail()
    record(alpha, "P-1")
    assert verify(alpha.database).entries == 2
    assert verify(alpha.database).ok


CHANGES = {
    "at": START + timedelta(seconds=1),
    "action": "x",
    "subject": "P-9",
    "who": "x",
    "items": [],
    "purpose": "x",
    "basis": "x",
    "to": "x",
    "detail": {"serial": 9},
    "hash": bytes(32),
    "previous": bytes(32),
}


def test_a_change_of_any_column_shows(alpha: Node) -> None:
    record(alpha, "P-1", 5)
    third = update(AuditRow).where(AuditRow.number == 3)
    with alpha.database.read() as session:
        row = session.get_one(AuditRow, 3)
        before = {column: getattr(row, column) for column in CHANGES}
    for column, value in CHANGES.items():
        tamper(alpha, lambda session, change={column: value}: session.execute(third.values(change)))  # type: ignore[misc]
        assert verify(alpha.database).faults == [Fault(3, "changed")], column
        tamper(alpha, lambda session, change={column: before[column]}: session.execute(third.values(change)))  # type: ignore[misc]
        assert verify(alpha.database).ok


def test_a_long_log_is_read_in_parts(alpha: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_BATCH", 2)
    for count in (2, 1):
        record(alpha, "P-1", count)
        assert verify(alpha.database).ok
    tamper(alpha, lambda session: session.execute(delete(AuditRow).where(AuditRow.number == 2)))
    assert verify(alpha.database).faults == [Fault(2, "missing")]


def test_an_entry_left_out_shows(alpha: Node) -> None:
    record(alpha, "P-1", 5)
    tamper(alpha, lambda session: session.execute(delete(AuditRow).where(AuditRow.number == 3)))
    assert verify(alpha.database).faults == [Fault(3, "missing")]


def test_entries_that_changed_places_show(alpha: Node) -> None:
    record(alpha, "P-1", 5)

    def swap(session: Session) -> None:
        for before, after in ((2, 99), (4, 2), (99, 4)):
            session.execute(update(AuditRow).where(AuditRow.number == before).values(number=after))

    tamper(alpha, swap)
    assert verify(alpha.database).faults == [Fault(2, "changed")]


def test_an_end_that_was_cut_off_shows(alpha: Node) -> None:
    record(alpha, "P-1", 5)
    tamper(alpha, lambda session: session.execute(delete(AuditRow).where(AuditRow.number > 3)))
    assert verify(alpha.database).faults == [Fault(4, "cut-off")]


def test_a_head_that_was_moved_back_shows(alpha: Node) -> None:
    record(alpha, "P-1", 5)

    def cut(session: Session) -> None:
        session.execute(delete(AuditRow).where(AuditRow.number > 3))
        third = session.get_one(AuditRow, 3).hash
        forged = head_mac(bytes(32), 3, third)
        session.execute(update(AuditHead).values(number=3, hash=third, mac=forged))

    tamper(alpha, cut)
    assert verify(alpha.database).faults == [Fault(3, "head-forged")]


def test_a_log_without_its_head_shows(alpha: Node) -> None:
    record(alpha, "P-1", 2)
    tamper(alpha, lambda session: session.execute(text("DELETE FROM node_audit_head")))
    assert verify(alpha.database).faults == [Fault(2, "head-forged")]


def test_an_entry_added_past_the_head_shows(alpha: Node) -> None:
    record(alpha, "P-1", 1)
    entry = Entry(at=START, action="x", subject=None, who="x")

    def add(session: Session) -> None:
        before = session.get_one(AuditRow, 1).hash
        session.add(
            AuditRow(number=2, at=START, action="x", subject=None, who="x", items=[], purpose="", basis="", to=None,
                     detail={}, previous=before, hash=entry_hash(2, entry, before))
        )  # fmt: skip

    tamper(alpha, add)
    assert verify(alpha.database).faults == [Fault(1, "head-forged")]


def test_a_head_noted_elsewhere_shows_an_older_copy_and_another_log(alpha: Node) -> None:
    record(alpha, "P-1", 3)
    noted = verify(alpha.database).head
    assert verify(alpha.database, noted=noted).ok
    record(alpha, "P-1", 2)
    assert verify(alpha.database, noted=noted).ok
    assert verify(alpha.database, noted=Head(6, noted.hash)).faults == [Fault(6, "not-the-noted-log")]
    assert verify(alpha.database, noted=Head(3, bytes(32))).faults == [Fault(3, "not-the-noted-log")]


def test_many_writers_make_one_chain(alpha: Node) -> None:
    threads = [threading.Thread(target=lambda: [record(alpha, "P-1") for _ in range(5)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = verify(alpha.database)
    assert report.ok
    assert report.entries == 20


TEXTS = st.text(max_size=6)


@given(
    st.builds(
        Entry,
        at=st.datetimes().map(lambda naive: naive.replace(tzinfo=UTC)),
        action=TEXTS,
        subject=st.none() | TEXTS,
        who=TEXTS,
        items=st.lists(TEXTS, max_size=3),
        detail=st.dictionaries(TEXTS, st.integers(-(2**53), 2**53) | TEXTS, max_size=3),
    ),
    st.integers(1, 2**60),
)
def test_the_hash_covers_place_and_content_not_the_order_of_keys(entry: Entry, number: int) -> None:
    hashed = entry_hash(number, entry, BEGINNING)
    turned = Entry(
        **{name: getattr(entry, name) for name in Entry.__struct_fields__ if name != "detail"},
        detail=dict(reversed(entry.detail.items())),
    )
    assert entry_hash(number, turned, BEGINNING) == hashed
    assert entry_hash(number + 1, entry, BEGINNING) != hashed
    assert entry_hash(number, entry, bytes([1] * 32)) != hashed


def test_the_hash_is_of_the_moment_not_of_its_offset() -> None:
    moments = [
        START,
        START.astimezone(UTC),
        START.astimezone(timezone(timedelta(hours=-3))),
        datetime(2023, 9, 25, 10, tzinfo=JST),
    ]
    hashes = {entry_hash(1, Entry(at=at, action="a", subject=None, who="w"), BEGINNING) for at in moments}
    assert len(hashes) == 1
