"""Finding people, the person's page, today's work, and what the counter does not show or take."""

from typing import Any
from urllib.parse import quote

import pytest

from tegata.actors.municipality.service import procedures
from tegata.node import audit
from tegata.node.staff import add_staff
from tests.actors.municipality.counter import Counter, day
from tests.actors.municipality.world import (
    CHIYODA,
    HANAKO,
    HERE,
    KENJI,
    SAKURA,
    TARO,
    World,
)


def test_every_page_needs_a_login(world: World, chiyoda: Counter) -> None:
    resident = world.id_of(HANAKO)
    chiyoda.client.cookies.clear()
    for path in ("/", "/work", "/arrivals", f"/residents/{resident}", "/procedures/x/who", "/procedures/x/check"):
        answer = chiyoda.open(path)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login")


def test_a_counter_sees_its_own_residents_only(world: World, chiyoda: Counter, shibuya: Counter) -> None:
    hanako = world.id_of(HANAKO)
    assert "山田　花子" in chiyoda.open("/?name=ﾔﾏﾀﾞ").text
    assert "山田　花子" not in shibuya.open("/?name=ﾔﾏﾀﾞ").text
    assert shibuya.open(f"/residents/{hanako}").status_code == 404
    for kind in ("move_within", "death", "card", "reissue"):
        answer = shibuya.post(f"/residents/{hanako}/procedures", {"kind": kind}, on="/arrivals")
        assert answer.status_code == 404
    case = chiyoda.begin(hanako, "death")
    assert shibuya.open(f"{case}/when").status_code == 404
    assert shibuya.post(f"{case}/when", day("effective_on", 2023, 9, 1), on="/arrivals").status_code == 404
    assert shibuya.post(f"{case}/record", {}, on="/arrivals").status_code == 404
    assert shibuya.post(f"{case}/stop", {}, on="/arrivals").status_code == 404


def test_staff_of_no_municipality_sees_nobody(world: World, chiyoda: Counter) -> None:
    with world.node.database.begin() as tx:
        add_staff(tx, world.node, login="head", name="本部", password="head-office", roles=frozenset({"clerk"}))
    chiyoda.client.cookies.clear()
    chiyoda.log_in("head", "head-office")
    assert chiyoda.open("/").status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "birth_date-year=2023&birth_date-month=2&birth_date-day=30", "birth_date-year=昭和", "birth_date-month=5",
        "birth_date-year=²&birth_date-month=1&birth_date-day=1", "birth_date-year=99999",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/arrivals"])
def test_a_birth_date_that_is_none_is_an_error_at_its_field(desk: Counter, path: str, query: str) -> None:
    answer = desk.open(f"{path}?{query}&name=山田")
    assert answer.status_code == 422
    assert "birth_date-error" in answer.text


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "%00", "a" * 5000, "%", "\\", "'--", "\U0001f600"])
def test_whatever_is_searched_for_the_page_comes(desk: Counter, name: str) -> None:
    for path in ("/", "/arrivals"):
        answer = desk.open(f"{path}?name={quote(name)}&address={quote(name)}&resident_code={quote(name)}")
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text


def test_the_person_with_history_household_and_certificates(world: World, chiyoda: Counter) -> None:
    text = chiyoda.open(f"/residents/{world.id_of(HANAKO)}").text
    for shown in (
        "山田　花子",
        "髙橋",
        "1980年（昭和55年）２月17日",
        "山田　太郎",
        "署名用電子証明書",
        "新規登録",
        "有効",
    ):
        assert shown in text
    assert HANAKO.my_number not in text
    assert HANAKO.resident_code not in text
    english = chiyoda.open(f"/residents/{world.id_of(SAKURA)}?lang=en").text
    assert "31 March 2012" in english


def test_without_j_lis_the_page_says_so_and_still_comes(world: World, chiyoda: Counter) -> None:
    world.network.take_down("jlis")
    answer = chiyoda.open(f"/residents/{world.id_of(HANAKO)}")
    assert answer.status_code == 200
    assert "いま確かめられません" in answer.text


