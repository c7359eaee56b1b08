from typing import Any
from urllib.parse import quote

import pytest

from tests.actors.citizen.desk import Reader
from tests.actors.municipality.world import AUTH_PIN, HANAKO, PASSWORD, World


def test_the_drawer_lists_cards_and_finds_them(reader: Reader) -> None:
    text = reader.open("/").text
    for shown in ("山田　太郎", "山田　花子", "山田　さくら", "P000001", "まだ使っていません"):
        assert shown in text
    assert "山田　太郎" not in reader.open("/", q="花子").text
    assert "山田　花子" in reader.open("/", q="p000002").text
    assert "このような" not in reader.open("/", q="花子").text
    assert "この氏名のカードはありません" in reader.open("/", q="佐藤").text


@pytest.mark.parametrize("wanted", ["%", "_", "<script>alert(1)</script>", "\0", "a" * 5000, "'"])
def test_whatever_is_searched_for_the_page_comes(kiosk: Reader, wanted: str) -> None:
    answer = kiosk.client.get(f"/?q={quote(wanted)}&start=99999999999", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_a_card_shows_its_certificates_and_what_is_remembered(reader: Reader) -> None:
    text = reader.open("/cards/card-2").text
    for shown in ("署名用電子証明書", "利用者証明用電子証明書", PASSWORD, AUTH_PIN, "使えます", "2026年"):
        assert shown in text
    assert "このカードには入っていません" in reader.open("/cards/card-3").text
    assert reader.open("/cards/unknown").status_code == 404


def test_looking_at_a_card_spends_no_try_even_with_a_stale_memory(quick_world: World, reader: Reader) -> None:
    from tegata.actors.citizen.service import memory

    with quick_world.citizen.database.begin() as tx:
        memory.remember(tx, "card-2", "sign", "STALE123")
    for _ in range(6):
        assert "暗証番号を入れると読めます" in reader.open("/cards/card-2").text
    assert quick_world.card_signs(HANAKO)


FORM = {"usage": "auth", "old": AUTH_PIN, "new": "9876", "again": "9876"}


def test_a_holder_changes_a_pin(quick_world: World, reader: Reader) -> None:
    answer = reader.post("/cards/card-2/pin", FORM, on="/cards/card-2")
    assert answer.headers["location"] == "/cards/card-2"
    assert quick_world.card_signs(HANAKO, "auth", "9876")
    assert reader.open("/cards/card-2/pin").headers["location"] == "/cards/card-2"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"usage": ""}, "usage"), ({"usage": "text"}, "usage"), ({"old": "0000"}, "old"), ({"old": ""}, "old"),
        ({"new": "12", "again": "12"}, "new"), ({"again": "1111"}, "again"), ({"new": "9" * 40}, "new"),
        ({"usage": "sign", "old": PASSWORD, "new": "abc", "again": "abc"}, "new"),
    ],
)  # fmt: skip
def test_what_can_not_be_changed_is_an_error_at_its_field(
    standing: World, kiosk: Reader, changes: dict[str, Any], field: str
) -> None:
    answer = kiosk.post("/cards/card-2/pin", FORM | changes, on="/cards/card-2")
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert standing.card_signs(HANAKO, "auth", AUTH_PIN)
    assert standing.card_signs(HANAKO)
