"""The secure element of a phone: the card's machine with the phone's token, JPKI alone, both certificates guarded."""

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tegata.card import Card, CardClient, CardError, CardImageRefused, Personaliser
from tegata.card.files import APPLICATIONS, FILES_OF, PHONE_JPKI, DataFile, KeyFile, PinFile
from tegata.card.state import MAGIC, Pin, dump, load
from tests.card.support import ISSUER_KEY, JPKI_AID, PINS, RESIDENT_CODE, Keys, ask, personalised, select, verify

KEYS = Keys()
OTHERS = sorted(aid.hex() for aid in APPLICATIONS if aid != PHONE_JPKI.aid)


def phone() -> Card:
    """A phone with both certificates, locked."""
    card = Card.blank(ISSUER_KEY, kind="phone")
    app = Personaliser(card.transmit, ISSUER_KEY)
    app.authenticate()
    app.install_key("auth", KEYS.auth)
    app.install_key("sign", KEYS.sign)
    app.write_certificate("auth", KEYS.auth_certificate)
    app.write_certificate("sign", KEYS.sign_certificate)
    app.set_pin("auth", PINS["auth"])
    app.set_pin("sign", PINS["sign"])
    card.reset()
    return card


@pytest.mark.rule("SP-01")
def test_a_phone_signs_with_both_keys_as_a_card_does() -> None:
    ours, card = CardClient(phone().transmit), CardClient(personalised(KEYS).transmit)
    assert ours.token_info() == "JPKIAPGPSETOKEN"
    assert card.token_info() == "JPKIAPICCTOKEN2"
    for which in ("auth", "sign"):
        assert ours.sign(which, PINS[which], b"x") == card.sign(which, PINS[which], b"x")


@pytest.mark.rule("SP-01")
def test_a_phones_auth_certificate_is_read_after_its_pin_and_a_cards_freely(keys: Keys) -> None:
    assert CardClient(personalised(keys).transmit).read_certificate("auth")
    card = phone()
    reader = CardClient(card.transmit)
    with pytest.raises(CardError) as refused:
        reader.read_certificate("auth")
    assert refused.value.sw == 0x6982
    select(card, JPKI_AID)
    verify(card, "001B", PINS["sign"])
    ask(card, "00A4020C02000A")
    assert ask(card, "00B0000004") == "6982"  # the password opens the other certificate only
    assert reader.read_certificate("auth", PINS["auth"]) is not None


@pytest.mark.parametrize("aid", OTHERS)
def test_a_phone_has_no_other_application(aid: str) -> None:
    assert ask(phone(), f"00A4040C0A{aid}") == "6A82"
    with pytest.raises(CardError) as refused:
        Personaliser(phone().transmit, ISSUER_KEY).write_resident_code(RESIDENT_CODE)
    assert refused.value.sw == 0x6A82


def test_whether_a_certificate_is_there_is_seen_without_a_pin() -> None:
    card = phone()
    assert CardClient(card.transmit).has_certificate("sign")
    app = Personaliser(card.transmit, ISSUER_KEY)
    app.authenticate()
    app.erase_certificate("sign")
    card.reset()
    client = CardClient(card.transmit)
    assert (client.has_certificate("sign"), client.has_certificate("auth")) == (False, True)
    assert client.pin_tries("sign") == 5
    with pytest.raises(CardError):
        CardClient(lambda _: b"\x6f\x00").has_certificate("sign")


def test_a_phones_image_is_a_phones_again_and_holds_nothing_else() -> None:
    image = load(phone().dump())
    assert image.kind == "phone"
    assert CardClient(Card.load(dump(image)).transmit).token_info() == "JPKIAPGPSETOKEN"
    text_pin = next(key for key, file in FILES_OF["card"].items() if isinstance(file, PinFile) and key >> 16 == 2)
    image.pins[text_pin] = Pin(b"1234", 3)
    with pytest.raises(CardImageRefused, match="no card can hold this"):
        load(dump(image))


