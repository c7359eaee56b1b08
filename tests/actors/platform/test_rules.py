"""The operator's decisions, without a database."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.platform import rules
from tegata.actors.platform.rules import ConsentFacts, ListFacts, Party
from tegata.japan.dates import JST
from tegata.japan.four_attributes import ITEMS
from tegata.pki.crl import Reason, RevokedEntries
from tegata.wire.consents import ConsentStatement

AT = datetime(2023, 9, 26, 7, 0, tzinfo=JST)
DAY = timedelta(days=1)
PARTY = Party(active=True, services=frozenset({"accounts"}), items=frozenset({"name", "address"}))

serials = st.integers(1, 60)


@pytest.mark.rule("FI-06")
@given(pointing=st.lists(serials), revoked=st.sets(serials))
def test_exactly_the_certificates_on_the_list_changed(pointing: list[int], revoked: set[int]) -> None:
    entries = RevokedEntries.from_rows((serial, AT, Reason.AFFILIATION_CHANGED) for serial in revoked)
    found = rules.who_changed(np.array(sorted(pointing), np.uint64), entries)
    assert [each.serial for each in found] == sorted(revoked & set(pointing))
    assert all(entries.lookup(each.serial) == each for each in found)


def _statement(**changed: object) -> ConsentStatement:
    fields: dict[str, object] = {
        "statement_id": "s", "relying_party": "bank", "relying_party_name": "銀行", "service": "accounts",
        "service_name": "口座", "items": ["name"], "purpose": "住所の確認", "text": "同意します。", "reference": "r",
        "stated_at": AT,
    }  # fmt: skip
    return ConsentStatement(**(fields | changed))  # type: ignore[arg-type]


@pytest.mark.rule("FI-02")
@pytest.mark.parametrize(
    ("party", "statement", "code"),
    [
        (None, _statement(), "relying-party-not-registered"),
        (Party(active=False), _statement(), "relying-party-not-registered"),
        (PARTY, _statement(relying_party="another"), "consent-statement-wrong"),
        (PARTY, _statement(service="loans"), "consent-statement-wrong"),
        (PARTY, _statement(items=["name", "gender"]), "consent-statement-wrong"),
        (PARTY, _statement(), None),
    ],
    ids=["unknown", "suspended", "of another", "another service", "more items", "good"],
)
def test_a_party_collects_only_its_own_consents(
    party: Party | None, statement: ConsentStatement, code: str | None
) -> None:
    denied = rules.may_collect(party, "bank", statement)
    assert (denied.problem.code if denied else None) == code


CONSENT = ConsentFacts("bank", valid_until=AT + DAY)


@pytest.mark.rule("FI-07")
@pytest.mark.parametrize(
    ("party", "consent", "code"),
    [
        (None, CONSENT, "relying-party-not-registered"),
        (Party(active=False), CONSENT, "relying-party-not-registered"),
        (PARTY, None, "no-consent"),
        (PARTY, ConsentFacts("another", AT + DAY), "no-consent"),
        (PARTY, ConsentFacts("bank", AT + DAY, withdrawn_at=AT), "consent-withdrawn"),
        (PARTY, ConsentFacts("bank", AT - DAY), "consent-expired"),
        (PARTY, ConsentFacts("bank", AT + DAY, ended_at=AT - DAY), "consent-expired"),
        (PARTY, ConsentFacts("bank", AT + DAY, withdrawn_at=AT + DAY), None),
        (PARTY, ConsentFacts("bank", AT), None),
        (PARTY, CONSENT, None),
    ],
)
def test_a_question_is_passed_on_only_for_a_consent_that_counts(
    party: Party | None, consent: ConsentFacts | None, code: str | None
) -> None:
    denied = rules.may_ask(party, "bank", consent, AT)
    assert (denied.problem.code if denied else None) == code


@pytest.mark.rule("FI-04")
@given(st.datetimes(datetime(2023, 1, 1), datetime(2024, 12, 31)))
def test_the_list_that_must_be_there_is_of_the_last_seven_oclock(naive: datetime) -> None:
    at = naive.replace(tzinfo=JST)
    due = rules.due_list(at)
    assert (due.hour, due.minute) == (7, 0)
    assert timedelta(0) <= at - due < DAY


@pytest.mark.parametrize(
    ("made", "at", "of_today", "health"),
    [
        (AT, AT, True, "ok"),
        (AT, AT + DAY - timedelta(seconds=1), True, "ok"),
        (AT - timedelta(minutes=1), AT, False, "warning"),
        (AT - 3 * DAY, AT, False, "failed"),
    ],
)
def test_a_list_grows_old(made: datetime, at: datetime, of_today: bool, health: str) -> None:
    known = ListFacts(1, "", made, made + DAY + timedelta(hours=2))
    assert rules.is_of_today(known, at) is of_today
    assert rules.list_health(known, at) == health
    assert not rules.is_of_today(None, at)


@given(st.integers(1, 10_000), st.integers(0, 50))
def test_missed_lists_are_counted(number: int, ahead: int) -> None:
    known = ListFacts(number, "", AT, AT)
    assert rules.skipped(known, number + 1 + ahead) == ahead
    assert rules.skipped(known, number) == 0
    assert rules.skipped(None, number) == 0


def test_only_newer_information_costs() -> None:
    assert (rules.fee(newer=True), rules.fee(newer=False)) == (20, 0)
    assert set(ITEMS) >= PARTY.items
