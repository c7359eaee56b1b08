"""同意の提供状況, withdrawal, 誰が見たか, my card, and what the first page says (FI-09)."""

from datetime import timedelta
from typing import Any

import pytest

from tegata.actors.jlis.service import four_information
from tegata.actors.portal.service import consents, reminders
from tegata.actors.portal.tables import PersonRow, ReminderRow
from tegata.wire.consents import ConsentRecord
from tegata.wire.problems import Refused
from tests.actors.portal.world import TARO, Holder, Portal, Visitor


def with_consent(world: Portal, visitor: Visitor) -> tuple[Holder, ConsentRecord]:
    holder = world.holder()
    visitor.logs_in(holder)
    assert world.gives(visitor, holder).status_code == 303
    return holder, consents.of_person(world.node, sub_of(world))[0]


def sub_of(world: Portal) -> str:
    with world.node.database.read() as session:
        return session.query(PersonRow).one().sub


@pytest.mark.rule("FI-09")
def test_a_consent_is_seen_with_all_that_was_agreed(quick_world: Portal, visitor: Visitor) -> None:
    _, record = with_consent(quick_world, visitor)
    overview = visitor.open("/consents").text
    detail = visitor.open(f"/consents/{record.consent_id}").text
    for said in (record.relying_party_name, record.service_name, record.purpose, "氏名、住所"):
        assert said in overview
        assert said in detail
    assert "有効（翌日から）" in overview
    assert "2033年（令和15年）９月25日（日） 23:59" in detail
    assert record.consent_id in detail


@pytest.mark.rule("FI-09")
def test_a_withdrawal_counts_at_once_and_is_shown(world: Portal) -> None:
    with world.browser() as visitor:
        holder, record = with_consent(world, visitor)
        page = f"/consents/{record.consent_id}/withdraw"
        asked = visitor.open(page).text
        assert "この同意を取り消しますか" in asked
        assert "すでに提供された情報は、事業者に残ります" in asked
        result = visitor.signs(visitor.send(page), holder)
        assert result.headers["location"] == f"/consents/{record.consent_id}/withdrawn"
        assert "同意を取り消しました" in visitor.open(result.headers["location"]).text
        (after,) = consents.of_person(world.node, sub_of(world))
        assert (after.state, after.withdrawn_at) == ("withdrawn", world.now)
        assert "取消し済み" in visitor.open("/consents").text
        ended = visitor.open(page).text
        assert "すでに終わっています" in ended
        assert "button-danger" not in ended
        token_page = visitor.send("/consents/x/withdraw", to=page)
        assert token_page.status_code in {403, 409}


def test_a_withdrawal_with_another_persons_card_changes_nothing(quick_world: Portal, visitor: Visitor) -> None:
    _, record = with_consent(quick_world, visitor)
    other = quick_world.holder(TARO)
    result = visitor.signs(visitor.send(f"/consents/{record.consent_id}/withdraw"), other)
    assert (result.status_code, "card-of-another-person" in result.text) == (403, True)
    assert f"/consents/{record.consent_id}/withdraw" in result.text
    assert consents.of_person(quick_world.node, sub_of(quick_world))[0].state == "active"


def test_a_withdrawal_still_works_after_a_reissue(quick_world: Portal, visitor: Visitor) -> None:
    holder, record = with_consent(quick_world, visitor)
    holder.resident.moves()
    holder.gets("sign")
    assert visitor.signs(visitor.send(f"/consents/{record.consent_id}/withdraw"), holder).status_code == 303
    assert consents.of_person(quick_world.node, sub_of(quick_world))[0].state == "withdrawn"


@pytest.mark.rule("FI-09")
def test_who_saw_is_told_newest_first_with_a_way_to_withdraw(quick_world: Portal, visitor: Visitor) -> None:
    holder, record = with_consent(quick_world, visitor)
    assert "まだ、誰も" not in visitor.open("/accesses").text
    with pytest.raises(Refused, match="consent-not-yet-valid"):
        ask(quick_world, record)
    quick_world.network.clock.advance(timedelta(days=1))
    visitor.logs_in(holder)
    ask(quick_world, record)
    page = visitor.open("/accesses").text
    assert page.index("てがた銀行") < page.rindex("マイナポータル")
    assert "氏名、住所" in page
    assert page.count("提供されませんでした") == 1
    assert "同意の有効期間はまだ始まっていません" in page
    assert f"/consents/{record.consent_id}/withdraw" in page
    visitor.signs(visitor.send(f"/consents/{record.consent_id}/withdraw"), holder)
    assert f"/consents/{record.consent_id}/withdraw" not in visitor.open("/accesses").text


def ask(world: Portal, record: ConsentRecord) -> None:
    """The bank's operator asks."""
    four_information.ask(world.network["jlis"], world.jlis.question(record), "platform")


