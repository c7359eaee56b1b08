"""Lost, found and returned cards, and PINs with their tries, as a clerk clicks through them."""

from datetime import timedelta
from typing import Any

import pytest

from tegata.actors.municipality.service.holders import certificates_of
from tests.actors.municipality.counter import Counter
from tests.actors.municipality.losses import stopped_by_telephone
from tests.actors.municipality.world import (
    AUTH_PIN,
    HANAKO,
    KENJI,
    SAKURA,
    TARO,
    World,
)

IDENTITY = ("identity", {"document": "photo"})
LOSS = ("loss", {"how": "stolen", "police_report": "丸の内 2023-456"})


def begun(counter: Counter, resident_id: str, kind: str, *answers: tuple[str, dict[str, Any]]) -> str:
    case = counter.begin(resident_id, kind)
    for step, fields in answers:
        counter.answer(case, step, fields)
    return case


def states(world: World, who: Any = HANAKO) -> list[str]:
    return sorted(one.state for one in certificates_of(world.node, who.resident_code))


@pytest.mark.rule("SP-05")
def test_from_the_loss_to_the_card_that_was_found(world: World, chiyoda: Counter) -> None:
    hanako = world.id_of(HANAKO)
    case = begun(chiyoda, hanako, "lost_card", IDENTITY, LOSS)
    check = chiyoda.open(f"{case}/check").text
    for shown in ("盗まれた", "丸の内 2023-456", "運転免許証", "有効", "一時利用停止になります"):
        assert shown in check
    sent = {"_csrf": chiyoda.token(check)}
    for _ in range(2):
        answer = chiyoda.client.post(f"{case}/record", data=sent, follow_redirects=False)
        assert answer.headers["location"] == f"{case}/result", answer.text
    result = chiyoda.open(f"{case}/result").text
    for shown in ("紛失の届出が終わりました", "９月26日", "一時利用停止"):
        assert shown in result
    assert states(world) == ["suspended", "suspended"]

    page = chiyoda.open(f"/residents/{hanako}").text
    for shown in (
        "紛失の届出により、一時利用停止",
        'value="found_card"',
        'value="give_up_card"',
        'value="return_card"',
    ):
        assert shown in page
    for hidden in ('value="reissue"', 'value="pins"', 'value="lost_card"', 'value="card"'):
        assert hidden not in page
    assert "丸の内 2023-456" in page
    assert "一時利用停止中のカード" in chiyoda.open("/work").text
    for kind in ("reissue", "pins", "lost_card", "card", "phone_certificates"):
        assert chiyoda.post(f"/residents/{hanako}/procedures", {"kind": kind}, on="/arrivals").status_code == 409

    case = begun(chiyoda, hanako, "found_card", ("identity", {"document": "card"}))
    pins = chiyoda.open(f"{case}/pins").text
    assert "あと3回まで試せます" in pins
    assert "元には戻りません" in pins
    answer = chiyoda.post(f"{case}/card", {"sign": "NEWPW22", "sign_again": "NEWPW22"}, on=f"{case}/pins")
    assert answer.headers["location"] == f"{case}/result", answer.text
    assert "停止していた電子証明書は失効しました" in chiyoda.open(f"{case}/result").text
    assert states(world) == ["revoked", "revoked", "valid", "valid"]
    assert world.card_signs(HANAKO, pin="NEWPW22")
    assert world.card_signs(HANAKO, "auth", AUTH_PIN)
    page = chiyoda.open(f"/residents/{hanako}").text
    assert 'value="reissue"' in page
    assert "停止中のカードはありません" in chiyoda.open("/work").text