def test_a_my_number_is_shown_to_who_may_and_each_time_it_is_noted(world: World, chiyoda: Counter) -> None:
    hanako = world.id_of(HANAKO)
    path = f"/residents/{hanako}"
    assert HANAKO.my_number in chiyoda.post(f"{path}/my-number", {}, on=path).text
    assert HANAKO.my_number not in chiyoda.open(path).text
    assert chiyoda.open(f"{path}/my-number").headers["location"] == path
    noted = [one.entry for one in audit.entries_for(world.node.database, hanako)]
    assert [(entry.action, entry.items) for entry in noted] == [("my-number-shown", ["my_number"])]
    assert "counter-131016" in noted[0].who
    with world.node.database.begin() as tx:
        add_staff(
            tx,
            world.node,
            login="plain",
            name="窓口",
            password="plain-clerk",
            roles=frozenset({"clerk"}),
            scope=CHIYODA,
        )
    chiyoda.client.cookies.clear()
    chiyoda.log_in("plain", "plain-clerk")
    assert "個人番号を表示する" not in chiyoda.open(path).text
    assert chiyoda.post(f"{path}/my-number", {}, on=path).status_code == 403


def test_what_can_be_done_follows_from_the_record(world: World, chiyoda: Counter) -> None:
    with_card, without = (chiyoda.open(f"/residents/{world.id_of(who)}").text for who in (TARO, KENJI))
    assert 'value="reissue"' in with_card
    assert 'value="card"' not in with_card
    assert 'value="card"' in without
    assert 'value="move_in"' not in without
    answer = chiyoda.post(f"/residents/{world.id_of(KENJI)}/procedures", {"kind": "reissue"}, on="/arrivals")
    assert answer.status_code == 409


@pytest.mark.parametrize("kind", ["", "unknown", "move_in\0", "card' OR 1=1"])
def test_a_procedure_that_is_none_is_not_begun(world: World, chiyoda: Counter, kind: str) -> None:
    answer = chiyoda.post(f"/residents/{world.id_of(KENJI)}/procedures", {"kind": kind}, on="/arrivals")
    assert answer.status_code == 422
    assert chiyoda.post("/procedures", {"kind": "death"}, on="/arrivals").status_code == 422
    assert procedures.open_work(world.node, HERE) == []


def test_a_form_without_its_token_is_not_taken(world: World, chiyoda: Counter) -> None:
    answer = chiyoda.client.post(f"/residents/{world.id_of(KENJI)}/procedures", data={"kind": "death"})
    assert answer.status_code == 403


def test_work_lists_what_is_open_and_a_stopped_case_is_gone(world: World, chiyoda: Counter) -> None:
    case = chiyoda.begin(world.id_of(KENJI), "death")
    assert "田中　健二：死亡" in chiyoda.open("/work").text
    assert "1件" in chiyoda.open("/").text
    answer = chiyoda.post(f"{case}/stop", {}, on=f"{case}/when")
    assert answer.headers["location"] == f"/residents/{world.id_of(KENJI)}"
    assert "田中　健二：死亡" not in chiyoda.open("/work").text
    assert chiyoda.open(f"{case}/when").headers["location"] == "/work"
    for path, fields in ((f"{case}/record", {}), (f"{case}/when", day("effective_on", 2023, 9, 1))):
        assert chiyoda.post(path, fields, on="/arrivals").status_code == 409
    assert [entry.event for entry in world.entries(KENJI)] == ["registered"]


