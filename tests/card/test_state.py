import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.card import Behaviour, Card, CardClient, CardImageRefused
from tegata.card.files import FILES, KeyFile, PinFile
from tegata.card.state import MAGIC, Image, Pin, dump, load
from tests.card.support import ISSUER_KEY, JPKI_AID, PINS, Keys, ask, personalised, select, verify

SIGN_PASSWORD = 0x1001B
AUTH_KEY = 0x10017
TOKEN_INFO = 0x10006


def image(**changes: object) -> Image:
    return msgspec.structs.replace(Image(ISSUER_KEY, Behaviour(), {TOKEN_INFO: b"x"}, {}, {}), **changes)


def test_a_card_comes_back_from_its_image(keys: Keys) -> None:
    behaviour = Behaviour(blocked_status=0x6983, pins_survive_reselect=True)
    card = personalised(keys, behaviour)
    select(card, JPKI_AID)
    verify(card, "0018", "0000")
    loaded = Card.load(card.dump())
    assert loaded.dump() == card.dump()
    client = CardClient(loaded.transmit)
    assert client.pin_tries("auth") == 2
    assert client.sign("sign", PINS["sign"], b"x") == CardClient(card.transmit).sign("sign", PINS["sign"], b"x")


def test_an_image_holds_no_session(card: Card) -> None:
    before = card.dump()
    select(card, JPKI_AID)
    verify(card, "001B", PINS["sign"])
    assert card.dump() == before
    loaded = Card.load(before)
    assert ask(loaded, "00B0000001") == "6986"


def test_equal_images_are_equal_bytes() -> None:
    one = image(data={0x10006: b"a", 0x1000A: b"b"})
    other = image(data={0x1000A: b"b", 0x10006: b"a"})
    assert dump(one) == dump(other)


def test_an_image_is_compact(card: Card, keys: Keys) -> None:
    certificates = 2 * (len(keys.auth_certificate) + len(keys.sign_certificate))
    assert len(card.dump()) < certificates + 2 * 1200 + 1200


def test_every_cut_of_an_image_is_refused(card: Card) -> None:
    dumped = card.dump()
    for size in range(0, len(dumped), 97):
        with pytest.raises(CardImageRefused):
            Card.load(dumped[:size])
    with pytest.raises(CardImageRefused):
        Card.load(dumped + b"\0")


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer_key": b"short"},
        {"data": {0x10099: b"no such file"}},
        {"data": {AUTH_KEY: b"a key is no data"}},
        {"data": {TOKEN_INFO: b""}},
        {"data": {TOKEN_INFO: bytes(0x8000)}},
        {"keys": {TOKEN_INFO: b"no key file"}},
        {"pins": {TOKEN_INFO: Pin(b"ABC123", 1)}},
        {"pins": {SIGN_PASSWORD: Pin(b"ABC123", 6)}},
        {"pins": {SIGN_PASSWORD: Pin(b"ABC123", -1)}},
        {"pins": {SIGN_PASSWORD: Pin(b"abc123", 5)}},
    ],
)
def test_an_image_that_no_card_can_have_is_refused(changes: dict[str, object]) -> None:
    load(dump(image()))
    with pytest.raises(CardImageRefused, match="no card can hold this"):
        load(dump(image(**changes)))


def test_an_image_of_another_version_is_refused() -> None:
    with pytest.raises(CardImageRefused, match="version"):
        load(b"TGC\x02" + dump(image())[len(MAGIC) :])


def test_a_broken_key_in_an_image_can_not_sign(keys: Keys) -> None:
    broken = load(personalised(keys).dump())
    broken.keys[AUTH_KEY] = b"\x30\x00"
    card = Card.load(dump(broken))
    select(card, JPKI_AID)
    verify(card, "0018", PINS["auth"])
    ask(card, "00A4020C020017")
    assert ask(card, "802A0080333031300D060960864801650304020105000420" + "00" * 32 + "00") == "6F00"


@given(st.binary(max_size=200))
def test_any_bytes_are_an_image_or_refused(data: bytes) -> None:
    with pytest.raises(CardImageRefused):
        Card.load(MAGIC + data)


def test_each_file_key_is_of_one_application() -> None:
    assert len(FILES) == len({file.key for file in FILES.values()})
    for file in FILES.values():
        if isinstance(file, KeyFile):
            assert isinstance(FILES[file.pin], PinFile)
            assert file.pin >> 16 == file.key >> 16
