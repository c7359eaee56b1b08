"""From a move to the updated record, and every way in which it can go otherwise."""

from datetime import timedelta

import pytest

from tegata.actors.bank.service import changes, customers, questions, stream
from tests.actors.bank.world import Banked, moved
from tests.actors.jlis.world import HANAKO

SHIBUYA_ADDRESS = "東京都渋谷区神南１丁目１９番１１号"


@pytest.mark.rule("FI-06")
@pytest.mark.rule("FI-07")
def test_a_move_reaches_the_banks_record_without_anybody_doing_anything(banked: Banked) -> None:
    person, consent = banked.with_consent()
    person.moves(SHIBUYA_ADDRESS)
    person.gets("sign")
    banked.to_next(7, 15)
    row = banked.customer()
    assert row.address == SHIBUYA_ADDRESS
    assert (row.name, row.birth_date, row.gender) == (HANAKO.name, HANAKO.birth_date, HANAKO.gender)
    assert row.postal_code == "1500041"
    case = banked.case(trigger="revoked")
    assert (case.outcome, case.via, case.reason) == ("taken-over", "push", "affiliationChanged")
    assert case.told is None
    with banked.node.database.read() as session:
        newest, first = customers.history(session, row.number)
    assert (newest.source, newest.basis, newest.changed) == ("register", consent.consent_id, ["postal_code", "address"])
    assert first.address == HANAKO.address


def test_no_new_certificate_yet_is_asked_for_every_morning(quick_bank: Banked) -> None:
    person, _ = quick_bank.with_consent()
    person.moves(SHIBUYA_ADDRESS)
    quick_bank.to_next(7, 15)
    case = quick_bank.case(trigger="revoked")
    assert (case.state, case.code, case.attempts) == ("waiting", "changed-not-yet-available", 1)
    assert case.ask_at == quick_bank.now.replace(hour=8, minute=0)
    quick_bank.to_next(12)
    assert quick_bank.case(trigger="revoked").attempts == 2
    person.gets("sign")
    quick_bank.to_next(7, 59)
    assert quick_bank.customer().address == HANAKO.address
    quick_bank.to_next(8)
    assert quick_bank.customer().address == SHIBUYA_ADDRESS
    assert quick_bank.case(trigger="revoked").outcome == "taken-over"


def test_a_new_name_is_for_a_person(quick_bank: Banked) -> None:
    person, _ = quick_bank.with_consent()
    person.happens("name_change", moved(HANAKO, name="佐藤　花子"))
    person.gets("sign")
    quick_bank.to_next(7, 15)
    case = quick_bank.case(trigger="revoked")
    assert (case.state, case.reasons) == ("review", ["name-differs"])
    assert quick_bank.customer().name == HANAKO.name


def test_the_operator_is_away_and_nothing_is_lost(quick_bank: Banked) -> None:
    person, _ = quick_bank.with_consent()
    person.moves(SHIBUYA_ADDRESS)
    person.gets("sign")
    quick_bank.news_of_the_morning()
    assert quick_bank.case(trigger="revoked").state == "asking"
    quick_bank.network.take_down("platform")
    quick_bank.network.advance(timedelta(hours=2))
    assert quick_bank.case(trigger="revoked").state == "asking"
    quick_bank.network.bring_up("platform")
    quick_bank.network.advance(timedelta(minutes=30))
    assert quick_bank.customer().address == SHIBUYA_ADDRESS


@pytest.mark.parametrize("delivery", ["poll", "feed"])
def test_changes_are_learned_by_the_other_ways_too(quick_bank: Banked, delivery: stream.Delivery) -> None:
    person, _ = quick_bank.with_consent()
    stream.choose(quick_bank.node, delivery, matches=False, who="test")
    person.moves(SHIBUYA_ADDRESS)
    person.gets("sign")
    quick_bank.to_next(7, 20)
    case = quick_bank.case(trigger="revoked")
    assert (case.via, case.outcome) == (delivery, "taken-over")


def test_a_withdrawal_while_the_question_is_on_its_way_wins(banked: Banked, monkeypatch: pytest.MonkeyPatch) -> None:
    person, consent = banked.with_consent()
    person.moves(SHIBUYA_ADDRESS)
    person.gets("sign")
    banked.news_of_the_morning()
    asked = questions._ask_one

    def withdrawn_meanwhile(node: object, due: questions.Due) -> object:
        answer = asked(banked.node, due)
        from tegata.actors.jlis.service import consents as jlis_consents

        jlis_consents.withdraw(banked.jlis.node, consent.consent_id, person.withdrawal(consent.consent_id), "portal")
        banked.network.scheduler.run_job("platform", "consents")
        return answer

    monkeypatch.setattr(questions, "_ask_one", withdrawn_meanwhile)
    questions.ask_due(banked.node)
    case = banked.case(trigger="revoked")
    assert (case.state, case.outcome, case.told) == ("closed", "consent-ended", None)
    assert banked.customer().address == HANAKO.address
    assert not changes.has_gap(banked.node)
