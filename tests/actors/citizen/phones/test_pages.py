"""The app and the shelf, page by page, with what people and others may send."""

import pytest
from litestar.testing import TestClient

from tegata.actors.citizen.service import phones
from tegata.actors.citizen.service.phones import shelf
from tegata.node.node import Node
from tegata.node.web.app import create_app
from tegata.wire.certificates import NOT_RESIDENT
from tests.actors.citizen.desk import hidden
from tests.actors.citizen.phones.bureau import Bureau
from tests.actors.citizen.phones.hand import ORIGIN, Hand, text_of, tries, unlocked
from tests.actors.citizen.phones.site import PHONE_PASSWORD, PHONE_PIN
from tests.actors.municipality.world import PASSWORD

# the address


def test_a_page_of_a_phone_at_the_actors_own_address_leads_to_the_phones(node: Node, empty: str) -> None:
    with TestClient(create_app(node), base_url="http://127.0.0.1:8000") as client:
        for below in ("", "/menu", "/revoke?lang=en"):
            answer = client.get(f"/phones/{empty}{below}", follow_redirects=False)
            assert answer.status_code == 307
            assert answer.headers["location"] == f"{ORIGIN}/citizen/phones/{empty}{below}"
        assert f"{ORIGIN}/citizen/phones/{empty}" in client.get("/phones").text
    with TestClient(create_app(node), base_url="http://some.proxy") as client:
        assert client.get(f"/phones/{empty}", follow_redirects=False).status_code == 200


# the shelf


def test_a_person_gets_a_phone(hand: Hand, node: Node) -> None:
    page = hand.open("/phones/new").text
    assert "生体認証を使えません" in page
    assert "Tegata Phone 2" not in page  # not on sale yet
    got = hand.send("/phones/new", {"person": "P000002", "model": "tegata-lite"})
    shown = hand.follow(got)
    assert "山田　花子 さんのスマートフォン" in shown
    assert "Tegata Phone Lite" in shown
    assert "アプリを開く" in hand.open("/phones", q="花子").text
    assert "この氏名のスマートフォンはありません" in hand.open("/phones", q="誰もいない").text


@pytest.mark.parametrize(
    "fields",
    [{}, {"person": "P000002"}, {"person": "nobody", "model": "tegata-one"}, {"person": "P000002", "model": "x"},
     {"person": "P000002", "model": "tegata-two"}, {"person": "a b<", "model": "tegata-one"}],
)  # fmt: skip
def test_a_phone_for_nobody_or_of_no_model_is_not_had(hand: Hand, node: Node, fields: dict[str, str]) -> None:
    before = len(shelf.find(node, "")[0])
    assert hand.send("/phones/new", fields).status_code == 422
    assert len(shelf.find(node, "")[0]) == before


@pytest.mark.rule("SP-03")
def test_who_lets_a_phone_go_is_warned_of_what_is_still_on_it(hand: Hand, node: Node, phone: str) -> None:
    at = f"/phones/{phone}/drawer"
    page = hand.open(at).text
    assert "店員が代わりに行うことはできません" in page
    assert "初期化しても失効しません" in page
    warned = hand.send(f"/phones/{phone}/away", {"how": "trade-in"}, on=at)
    assert warned.status_code == 422
    assert "known-error" in warned.text
    assert phones.look(node, phone).here
    assert hand.send(f"/phones/{phone}/away", {"how": "eaten"}, on=at).status_code == 422
    gone = hand.follow(hand.send(f"/phones/{phone}/away", {"how": "trade-in", "known": "true"}, on=at))
    assert "失効するまで有効です" in gone
    assert "下取・買取に出しました" in gone
    assert hand.send(f"/phones/{phone}/back", {}, on="/phones/new").status_code == 409
    assert "操作はできません" in hand.open(f"/phones/{phone}").text
    assert hand.open(f"/phones/{phone}/menu").status_code == 409
    lost = hand.open(f"/phones/{phone}/lost").text
    assert f'href="/phones/{phone}/menu"' not in lost  # nothing leads where nothing can be done


def test_a_phone_is_reset_lost_and_found(hand: Hand, node: Node, phone: str) -> None:
    at = f"/phones/{phone}/drawer"
    assert "セキュアエレメントに残っています" in hand.follow(hand.send(f"/phones/{phone}/reset", {}, on=at))
    assert "電話で一時利用停止" in hand.follow(hand.send(f"/phones/{phone}/away", {"how": "lost"}, on=at))
    assert "音声案内2番" in hand.open(f"/phones/{phone}").text
    assert "手元に戻りました" in hand.follow(hand.send(f"/phones/{phone}/back", {}, on=at))
    for below in ("reset", "away", "back"):
        assert hand.open(f"/phones/{phone}/{below}").headers["location"] == at