KENJIS = {"name": "田中 健二", "kana": "タナカ ケンジ", "gender": "male"}
CHILD = {"name": "田中 一", "kana": "タナカ ハジメ", "gender": "male"}
RIGHT = {**KENJIS, "birth_date": "1965-12-24", "address": "東京都千代田区丸の内１", "reason": "照合"}
HOSTILE: list[tuple[str, str, dict[str, Any], str]] = [
    ("move_within", "who", {"who": ["r-somebody-else"]}, "who"),
    ("move_within", "who", {}, "who"),
    ("move_within", "when", day("effective_on", 2024, 1, 1), "effective_on"),
    ("move_within", "when", day("effective_on", 2020, 1, 1), "effective_on"),
    ("move_within", "when", {"effective_on-year": "二〇二三"}, "effective_on"),
    ("move_within", "postal", {"postal_code": "150-0041"}, "postal_code"),
    ("move_within", "postal", {"postal_code": "<b>"}, "postal_code"),
    ("move_within", "postal", {"postal_code": ""}, "postal_code"),
    ("move_out", "destination", {"destination": "\u202e"}, "destination"),
    ("move_out", "destination", {"destination": "あ" * 300}, "destination"),
    ("name_change", "name", {**KENJIS, "name": "田中健二"}, "name"),
    ("name_change", "name", {**KENJIS, "kana": "田中 健二"}, "kana"),
    ("name_change", "name", KENJIS, "name"),
    ("name_change", "name", {**KENJIS, "name": "田中 \0健"}, "name"),
    ("birth", "child", {**CHILD, "gender": "x", **day("born_on", 2023, 9, 1)}, "gender"),
    ("birth", "child", {**CHILD, **day("born_on", 2023, 9, 26)}, "born_on"),
    ("correction", "correction", {**RIGHT, "birth_date": "1965/12/24"}, "birth_date"),
    ("correction", "correction", {**RIGHT, "address": "大阪府大阪市"}, "address"),
    ("correction", "correction", {**RIGHT, "reason": ""}, "reason"),
    ("death", "when", day("effective_on", 1960, 1, 1), "effective_on"),
]


@pytest.mark.parametrize(("kind", "step", "fields", "field"), HOSTILE)
def test_an_answer_that_can_not_be_is_an_error_at_its_field_and_loses_nothing(
    standing: World, desk: Counter, kind: str, step: str, fields: dict[str, Any], field: str
) -> None:
    case = desk.begin(standing.id_of(KENJI), kind)
    answer = desk.post(f"{case}/{step}", fields, on=f"{case}/{step}")
    assert answer.status_code == 422, answer.text
    assert f'id="{field}-error"' in answer.text
    for refused in (desk.open(f"{case}/check"), desk.post(f"{case}/record", {}, on="/")):
        assert (refused.status_code, refused.headers["location"].startswith(case)) == (303, True)
    assert [entry.event for entry in standing.entries(KENJI)] == ["registered"]


def test_a_page_that_is_opened_too_early_leads_to_the_first_missing_question(world: World, chiyoda: Counter) -> None:
    case = chiyoda.begin(world.id_of(KENJI), "move_within")
    assert chiyoda.open(f"{case}/check").headers["location"] == f"{case}/who"
    assert chiyoda.open(f"{case}/address").headers["location"] == f"{case}/postal"
    assert chiyoda.open(f"{case}/result").headers["location"] == f"{case}/who"
    for path in ("nowhere", "pins"):
        assert chiyoda.open(f"{case}/{path}").status_code == 404
    case = chiyoda.begin(world.id_of(TARO), "reissue")
    assert chiyoda.open(f"{case}/pins").headers["location"] == f"{case}/certificates"


def test_an_answer_that_no_longer_fits_another_is_asked_anew(world: World, chiyoda: Counter) -> None:
    case = chiyoda.begin(world.id_of(KENJI), "move_within")
    chiyoda.answer(case, "who", {"who": [world.id_of(KENJI)]})
    chiyoda.answer(case, "when", day("effective_on", 2023, 9, 20))
    chiyoda.answer(case, "postal", {"postal_code": "1000005"})
    assert chiyoda.answer(case, "address", {"place": "東京都千代田区丸の内", "rest": "2-2-2"}) == "check"
    chiyoda.answer(case, "postal", {"postal_code": "1000001"})
    assert chiyoda.open(f"{case}/check").headers["location"] == f"{case}/address"
    answer = chiyoda.post(f"{case}/record", {}, on=f"{case}/address")
    assert answer.headers["location"] == f"{case}/address"
    assert [entry.event for entry in world.entries(KENJI)] == ["registered"]


def test_what_became_impossible_meanwhile_is_said_on_the_check_page(world: World, chiyoda: Counter) -> None:
    cases = [chiyoda.begin(world.id_of(KENJI), "death") for _ in range(2)]
    for case in cases:
        chiyoda.answer(case, "when", day("effective_on", 2023, 9, 20))
    chiyoda.record(cases[0])
    answer = chiyoda.post(f"{cases[1]}/record", {}, on=f"{cases[1]}/check")
    assert answer.status_code == 409
    assert "この届出を受け付けられません" in answer.text
    assert "register-event-not-possible" in answer.text
    assert chiyoda.open(f"{cases[1]}/record").headers["location"] == f"{cases[1]}/check"


