"""The operator's screen: each step, what is sent that should not be, who may see what; and the page for callers."""

from datetime import datetime, time
from html import unescape

import pytest

from tegata.japan.dates import JST
from tests.actors.call_centre.world import ANSWERS, HANAKO, PHONE_MODEL, SERIAL, Screen, World


def opens(screen: Screen, path: str) -> str:
    answer = screen.open(path)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


@pytest.mark.rule("SP-04")
def test_a_call_about_a_lost_phone_from_its_taking_to_its_end(quick_world: World, sato: Screen) -> None:
    call = sato.takes()
    assert "３つお伺いします" in opens(sato, call)
    assert sato.answers(call).headers["location"] == call
    read_back = opens(sato, call)
    for said in (HANAKO.name, "1980年（昭和55年）２月17日", HANAKO.address):
        assert said in read_back
    assert f'value="{HANAKO.address}"' in opens(sato, f"{call}/edit")
    assert sato.post(call, "compare", {"number": "1"}).headers["location"] == call
    identified = opens(sato, call)
    assert identified.count("有効</span>") == 4
    for hidden in (HANAKO.name, HANAKO.address, "昭和55年", str(SERIAL), PHONE_MODEL):
        assert hidden not in identified
    confirm = opens(sato, f"{call}/suspend?asked=1&lost=phone")
    assert confirm.count("button-primary big-action") == 1
    assert quick_world.suspended == []
    for _ in range(2):
        assert sato.post(call, "suspend", {"lost": "phone"}).headers["location"] == call
    assert [medium for _, medium in quick_world.suspended] == ["phone"]
    after = opens(sato, call)
    for told in ("いまから使えません", "230925-01", "利用再開", "失効の手続", "受理番号", "も停止する"):
        assert told in after
    assert "新しい電子証明書を発行します" not in after, "that is about a card"
    assert sato.post(call, "end", {"outcome": "suspended"}).headers["location"] == call
    record = opens(sato, call)
    assert "一時利用停止にした" in record
    assert HANAKO.name not in record


@pytest.mark.rule("SP-04")
def test_a_lost_card_leads_to_the_counter(quick_world: World, sato: Screen) -> None:
    call = sato.takes()
    sato.identifies(call)
    sato.post(call, "suspend", {"lost": "card"})
    after = opens(sato, call)
    assert "新しい電子証明書を発行します" in after
    assert "カードの再交付" in after
    assert [medium for _, medium in quick_world.suspended] == ["card"]


@pytest.mark.rule("SP-04")
def test_who_is_not_identified_gets_no_hint_and_after_three_times_the_counter(sato: Screen) -> None:
    call = sato.takes()
    pages = []
    for number, wrong in enumerate(({"name": "山田　花"}, {"day": "18"}, {"address": "東京都"}), 1):
        sato.answers(call, **wrong)
        sato.post(call, "compare", {"number": str(number)})
        pages.append(opens(sato, call))
    assert "あと2回" in pages[0]
    assert "あと1回" in pages[1]
    assert "市区町村の窓口で手続をお願いします" in pages[2]
    for text in pages:
        assert "field-wrong" not in text
    refused = sato.answers(call)
    assert (refused.status_code, "caller-attempts-used" in refused.text) == (409, True)
    sato.post(call, "end", {"outcome": "not-identified"})
    assert "本人と確認できなかった" in opens(sato, call)


def test_two_lost_things_are_suspended_by_one_press(quick_world: World, sato: Screen) -> None:
    call = sato.takes()
    sato.identifies(call)
    opens(sato, f"{call}/suspend?asked=1&lost=card&lost=phone")
    sato.post(call, "suspend", {"lost": ["card", "phone"]})
    assert [medium for _, medium in quick_world.suspended] == ["card", "phone"]
    assert "も停止する" not in opens(sato, call)


