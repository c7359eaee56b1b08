"""Questions for the newest four attributes: asked when they are due, and what comes of the answers (⑤ to ⑨; FI-07).

An answer is used only if, in the transaction that takes it, the case still waits for it and the consent still stands:
a withdrawal that was learned while the question was on its way wins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from sqlalchemy import select

from tegata.actors.bank.rules import asking, comparison
from tegata.actors.bank.rules.postal import postal_code_of
from tegata.actors.bank.service import cases, consents, customers
from tegata.actors.bank.tables import CaseRow, ConsentRow, PointerRow
from tegata.japan.dates import is_birth_date
from tegata.japan.four_attributes import Gender, Item
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.peers import PEER_MISUNDERSTOOD
from tegata.wire.four_information import ASK, ASK_BATCH, Answer, Batch, BatchResult, Question
from tegata.wire.problems import INTERNAL, Refused

BATCH = 200


@dataclass(frozen=True)
class Due:
    """A case whose question is due; ``attempts`` tells whether somebody else asked meanwhile."""

    case_id: int
    consent_id: str
    serial: int
    attempts: int

    @property
    def question(self) -> Question:
        """The question as it is sent."""
        return Question(consent_id=self.consent_id, known_serial=self.serial)


class Address(msgspec.Struct, frozen=True):
    """OpenID Connect Core section 5.1.1, as far as it is used."""

    formatted: str


class Claims(msgspec.Struct, frozen=True):
    """The claims of an answer; what was not consented to is not there."""

    name: str | None = None
    address: Address | None = None
    birthdate: str | None = None
    gender: Gender | None = None


def ask_due(node: Node) -> int:
    """Ask every question that is due, many at once; returns how many were answered or refused.

    Raises ``Refused`` where the operator can not be asked: the questions stay due.
    """
    asked = 0
    while due := _due(node):
        outcomes = _ask(node, due)
        _look_up_towns(outcomes)
        with node.database.begin() as tx:
            for each, outcome in zip(due, outcomes, strict=True):
                _take(tx, each, outcome)
        asked += len(due)
    return asked


def ask_case(node: Node, case_id: int) -> None:
    """Ask the question of one case now. Raises ``Refused`` where the operator can not be asked."""
    with node.database.read() as session:
        row = cases.row_of(session, case_id)
        due = Due(case_id, row.consent_id, consents.serial_of(session, row.consent_id), row.attempts)
    (outcome,) = outcomes = _ask(node, [due])
    _look_up_towns(outcomes)
    with node.database.begin() as tx:
        _take(tx, due, outcome)


def _due(node: Node) -> list[Due]:
    query = (
        select(CaseRow.case_id, CaseRow.consent_id, PointerRow.serial, CaseRow.attempts)
        .join(PointerRow, PointerRow.consent_id == CaseRow.consent_id)
        .join(ConsentRow, ConsentRow.consent_id == CaseRow.consent_id)
        .where(
            CaseRow.state.in_(cases.TO_ASK), CaseRow.ask_at <= node.clock.now(),
            ConsentRow.identity.in_(consents.USABLE),
        )
        .order_by(CaseRow.ask_at, CaseRow.case_id)
        .limit(BATCH)
    )  # fmt: skip
    with node.database.read() as session:
        return [Due(*row) for row in session.execute(query)]


def _ask(node: Node, due: Sequence[Due]) -> list[Answer | Refused]:
    if len(due) == 1:
        return [_ask_one(node, due[0])]
    batch = Batch(questions=[each.question for each in due])
    results = node.call(ASK_BATCH, batch, to=node.own.operator).results
    if [result.consent_id for result in results] != [each.consent_id for each in due]:
        raise Refused(PEER_MISUNDERSTOOD, {"peer": node.own.operator, "cause": "other questions were answered"})
    return [_outcome(result) for result in results]


def _ask_one(node: Node, due: Due) -> Answer | Refused:
    try:
        return node.call(ASK, due.question, to=node.own.operator)
    except Refused as refused:
        if refused.type.status >= 500:
            raise
        return refused


def _outcome(result: BatchResult) -> Answer | Refused:
    if result.answer is not None:
        return result.answer
    return Refused.from_details(result.refusal) if result.refusal is not None else Refused(INTERNAL)


def _look_up_towns(outcomes: Sequence[Answer | Refused]) -> None:
    """Read the postal data that new addresses need before a transaction is open: the first time it takes long."""
    for outcome in outcomes:
        address = outcome.verified_claims.claims.get("address") if isinstance(outcome, Answer) else None
        if isinstance(address, dict):
            postal_code_of(str(address.get("formatted", "")))


def _take(tx: Transaction, due: Due, outcome: Answer | Refused) -> None:
    row = cases.row_of(tx.session, due.case_id)
    if row.state not in cases.TO_ASK or row.attempts != due.attempts:
        return
    row.attempts += 1
    if consents.has_ended(tx.session, row.consent_id):
        cases.close(tx, row, "consent-ended", detail={"discarded": isinstance(outcome, Answer)})
        return
    if isinstance(outcome, Answer):
        try:
            told = read_claims(outcome)
        except Refused as refused:
            outcome = refused
        else:
            take_answer(tx, row, outcome, told)
            return
    take_refusal(tx, row, outcome)


def read_claims(answer: Answer) -> dict[Item, str]:
    """The items of an answer. Raises ``Refused`` (peer-misunderstood) for claims that are none."""
    try:
        claims = msgspec.convert(answer.verified_claims.claims, Claims)
    except msgspec.ValidationError as error:
        raise Refused(PEER_MISUNDERSTOOD, {"cause": "claims"}) from error
    told: dict[str, str | None] = {
        "name": claims.name, "address": claims.address.formatted if claims.address else None,
        "birth_date": claims.birthdate, "gender": claims.gender,
    }  # fmt: skip
    found = {cast("Item", item): value for item, value in told.items() if value is not None}
    empty = not found or any(not value.strip() or "\0" in value for value in found.values())
    if empty or not is_birth_date(found.get("birth_date", "2000-01-01")):
        raise Refused(PEER_MISUNDERSTOOD, {"cause": "claims"})
    return found


def take_answer(tx: Transaction, row: CaseRow, answer: Answer, told: Mapping[Item, str]) -> None:
    """Compare an answer with the record, and do what the rules say."""
    consents.point(tx, row.consent_id, answer.serial)
    row.answered_at, row.changed_at, row.code = tx.now, answer.attributes_since, None
    tx.record(
        "four-information-received", subject=row.customer_number, who=tx.actor, items=sorted(told),
        basis=row.consent_id, detail={"query_id": answer.query_id, "newer": answer.newer, "case": row.case_id},
    )  # fmt: skip
    cases.note(tx, row, "answered", detail={"serial": answer.serial, "newer": answer.newer, "fee_yen": answer.fee_yen})
    settle(tx, row, told, "register")


def settle(tx: Transaction, row: CaseRow, told: Mapping[Item, str], source: str) -> None:
    """The record stays, takes items over, or a person decides (see :mod:`tegata.actors.bank.rules.comparison`)."""
    customer = customers.row_of(tx.session, row.customer_number)
    consent = tx.session.get_one(ConsentRow, row.consent_id)
    details = customers.details_of(customer)
    decision = comparison.decide(details.four, told, identity_known=consent.identity == "known")
    if decision.verdict == "review":
        row.state, row.ask_at, row.reasons = "review", None, [*decision.reasons]
        cases.remember_told(row, told)
        cases.note(tx, row, "review", detail={"reasons": [*decision.reasons]})
        return
    if consent.identity == "unseen" and told.keys() >= comparison.SHOWS_IDENTITY:
        consent.identity = "known"
    if decision.verdict == "same":
        cases.close(tx, row, "same")
        return
    fresh = customers.with_items(details, cast("Mapping[str, str]", decision.take))
    by = customers.Source(source, tx.actor, row.consent_id, row.case_id)
    changed = customers.change(tx, customer, fresh, by)
    record_change(tx, row, changed)
    cases.close(tx, row, "taken-over", detail={"fields": list(changed)})


def record_change(tx: Transaction, row: CaseRow, changed: Sequence[str], who: str = "") -> None:
    """The audit entry of a record that was changed by a case."""
    detail: dict[str, Any] = {"case": row.case_id}
    tx.record(
        "customer-updated", subject=row.customer_number, who=who or tx.actor, items=list(changed),
        basis=row.consent_id, detail=detail,
    )  # fmt: skip


def take_refusal(tx: Transaction, row: CaseRow, refused: Refused) -> None:
    """Wait, end, or hand to a person, as the refusal says."""
    row.code = refused.code
    step = asking.after_refusal(refused, row.attempts, tx.now)
    cases.note(tx, row, "refused", detail={"code": refused.code})
    if step.kind == "end":
        consents.end(tx, row.consent_id, asking.ENDS[refused.code], tx.now)
        cases.close_for_consent(tx, row.consent_id, "consent-ended")
    elif step.kind == "wait":
        row.state, row.ask_at = "waiting", step.ask_at
    else:
        row.state, row.ask_at = "refused", None
