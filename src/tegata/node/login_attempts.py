"""How often a login may be tried: counted in the database, so that a restart forgets nothing.

A try is written down before it is checked: however many come at once, each sees all that were written before it.
"""

import hmac
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from tegata.node.identity_tables import AttemptRow
from tegata.wire.problems import TOO_MANY, Refused

if TYPE_CHECKING:
    from tegata.node.node import Node

KEPT = timedelta(days=1)


def _keyed(node: "Node", value: str) -> str:
    return hmac.new(node.secret("login-attempts"), value.encode(), "sha256").hexdigest()


def begin_attempt(node: "Node", kind: str, subject: str, origin: str) -> int:
    """Write down a try and give its number for ``attempt_succeeded``.

    ``kind`` is the door ("staff", "card" …), ``subject`` who is claimed, ``origin`` the address it comes from. Raises
    ``Refused(TOO_MANY)`` with ``retry_after`` in seconds; a refused try does not count.
    """
    web, now = node.settings.web, node.clock.now()
    hashed_subject, hashed_origin = _keyed(node, subject), _keyed(node, origin)
    since = now - web.attempts_window
    with node.database.begin() as tx:
        row = AttemptRow(kind=kind, subject=hashed_subject, origin=hashed_origin, at=now)
        tx.session.execute(delete(AttemptRow).where(AttemptRow.at < now - KEPT))
        tx.session.add(row)
        tx.session.flush()
        number = row.id
    recent = [AttemptRow.kind == kind, AttemptRow.at > since, AttemptRow.at <= now, AttemptRow.succeeded.is_(False)]
    with node.database.read() as session:
        last_good = session.scalar(
            select(func.max(AttemptRow.id)).where(
                AttemptRow.kind == kind, AttemptRow.subject == hashed_subject, AttemptRow.succeeded
            )
        )
        count = select(func.count()).select_from(AttemptRow).where(*recent, AttemptRow.id <= number)
        of_subject = session.scalar(count.where(AttemptRow.subject == hashed_subject, AttemptRow.id > (last_good or 0)))
        of_origin = session.scalar(count.where(AttemptRow.origin == hashed_origin))
    if (of_subject or 0) > web.attempts or (of_origin or 0) > web.attempts_of_origin:
        _withdraw(node, number)
        raise Refused(TOO_MANY, {"retry_after": int(web.attempts_window.total_seconds())})
    return number


def _withdraw(node: "Node", number: int) -> None:
    with node.database.begin() as tx:
        tx.session.execute(delete(AttemptRow).where(AttemptRow.id == number))


def attempt_succeeded(node: "Node", number: int) -> None:
    """Tell that a try was right; the failures before it no longer count for that person."""
    with node.database.begin() as tx:
        row = tx.session.get(AttemptRow, number)
        if row is not None:
            row.succeeded = True