@pytest.mark.rule("SP-04")
def test_while_jlis_is_down_the_page_says_so_and_the_operator_repeats(quick_world: World, sato: Screen) -> None:
    call = sato.takes()
    sato.answers(call)
    quick_world.network.take_down("jlis")
    answer = sato.post(call, "compare", {"number": "1"})
    assert (answer.status_code, "相手の機関から応答がありません" in answer.text) == (503, True)
    assert HANAKO.name in answer.text
    quick_world.network.bring_up("jlis")
    assert sato.post(call, "compare", {"number": "1"}).status_code == 303
    quick_world.network.take_down("jlis")
    answer = sato.post(call, "suspend", {"lost": "phone"})
    assert (answer.status_code, "二重に停止されることはありません" in answer.text) == (503, True)
    assert "停止の結果待ち" in opens(sato, "/")
    assert "J-LISの応答を確かめていない停止が 1 件" in opens(sato, "/today")
    end = sato.post(call, "end", {"outcome": "dropped"})
    assert (end.status_code, "suspension-uncertain" in end.text) == (409, True)
    quick_world.network.bring_up("jlis")
    assert sato.post(call, "suspend", {"lost": "phone"}).status_code == 303
    assert "停止しました" in opens(sato, call)


def test_who_has_nothing_valid_is_told_so(quick_world: World, sato: Screen) -> None:
    quick_world.jlis.state["held"] = []
    call = sato.takes()
    sato.identifies(call)
    text = opens(sato, call)
    assert "いま使える電子証明書はありません" in text
    assert "lost" not in text.partition('class="case"')[2].partition("<aside")[0]
    refused = sato.post(call, "suspend", {"lost": "phone"})
    assert (refused.status_code, "nothing-to-suspend" in refused.text) == (409, True)
    assert sato.post(call, "end", {"outcome": "nothing-to-suspend"}).status_code == 303


def test_steps_out_of_their_order_lead_back_or_are_refused(quick_world: World, sato: Screen) -> None:
    call = sato.takes()
    for path in ("edit", "suspend", "suspend?asked=1&lost=card", "answers", "compare", "end", "loss"):
        assert sato.open(f"{call}/{path}").headers["location"] == call
    early = sato.post(call, "suspend", {"lost": "card"})
    assert (early.status_code, "caller-not-identified-yet" in early.text) == (409, True)
    assert sato.post(call, "compare", {"number": "1"}).status_code == 409
    assert sato.post(call, "loss").status_code == 409
    sato.identifies(call)
    nothing = sato.open(f"{call}/suspend?asked=1")
    assert (nothing.status_code, 'id="lost-error"' in nothing.text) == (422, True)
    assert sato.open(f"{call}/suspend?asked=1&lost=house").status_code == 422
    assert sato.answers(call).status_code == 409
    assert quick_world.suspended == []
    assert sato.post(call, "end", {"outcome": "dropped"}).status_code == 303
    assert sato.post(call, "suspend", {"lost": "card"}).status_code == 409
    assert quick_world.suspended == []


def test_a_call_is_its_operators_and_a_supervisor_may_end_it(quick_world: World, sato: Screen) -> None:
    call = sato.takes()
    sato.answers(call)
    with quick_world.browser("mori") as mori:
        assert mori.open(call).status_code == 403
        for action, fields in (("answers", ANSWERS), ("compare", {"number": "1"}), ("suspend", {"lost": "card"})):
            assert mori.post(call, action, fields).status_code == 403
        assert mori.post(call, "end", {"outcome": "dropped"}).status_code == 403
        assert mori.open("/calls/unknown").status_code == 404
        assert "受付番号" not in mori.open("/").text
    with quick_world.browser("chief") as chief:
        assert "（佐藤）" in opens(chief, "/")
        text = opens(chief, call)
        assert HANAKO.name not in text
        assert chief.open(f"{call}/edit").status_code == 403
        assert chief.post(call, "compare", {"number": "1"}).status_code == 403
        assert chief.post("/calls", "", {"menu": "2"}).status_code in (403, 404)
        assert chief.post(call, "end", {"outcome": "dropped"}).status_code == 303
        assert "230925-01" in opens(chief, "/today")


