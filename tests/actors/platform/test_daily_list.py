"""The list of the day: fetched, checked, compared, and told to those whom it concerns (FI-04, FI-06)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from tegata.actors.jlis.service import crls as jlis_crls
from tegata.actors.platform.service import crls
from tegata.actors.platform.tables import ChangeRow, CrlRow
from tegata.node.peers import Fetched
from tegata.node.transport import Sink
from tegata.pki.authority import Authority, AuthorityUrls
from tegata.pki.crl import Reason, RevokedEntries, write_crl
from tegata.pki.keys import SoftwareSigner
from tegata.wire.problems import Refused
from tests.actors.platform.world import Operated, on_both


@on_both
@pytest.mark.rule("FI-06")
@pytest.mark.rule("FI-04")
def test_a_move_reaches_the_party_with_the_list_of_the_next_morning(operated: Operated) -> None:
    person = operated.holder()
    consent = operated.consents(person)
    operated.to_next(9)
    assert [change.kind for change in operated.pushed()] == ["consent-given"]
    person.moves()
    operated.network.settle()
    assert [change.kind for change in operated.log()] == ["consent-given"], "nothing is known before 07:00"
    operated.to_next(7, 5)
    told = operated.pushed()[-1]
    assert (told.kind, told.number, told.consent_id) == ("certificate-revoked", 2, consent.consent_id)
    assert (told.serial, told.reason, told.reference) == (consent.serial, "affiliationChanged", consent.reference)
    assert [change.number for change in operated.log()] == [1, 2]


def test_only_whose_certificate_changed_is_told(operated: Operated) -> None:
    moving, staying = operated.holder(), operated.holder()
    consents = [operated.consents(person) for person in (moving, staying)]
    stranger = operated.holder()
    for person in (moving, stranger):
        person.moves()
    operated.to_next(7, 5)
    revoked = [change for change in operated.log() if change.kind == "certificate-revoked"]
    assert [change.consent_id for change in revoked] == [consents[0].consent_id]


def test_the_same_list_again_changes_nothing(operated: Operated) -> None:
    operated.consents(person := operated.holder())
    person.moves()
    operated.to_next(7, 5)
    before = operated.log()
    assert crls.refresh(operated.node, "sign") == "not-modified"
    assert operated.log() == before


def test_a_list_of_yesterday_is_not_enough(operated: Operated) -> None:
    operated.to_next(7, 5)
    operated.network.take_down("jlis")
    operated.to_next(7, 5)
    with pytest.raises(Refused) as refused:
        crls.refresh(operated.node, "sign")
    assert refused.value.code == "peer-unavailable"
    assert crls.attempts(operated.node, "sign", 1)[0].outcome == "peer-unavailable"


@pytest.mark.rule("FI-06")
def test_jlis_down_at_seven_is_caught_up_every_five_minutes(operated: Operated) -> None:
    operated.consents(person := operated.holder())
    operated.to_next(6)
    person.moves()
    operated.network.take_down("jlis")
    operated.to_next(7, 31)
    assert [change.kind for change in operated.pushed()] == ["consent-given"]
    operated.network.bring_up("jlis")
    operated.to_next(7, 45)
    assert [change.kind for change in operated.pushed()] == ["consent-given", "certificate-revoked"]


@on_both
def test_an_operator_that_was_away_for_days_misses_no_change(operated: Operated) -> None:
    people = [operated.holder() for _ in range(3)]
    consents = [operated.consents(person) for person in people]
    operated.to_next(7, 5)
    number = crls.facts(operated.node, "sign").number  # type: ignore[union-attr]
    for person in people:
        person.moves()
        operated.jlis.passes(timedelta(days=1))
        jlis_crls.issue_all(operated.jlis.node, operated.now.replace(hour=7, minute=0))
    crls.refresh(operated.node, "sign")
    told = [change.consent_id for change in operated.log() if change.kind == "certificate-revoked"]
    assert sorted(told) == sorted(consent.consent_id for consent in consents)
    newest = crls.lists(operated.node, "sign")[0]
    assert (newest.number, newest.skipped) == (number + 3, 2)


@on_both
def test_a_consent_whose_certificate_is_listed_already_is_told_at_once(operated: Operated) -> None:
    person = operated.holder()
    record = person.consents(service="accounts", channel="portal")
    person.moves()
    operated.network.take_down("jlis")
    operated.network.clock.advance(timedelta(days=1))
    jlis_crls.issue_all(operated.jlis.node, operated.now.replace(hour=7, minute=0))
    operated.network.bring_up("jlis")
    crls.refresh(operated.node, "sign")
    assert operated.log() == []
    operated.network.scheduler.run_job("platform", "consents")
    kinds = [(change.kind, change.consent_id) for change in operated.log()]
    assert kinds == [("consent-given", record.consent_id), ("certificate-revoked", record.consent_id)]


def _answer(operated: Operated, monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    def fetch(*_args: object, into: Sink, **_keywords: object) -> Fetched:
        into.write(body)
        return Fetched(body=b"", etag="other", not_modified=False)

    monkeypatch.setattr(operated.node, "fetch", fetch)


def _forged(operated: Operated, **changed: Any) -> bytes:
    stranger = Authority.create(
        "sign", SoftwareSigner.generate_rsa(), at=operated.now, urls=AuthorityUrls(ocsp="http://127.0.0.1/ocsp")
    )
    times: dict[str, Any] = {"this_update": operated.now, "next_update": operated.now + timedelta(days=2)}
    entries = RevokedEntries.from_rows([(1, operated.now, Reason.SUPERSEDED)])
    return write_crl(stranger, entries, **(times | {"number": 99, "partition": None} | changed))


def _good(operated: Operated) -> bytes:
    return jlis_crls.newest(operated.jlis.node, "sign", "all").der


@pytest.mark.rule("FI-06")
@pytest.mark.parametrize(
    ("make", "cause"),
    [
        (_forged, "forged"),
        (lambda operated: _good(operated)[:-20], "truncated"),
        (lambda _operated: b"", "truncated"),
        (lambda _operated: b"<html>busy</html>", "malformed"),
        (lambda operated: jlis_crls.newest(operated.jlis.node, "auth", "all").der, "wrong-issuer"),
        (lambda operated: jlis_crls.newest(operated.jlis.node, "sign", "authority").der, "wrong-partition"),
    ],
    ids=["forged", "truncated", "empty", "a page", "of the other authority", "of authorities"],
)
def test_a_bad_list_is_refused_and_reported_and_the_good_one_stays(
    operated: Operated, monkeypatch: pytest.MonkeyPatch, make: Any, cause: str
) -> None:
    operated.to_next(7, 5)
    good = crls.facts(operated.node, "sign")
    assert good is not None
    _answer(operated, monkeypatch, make(operated))
    with pytest.raises(Refused) as refused:
        crls.refresh(operated.node, "sign")
    assert (refused.value.code, refused.value.detail["cause"]) == ("crl-not-accepted", cause)
    assert crls.facts(operated.node, "sign") == good
    attempt = crls.attempts(operated.node, "sign", 1)[0]
    assert (attempt.outcome, attempt.detail) == ("crl-not-accepted", cause)
    failed = [check.name for check in operated.node.checks() if check.health == "failed"]
    assert "fetch-sign" in failed


def test_an_older_list_is_refused(operated: Operated, monkeypatch: pytest.MonkeyPatch) -> None:
    operated.to_next(7, 5)
    older = _good(operated)
    operated.to_next(7, 5)
    _answer(operated, monkeypatch, older)
    with pytest.raises(Refused) as refused:
        crls.refresh(operated.node, "sign")
    assert refused.value.detail["cause"] == "number-went-back"


def test_a_list_of_the_same_number_with_another_content_is_refused(
    operated: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    operated.to_next(7, 5)
    from tegata.actors.jlis.service import authorities

    authority = authorities.newest(operated.jlis.node, "sign").authority
    number = crls.facts(operated.node, "sign").number  # type: ignore[union-attr]
    entries = RevokedEntries.from_rows([(7, operated.now, Reason.SUPERSEDED)])
    other = write_crl(
        authority, entries, number=number, partition=None, this_update=operated.now,
        next_update=operated.now + timedelta(days=1),
    )  # fmt: skip
    _answer(operated, monkeypatch, other)
    with pytest.raises(Refused) as refused:
        crls.refresh(operated.node, "sign")
    assert refused.value.detail["cause"] == "same-number-other-content"


@on_both
def test_a_run_that_is_cut_off_before_its_commit_is_done_again_once(
    operated: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    operated.consents(person := operated.holder())
    person.moves()
    operated.to_next(6, 59)
    operated.network.clock.advance(timedelta(minutes=1))
    jlis_crls.issue_all(operated.jlis.node, operated.now)

    class CutOff(BaseException):
        pass

    def cut(*_args: object, **_keywords: object) -> None:
        raise CutOff

    with monkeypatch.context() as patched:
        patched.setattr("tegata.actors.platform.service.log.push", cut)
        with pytest.raises(CutOff):
            crls.refresh(operated.node, "sign")
    with operated.node.database.read() as session:
        assert session.scalar(select(func.count()).select_from(CrlRow)) == 0
        assert session.scalar(select(func.count()).select_from(ChangeRow)) == 1
    operated.to_next(7, 5)
    assert [change.kind for change in operated.pushed()] == ["consent-given", "certificate-revoked"]


def test_old_lists_are_forgotten_but_the_newest(operated: Operated) -> None:
    for _ in range(5):
        operated.to_next(7, 5)
    assert [row.number for row in crls.lists(operated.node, "sign")] == [5, 4, 3]
    assert operated.node.own.crls_kept == 3
