"""Procedures at the counter, as a clerk clicks through them."""

from typing import Any

import pytest

from tests.actors.municipality.counter import Counter, day
from tests.actors.municipality.world import HANAKO, KENJI, SAKURA, TARO, World


def fill_address(counter: Counter, case: str) -> str:
    counter.answer(case, "postal", {"postal_code": "〒150-0041"})
    return counter.answer(case, "address", {"place": "東京都渋谷区神南", "rest": "1丁目19番11号"})


@pytest.mark.rule("FI-03")
def test_a_family_moves_out_and_in_and_one_has_the_certificate_reissued(
    world: World, chiyoda: Counter, shibuya: Counter
) -> None:
    taro, hanako, sakura = (world.id_of(who) for who in (TARO, HANAKO, SAKURA))
    case = chiyoda.begin(taro, "move_out")
    assert chiyoda.answer(case, "who", {"who": [taro, hanako, sakura]}) == "when"
    assert chiyoda.answer(case, "when", day("effective_on", 2023, 9, 28)) == "destination"
    assert chiyoda.answer(case, "destination", {"destination": "東京都渋谷区"}) == "check"
    assert "転出が終わりました" in chiyoda.record(case).text
    assert world.told(HANAKO) == ["registered", "move_out"]
    assert world.revoked(HANAKO) == []
    assert world.row(SAKURA).relationship == "子"

    search = "/arrivals?name=山田 花子&birth_date-year=1980&birth_date-month=2&birth_date-day=17"
    assert "転入の手続を始める" in shibuya.open(search).text
    case = shibuya.begin(hanako, "move_in", on=search)
    assert shibuya.answer(case, "who", {"who": [taro, hanako, sakura]}) == "when"
    assert shibuya.answer(case, "when", day("effective_on", 2023, 9, 25)) == "postal"
    assert fill_address(shibuya, case) == "check"
    check = shibuya.open(f"{case}/check").text
    assert "内容の確認" in check
    assert "<del>" in check
    result = shibuya.record(case).text
    assert "９月26日" in result
    assert "山田　花子 さんの電子証明書を再発行する" in result
    assert world.told(SAKURA) == ["registered", "move_out", "move_in"]
    assert world.row(TARO).address == "東京都渋谷区神南１丁目１９番１１号"
    assert world.revoked(HANAKO) == [("sign", "affiliationChanged")]
    assert world.revoked(SAKURA) == []
    assert "再発行がまだ" in shibuya.open("/work").text

    assert "署名用電子証明書が失効しています" in shibuya.open(f"/residents/{hanako}").text
    case = shibuya.begin(hanako, "reissue", on=f"{case}/result")
    assert shibuya.answer(case, "certificates", {"usages": ["sign"]}) == "pins"
    answer = shibuya.post(f"{case}/card", {"sign": "NEWPW22", "sign_again": "NEWPW22"}, on=f"{case}/pins")
    assert answer.status_code == 303, answer.text
    assert "前の電子証明書" in shibuya.open(answer.headers["location"]).text
    assert world.card_signs(HANAKO, pin="NEWPW22")
    assert "失効しています" not in shibuya.open(f"/residents/{hanako}").text


STEPS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "name_change": [
        ("name", {"name": "鈴木 健二", "kana": "すずき けんじ", "former_name": "田中"}),
        ("when", day("effective_on", 2023, 9, 24)),
    ],
    "death": [("when", day("effective_on", 2023, 9, 24))],
    "left_country": [("who", {"who": ["KENJI"]}), ("when", day("effective_on", 2023, 9, 25))],
    "correction": [
        (
            "correction",
            {
                "name": "田中　健次", "kana": "タナカ　ケンジ", "birth_date": "1965-12-24", "gender": "male",
                "address": "東京都千代田区丸の内１丁目１番１号", "reason": "戸籍との照合",
            },
        )
    ],
    "birth": [
        ("child", {"name": "田中 一", "kana": "タナカ ハジメ", "gender": "male", **day("born_on", 2023, 9, 20)})
    ],
    "move_within": [
        ("who", {"who": ["KENJI"]}), ("when", day("effective_on", 2023, 9, 20)),
        ("postal", {"postal_code": "1000005"}), ("address", {"place": "東京都千代田区丸の内", "rest": "2-2-2"}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", STEPS)
def test_each_notification_is_recorded_once_however_often_it_is_sent(world: World, chiyoda: Counter, kind: str) -> None:
    kenji = world.id_of(KENJI)
    case = chiyoda.begin(kenji, kind)
    for step, fields in STEPS[kind]:
        chiyoda.answer(case, step, {name: [kenji] if value == ["KENJI"] else value for name, value in fields.items()})
    page = chiyoda.open(f"{case}/check")
    assert page.status_code == 200, page.text
    sent = {"_csrf": chiyoda.token(page.text)}
    for _ in range(2):
        answer = chiyoda.client.post(f"{case}/record", data=sent, follow_redirects=False)
        assert answer.headers["location"] == f"{case}/result", answer.text
    assert chiyoda.open(f"{case}/result").status_code == 200
    assert chiyoda.open(f"{case}/check").headers["location"] == f"{case}/result"
    world.network.settle()
    told = [m for m in world.network.recorder.messages if m.label.en == "Revocation and four attributes"]
    assert [m.outcome for m in told] == ["ok"]
    if kind == "birth":
        assert world.told(KENJI) == ["registered"]
    else:
        assert world.told(KENJI) == ["registered", kind]
