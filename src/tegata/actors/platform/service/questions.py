"""Four-information questions: checked here, passed on to J-LIS, handed over, forgotten (⑤ to ⑨; FI-07, FI-08).

1. may this party ask about this consent at all?                 else a refusal of FI-07
2. what is the state of the known certificate, by the list in use or by OCSP, as the party chose?
3. pass the question on (⑥); J-LIS answers or refuses
4. note the outcome and the fee, let the consent point to the newest certificate

What J-LIS answers goes through this module into the answer and nowhere else.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from tegata.actors.platform import rules
from tegata.actors.platform.service import consents, crls, parties
from tegata.actors.platform.service.pointers import Pointer
from tegata.actors.platform.tables import QuestionRow
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.trust import ask_ocsp
from tegata.pki.crl import Revocation
from tegata.pki.ocsp import OcspAnswer, Revoked, Unknown
from tegata.wire.four_information import (
    PASS_ON,
    PASS_ON_BATCH,
    Answer,
    BatchAnswer,
    BatchResult,
    CertificateStatus,
    OperatorBatch,
    OperatorQuestion,
    Question,
)
from tegata.wire.problems import PEER_UNAVAILABLE, ProblemDetails, Refused


@dataclass(frozen=True)
class Passed:
    """A question that may be passed on: its consent, and the certificate whose state is looked at."""

    query_id: str
    question: Question
    pointer: Pointer

    @property
    def known_serial(self) -> int:
        """The newest certificate that the party has heard of; else the one that the operator has."""
        return self.question.known_serial or self.pointer.serial

    def to_jlis(self) -> OperatorQuestion:
        """The question as it is passed on."""
        return OperatorQuestion(
            query_id=self.query_id, relying_party=self.pointer.relying_party,
            consent_id=self.question.consent_id, known_serial=self.known_serial,
        )  # fmt: skip


def ask(node: Node, party: str, question: Question) -> Answer:
    """One question. Raises ``Refused``: a refusal of FI-07, or peer-unavailable."""
    query_id = secrets.token_hex(16)
    try:
        passed = _may_pass(node, party, [(query_id, question)])[query_id]
        if isinstance(passed, Refused):
            raise passed
        status = _statuses(node, [passed])[passed.known_serial, question.check_method]
        answer = node.call(PASS_ON, passed.to_jlis())
    except Refused as refused:
        _note(node, party, [(query_id, question, refused)])
        raise
    with node.database.begin() as tx:
        return _hand_over(node, tx, passed, answer, status)


def ask_many(node: Node, party: str, questions: Sequence[Question]) -> BatchAnswer:
    """Up to 1,000 questions; each has its own outcome. Raises ``Refused`` where none could be passed on."""
    numbered = [(secrets.token_hex(16), question) for question in questions]
    checked = _may_pass(node, party, numbered)
    passed = [each for each in checked.values() if isinstance(each, Passed)]
    try:
        statuses = _statuses(node, passed)
        answered = _pass_on(node, passed)
    except Refused as refused:
        _note(node, party, [(query_id, question, refused) for query_id, question in numbered])
        raise
    outcomes: dict[str, Answer | Refused] = {
        query_id: each if isinstance(each, Refused) else _outcome(answered[query_id])
        for query_id, each in checked.items()
    }
    with node.database.begin() as tx:
        for each in passed:
            outcome = outcomes[each.query_id]
            if isinstance(outcome, Answer):
                status = statuses[each.known_serial, each.question.check_method]
                outcomes[each.query_id] = _hand_over(node, tx, each, outcome, status)
        refused_ones = [(q, question, o) for q, question in numbered if isinstance(o := outcomes[q], Refused)]
        _add_refusals(tx, party, refused_ones)
    return BatchAnswer(results=[_result(question, outcomes[query_id]) for query_id, question in numbered])


def _may_pass(node: Node, party: str, numbered: Iterable[tuple[str, Question]]) -> dict[str, Passed | Refused]:
    """Step 1, for each question."""
    now = node.clock.now()
    checked: dict[str, Passed | Refused] = {}
    with node.database.read() as session:
        rights = parties.facts(session, party)
        for query_id, question in numbered:
            known = consents.facts(session, question.consent_id)
            denied = rules.may_ask(rights, party, known[0] if known else None, now)
            if denied is not None or known is None:
                assert denied is not None
                checked[query_id] = Refused(denied.problem, denied.detail)
            else:
                checked[query_id] = Passed(query_id, question, known[1])
    return checked


def _statuses(node: Node, passed: Sequence[Passed]) -> Mapping[tuple[int, str], CertificateStatus]:
    """Step 2: by serial and method. Raises ``Refused`` (peer-unavailable) where there is no list to look at."""
    by_crl = {each.known_serial for each in passed if each.question.check_method == "crl"}
    by_ocsp = {each.known_serial for each in passed if each.question.check_method == "ocsp"}
    found: dict[tuple[int, str], CertificateStatus] = {}
    if by_crl:
        known = crls.in_use(node, "sign")
        if known is None:
            raise Refused(PEER_UNAVAILABLE, {"cause": "no-crl-yet"})
        for serial in by_crl:
            found[serial, "crl"] = _by_crl(serial, known, known.crl.lookup(serial))
    if by_ocsp:
        for serial, answer in ask_ocsp(node, "sign", by_ocsp).items():
            found[serial, "ocsp"] = _by_ocsp(serial, answer)
    return found


def _by_crl(serial: int, known: crls.Known, revocation: Revocation | None) -> CertificateStatus:
    return CertificateStatus(
        serial=serial, status="revoked" if revocation else "good", check_method="crl",
        source_updated_at=known.facts.this_update, revoked_at=revocation.at if revocation else None,
        revocation_reason=str(revocation.reason) if revocation else None,
    )  # fmt: skip


def _by_ocsp(serial: int, answer: OcspAnswer) -> CertificateStatus:
    told = answer.status
    if isinstance(told, Revoked):
        return CertificateStatus(
            serial=serial, status="revoked", check_method="ocsp", source_updated_at=answer.this_update,
            revoked_at=told.at, revocation_reason=str(told.reason),
        )  # fmt: skip
    return CertificateStatus(
        serial=serial, status="unknown" if isinstance(told, Unknown) else "good", check_method="ocsp",
        source_updated_at=answer.this_update,
    )  # fmt: skip


def _pass_on(node: Node, passed: Sequence[Passed]) -> dict[str, BatchResult]:
    """Step 3."""
    if not passed:
        return {}
    results = node.call(PASS_ON_BATCH, OperatorBatch(questions=[each.to_jlis() for each in passed])).results
    return {each.query_id: result for each, result in zip(passed, results, strict=True)}


def _outcome(result: BatchResult) -> Answer | Refused:
    if result.answer is not None:
        return result.answer
    return Refused.from_details(result.refusal or ProblemDetails(type="", title="", status=500, code="internal"))


def _hand_over(node: Node, tx: Transaction, passed: Passed, answer: Answer, status: CertificateStatus) -> Answer:
    """Step 4. The fee is for information newer than the operator has ever handed over for this consent."""
    pointer = passed.pointer
    fee = rules.fee(newer=answer.serial != pointer.serial)
    tx.session.add(_row(tx, passed.query_id, pointer.relying_party, passed.question, "ok", newer=answer.newer, fee=fee))
    tx.record(
        "four-information-handed-over", subject=pointer.consent_id, who=pointer.relying_party,
        items=sorted(answer.verified_claims.claims), basis=pointer.consent_id, to=pointer.relying_party,
    )  # fmt: skip
    if answer.serial != pointer.serial:
        moved = Pointer(pointer.consent_id, pointer.relying_party, pointer.reference, answer.serial)
        consents.point(node, tx, moved)
    return msgspec.structs.replace(answer, status=status, fee_yen=fee)


def _note(node: Node, party: str, refused: Sequence[tuple[str, Question, Refused]]) -> None:
    with node.database.begin() as tx:
        _add_refusals(tx, party, refused)


def _add_refusals(tx: Transaction, party: str, refused: Iterable[tuple[str, Question, Refused]]) -> None:
    for query_id, question, why in refused:
        tx.session.add(_row(tx, query_id, party, question, why.code, newer=False, fee=0))


def _row(
    tx: Transaction, query_id: str, party: str, question: Question, outcome: str, *, newer: bool, fee: int
) -> QuestionRow:
    return QuestionRow(
        query_id=query_id, relying_party=party, consent_id=question.consent_id, check_method=question.check_method,
        asked_at=tx.now, outcome=outcome, newer=newer, fee_yen=fee,
    )  # fmt: skip


def _result(question: Question, outcome: Answer | Refused) -> BatchResult:
    if isinstance(outcome, Answer):
        return BatchResult(consent_id=question.consent_id, answer=outcome)
    return BatchResult(consent_id=question.consent_id, refusal=outcome.to_details())
