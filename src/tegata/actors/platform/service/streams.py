"""One log read three ways: a feed, push (RFC 8935) and poll (RFC 8936); what of it was taken (FI-06)."""

import secrets
from collections.abc import Iterable, Mapping

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from tegata.actors.platform.service import log, parties, security_events
from tegata.actors.platform.tables import AcknowledgementRow, ChangeRow, RelyingPartyRow, StreamRow, VerificationRow
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.tables import OutboxRow
from tegata.wire.changes import PUSH, Change, PollAnswer, PollRequest, Stream, StreamChoice
from tegata.wire.endpoint import AfterQuery, Page

MAX_ERROR = 400


def feed(node: Node, party: str, query: AfterQuery) -> Page[Change]:
    """The entries above a number, oldest first; to be read again at will."""
    wanted = select(ChangeRow).where(ChangeRow.relying_party == party, ChangeRow.number > query.after)
    with node.database.read() as session:
        rows = session.scalars(wanted.order_by(ChangeRow.number).limit(query.limit + 1)).all()
    items = [log.change_of(row) for row in rows[: query.limit]]
    return Page(items=items, next_cursor=str(items[-1].number) if len(rows) > query.limit else None)


def poll(node: Node, party: str, asked: PollRequest) -> PollAnswer:
    """Take acknowledgements, and give the oldest entries that have none (RFC 8936 section 2.4)."""
    if asked.ack or asked.set_errs:
        with node.database.begin() as tx:
            _acknowledge(tx, party, asked.ack, asked.set_errs)
    with node.database.read() as session:
        events = [
            security_events.of_verification(node, party, row.jti, row.state)
            for row in session.scalars(_verifications(party))
        ]
        rows = session.scalars(log.not_taken(party).limit(asked.max_events + 1)).all()
    events += [security_events.of_change(node, party, log.change_of(row)) for row in rows]
    sets = {event.jti: security_events.encode(node, event) for event in events[: asked.max_events]}
    return PollAnswer(sets=sets, more_available=len(events) > asked.max_events)


def _verifications(party: str) -> Select[VerificationRow]:
    waiting = select(VerificationRow).where(VerificationRow.relying_party == party, VerificationRow.taken_at.is_(None))
    return waiting.order_by(VerificationRow.asked_at)


def _acknowledge(tx: Transaction, party: str, taken: Iterable[str], errors: Mapping[str, Mapping[str, str]]) -> None:
    newest = log.newest_number(tx.session, party)
    said: dict[str, str | None] = {jti: str(error)[:MAX_ERROR] for jti, error in errors.items()}
    for jti, error in (said | dict.fromkeys(taken)).items():
        verification = tx.session.get(VerificationRow, jti)
        number = _number_of(party, jti)
        if verification is not None and verification.relying_party == party:
            verification.taken_at = tx.now
        elif number is not None and number <= newest:
            tx.session.merge(AcknowledgementRow(relying_party=party, number=number, at=tx.now, error=error))


def _number_of(party: str, jti: str) -> int | None:
    """The number in a ``jti`` of ours; an unknown one is passed over (RFC 8936 section 2.2)."""
    head, _, number = jti.rpartition(".")
    return int(number) if head == party and number.isascii() and number.isdecimal() and len(number) < 19 else None


def stream(node: Node, party: str) -> Stream:
    """How the party's events are delivered now. Raises ``Refused`` (not-found)."""
    with node.database.begin() as tx:
        return _stream(tx, party)


def choose(node: Node, party: str, choice: StreamChoice) -> Stream:
    """Change how events are delivered; what was held back is pushed now. Raises ``Refused`` (not-found)."""
    with node.database.begin() as tx:
        row = parties.stream_of(tx, party)
        row.delivery, row.status, row.chosen_at = choice.delivery, choice.status, tx.now
        tx.session.flush()
        detail = {"relying_party": party, "delivery": choice.delivery, "status": choice.status}
        tx.record("stream-chosen", subject=None, who=party, detail=detail)
        log.push_missing(node, tx, party)
        return _stream(tx, party)


def verify(node: Node, party: str, state: str) -> None:
    """Send a verification event by the party's own way (OpenID Shared Signals). Raises ``Refused`` (not-found)."""
    jti = f"verification-{secrets.token_hex(12)}"
    with node.database.begin() as tx:
        row = parties.stream_of(tx, party)
        if row.delivery == "push":
            token = security_events.encode(node, security_events.of_verification(node, party, jti, state))
            to = parties.row_of(tx.session, party).push_to
            tx.send(PUSH, token.encode("ascii"), to=to, key=jti)
        else:
            tx.session.add(VerificationRow(jti=jti, relying_party=party, state=state, asked_at=tx.now))


def _stream(tx: Transaction, party: str) -> Stream:
    row = parties.stream_of(tx, party)
    return Stream(
        delivery=row.delivery,  # type: ignore[arg-type]  # only a Stream's words are ever written there
        status=row.status,  # type: ignore[arg-type]  # these too
        delivered_to=delivered_to(tx.session, row),
        newest=log.newest_number(tx.session, party),
    )


def delivered_to(session: Session, row: StreamRow) -> int:
    """The number up to which every entry was taken by the party, by push or by acknowledgement."""
    not_pushed = session.scalars(log.not_taken(row.relying_party, above=row.pushed_to).limit(1)).first()
    missing = [*_on_their_way(session, row.relying_party), *([not_pushed.number] if not_pushed else [])]
    return min(missing) - 1 if missing else log.newest_number(session, row.relying_party)


def _on_their_way(session: Session, party: str) -> list[int]:
    to = session.get_one(RelyingPartyRow, party).push_to
    keys = select(OutboxRow.key).where(OutboxRow.receiver == to, OutboxRow.state != "delivered")
    return [number for key in session.scalars(keys) if (number := _number_of(party, key)) is not None]
