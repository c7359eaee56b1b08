"""The bank matches a list with its customers by itself (FI-06)."""

from datetime import timedelta

import numpy as np
import pytest

from tegata.actors.bank.service import matching, stream
from tegata.actors.jlis.service import crls as jlis_crls
from tegata.pki.authority import Authority, AuthorityUrls
from tegata.pki.crl import Reason, RevokedEntries, write_crl
from tegata.pki.keys import SoftwareSigner
from tegata.wire.problems import Refused
from tests.actors.bank.world import Banked


@pytest.mark.rule("FI-06")
def test_matching_finds_what_a_push_would_have_told(banked: Banked) -> None:
    person, consent = banked.with_consent()
    stream.choose(banked.node, "feed", matches=True, who="test")
    person.moves()
    person.gets("sign")
    banked.news_of_the_morning()
    report = matching.match_customers(banked.node)
    assert (report.held, report.revoked, report.new) == (1, 1, 1)
    case = banked.case(trigger="revoked")
    assert (case.via, case.consent_id, case.reason) == ("match", consent.consent_id, "affiliationChanged")
    again = matching.match_customers(banked.node)
    assert (again.revoked, again.new) == (1, 0)
    banked.to_next(7, 30)
    assert len(banked.cases(trigger="revoked")) == 1, "the feed tells of the same case"
    assert banked.case(trigger="revoked").outcome == "taken-over"


def test_a_job_matches_where_the_bank_wants_it(quick_bank: Banked) -> None:
    quick_bank.with_consent()
    quick_bank.to_next(7, 30)
    assert quick_bank.node.kept(matching.KEPT) == {}
    stream.choose(quick_bank.node, "push", matches=True, who="test")
    quick_bank.to_next(7, 30)
    kept = quick_bank.node.kept(matching.KEPT)
    assert (kept["held"], kept["revoked"]) == (1, 0)
    check = next(check for check in quick_bank.node.checks() if check.name == "match")
    assert check.health == "ok"
    quick_bank.network.clock.advance(timedelta(hours=27))
    check = next(check for check in quick_bank.node.checks() if check.name == "match")
    assert check.health == "warning"


def test_a_withdrawn_consent_is_not_matched(quick_bank: Banked) -> None:
    from tegata.actors.jlis.service import consents as jlis_consents

    person, consent = quick_bank.with_consent()
    jlis_consents.withdraw(
        quick_bank.jlis.node, consent.consent_id, person.withdrawal(consent.consent_id), "portal"
    )  # fmt: skip
    quick_bank.to_next(7, 30)
    assert len(matching.held_certificates(quick_bank.node).serials) == 0


def test_a_list_from_a_file_is_checked_as_any_other(quick_bank: Banked) -> None:
    person, _ = quick_bank.with_consent()
    person.moves()
    quick_bank.network.advance(timedelta(days=1))
    der = jlis_crls.newest(quick_bank.jlis.node, "sign", "all").der
    assert matching.match_customers(quick_bank.node, der).revoked == 1
    stranger = Authority.create(
        "sign", SoftwareSigner.generate_rsa(), at=quick_bank.now, urls=AuthorityUrls(ocsp="http://127.0.0.1/ocsp")
    )
    forged = write_crl(
        stranger, RevokedEntries.from_rows([(1, quick_bank.now, Reason.SUPERSEDED)]), number=99, partition=None,
        this_update=quick_bank.now, next_update=quick_bank.now + timedelta(days=1),
    )  # fmt: skip
    partition = jlis_crls.newest(quick_bank.jlis.node, "sign", "131016").der
    for bad, cause in ((forged, "forged"), (der[:-9], "truncated"), (b"", "truncated"), (partition, "wrong-partition")):
        with pytest.raises(Refused) as refused:
            matching.match_customers(quick_bank.node, bad)
        assert (refused.value.code, refused.value.detail) == ("crl-not-used", {"cause": cause})
    quick_bank.network.clock.advance(timedelta(days=5))
    with pytest.raises(Refused) as refused:
        matching.match_customers(quick_bank.node, der)
    assert refused.value.detail == {"cause": "stale"}


def test_an_older_list_than_the_last_is_refused(quick_bank: Banked) -> None:
    quick_bank.with_consent()
    older = jlis_crls.newest(quick_bank.jlis.node, "sign", "all").der
    quick_bank.to_next(7, 10)
    matching.match_customers(quick_bank.node)
    with pytest.raises(Refused) as refused:
        matching.match_customers(quick_bank.node, older)
    assert refused.value.detail == {"cause": "number-went-back"}


def test_the_columns_are_sorted_and_belong_together(quick_bank: Banked) -> None:
    for number in range(4):
        quick_bank.add(f"200000{number}")
        quick_bank.collects(quick_bank.holder(), f"200000{number}")
    held = matching.held_certificates(quick_bank.node)
    assert held.serials.dtype == np.uint64
    assert list(held.serials) == sorted(held.serials)
    from tegata.actors.bank.service import consents

    with quick_bank.node.database.read() as session:
        serials = [consents.serial_of(session, str(name)) for name in held.consent_ids]
    assert serials == [int(serial) for serial in held.serials]