def test_somebody_elses_or_no_phone_is_not_found(hand: Hand, phone: str) -> None:
    for below in ("", "/menu", "/drawer", "/certificates", "/apply", "/revoke", "/resume", "/lost", "/biometrics"):
        assert hand.open(f"/phones/p{'0' * 32}{below}").status_code == 404
    for below in ("/apply/a0", "/orders/o0", "/pins/text", "/pins/other"):
        assert hand.open(f"/phones/{phone}{below}").status_code == 404
    assert hand.open("/phones/card-2").status_code == 404  # a card is no phone


# the lock


def test_the_app_opens_by_its_pin_and_the_last_try_asks_first(hand: Hand, node: Node, phone: str) -> None:
    at = f"/phones/{phone}"
    assert "ロックを解除" in hand.open(at).text
    assert hand.open(f"{at}/certificates").headers["location"] == at
    for left in (2, 1):
        wrong = hand.send(at, {"secret": "0000"})
        assert wrong.status_code == 422
        assert f"あと{left}回間違えると" in wrong.text
    unsure = hand.send(at, {"secret": PHONE_PIN})
    assert unsure.status_code == 422
    assert "last-error" in unsure.text
    assert tries(node, phone, "auth") == 1
    opened = hand.follow(hand.send(at, {"secret": PHONE_PIN, "last": "true"}))
    assert "有効です。手続は要りません" in opened
    assert tries(node, phone, "auth") == 3
    assert "シリアル番号" in hand.open(f"{at}/certificates").text
    assert "ロックを解除" in hand.follow(hand.send(f"{at}/lock", {}, on=at))
    assert hand.open(f"{at}/lock").headers["location"] == at


def test_a_form_that_is_sent_twice_spends_one_try(hand: Hand, node: Node, phone: str) -> None:
    at = f"/phones/{phone}"
    sent = {"secret": "0000", **hidden(hand.open(at).text, "attempt", "_csrf")}
    first, second = (hand.client.post(at, data=sent, follow_redirects=False) for _ in range(2))
    assert (first.status_code, second.status_code) == (422, 303)
    assert tries(node, phone, "auth") == 2


@pytest.mark.rule("SP-06")
def test_a_blocked_pin_says_what_to_do_and_does_not_hinder_the_revocation(
    hand: Hand, node: Node, bureau: Bureau, phone: str
) -> None:
    at = f"/phones/{phone}"
    for last in ({}, {}, {"last": "true"}):
        hand.send(at, {"secret": "0000", **last})
    blocked = hand.open(at).text
    assert "暗証番号がロックされています" in blocked
    help_page = text_of(hand.open(f"{at}/forgotten").text)
    for shown in ("カードで申し込み直", "市区町村の窓口", "音声案内4番", "9:30–20:00", "9:30–17:30"):
        assert shown in help_page
    hand.send(f"{at}/revoke/disposal", {"usages": ["auth", "sign"]})
    path = f"{at}/revoke/disposal/password?usage=auth&usage=sign"
    assert "失効が終わりました" in hand.follow(hand.send(path, {"secret": PHONE_PASSWORD}))
    assert hand.open(f"{at}/pins/auth").status_code == 409


def test_one_phones_lock_opens_no_other(hand: Hand, node: Node, phone: str) -> None:
    unlocked(hand, phone)
    other = phones.get(node, "P000002", "tegata-one")
    phones.apply(node, "P000002", other, card_password=PASSWORD, password="OTHER99", pin="1111")
    assert "ロックを解除" in hand.open(f"/phones/{other}").text
    assert "ロックを解除" not in hand.open(f"/phones/{phone}").text


def test_a_form_of_another_site_is_refused(hand: Hand, phone: str) -> None:
    for path in (f"/phones/{phone}", f"/phones/{phone}/unlock/challenge", f"/phones/{phone}/reset", "/phones/new"):
        assert hand.client.post(path, data={"secret": PHONE_PIN, "attempt": "1"}).status_code == 403


@pytest.mark.parametrize("ending", ["reset", "away", "applied-again"])
def test_an_open_app_is_locked_where_the_phone_is_not_what_it_was(
    hand: Hand, node: Node, phone: str, ending: str
) -> None:
    unlocked(hand, phone)
    if ending == "reset":
        phones.reset(node, phone)
    elif ending == "away":
        phones.hand_over(node, phone, "lost")
        phones.come_back(node, phone)
    else:
        phones.apply(node, "P000002", phone, card_password=PASSWORD, password="OTHER99", pin="1111")
    assert "ロックを解除" in hand.open(f"/phones/{phone}").text