def test_an_image_from_before_there_were_phones_is_a_cards() -> None:
    image = load(personalised(KEYS).dump())
    fields = msgspec.msgpack.decode(dump(image)[len(MAGIC) :], strict=False)
    assert fields.pop() == "card"
    old = MAGIC + msgspec.msgpack.encode(fields)
    assert load(old) == image
    with pytest.raises(CardImageRefused):
        load(MAGIC + msgspec.msgpack.encode([*fields, "watch"]))


class PhoneModel(RuleBasedStateMachine):
    """A reader, sometimes with the PINs, against a model of what a phone lets it see."""

    @initialize()
    def take_in_hand(self) -> None:
        self.card = phone()
        self.before = load(self.card.dump())
        self.tries = {key: pin.tries for key, pin in self.before.pins.items()}
        self.forget()

    def forget(self) -> None:
        self.selected = False
        self.file: int | None = None
        self.proven: set[int] = set()

    def send(self, apdu: bytes) -> tuple[bytes, int]:
        response = self.card.transmit(apdu)
        return response[:-2], int.from_bytes(response[-2:])

    @rule(aid=st.sampled_from(sorted(APPLICATIONS)))
    def select_application(self, aid: bytes) -> None:
        _, sw = self.send(b"\x00\xa4\x04\x0c\x0a" + aid)
        assert sw == (0x9000 if aid == PHONE_JPKI.aid else 0x6A82)
        if sw == 0x9000:
            self.forget()
            self.selected = True

    @rule(identifier=st.sampled_from(sorted(PHONE_JPKI.files)))
    def select_file(self, identifier: int) -> None:
        _, sw = self.send(b"\x00\xa4\x02\x0c\x02" + identifier.to_bytes(2))
        found = self.selected and self.before.holds(PHONE_JPKI.files[identifier])
        assert sw == (0x9000 if found else 0x6A82)
        if found:
            self.file = PHONE_JPKI.files[identifier].key

    @rule(right=st.booleans(), wrong=st.sampled_from([b"0000", b"WRONG1", b"1", bytes(16)]))
    def verify(self, right: bool, wrong: bytes) -> None:
        file = FILES_OF["phone"].get(self.file or 0)
        pin = self.before.pins[file.key].value if isinstance(file, PinFile) and right else wrong
        _, sw = self.send(bytes((0, 0x20, 0, 0x80, len(pin))) + pin)
        if not isinstance(file, PinFile):
            assert sw in (0x6981, 0x6986)
        elif self.tries[file.key] == 0:
            assert sw == 0x6984
        elif right:
            assert sw == 0x9000
            self.tries[file.key] = file.tries
            self.proven.add(file.key)
        else:
            self.tries[file.key] -= 1
            self.proven.discard(file.key)
            assert sw == 0x63C0 + self.tries[file.key]

    @rule(offset=st.integers(0, 900))
    def read(self, offset: int) -> None:
        data, sw = self.send(bytes((0, 0xB0, offset >> 8, offset & 0xFF, 16)))
        file = FILES_OF["phone"].get(self.file or 0)
        if isinstance(file, DataFile) and (not file.read or file.read & self.proven):
            assert data == self.before.data[file.key][offset : offset + 16]
        else:
            assert data == b""
            assert sw in (0x6981, 0x6982, 0x6986)

    @rule()
    def sign(self) -> None:
        info = bytes.fromhex("3031300D060960864801650304020105000420") + bytes(32)
        data, sw = self.send(b"\x80\x2a\x00\x80\x33" + info + b"\x00")
        file = FILES_OF["phone"].get(self.file or 0)
        may = isinstance(file, KeyFile) and file.pin in self.proven
        assert (sw == 0x9000) == may == (len(data) == 256)

    @rule(through_image=st.booleans())
    def reset(self, through_image: bool) -> None:
        self.card = Card.load(self.card.dump()) if through_image else self.card
        self.card.reset()
        self.forget()

    @invariant()
    def nothing_changes_but_tries(self) -> None:
        if hasattr(self, "card"):
            image = load(self.card.dump())
            assert (image.data, image.keys, image.kind) == (self.before.data, self.before.keys, "phone")
            assert {key: pin.tries for key, pin in image.pins.items()} == self.tries


TestPhoneModel = PhoneModel.TestCase
TestPhoneModel.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
