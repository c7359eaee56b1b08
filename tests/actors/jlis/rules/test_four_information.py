"""Every refusal of the four-information answer, in its order, and what is given where nothing stands against it."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.jlis.rules.four_information import (
    CertificateFacts,
    ConsentFacts,
    Denied,
    Given,
    QuestionFacts,
    decide,
)
from tegata.actors.jlis.rules.revocation import RevocationFact
from tegata.japan.dates import JST
from tegata.japan.four_attributes import ITEMS, FourAttributes
from tegata.wire import four_information as wire
from tegata.wire.consents import NOT_A_RELYING_PARTY
from tegata.wire.problems import ProblemType

AT = datetime(2023, 10, 2, 3, 0, tzinfo=JST)
HOUR = timedelta(hours=1)
WHO = FourAttributes(name="山田　太郎", address="東京都千代田区１番", birth_date="1980-02-17", gender="male")
CONSENT = ConsentFacts("bank", frozenset({"name", "address"}), AT - HOUR, AT + HOUR)
NEWEST = CertificateFacts(12, AT + HOUR)
GOOD = QuestionFacts("bank", True, 7, CONSENT, {7: 7, 12: 12}, NEWEST, False, WHO, AT - HOUR)


def facts(**changes: Any) -> QuestionFacts:
    return QuestionFacts(**{name: getattr(GOOD, name) for name in GOOD.__dataclass_fields__} | changes)


def consent(**changes: Any) -> ConsentFacts:
    return ConsentFacts(**{name: getattr(CONSENT, name) for name in CONSENT.__dataclass_fields__} | changes)


def revoked(reason: Any, at: datetime = AT - HOUR, not_after: datetime = AT + HOUR) -> CertificateFacts:
    return CertificateFacts(12, not_after, RevocationFact(at, reason))


REFUSALS: list[tuple[str, dict[str, Any], ProblemType]] = [
    ("not registered", {"registered": False}, NOT_A_RELYING_PARTY),
    ("not registered, nor any consent", {"registered": False, "consent": None}, NOT_A_RELYING_PARTY),
    ("no consent", {"consent": None}, wire.NO_CONSENT),
    ("a consent to another", {"consent": consent(relying_party="other")}, wire.NO_CONSENT),
    ("withdrawn", {"consent": consent(withdrawn_at=AT)}, wire.CONSENT_WITHDRAWN),
    (
        "withdrawn before it began",
        {"consent": consent(withdrawn_at=AT - HOUR, valid_from=AT + HOUR)},
        wire.CONSENT_WITHDRAWN,
    ),
    ("not begun", {"consent": consent(valid_from=AT + timedelta(seconds=1))}, wire.CONSENT_NOT_YET_VALID),
    ("ended", {"consent": consent(valid_until=AT - timedelta(seconds=1))}, wire.CONSENT_EXPIRED),
    ("unknown serial", {"known_serial": 8}, wire.UNKNOWN_SERIAL),
    ("no certificate at all", {"chain": {}, "newest": None}, wire.UNKNOWN_SERIAL),
    ("changed, not yet available", {"newest": revoked("affiliationChanged")}, wire.NOT_YET_AVAILABLE),
    ("superseded without a newer one", {"newest": revoked("superseded")}, wire.NOT_YET_AVAILABLE),
    (
        "changed, then dead",
        {"newest": revoked("affiliationChanged"), "residence_ended": True},
        wire.CERTIFICATE_REVOKED,
    ),
    ("dead", {"newest": revoked("cessationOfOperation"), "residence_ended": True}, wire.CERTIFICATE_REVOKED),
    ("key compromised", {"newest": revoked("keyCompromise")}, wire.CERTIFICATE_REVOKED),
    ("thrown away", {"newest": revoked("unspecified")}, wire.CERTIFICATE_REVOKED),
    ("on hold", {"newest": revoked("certificateHold")}, wire.CERTIFICATE_REVOKED),
    ("expired", {"newest": CertificateFacts(12, AT - timedelta(seconds=1))}, wire.CERTIFICATE_EXPIRED),
    (
        "revoked and expired: the change is what matters",
        {"newest": revoked("affiliationChanged", not_after=AT - HOUR)},
        wire.NOT_YET_AVAILABLE,
    ),
]


@pytest.mark.rule("FI-07")
@pytest.mark.parametrize(("changes", "problem"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_each_refusal_has_its_own_reason(changes: dict[str, Any], problem: ProblemType) -> None:
    decision = decide(facts(**changes), AT)
    assert isinstance(decision, Denied)
    assert decision.problem is problem


def test_every_refusal_of_the_wire_is_in_the_table() -> None:
    assert {problem.code for _, _, problem in REFUSALS} == {problem.code for problem in wire.REFUSALS}


@pytest.mark.rule("FI-01")
@pytest.mark.rule("FI-07")
def test_the_consented_items_of_the_newest_attributes_are_given() -> None:
    decision = decide(GOOD, AT)
    assert decision == Given(12, True, {"name": WHO.name, "address": WHO.address}, AT - HOUR)


@pytest.mark.rule("FI-08")
@pytest.mark.parametrize("hour", range(24))
def test_a_question_works_at_any_hour_and_without_a_change(hour: int) -> None:
    at = AT.replace(hour=hour)
    always = consent(valid_from=at - HOUR, valid_until=at + HOUR)
    decision = decide(facts(known_serial=12, consent=always, newest=CertificateFacts(12, at)), at)
    assert isinstance(decision, Given)
    assert not decision.newer


@pytest.mark.parametrize("end", ["valid_from", "valid_until", "not_after"])
def test_the_ends_of_terms_are_included(end: str) -> None:
    changes: dict[str, Any] = (
        {"newest": CertificateFacts(12, AT)} if end == "not_after" else {"consent": consent(**{end: AT})}
    )
    assert isinstance(decide(facts(**changes), AT), Given)


def test_a_revocation_in_the_future_is_none_yet() -> None:
    assert isinstance(decide(facts(newest=revoked("affiliationChanged", at=AT + HOUR)), AT), Given)


def test_a_refusal_says_nothing_of_the_person() -> None:
    for _, changes, _ in REFUSALS:
        decision = decide(facts(**changes), AT)
        assert isinstance(decision, Denied)
        said = msgspec.json.encode(decision.detail).decode()
        assert not any(value in said for value in WHO.only(ITEMS).values())


def test_facts_without_attributes_are_a_fault_and_not_an_empty_answer() -> None:
    with pytest.raises(ValueError, match="attributes"):
        decide(facts(attributes=None), AT)


_times = st.integers(-48, 48).map(lambda hours: AT + timedelta(hours=hours))
_consents = st.builds(
    ConsentFacts,
    relying_party=st.sampled_from(["bank", "other"]),
    items=st.frozensets(st.sampled_from(ITEMS), min_size=1),
    valid_from=_times,
    valid_until=_times,
    withdrawn_at=st.none() | _times,
)
_reasons = st.sampled_from(["affiliationChanged", "superseded", "cessationOfOperation", "certificateHold"])
_certificates = st.builds(
    CertificateFacts, st.just(12), _times, st.none() | st.builds(RevocationFact, at=_times, reason=_reasons)
)
_facts = st.builds(
    QuestionFacts,
    relying_party=st.just("bank"),
    registered=st.booleans(),
    known_serial=st.sampled_from([7, 12, 99]),
    consent=st.none() | _consents,
    chain=st.just({7: 7, 12: 12}),
    newest=_certificates,
    residence_ended=st.booleans(),
    attributes=st.just(WHO),
    attributes_since=_times,
)


@pytest.mark.rule("FI-07")
@given(_facts, _times)
def test_nothing_is_given_unless_everything_allows_it(asked: QuestionFacts, at: datetime) -> None:
    decision = decide(asked, at)
    if isinstance(decision, Denied):
        return
    assert asked.registered
    assert asked.consent is not None
    assert asked.newest is not None
    assert asked.consent.relying_party == asked.relying_party
    assert asked.consent.valid_from <= at <= asked.consent.valid_until
    assert asked.consent.withdrawn_at is None or asked.consent.withdrawn_at > at
    assert asked.known_serial in asked.chain
    assert asked.newest.not_after >= at
    assert asked.newest.revocation is None or asked.newest.revocation.at > at
    assert set(decision.items) == asked.consent.items
