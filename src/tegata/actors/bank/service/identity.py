"""Whose consent is it? The certificate that signed it beside the customer's record."""

from sqlalchemy import select

from tegata.actors.bank.rules import comparison
from tegata.actors.bank.service import cases, consents, customers, questions
from tegata.actors.bank.tables import CaseRow, ConsentRow
from tegata.japan.four_attributes import ITEMS, FourAttributes
from tegata.node.database import Transaction
from tegata.wire.consents import ConsentRecord


def keep_signed(tx: Transaction, record: ConsentRecord, shown: FourAttributes) -> ConsentRow:
    """Keep a consent that was signed here; where the certificate may be another person's, a person decides.

    What the certificate shows of the items consented to is news like an answer's.
    """
    consent = consents.keep(tx, record)
    if consent.customer_number is None or consent.identity != "unseen":
        return consent
    _end_first(tx, consent)
    customer = customers.row_of(tx.session, consent.customer_number)
    held = customers.details_of(customer).four
    reasons = comparison.other_person(held, shown)
    consent.identity = "held" if reasons else "known"
    told = dict(shown.only(ITEMS if reasons else record.items))
    if not reasons and comparison.decide(held, told, identity_known=True).verdict == "same":
        return consent
    case = _open(tx, consent, record.serial)
    if reasons:
        case.state, case.ask_at, case.reasons = "review", None, [*reasons]
        cases.remember_told(case, told)
        cases.note(tx, case, "review", detail={"reasons": [*reasons]})
    else:
        case.answered_at = tx.now
        questions.settle(tx, case, told, "certificate")
    return consent


def _open(tx: Transaction, consent: ConsentRow, serial: int) -> CaseRow:
    cause = cases.Cause(f"signature.{consent.consent_id}", "signature", "consent", serial)
    case = cases.open_case(tx, consent, cause)
    assert case is not None
    return case


def _end_first(tx: Transaction, consent: ConsentRow) -> None:
    """The operator's log may have told of the consent already; its certificate is looked at here and now."""
    case = tx.session.scalar(select(CaseRow).where(CaseRow.cause == f"first.{consent.consent_id}"))
    if case is not None and case.state in cases.OPEN:
        cases.close(tx, case, "noted")
