"""What came of something: the refusal, and the newest entry of the audit log."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tegata.node.audit import Entry, entry_of
from tegata.node.tables import AuditRow
from tegata.wire.problems import ProblemType, Refused
from tests.actors.jlis.world import World


def refusal(work: Callable[[], Any]) -> Refused:
    """The refusal that some work ends in."""
    with pytest.raises(Refused) as refused:
        work()
    return refused.value


def kind(work: Callable[[], Any]) -> ProblemType:
    """Its type."""
    return refusal(work).type


def last_entry(world: World) -> Entry:
    """The newest entry of J-LIS's audit log."""
    with world.node.database.read() as session:
        row = session.scalar(select(AuditRow).order_by(AuditRow.number.desc()).limit(1))
    assert row is not None
    return entry_of(row)
