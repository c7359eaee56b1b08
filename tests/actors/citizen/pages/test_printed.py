"""The face of a card in the drawer: what its holder can read off it."""

import base64
import re
from html import unescape

from sqlalchemy import select

from tegata.actors.citizen.service import printed
from tegata.actors.citizen.tables import CardRow
from tegata.card import Card, CardClient, Personaliser, check_number_b
from tegata.node.card_issuer import card_issuer_key, security_code
from tegata.node.tables import AuditRow
from tests.actors.citizen.desk import Reader
from tests.actors.municipality.world import HANAKO, SAKURA, World


def number_b(world: World) -> str:
    code = security_code(world.citizen, "card-2")
    assert HANAKO.card is not None
    return check_number_b(HANAKO.attributes.birth_date, HANAKO.card.expires_on.year, code)


def test_the_front_shows_what_check_number_b_is_made_of(standing: World, kiosk: Reader) -> None:
    text = unescape(kiosk.open("/cards/card-2").text)
    for shown in ("見本", "山田　花子", HANAKO.attributes.address, security_code(standing.citizen, "card-2")):
        assert shown in text
    assert HANAKO.my_number[:4] + " " not in text
    with standing.citizen.database.read() as session:
        client = CardClient(Card.load(session.get_one(CardRow, "card-2").image).transmit)
    assert client.front(number_b(standing)).name == "山田　花子"


def test_the_photo_is_shown_as_every_browser_can(kiosk: Reader) -> None:
    photos = [re.search(r'src="data:image/png;base64,([^"]+)"', kiosk.open(f"/cards/card-{n}").text) for n in (1, 2, 3)]
    pictures = {base64.b64decode(found.group(1)) for found in photos if found}
    assert len(pictures) == 3
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)


def test_my_number_is_on_the_back_only_and_each_look_is_recorded(quick_world: World, reader: Reader) -> None:
    assert SAKURA.my_number not in reader.open("/cards/card-3").text.replace(" ", "")
    assert looks(quick_world) == 0
    text = reader.open("/cards/card-3/back").text
    assert SAKURA.my_number in text.replace(" ", "")
    assert looks(quick_world) == 1
    assert reader.open("/cards/unknown/back").status_code == 404


def looks(world: World) -> int:
    with world.citizen.database.read() as session:
        return len(session.scalars(select(AuditRow).where(AuditRow.action == "card-turned-over")).all())


def rewrite(world: World, front: bytes, back: bytes) -> None:
    with world.citizen.database.begin() as tx:
        row = tx.session.get_one(CardRow, "card-2")
        card = Card.load(row.image)
        counter = Personaliser(card.transmit, card_issuer_key(world.citizen, "card-2"))
        counter.authenticate()
        counter.write_visual(front, back)
        row.image = card.dump()


def test_a_card_with_broken_files_is_shown_without_them(quick_world: World, reader: Reader) -> None:
    rewrite(quick_world, b"\xff\x20\x03abc", b"\xff\x40\x03abc")
    answer = reader.open("/cards/card-2")
    assert answer.status_code == 200
    assert "見本" not in answer.text
    assert "利用者証明用電子証明書" in answer.text
    assert reader.open("/cards/card-2/back").status_code == 409


def test_a_blank_card_has_nothing_on_it(quick_world: World, reader: Reader) -> None:
    with quick_world.citizen.database.begin() as tx:
        blank = Card.blank(card_issuer_key(quick_world.citizen, "card-2"))
        tx.session.get_one(CardRow, "card-2").image = blank.dump()
    assert printed.front_of(quick_world.citizen, "card-2") is None
    assert "まだ何も印刷されていません" in reader.open("/cards/card-2/back").text
