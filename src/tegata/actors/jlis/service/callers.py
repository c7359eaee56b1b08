"""A caller is identified by answers, and certificates are suspended by telephone (rule SP-04).

The answers are compared and forgotten: what is kept is that a call centre asked, in which call, and whom they fitted.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tegata.actors.jlis.rules import callers as rules
from tegata.actors.jlis.rules.revocation import HOLD
from tegata.actors.jlis.service import records
from tegata.actors.jlis.service.holders import CALLED, handle, person_id_of
from tegata.actors.jlis.service.residents import birth_fingerprint
from tegata.actors.jlis.service.revocations import end_all, named
from tegata.actors.jlis.tables import CallerAttemptRow, CertificateRow, Person
from tegata.japan.four_attributes import FourAttributes
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.pki.profiles import MEDIA, USAGES
from tegata.wire.certificates import CertificateState, Medium
from tegata.wire.endpoint import Page
from tegata.wire.problems import NOT_FOUND, Refused
from tegata.wire.residents import ENDS_RESIDENCE
from tegata.wire.suspensions import (
    CALLER_NOT_IDENTIFIED,
    NOTHING_TO_SUSPEND,
    CallerAnswers,
    IdentifiedCaller,
    SuspensionRequest,
)

REFUSED = "caller-refused"
PURPOSE = "suspension"
HOUR = timedelta(hours=1)
FILLED_AT_ONCE = 500


def find(node: Node, answers: CallerAnswers, caller: str) -> IdentifiedCaller:
    """Who calls, and the newest certificate of each usage on the card and on the phone.

    Raises CALLER_NOT_IDENTIFIED, without a hint which answer does not fit, or TOO_MANY; both are in the audit.
    """
    fingerprint = node.fingerprint("birth date", answers.birth_date)
    with node.database.begin() as tx:
        found = _find(node, tx, answers, fingerprint, caller)
    if isinstance(found, Refused):
        raise found
    return found


def _find(
    node: Node, tx: Transaction, answers: CallerAnswers, fingerprint: str, caller: str
) -> IdentifiedCaller | Refused:
    refused = rules.too_many(_attempts(tx, caller, answers.call_id), node.own.callers_per_hour)
    if refused is None:
        person_id = rules.identify(answers, _born_on(tx.session, fingerprint))
        tx.session.add(CallerAttemptRow(client_id=caller, call_id=answers.call_id, at=tx.now, person_id=person_id))
        if person_id is not None:
            return _identified(node, tx, person_id, answers.call_id, caller)
        refused = Refused(CALLER_NOT_IDENTIFIED)
    detail = {"outcome": refused.code, **refused.detail}
    tx.record(REFUSED, subject=None, who=caller, purpose=PURPOSE, basis=f"call:{answers.call_id}", detail=detail)
    return refused


def _identified(node: Node, tx: Transaction, person_id: str, call_id: str, caller: str) -> IdentifiedCaller:
    tx.record(
        CALLED, subject=person_id, who=caller, purpose=PURPOSE, basis=f"call:{call_id}",
        detail={"outcome": "given"},
    )  # fmt: skip
    rows = [row for medium in MEDIA for row in _newest(tx.session, person_id, medium)]
    return IdentifiedCaller(
        sub=handle(tx, node.secret("handles"), caller, person_id),
        certificates=records.states(tx.session, rows, tx.now),
    )


def _attempts(tx: Transaction, caller: str, call_id: str) -> rules.Attempts:
    mine = select(func.count()).select_from(CallerAttemptRow).where(CallerAttemptRow.client_id == caller)
    in_call = tx.session.scalar(mine.where(CallerAttemptRow.call_id == call_id)) or 0
    in_hour = tx.session.scalar(mine.where(CallerAttemptRow.at > tx.now - HOUR)) or 0
    return rules.Attempts(in_call, in_hour)


def _born_on(session: Session, fingerprint: str) -> dict[str, FourAttributes]:
    """The living residents with one birth date, by id."""
    query = select(Person).where(Person.birth_fingerprint == fingerprint, Person.event.not_in(ENDS_RESIDENCE))
    return {
        person.person_id: records.attributes_of(records.register_of(session, person))
        for person in session.scalars(query)
    }


def suspend(node: Node, sub: str, request: SuspensionRequest, caller: str) -> Page[CertificateState]:
    """Hold what is valid on a card or a phone; what is held already is answered as it is.

    Raises NOT_FOUND for a handle that is not the caller's, or that this call did not lead to, and NOTHING_TO_SUSPEND.
    """
    with node.database.begin() as tx:
        person_id = person_id_of(tx.session, caller, sub)
        _check_call(tx.session, caller, request.call_id, person_id)
        rows = _newest(tx.session, person_id, request.medium)
        if not {records.state_now(tx.session, row, tx.now) for row in rows} & {"valid", "suspended"}:
            raise Refused(NOTHING_TO_SUSPEND)
        changed = end_all(tx, rows, HOLD, f"call:{request.call_id}")
        if changed:
            detail = {"medium": request.medium, "certificates": named(changed)}
            tx.record(
                "certificates-suspended", subject=person_id, who=caller, basis=f"call:{request.call_id}", detail=detail
            )
        return Page(items=records.states(tx.session, rows, tx.now))


def _check_call(session: Session, caller: str, call_id: str, person_id: str) -> None:
    """A handle alone gives no right: the person must have been identified in this very call."""
    query = select(CallerAttemptRow.number).where(
        CallerAttemptRow.client_id == caller, CallerAttemptRow.call_id == call_id,
        CallerAttemptRow.person_id == person_id,
    )  # fmt: skip
    if session.scalar(query.limit(1)) is None:
        raise Refused(NOT_FOUND, {"field": "call_id"})


def _newest(session: Session, person_id: str, medium: Medium) -> Sequence[CertificateRow]:
    newest = (records.newest_certificate(session, person_id, usage, medium) for usage in USAGES)
    return [row for row in newest if row is not None]


def fill_fingerprints(node: Node) -> None:
    """Make what callers are found by for residents who were taken in before it was kept."""
    query = select(Person).where(Person.birth_fingerprint.is_(None)).order_by(Person.person_id).limit(FILLED_AT_ONCE)
    while True:
        with node.database.begin() as tx:
            people = tx.session.scalars(query).all()
            for person in people:
                attributes = records.attributes_of(records.register_of(tx.session, person))
                person.birth_fingerprint = birth_fingerprint(node, attributes)
        if not people:
            return