# applying


@pytest.mark.rule("SP-01")
def test_the_whole_application_by_hand(hand: Hand, node: Node, bureau: Bureau, empty: str) -> None:
    at = f"/phones/{empty}"
    assert "まだ電子証明書がありません" in hand.open(at).text
    first = hand.open(f"{at}/apply").text
    assert "全5ステップ中1" in first
    assert "お一人1台" in first
    assert hand.open(f"{at}/apply/password").headers["location"] == f"{at}/apply"
    assert hand.send(f"{at}/apply", {"card": "card-1"}).status_code == 422
    assert hand.send(f"{at}/apply", {}).status_code == 422
    assert hand.send(f"{at}/apply", {"card": "card-2"}).headers["location"] == f"{at}/apply/password"
    assert hand.open(f"{at}/apply/check").headers["location"] == f"{at}/apply"
    for new, again in (("", ""), (PHONE_PASSWORD, "OTHER99"), ("short", "short"), ("abcdef", "abcdef")):
        assert hand.send(f"{at}/apply/password", {"new": new, "again": again}).status_code == 422
    chosen = {"new": PHONE_PASSWORD, "again": PHONE_PASSWORD}
    assert hand.send(f"{at}/apply/password", chosen).headers["location"] == f"{at}/apply/pin"
    assert hand.send(f"{at}/apply/pin", {"new": "12345", "again": "12345"}).status_code == 422
    hand.send(f"{at}/apply/pin", {"new": PHONE_PIN, "again": PHONE_PIN})
    wrong = hand.send(f"{at}/apply/check", {"secret": "WRONG1"})
    assert wrong.status_code == 422
    assert "あと4回間違えると" in wrong.text
    sent = {"secret": PASSWORD, **hidden(hand.open(f"{at}/apply/check").text, "attempt", "_csrf")}
    answers = [hand.client.post(f"{at}/apply/check", data=sent, follow_redirects=False) for _ in range(2)]
    assert "申込みが終わりました" in hand.follow(answers[0])
    assert answers[1].headers["location"] == f"{at}/apply"  # sent twice, applied once
    assert len(bureau.issued) == 1
    for secret in (PHONE_PASSWORD, PASSWORD):
        assert secret not in wrong.text.replace(f"<code>{PASSWORD}</code>", "")


def test_an_application_that_nobody_answered_is_gone_on_with(
    hand: Hand, node: Node, bureau: Bureau, empty: str
) -> None:
    at = f"/phones/{empty}"
    bureau.mood = "down"
    phones.apply(node, "P000002", empty, card_password=PASSWORD, password=PHONE_PASSWORD, pin=PHONE_PIN)
    page = hand.open(at).text
    assert "申込みが、まだ終わっていません" in page
    result = hand.open(f"{at}/apply").headers["location"]
    assert "まだ返事がありません" in hand.open(result).text
    assert "まだ返事がありません" in hand.follow(hand.send(result, {}))
    bureau.mood, bureau.refuses = "well", NOT_RESIDENT
    refused = hand.follow(hand.send(result, {}))
    assert NOT_RESIDENT.title.ja in refused
    assert "申し込む前のままです" in refused
    assert hand.open(f"{at}/apply").status_code == 200


def test_who_has_no_signature_certificate_is_told_so(hand: Hand, node: Node) -> None:
    child = phones.get(node, "P000003", "tegata-one")
    assert "署名用電子証明書の入ったカードがありません" in hand.open(f"/phones/{child}/apply").text
    assert hand.send(f"/phones/{child}/apply", {"card": "card-3"}, on="/phones/new").status_code == 422
    shelf.hand_over(node, child, "disposal")


# revoking and resuming