@pytest.mark.rule("SP-05")
def test_from_the_loss_to_a_new_card_and_a_card_that_is_returned(world: World, chiyoda: Counter) -> None:
    hanako = world.id_of(HANAKO)
    chiyoda.record(begun(chiyoda, hanako, "lost_card", IDENTITY, ("loss", {"how": "lost"})))
    case = begun(chiyoda, hanako, "give_up_card", IDENTITY, ("ending", {"why": "lost"}))
    assert "取り消せません" in chiyoda.open(f"{case}/check").text
    assert "新しいカードを交付できます" in chiyoda.record(case).text
    page = chiyoda.open(f"/residents/{hanako}").text
    assert "見つからないため廃止されました" in page
    assert 'value="card"' in page
    world.network.advance(timedelta(minutes=1))
    case = chiyoda.begin(hanako, "card")
    fields = {"auth": "1111", "sign": "ABC123", "text": "2222", "register": "3333"}
    answer = chiyoda.post(f"{case}/card", fields | {f"{k}_again": v for k, v in fields.items()}, on=f"{case}/pins")
    assert answer.status_code == 303, answer.text
    assert world.card_signs(HANAKO, pin="ABC123")
    case = begun(chiyoda, hanako, "return_card", ("identity", {"document": "card"}))
    assert "カードの中の情報は消えました" in chiyoda.record(case).text
    assert states(world) == ["revoked"] * 4
    assert "返納されました" in chiyoda.open(f"/residents/{hanako}?lang=ja").text


@pytest.mark.rule("SP-04")
def test_a_card_that_was_stopped_by_telephone_says_so(world: World, chiyoda: Counter) -> None:
    hanako = world.id_of(HANAKO)
    stopped_by_telephone(world)
    page = chiyoda.open(f"/residents/{hanako}").text
    assert "J-LISで一時利用停止" in page
    assert 'value="found_card"' in page
    assert 'value="reissue"' not in page
    case = begun(chiyoda, hanako, "lost_card", IDENTITY, LOSS)
    assert "すでに一時利用停止" in chiyoda.open(f"{case}/check").text
    assert "一時利用停止" in chiyoda.record(case).text


def test_without_j_lis_nothing_is_told_as_done_and_the_case_goes_on_later(world: World, chiyoda: Counter) -> None:
    hanako = world.id_of(HANAKO)
    loss = begun(chiyoda, hanako, "lost_card", IDENTITY, LOSS)
    world.network.take_down("jlis")
    page = chiyoda.open(f"{loss}/check")
    assert (page.status_code, "記録できません" in page.text) == (200, True)
    answer = chiyoda.post(f"{loss}/record", {}, on=f"{loss}/check")
    assert answer.status_code == 503
    assert "応答がありません" in answer.text
    assert chiyoda.open(f"{loss}/result").headers["location"] == f"{loss}/identity"
    assert "紛失の届出" in chiyoda.open("/work").text
    answer = chiyoda.post(f"/residents/{hanako}/procedures", {"kind": "found_card"}, on="/arrivals")
    assert answer.status_code == 503
    world.network.bring_up("jlis")
    assert "終わりました" in chiyoda.record(loss).text
    found = begun(chiyoda, hanako, "found_card", IDENTITY)
    world.network.take_down("jlis")
    assert chiyoda.post(f"{found}/card", {}, on=f"{found}/pins").status_code == 503
    world.network.bring_up("jlis")
    assert chiyoda.post(f"{found}/card", {}, on=f"{found}/pins").headers["location"] == f"{found}/result"


def test_the_pins_page_shows_what_is_blocked_and_the_result_the_tries(world: World, chiyoda: Counter) -> None:
    for _ in range(3):
        with pytest.raises(Exception, match="card-"):
            world.card_signs(HANAKO, "auth", "0000")
    case = chiyoda.begin(world.id_of(HANAKO), "pins")
    page = chiyoda.open(f"{case}/pins").text
    assert "ロックされています" in page
    assert "あと5回まで試せます" in page
    answer = chiyoda.post(f"{case}/card", {"auth": "9999", "auth_again": "9999"}, on=f"{case}/pins")
    assert "続けて3回間違えるとロックされます" in chiyoda.open(answer.headers["location"]).text
    case = chiyoda.begin(world.id_of(SAKURA), "pins")
    assert "署名用のパスワード" not in chiyoda.open(f"{case}/pins").text
    world.network.take_down("citizen")
    page = chiyoda.open(f"{case}/pins")
    assert (page.status_code, "カードの状態を読み取れません" in page.text) == (200, True)