def test_the_record_goes_on_over_pages_without_gaps(
    quick_world: Portal, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tegata.actors.portal.service.accesses.PAGE", 2)
    holder = quick_world.holder()
    for _ in range(4):
        visitor.logs_in(holder)
        quick_world.network.clock.advance(timedelta(minutes=1))
    visitor.logs_in(holder)
    shown, path = 0, "/accesses"
    for _ in range(3):
        text = visitor.open(path).text
        shown += text.count('aria-labelledby="line-')
        links = [part.split('"')[0] for part in text.split('href="')[1:] if part.startswith("/accesses?cursor")]
        links = [link for link in links if "lang=" not in link]
        path = links[0].replace("&amp;", "&") if links else ""
    assert (shown, path) == (5, "")


def test_a_broken_address_of_the_record_is_refused(quick_world: Portal, visitor: Visitor) -> None:
    visitor.logs_in(quick_world.holder())
    for query in ("cursor=x", "before=yesterday", "before=2023-01-01T00:00:00", "cursor=1&cursor=2%00"):
        assert visitor.open(f"/accesses?{query}").status_code in {400, 422}, query


@pytest.mark.rule("FI-03")
def test_my_card_says_what_to_do_after_a_move(quick_world: Portal, visitor: Visitor) -> None:
    holder = quick_world.holder()
    visitor.logs_in(holder)
    fine = visitor.open("/card").text
    assert fine.count("何もする必要はありません") == 2
    assert "いま、することはありません" in visitor.open("/").text
    holder.resident.moves()
    moved = visitor.open("/card").text
    assert "住所や氏名などが変わったため、使えなくなりました" in moved
    assert "市区町村の窓口に、カードを持って行ってください" in moved
    assert "使えなくなりました" in visitor.open("/").text
    holder.gets("sign")
    again = visitor.open("/card").text
    assert again.count("何もする必要はありません") == 2
    assert "以前の電子証明書" in again
    assert "いま、することはありません" in visitor.open("/").text


def test_a_child_has_no_signature_certificate(quick_world: Portal, visitor: Visitor) -> None:
    visitor.logs_in(quick_world.holder(usages=("auth",)))
    assert "15歳未満の方には" in visitor.open("/card").text


def test_the_first_page_says_so_where_jlis_does_not_answer(quick_world: Portal, visitor: Visitor) -> None:
    visitor.logs_in(quick_world.holder())
    quick_world.network.take_down("jlis")
    home = visitor.open("/")
    assert (home.status_code, "相手の機関から応答がありません" in home.text) == (200, True)
    assert "いま、することはありません" not in home.text
    assert visitor.open("/consents").status_code == 503


@pytest.mark.rule("FI-09")
def test_people_are_reminded_once_a_year_and_before_the_end(world: Portal) -> None:
    with world.browser() as visitor:
        holder, record = with_consent(world, visitor)
        told = _remind(world, days=364)
        assert told == 0
        assert _remind(world, days=2) == 1
        visitor.logs_in(holder)
        assert "続けるか、取り消すかを確かめてください" in visitor.open("/").text
        assert f"/consents/{record.consent_id}" in visitor.open("/").text
        assert _remind(world, days=1) == 0
        assert _remind(world, days=366) == 1
        assert _remind(world, days=int(365.25 * 7.8)) == 1
        assert [row.kind for row in _reminders(world)] == ["yearly", "yearly", "ending"]
        assert _remind(world, days=30) == 0


def _remind(world: Portal, *, days: int) -> int:
    """The clock leaps; the reminders of that morning are made."""
    world.network.clock.advance(timedelta(days=days))
    return reminders.remind(world.node)


def test_the_job_reminds_in_the_morning_and_again_once_jlis_answers(quick_world: Portal, visitor: Visitor) -> None:
    with_consent(quick_world, visitor)
    network = quick_world.network
    network.clock.advance(timedelta(days=366))
    network.take_down("jlis")
    with pytest.raises(Refused, match="peer-unavailable"):
        network.scheduler.run_job("portal", "remind")
    assert _reminders(quick_world) == []
    network.bring_up("jlis")
    network.scheduler.run_job("portal", "remind")
    assert [row.kind for row in _reminders(quick_world)] == ["yearly"]


def _reminders(world: Portal) -> list[ReminderRow]:
    with world.node.database.read() as session:
        return session.query(ReminderRow).order_by(ReminderRow.number).all()


def test_a_withdrawn_consent_is_not_reminded_of(quick_world: Portal, visitor: Visitor) -> None:
    holder, record = with_consent(quick_world, visitor)
    visitor.signs(visitor.send(f"/consents/{record.consent_id}/withdraw"), holder)
    assert _remind(quick_world, days=400) == 0


def test_every_page_is_in_english_too(quick_world: Portal, visitor: Visitor) -> None:
    _, record = with_consent(quick_world, visitor)
    code = quick_world.letter(2).code
    said: dict[str, Any] = {
        "/": "What to do now", "/consents": "Consents", f"/consents/{record.consent_id}": "Withdraw this consent",
        f"/consents/{record.consent_id}/withdraw": "Withdraw this consent?", "/accesses": "Who saw what",
        "/card": "My card", f"/invitation/{code}": "asks for your consent", "/developers": "For developers",
        f"/invitation/{code}/items": "Which items", f"/invitation/{code}/terms?items=name": "Do these terms",
        f"/invitation/{code}/check?items=name": "Check what you consent to", "/card-login": "Read the card",
    }  # fmt: skip
    visitor.open("/?lang=en")
    for path, words in said.items():
        page = visitor.open(path)
        assert (page.status_code, words in page.text) == (200, True), path