def test_somebody_who_is_on_no_register_is_registered_and_gets_a_card(world: World, chiyoda: Counter) -> None:
    answer = chiyoda.post("/procedures", {"kind": "registered"}, on="/arrivals")
    case = answer.headers["location"].rpartition("/")[0]
    newcomer = {"name": "SMITH JOHN", "kana": "すみす じょん", "gender": "male", **day("birth_date", 1990, 5, 5)}
    assert chiyoda.answer(case, "newcomer", newcomer) == "when"
    assert "1990" in chiyoda.open(f"{case}/newcomer").text
    chiyoda.answer(case, "when", day("effective_on", 2023, 9, 20))
    chiyoda.answer(case, "postal", {"postal_code": "1000005"})
    chiyoda.answer(case, "address", {"place": "東京都千代田区丸の内", "rest": "1-1"})
    assert "ＳＭＩＴＨ　ＪＯＨＮ" in chiyoda.record(case).text
    assert "ＳＭＩＴＨ" in chiyoda.open("/?name=smith").text


PIN_FIELDS = {
    which + again: pin
    for which, pin in {"auth": "1111", "sign": "ABC123", "text": "2222"}.items()
    for again in ("", "_again")
}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"auth": "11"}, "auth_again"), ({"auth": "", "auth_again": ""}, "auth"),
        ({"sign": "abc123", "sign_again": "abc123"}, "sign"), ({"text": "1" * 40}, "text"),
        ({"text": "22２2", "text_again": "22２2"}, "text"),
    ],
)  # fmt: skip
def test_pins_that_are_none_are_errors_at_their_fields_and_no_card_is_taken(
    standing: World, desk: Counter, changes: dict[str, str], field: str
) -> None:
    case = desk.begin(standing.id_of(KENJI), "card")
    answer = desk.post(f"{case}/card", PIN_FIELDS | changes, on=f"{case}/pins")
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "ABC123" not in answer.text
    assert [m for m in standing.network.recorder.messages if m.receiver == "citizen"] == []


def test_a_card_is_handed_over_once_however_often_the_form_is_sent(world: World, chiyoda: Counter) -> None:
    case = chiyoda.begin(world.id_of(KENJI), "card")
    sent = PIN_FIELDS | {"_csrf": chiyoda.token(chiyoda.open(f"{case}/pins").text)}
    for _ in range(2):
        answer = chiyoda.client.post(f"{case}/card", data=sent, follow_redirects=False)
        assert answer.headers["location"] == f"{case}/result"
    assert [m.label.en for m in world.network.recorder.messages].count("Card handed over") == 1
    assert world.card_signs(KENJI, "sign", "ABC123")
    assert chiyoda.open(f"{case}/card").headers["location"] == f"{case}/pins"


def test_forgotten_pins_are_set_anew_and_only_those_that_are_typed(world: World, chiyoda: Counter) -> None:
    case = chiyoda.begin(world.id_of(HANAKO), "pins")
    nothing = chiyoda.post(f"{case}/card", {}, on=f"{case}/pins")
    assert nothing.status_code == 422
    answer = chiyoda.post(f"{case}/card", {"auth": "9999", "auth_again": "9999"}, on=f"{case}/pins")
    assert answer.status_code == 303
    assert "すぐに使えます" in chiyoda.open(answer.headers["location"]).text
    assert world.card_signs(HANAKO, "auth", "9999")
    assert world.card_signs(HANAKO)


def test_a_card_that_can_not_be_written_is_an_error_and_the_case_stays_open(world: World, chiyoda: Counter) -> None:
    case = chiyoda.begin(world.id_of(HANAKO), "pins")
    world.network.take_down("citizen")
    answer = chiyoda.post(f"{case}/card", {"auth": "9999", "auth_again": "9999"}, on=f"{case}/pins")
    assert answer.status_code == 503
    assert "応答がありません" in answer.text
    world.network.bring_up("citizen")
    again = chiyoda.post(f"{case}/card", {"auth": "9999", "auth_again": "9999"}, on=f"{case}/pins")
    assert again.headers["location"] == f"{case}/result"
