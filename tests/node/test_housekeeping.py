from datetime import timedelta

from sqlalchemy import func, select

from tegata.node import housekeeping, inbox, runs
from tegata.node.node import Node
from tegata.node.tables import InboxRow, JobRun, OutboxRow
from tests.node.pair import Pair, note


def count(node: Node, table: type[OutboxRow | InboxRow | JobRun]) -> int:
    with node.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_only_what_nobody_will_ask_about_again_is_forgotten(pair: Pair) -> None:
    for word in ("old", "unheard-of"):
        note(pair.alpha, word)
    pair.scheduler.settle()
    pair.scheduler.advance_to(pair.clock.now() + inbox.KEPT_FOR - timedelta(days=1))
    assert count(pair.beta, InboxRow) == 1
    assert count(pair.alpha, OutboxRow) == 2
    pair.scheduler.advance_to(pair.clock.now() + timedelta(days=2))
    assert count(pair.beta, InboxRow) == 0
    assert count(pair.alpha, OutboxRow) == 2
    note(pair.alpha, "new")
    pair.scheduler.settle()
    pair.scheduler.advance_to(pair.clock.now() + housekeeping.SENT_KEPT_FOR - timedelta(days=1))
    with pair.alpha.database.read() as session:
        left = session.execute(select(OutboxRow.key, OutboxRow.state).order_by(OutboxRow.number)).all()
    assert left == [("word-unheard-of", "parked"), ("word-new", "delivered")]


def test_the_newest_run_of_a_job_is_kept_so_that_it_is_not_done_again(pair: Pair) -> None:
    for _ in range(2):
        pair.scheduler.advance_to(pair.clock.now() + timedelta(days=1))
    assert count(pair.alpha, JobRun) == 2
    housekeeping.forget(pair.alpha, pair.clock.now() + timedelta(days=500))
    newest = runs.last_runs(pair.alpha)["housekeeping"]
    assert newest is not None
    assert newest.due_at == pair.clock.now().replace(hour=3)
    assert count(pair.alpha, JobRun) == 1
    assert pair.scheduler.run_due() == 0
