"""The question for a customer's newest four attributes: answered or refused, and recorded (⑥ to ⑧; rule FI-07)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy.orm import Session

from tegata.actors.jlis.rules import four_information as rules
from tegata.actors.jlis.service import consent_records, records, relying_parties
from tegata.actors.jlis.tables import CertificateRow, ConsentRow, Person
from tegata.japan.four_attributes import ITEMS, Item
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.pki.names import root_name
from tegata.wire.four_information import (
    TRUST_FRAMEWORK,
    Answer,
    BatchAnswer,
    BatchResult,
    OperatorQuestion,
    VerifiedClaims,
)
from tegata.wire.problems import Refused

ACTION = "four-information"

IN_ONE_TRANSACTION = 100
"""So many questions of a batch are answered before somebody else may write."""


def ask(node: Node, question: OperatorQuestion, operator: str) -> Answer:
    """Answer one question. Raises the refusal that :func:`rules.decide` came to; it is recorded all the same."""
    with node.database.begin() as tx:
        result = _answer(tx, question, operator)
    if isinstance(result, Answer):
        return result
    raise Refused(result.problem, result.detail)


def ask_many(node: Node, questions: list[OperatorQuestion], operator: str) -> BatchAnswer:
    """Answer many questions, each as if it were asked alone, in the order in which they were asked."""
    results: list[BatchResult] = []
    for part in records.chunks(questions, IN_ONE_TRANSACTION):
        with node.database.begin() as tx:
            results += [_result(question, _answer(tx, question, operator)) for question in part]
    return BatchAnswer(results=results)


def _result(question: OperatorQuestion, result: Answer | rules.Denied) -> BatchResult:
    if isinstance(result, Answer):
        return BatchResult(consent_id=question.consent_id, answer=result)
    refusal = Refused(result.problem, result.detail).to_details()
    return BatchResult(consent_id=question.consent_id, refusal=refusal)


def _answer(tx: Transaction, question: OperatorQuestion, operator: str) -> Answer | rules.Denied:
    consent = tx.session.get(ConsentRow, question.consent_id)
    decision = rules.decide(gather(tx.session, question, operator, consent), tx.now)
    _record(tx, question, operator, consent, decision)
    if isinstance(decision, rules.Denied):
        return decision
    certificate = tx.session.get_one(CertificateRow, ("sign", decision.serial))
    return Answer(
        query_id=question.query_id,
        consent_id=question.consent_id,
        serial=decision.serial,
        newer=decision.newer,
        attributes_since=decision.since,
        answered_at=tx.now,
        verified_claims=_verified_claims(question.query_id, certificate, decision.items, tx.now),
    )


def gather(
    session: Session, question: OperatorQuestion, operator: str, consent: ConsentRow | None
) -> rules.QuestionFacts:
    """Everything that the decision rests on, as it is on record now."""
    registered = relying_parties.is_of(session, question.relying_party, operator)
    if consent is None:
        return rules.QuestionFacts(question.relying_party, registered, question.known_serial, None)
    person = session.get_one(Person, consent.person_id)
    register = records.register_of(session, person)
    chain = records.certificates_of(session, person.person_id, "sign")
    newest = records.newest_certificate(session, person.person_id, "sign", "card")
    return rules.QuestionFacts(
        relying_party=question.relying_party,
        registered=registered,
        known_serial=question.known_serial,
        consent=_consent_facts(session, consent),
        chain={row.serial: row.serial if row.hangs_on is None else row.hangs_on for row in chain},
        newest=_certificate_facts(session, newest) if newest else None,
        residence_ended=records.has_ended(person),
        attributes=records.attributes_of(register),
        attributes_since=register.attributes_since,
    )


def _consent_facts(session: Session, row: ConsentRow) -> rules.ConsentFacts:
    known = consent_records.known(session, [row])[0]
    return rules.ConsentFacts(
        relying_party=row.relying_party,
        items=frozenset(cast(list[Item], row.items)),
        valid_from=known.term.valid_from,
        valid_until=known.term.valid_until,
        withdrawn_at=known.withdrawn_at,
    )


def _certificate_facts(session: Session, row: CertificateRow) -> rules.CertificateFacts:
    return rules.CertificateFacts(row.serial, row.not_after, records.revocation_of(session, row))


def _record(
    tx: Transaction,
    question: OperatorQuestion,
    operator: str,
    consent: ConsentRow | None,
    decision: rules.Decision,
) -> None:
    """Each leaving of personal data and each refusal: to whom, which items, for what, on which consent."""
    detail: dict[str, Any] = {"query_id": question.query_id}
    items: list[str] = []
    if isinstance(decision, rules.Given):
        detail |= {"outcome": "given", "serial": decision.serial, "newer": decision.newer}
        items = [*decision.items]
    else:
        detail |= {"outcome": decision.problem.code}
    tx.record(
        ACTION,
        subject=consent.person_id if consent else None,
        who=operator,
        to=question.relying_party,
        items=items,
        purpose=consent.purpose if consent else "",
        basis=question.consent_id,
        detail=detail,
    )


def _verified_claims(
    query_id: str, certificate: CertificateRow, items: Mapping[Item, str], at: datetime
) -> VerifiedClaims:
    """OpenID Connect for Identity Assurance 1.0 sections 5 and 6; the evidence is the newest signature certificate."""
    evidence = {
        "type": "electronic_signature",
        "signature_type": "jpki-test",
        "issuer": root_name("sign").rfc4514_string(),
        "serial_number": str(certificate.serial),
        "created_at": certificate.not_before.isoformat(),
    }
    verification = {
        "trust_framework": TRUST_FRAMEWORK,
        "time": at.isoformat(),
        "verification_process": query_id,
        "evidence": [evidence],
    }
    return VerifiedClaims(verification=verification, claims=claims(items))


def claims(items: Mapping[Item, str]) -> dict[str, Any]:
    """The items by the names of OpenID Connect Core section 5.1, in the order of the four attributes."""
    named: dict[Item, tuple[str, Any]] = {
        "name": ("name", items.get("name")),
        "address": ("address", {"formatted": items.get("address")}),
        "birth_date": ("birthdate", items.get("birth_date")),
        "gender": ("gender", items.get("gender")),
    }
    return dict(named[item] for item in ITEMS if item in items)
