"""The records of job runs: noted before a run begins and when it ends, so that one that was cut off is seen."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.node.jobs import Job
from tegata.node.tables import JobRun

if TYPE_CHECKING:
    from tegata.node.node import Node


def last_runs(node: "Node") -> dict[str, JobRun | None]:
    """The newest run of each job of a node, for its monitor."""
    with node.database.read() as session:
        return {job.name: last(session, job) for job in node.jobs}


def last(session: Session, job: Job) -> JobRun | None:
    """The run with the newest due time."""
    return session.scalars(
        select(JobRun).where(JobRun.job == job.name).order_by(JobRun.due_at.desc()).limit(1)
    ).one_or_none()


def _find(session: Session, job: Job, due: datetime) -> JobRun | None:
    return session.scalars(select(JobRun).where(JobRun.job == job.name, JobRun.due_at == due)).one_or_none()


def first_seen(node: "Node", job: Job) -> datetime:
    """When the job was first known to this database: it is due from then on."""
    name = f"job-since {job.name}"
    kept = node.kept(name)
    if not kept:
        kept = {"at": node.clock.now().isoformat()}
        node.keep(name, kept)
    return datetime.fromisoformat(kept["at"])


def note_start(node: "Node", job: Job, due: datetime) -> None:
    """Note that a run begins; a run for the same due time begins again."""
    with node.database.begin() as transaction:
        run = _find(transaction.session, job, due)
        if run is None:
            run = JobRun(job=job.name, due_at=due, attempts=0)
            transaction.session.add(run)
        run.state, run.started_at, run.ended_at, run.retry_at, run.code = "running", transaction.now, None, None, None
        run.attempts += 1


def note_end(node: "Node", job: Job, due: datetime, code: str | None) -> None:
    """Note that a run has ended, with a code where it failed; then its retry rule says when it is tried again."""
    with node.database.begin() as transaction:
        run = _find(transaction.session, job, due)
        assert run is not None
        run.state, run.ended_at, run.code = "done" if code is None else "failed", transaction.now, code
        if code is not None and job.retry is not None:
            run.retry_at = transaction.now + job.retry
