"""The records of job runs: noted before a run begins and when it ends, so that one that was cut off is seen.

Each begin counts an attempt. As long as a run goes on, whatever it writes to its actor's database is checked against
that count in the same transaction: a process that was taken for dead, and whose run another process has begun anew, can
write no more. Writes of one actor are serial, so there is no moment between the check and the commit.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.node.jobs import Job
from tegata.node.tables import JobRun

if TYPE_CHECKING:
    from tegata.node.database import Database
    from tegata.node.node import Node


class TakenOver(Exception):
    """Another process has begun this run anew, or began it first: whatever this one would write is not written."""


class Attempt(NamedTuple):
    """A run that goes on here: the number of its record, and the attempt that it is."""

    database: "Database"
    number: int
    attempts: int


_current: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


def last_runs(node: "Node") -> dict[str, JobRun | None]:
    """The newest run of each job of a node, for its monitor."""
    with node.database.read() as session:
        return {job.name: last(session, job) for job in node.jobs}


def last(session: Session, job: Job) -> JobRun | None:
    """The run with the newest due time."""
    return session.scalars(
        select(JobRun).where(JobRun.job == job.name).order_by(JobRun.due_at.desc()).limit(1)
    ).one_or_none()


def first_seen(node: "Node", job: Job) -> datetime:
    """When the job was first known to this database: it is due from then on."""
    name = f"job-since {job.name}"
    kept = node.kept(name)
    if not kept:
        kept = {"at": node.clock.now().isoformat()}
        node.keep(name, kept)
    return datetime.fromisoformat(kept["at"])


@contextmanager
def attempt(node: "Node", job: Job, due: datetime, *, after: int) -> Iterator[Attempt]:
    """Note that a run begins, and let what the block writes count as its own.

    ``after`` is how many attempts were seen before. Raises :class:`TakenOver` where there are more of them now.
    """
    begun = _note_start(node, job, due, after)
    mark = _current.set(begun)
    try:
        yield begun
    finally:
        _current.reset(mark)


def _note_start(node: "Node", job: Job, due: datetime, after: int) -> Attempt:
    with node.database.begin() as transaction:
        session = transaction.session
        run = session.scalars(select(JobRun).where(JobRun.job == job.name, JobRun.due_at == due)).one_or_none()
        if (run.attempts if run is not None else 0) != after:
            raise TakenOver(job.name)
        if run is None:
            run = JobRun(job=job.name, due_at=due, attempts=0)
            session.add(run)
        run.state, run.started_at, run.ended_at, run.retry_at, run.code = "running", transaction.now, None, None, None
        run.attempts += 1
        session.flush()
        return Attempt(node.database, run.number, run.attempts)


def check(database: "Database", session: Session) -> None:
    """Called in each transaction that writes. Raises :class:`TakenOver` for a run that is no longer this process's."""
    run = _current.get()
    if run is None or run.database is not database:
        return
    attempts = session.scalar(select(JobRun.attempts).where(JobRun.number == run.number))
    if attempts != run.attempts:
        raise TakenOver(str(run.number))


def note_end(node: "Node", job: Job, begun: Attempt, code: str | None) -> None:
    """Note that a run has ended, with a code where it failed; then its retry rule says when it is tried again.

    Raises :class:`TakenOver` (see :func:`check`).
    """
    with node.database.begin() as transaction:
        run = transaction.session.get_one(JobRun, begun.number)
        run.state, run.ended_at, run.code = "done" if code is None else "failed", transaction.now, code
        if code is not None and job.retry is not None:
            run.retry_at = transaction.now + job.retry