@pytest.mark.rule("SP-03")
def test_the_four_steps_of_the_document(hand: Hand, node: Node, bureau: Bureau, phone: str) -> None:
    at = f"/phones/{phone}"
    menu = hand.open(f"{at}/menu").text
    assert f'href="{at}/revoke"' in menu
    second = hand.open(f"{at}/revoke").text
    for shown in (
        "全4ステップ中2", "店員が代わりに行うことはできません", "ご本人がこのアプリで行います", "下取・買取",
        "回収・廃棄", "修理に出す", "使わなくなった", "初期化しても、電子証明書は失効しません",
    ):  # fmt: skip
        assert shown in second
    assert hand.send(f"{at}/revoke", {}).status_code == 422
    assert hand.send(f"{at}/revoke", {"occasion": "lost"}).status_code == 422
    third = hand.send(f"{at}/revoke", {"occasion": "repair"}).headers["location"]
    assert "全4ステップ中3" in hand.open(third).text
    for chosen in ({}, {"usages": "face"}, {"usages": ["auth", "auth", "sign"]}):
        assert hand.send(third, chosen).status_code == 422
    fourth = hand.send(third, {"usages": ["auth", "sign"]}).headers["location"]
    asked = hand.open(fourth).text
    assert "全4ステップ中4" in asked
    assert 'maxlength="16"' in asked
    wrong = hand.send(fourth, {"secret": "WRONG1"})
    assert wrong.status_code == 422
    assert "あと4回間違えると" in wrong.text
    done = hand.follow(hand.send(fourth, {"secret": PHONE_PASSWORD}))
    assert "失効が終わりました" in done
    assert "戻ってきたら、カードを使って" in done
    assert "失効できる電子証明書は、入っていません" in hand.open(third).text
    assert "もう一度申し込んでください" in hand.open(at).text


@pytest.mark.parametrize(
    "path",
    ["/revoke/lost", "/revoke/x/password", "/revoke/repair/password", "/revoke/repair/password?usage=face",
     "/resume/password", "/resume/password?usage=sign"],
)  # fmt: skip
def test_a_step_out_of_turn_leads_back_to_the_first(hand: Hand, bureau: Bureau, phone: str, path: str) -> None:
    first = f"/phones/{phone}/{path.split('/')[1]}"
    assert hand.open(f"/phones/{phone}{path}").headers["location"] == first
    sent = hand.send(f"/phones/{phone}{path}", {"secret": PHONE_PASSWORD, "attempt": "1"}, on=f"/phones/{phone}/revoke")
    assert sent.headers["location"] == first
    assert bureau.orders_sent() == []


@pytest.mark.rule("SP-05")
def test_a_suspended_phone_is_resumed_by_its_password(hand: Hand, bureau: Bureau, phone: str) -> None:
    at = f"/phones/{phone}"
    unlocked(hand, phone)
    assert "一時利用停止中の電子証明書は、ありません" in hand.open(f"{at}/resume").text
    bureau.put(phone, "auth", "sign", state="suspended", reason="certificateHold")
    home = hand.open(at).text
    assert "一時利用停止中" in home
    assert f'href="{at}/resume"' in home
    second = hand.send(f"{at}/resume", {"usages": ["auth", "sign"]}).headers["location"]
    assert "利用を再開しました" in hand.follow(hand.send(second, {"secret": PHONE_PASSWORD}))
    assert "有効です" in hand.open(at).text


def test_an_order_that_nobody_answered_is_gone_on_with(hand: Hand, bureau: Bureau, phone: str) -> None:
    at = f"/phones/{phone}"
    unlocked(hand, phone)
    bureau.mood = "down"
    path = f"{at}/revoke/trade-in/password?usage=sign"
    sent = {"secret": PHONE_PASSWORD, **hidden(hand.open(path).text, "attempt", "_csrf")}
    answers = [hand.client.post(path, data=sent, follow_redirects=False) for _ in range(2)]
    result = answers[0].headers["location"]
    assert answers[1].headers["location"] == result
    assert "スマートフォンを渡さないでください" in hand.open(result).text
    home = hand.open(at).text
    assert "失効の手続が、まだ終わっていません" in home
    assert "いまの状態を確認できませんでした" in home
    assert hand.open(f"{at}/revoke/trade-in").headers["location"] == result
    bureau.mood = "well"
    assert "もう一つの電子証明書が残っています" in hand.follow(hand.send(result, {}))
    pin = hand.open(f"{at}/revoke/trade-in/password?usage=auth").text
    assert "暗証番号を入力してください" in pin


# PIN and password


def test_pin_and_password_are_changed_by_who_knows_them(hand: Hand, node: Node, phone: str) -> None:
    at = f"/phones/{phone}"
    for usage, old, new in (("auth", PHONE_PIN, "1357"), ("sign", PHONE_PASSWORD, "CHANGED1")):
        path = f"{at}/pins/{usage}"
        bad = (
            {"secret": old, "new": new, "again": "X"}, {"secret": old, "new": "x", "again": "x"},
            {"secret": old}, {"new": new, "again": new}, {"secret": "0000", "new": new, "again": new},
        )  # fmt: skip
        for fields in bad:
            assert hand.send(path, fields).status_code == 422
        changed = hand.follow(hand.send(path, {"secret": old, "new": new, "again": new}))
        assert "変更しました" in changed
        assert phones.sign_with_phone(node, "P000002", usage, new, b"x")  # type: ignore[arg-type]
