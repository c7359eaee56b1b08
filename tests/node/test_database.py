import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from tegata.node.boundary import leave_transaction
from tegata.node.clock import ManualClock
from tegata.node.database import Database
from tegata.node.node import Node
from tegata.node.tables import OutboxRow
from tests.node.pair import TELL, Note, Pair, Word, heard, note, notes
from tests.support import START


def test_a_change_is_committed_at_the_end(alpha: Node) -> None:
    note(alpha, "one")
    assert notes(alpha) == ["one"]


def test_an_exception_undoes_the_change_its_messages_and_its_record(pair: Pair) -> None:
    def fail() -> None:
        with pair.alpha.database.begin() as transaction:
            transaction.session.add(Note(word="lost", at=transaction.now))
            transaction.send(TELL, Word("lost"), to="beta", key="lost", path={"kind": "plain"})
            transaction.record("lost", subject=None, who="test")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert pair.scheduler.settle() == 0
    assert (notes(pair.alpha), heard(pair.beta)) == ([], [])
    note(pair.alpha, "kept")
    assert notes(pair.alpha) == ["kept"]


def test_now_is_the_networks_time_taken_once(pair: Pair) -> None:
    with pair.alpha.database.begin() as transaction:
        pair.clock.advance(timedelta(hours=1))
        assert transaction.now == START


def test_a_transaction_within_one_is_refused_and_the_outer_one_goes_on(alpha: Node) -> None:
    with alpha.database.begin() as transaction:
        with pytest.raises(RuntimeError, match="while one of alpha is open"), alpha.database.begin():
            pass
        with pytest.raises(RuntimeError, match="while one of alpha is open"), alpha.database.read():
            pass
        transaction.session.add(Note(word="outer", at=transaction.now))
    assert notes(alpha) == ["outer"]


def test_a_transaction_of_another_actor_within_one_is_refused(pair: Pair) -> None:
    with pair.alpha.database.read(), pytest.raises(RuntimeError, match="of beta was begun while one of alpha"):
        heard(pair.beta)


def test_a_peer_is_not_called_within_a_transaction(pair: Pair) -> None:
    for opened in (pair.alpha.database.begin, pair.alpha.database.read):
        with opened(), pytest.raises(RuntimeError, match="transaction of alpha is open"):
            pair.alpha.call(TELL, Word("x"), path={"kind": "plain"})
    assert pair.recorder.messages == []
    leave_transaction()


def test_a_read_can_not_write(alpha: Node) -> None:
    with alpha.database.read() as session:
        session.add(Note(word="x", at=START))
        with pytest.raises(DBAPIError):
            session.flush()
        session.rollback()
    assert notes(alpha) == []


def test_a_read_sees_one_state_and_does_not_stop_a_write(alpha: Node) -> None:
    note(alpha, "before")
    writer = threading.Thread(target=note, args=(alpha, "after"))
    with alpha.database.read() as session:
        first = session.scalar(select(func.count()).select_from(Note))
        writer.start()
        writer.join(timeout=20)
        assert not writer.is_alive()
        assert session.scalar(select(func.count()).select_from(Note)) == first == 1
    assert notes(alpha) == ["before", "after"]


def test_writes_of_one_actor_are_serial_so_numbers_have_no_gap(alpha: Node) -> None:
    def add_ten() -> None:
        for _ in range(10):
            with alpha.database.begin() as transaction:
                newest = transaction.session.scalar(select(func.max(Note.number))) or 0
                transaction.session.add(Note(number=newest + 1, word="w", at=transaction.now))

    threads = [threading.Thread(target=add_ten) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with alpha.database.read() as session:
        assert session.scalars(select(Note.number).order_by(Note.number)).all() == list(range(1, 41))


def test_actors_do_not_wait_for_one_another(pair: Pair) -> None:
    writer = threading.Thread(target=note, args=(pair.alpha, "meanwhile"))
    with pair.beta.database.begin():
        writer.start()
        writer.join(timeout=20)
        assert not writer.is_alive()


def test_two_actors_in_one_database_do_not_see_each_others_tables(pair: Pair) -> None:
    note(pair.alpha, "mine")
    with pair.beta.database.read() as session, pytest.raises(DBAPIError):
        session.execute(text("SELECT * FROM note"))


def test_what_was_written_can_be_used_after_the_commit(alpha: Node) -> None:
    with alpha.database.begin() as transaction:
        row = Note(word="w", at=transaction.now)
        transaction.session.add(row)
    assert (row.number, row.word, row.at) == (1, "w", START)


def test_foreign_keys_and_constraints_hold_within_the_block(alpha: Node) -> None:
    note(alpha, "one")
    with pytest.raises(DBAPIError), alpha.database.begin() as transaction:
        transaction.session.add(OutboxRow(receiver="beta", key="word-one"))
    assert notes(alpha) == ["one"]


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://h/d"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises((ValueError, ModuleNotFoundError)):
        Database(url, "alpha", bytes(32), clock=ManualClock(START))


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_sqlite_is_as_durable_as_it_was_asked_to_be(tmp_path: Path, durable: bool, level: int) -> None:
    database = Database(f"sqlite:///{tmp_path}/a.db", "alpha", bytes(32), clock=ManualClock(START), durable=durable)
    with database.read() as session:
        assert session.execute(text("PRAGMA synchronous")).scalar_one() == level
        assert session.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert session.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    database.close()