def test_staff_without_a_role_and_visitors_see_nothing_of_calls(quick_world: World, sato: Screen) -> None:
    call = sato.takes()
    with quick_world.browser("nobody") as nobody:
        for path in ("/", call, f"{call}/edit", f"{call}/suspend", "/today", "/knowledge"):
            assert nobody.open(path).status_code == 403
        assert nobody.send("/before-calling?x", {"menu": "2"}, to="/calls").status_code == 403
    with quick_world.browser() as visitor:
        for path in ("/", call, "/today", "/knowledge"):
            assert visitor.open(path).headers["location"].startswith("/login")


@pytest.mark.rule("SP-06")
def test_an_enquiry_is_answered_by_subject(quick_world: World, sato: Screen) -> None:
    call = sato.takes(4)
    assert "失効や利用再開の手続は行えません" in opens(sato, call)
    chosen = opens(sato, f"{call}?subject=password-forgotten")
    assert "もう一度申し込んでください" in chosen
    assert sato.open(f"{call}?subject=points").status_code == 404
    sato.post(call, "end", {"outcome": "answered", "subject": "password-forgotten"})
    assert "パスワードや暗証番号を忘れた" in opens(sato, call)
    assert "パスワードや暗証番号を忘れた" in opens(sato, "/today")
    assert "パスワードや暗証番号を忘れた" in opens(sato, "/knowledge")


def test_an_enquiry_about_a_loss_is_taken_on_as_one(quick_world: World, sato: Screen) -> None:
    enquiry = sato.takes(4)
    loss = sato.post(enquiry, "loss").headers["location"]
    assert loss != enquiry
    assert "３つお伺いします" in opens(sato, loss)
    assert "紛失・盗難の受付に移した" in opens(sato, enquiry)


@pytest.mark.rule("SP-06")
def test_outside_the_hours_the_screen_and_the_page_for_callers_say_when(quick_world: World) -> None:
    quick_world.network.advance(datetime.combine(quick_world.now.date(), time(20), JST))
    with quick_world.browser("sato") as sato:
        outside_the_hours(sato)
    with quick_world.browser() as visitor:
        before = opens(visitor, "/before-calling")
    assert before.count("受付中") == 1
    assert "9月26日（火）09:30" in before


def outside_the_hours(sato: Screen) -> None:
    text = opens(sato, "/")
    assert text.count('action="/calls"') == 1
    assert "9月26日（火）09:30" in text
    assert "平日 9:30〜20:00、土曜・日曜・祝日 9:30〜17:30です" in text
    refused = sato.send("/", {"menu": "4"}, to="/calls")
    assert (refused.status_code, "menu-closed" in refused.text) == (409, True)
    for menu in ("5", "", "x", "-1", "99999999999999999999"):
        assert sato.send("/", {"menu": menu}, to="/calls").status_code in (404, 422)


@pytest.mark.rule("SP-04")
@pytest.mark.rule("SP-06")
def test_the_page_for_callers_is_open_and_tells_hours_and_what_is_asked(quick_world: World) -> None:
    with quick_world.browser() as visitor:
        text = opens(visitor, "/before-calling")
        english = opens(visitor, "/before-calling?lang=en")
    for told in ("24時間、365日", "平日 9:30〜20:00", "土曜・日曜・祝日 9:30〜17:30", "氏名", "生年月日", "住所"):
        assert told in text
    assert text.count("受付中") == 2
    assert "Tegata には、かけられる電話番号がありません" in text
    assert "24 hours, 365 days" in english


def test_the_sentences_for_callers_stay_japanese_on_the_english_screen(sato: Screen) -> None:
    call = sato.takes()
    text = opens(sato, f"{call}?lang=en")
    assert '<p lang="ja">「紛失・盗難' in text
    assert "I take your report" in text


def test_a_day_without_calls(sato: Screen) -> None:
    assert "開いたままの電話はありません" in opens(sato, "/")
    assert "今日は、まだ電話がありません" in opens(sato, "/today")