HOSTILE: list[tuple[str, str, dict[str, Any], str]] = [
    ("lost_card", "identity", {}, "document"),
    ("lost_card", "identity", {"document": "card"}, "document"),
    ("lost_card", "identity", {"document": "photo\0"}, "document"),
    ("lost_card", "identity", {"document": "<script>"}, "document"),
    ("lost_card", "loss", {"police_report": "1"}, "how"),
    ("lost_card", "loss", {"how": "sold"}, "how"),
    ("lost_card", "loss", {"how": "lost", "police_report": "あ" * 41}, "police_report"),
    ("lost_card", "loss", {"how": "lost", "police_report": "1\0"}, "police_report"),
    ("give_up_card", "identity", {"document": "card"}, "document"),
    ("give_up_card", "ending", {"why": "returned"}, "why"),
    ("give_up_card", "ending", {}, "why"),
    ("return_card", "identity", {"document": "asked"}, "document"),
]


@pytest.mark.parametrize(("kind", "step", "fields", "field"), HOSTILE)
def test_an_answer_that_can_not_be_is_an_error_at_its_field(
    standing: World, desk: Counter, kind: str, step: str, fields: dict[str, Any], field: str
) -> None:
    case = desk.begin(standing.id_of(TARO), kind)
    answer = desk.post(f"{case}/{step}", fields, on=f"{case}/{step}")
    assert answer.status_code == 422, answer.text
    assert f'id="{field}-error"' in answer.text
    assert "<script>alert" not in answer.text
    for refused in (desk.open(f"{case}/check"), desk.post(f"{case}/record", {}, on="/")):
        assert (refused.status_code, refused.headers["location"].startswith(case)) == (303, True)
    assert states(standing, TARO) == ["valid", "valid"]


def test_nobody_passes_the_question_who_they_are(standing: World, desk: Counter) -> None:
    case = desk.begin(standing.id_of(TARO), "return_card")
    assert desk.open(f"{case}/check").headers["location"] == f"{case}/identity"
    assert desk.post(f"{case}/record", {}, on="/").headers["location"] == f"{case}/identity"
    assert desk.post(f"{case}/card", {}, on="/").status_code == 404
    assert desk.open(f"{case}/pins").status_code == 404
    assert states(standing, TARO) == ["valid", "valid"]


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        (KENJI, "lost_card"),
        (KENJI, "found_card"),
        (KENJI, "return_card"),
        (TARO, "found_card"),
        (TARO, "phone_certificates"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_card_is_not_begun(standing: World, desk: Counter, who: Any, kind: str) -> None:
    answer = desk.post(f"/residents/{standing.id_of(who)}/procedures", {"kind": kind}, on="/arrivals")
    assert answer.status_code == 409


def test_a_found_card_is_not_written_before_its_holder_is_identified(world: World, chiyoda: Counter) -> None:
    hanako = world.id_of(HANAKO)
    chiyoda.record(begun(chiyoda, hanako, "lost_card", IDENTITY, LOSS))
    case = chiyoda.begin(hanako, "found_card")
    assert chiyoda.open(f"{case}/pins").headers["location"] == f"{case}/identity"
    answer = chiyoda.post(f"{case}/card", {}, on=f"{case}/identity")
    assert answer.status_code in (303, 422)
    assert states(world) == ["suspended", "suspended"]
    chiyoda.answer(case, *IDENTITY)
    wrong = chiyoda.post(f"{case}/card", {"auth": "12", "auth_again": "12"}, on=f"{case}/pins")
    assert wrong.status_code == 422
    assert 'id="auth-error"' in wrong.text
    assert states(world) == ["suspended", "suspended"]
