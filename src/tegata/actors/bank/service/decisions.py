"""What a person decides about a case: take over, keep the record, ask the customer; whose consent it is; ask now."""

import secrets
from collections.abc import Collection
from typing import Literal

from tegata.actors.bank.service import cases, consents, customers, questions
from tegata.actors.bank.tables import CaseRow, ConsentRow
from tegata.japan.four_attributes import Item
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.wire.problems import CONFLICT, Refused, problem

Choice = Literal["take-over", "keep", "customer", "confirm", "reject", "again", "done"]

NO_CONSENT_TO_ASK = problem(
    "no-consent-to-ask-by", 409,
    ja="このお客さまには、照会に使える同意がありません。", en="This customer has no consent by which may be asked.",
    do_ja="同意の画面か、QRコードつきのお手紙で、同意をお願いしてください。",
    do_en="Ask for consent, on the consent screen or by a letter with a QR code.",
)  # fmt: skip


def choices(row: CaseRow, consent: ConsentRow) -> tuple[Choice, ...]:
    """What can be decided about a case as it stands."""
    if row.state not in cases.FOR_A_PERSON:
        return ()
    if consent.identity == "held":
        return ("confirm", "reject")
    if row.told is None:
        return ("again", "done")
    whose: tuple[Choice, ...] = ("reject",) if consent.identity == "unseen" else ()
    return ("take-over", "keep", *(() if row.state == "customer" else ("customer",)), *whose)


def take_over(node: Node, case_id: int, items: Collection[Item], who: str, *, kana: str | None = None) -> None:
    """Take items over into the record. Raises ``Refused`` (conflict) where that is not to be decided."""
    with node.database.begin() as tx:
        row, consent = _to_decide(tx, case_id, "take-over")
        told = cases.told(row)
        if not items or not set(items) <= told.keys():
            raise Refused(CONFLICT, {"cause": "items"})
        customer = customers.row_of(tx.session, row.customer_number)
        fresh = customers.with_items(
            customers.details_of(customer), {item: told[item] for item in items}, kana=kana or None
        )
        source = "certificate" if row.trigger == "signature" else "register"
        by = customers.Source(source, who, row.consent_id, row.case_id)
        changed = customers.change(tx, customer, fresh, by)
        consent.identity = "known"
        questions.record_change(tx, row, changed, who)
        cases.close(tx, row, "decided", who=who, detail={"fields": list(changed)})


def keep(node: Node, case_id: int, who: str) -> None:
    """Let the record stay as it is. Raises ``Refused`` (conflict)."""
    with node.database.begin() as tx:
        row, _ = _to_decide(tx, case_id, "keep")
        cases.close(tx, row, "kept", who=who)


def ask_customer(node: Node, case_id: int, who: str) -> None:
    """Put the case aside until the customer has been asked. Raises ``Refused`` (conflict)."""
    with node.database.begin() as tx:
        row, _ = _to_decide(tx, case_id, "customer")
        row.state = "customer"
        cases.note(tx, row, "customer", who=who)


def confirm_identity(node: Node, case_id: int, who: str) -> None:
    """The consent is this customer's, though the certificate looks otherwise; what it shows is compared anew."""
    with node.database.begin() as tx:
        row, consent = _to_decide(tx, case_id, "confirm")
        consent.identity = "known"
        tx.record("identity-confirmed", subject=row.customer_number, who=who, basis=row.consent_id)
        cases.note(tx, row, "confirm", who=who)
        agreed = set(consent.items or ())
        told = {item: value for item, value in cases.told(row).items() if item in agreed}
        row.told, row.answered_at = None, tx.now
        questions.settle(tx, row, told, "certificate")


def reject_identity(node: Node, case_id: int, who: str) -> None:
    """The consent is another person's: it is not used, and nothing that came by it is kept."""
    with node.database.begin() as tx:
        row, consent = _to_decide(tx, case_id, "reject")
        consent.identity = "rejected"
        tx.record("identity-rejected", subject=row.customer_number, who=who, basis=row.consent_id)
        cases.note(tx, row, "reject", who=who)
        cases.close_for_consent(tx, row.consent_id, "rejected")


def ask_again(node: Node, case_id: int, who: str) -> None:
    """Ask a refused question once more, now. Raises ``Refused``."""
    with node.database.begin() as tx:
        row, _ = _to_decide(tx, case_id, "again")
        row.state, row.ask_at = "asking", tx.now
        cases.note(tx, row, "again", who=who)
    questions.ask_case(node, case_id)


def done(node: Node, case_id: int, who: str) -> None:
    """A refused question needs nothing more. Raises ``Refused`` (conflict)."""
    with node.database.begin() as tx:
        row, _ = _to_decide(tx, case_id, "done")
        cases.close(tx, row, "noted", who=who)


def ask_now(node: Node, customer_number: str, who: str) -> int:
    """Ask for a customer's newest attributes at any hour (FI-08); returns the case. Raises ``Refused``."""
    with node.database.begin() as tx:
        consent = consents.standing_of(tx.session, customer_number, tx.now)
        if consent is None:
            raise Refused(NO_CONSENT_TO_ASK)
        serial = consents.serial_of(tx.session, consent.consent_id)
        cause = cases.Cause(f"manual.{secrets.token_hex(8)}", "manual", "clerk", serial, detail={"by": who})
        row = cases.open_case(tx, consent, cause)
        assert row is not None
        case_id = row.case_id
    questions.ask_case(node, case_id)
    return case_id


def _to_decide(tx: Transaction, case_id: int, choice: Choice) -> tuple[CaseRow, ConsentRow]:
    row = cases.row_of(tx.session, case_id)
    consent = tx.session.get_one(ConsentRow, row.consent_id)
    if choice not in choices(row, consent):
        raise Refused(CONFLICT, {"state": row.state})
    return row, consent
