import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tegata.card import Card, CardClient, CardContentRefused, CardError, MalformedPin, Personaliser, Recorder, WrongPin
from tegata.card.personalise import read_public_key
from tests.card.support import BACK, FOUR, FRONT, ISSUER_KEY, MY_NUMBER, PINS, Keys, ask, authenticate, select, verify


def everything(counter: Personaliser, keys: Keys) -> None:
    """All that writes, once."""
    counter.install_key("auth", keys.auth)
    counter.install_key("sign", keys.sign)
    counter.write_certificate("auth", keys.auth_certificate)
    counter.write_certificate("sign", keys.sign_certificate)
    for which, pin in PINS.items():
        counter.set_pin(which, pin)
    counter.write_text(FOUR, MY_NUMBER)
    counter.write_visual(FRONT, BACK)
    counter.erase_certificate("auth-ca")


def test_short_commands_extended_ones_and_a_batch_write_the_same_card(keys: Keys) -> None:
    cards = [Card.blank(ISSUER_KEY) for _ in range(3)]
    for card in cards:
        authenticate(card)
    everything(Personaliser(cards[0].transmit, ISSUER_KEY), keys)
    everything(Personaliser(cards[1].transmit, ISSUER_KEY, extended=False), keys)
    recorder = Recorder()
    everything(Personaliser(recorder, ISSUER_KEY), keys)
    assert {cards[2].transmit(command) for command in recorder.commands} == {b"\x90\x00"}
    assert cards[0].dump() == cards[1].dump() == cards[2].dump()


def test_without_extended_commands_none_is_longer_than_a_short_one(keys: Keys) -> None:
    recorder = Recorder()
    everything(Personaliser(recorder, ISSUER_KEY, extended=False), keys)
    assert max(map(len, recorder.commands)) == 4 + 1 + 255


@pytest.mark.parametrize("extended", [False, True])
def test_a_key_made_on_the_card_signs(card: Card, extended: bool) -> None:
    counter = Personaliser(card.transmit, ISSUER_KEY, extended=extended)
    counter.authenticate()
    public_key = counter.generate_key("sign")
    assert counter.public_key("sign") == public_key
    signature = CardClient(card.transmit).sign("sign", PINS["sign"], b"x")
    public_key.verify(signature, b"x", padding.PKCS1v15(), hashes.SHA256())


def test_a_new_key_takes_the_place_of_a_used_one(card: Card, counter: Personaliser, keys: Keys) -> None:
    client = CardClient(card.transmit)
    client.sign("auth", PINS["auth"], b"x")
    counter.install_key("auth", keys.sign)
    signature = CardClient(card.transmit).sign("auth", PINS["auth"], b"x")
    keys.sign.public_key().verify(signature, b"x", padding.PKCS1v15(), hashes.SHA256())


def test_a_shorter_certificate_leaves_nothing_of_a_longer_one(counter: Personaliser, card: Card) -> None:
    counter.write_certificate("auth", b"\x30\x82" + bytes(1500))
    counter.write_certificate("auth", b"\x30\x03abc")
    select(card, "D392F000260100000001", "000A")
    assert ask(card, "00B0000000") == "3003616263" + "9000"


def test_texts_written_again_without_a_signature_have_no_old_one(counter: Personaliser, card: Card) -> None:
    counter.write_text(FOUR, MY_NUMBER)
    card.reset()
    with pytest.raises(CardError) as caught:
        CardClient(card.transmit).text_signature(PINS["text"])
    assert caught.value.sw == 0x6A82


def test_the_front_alone_can_be_renewed(counter: Personaliser, card: Card) -> None:
    counter.write_visual(b"\xff\x20\x01a")
    select(card, "D3921000310001010402")
    assert verify(card, "0013", MY_NUMBER) == "9000"
    for file, content in (("0002", b"\xff\x20\x01a"), ("0005", BACK)):
        assert ask(card, f"00A4020C02{file}") == "9000"
        assert ask(card, "00B0000000") == content.hex().upper() + "9000"


def test_a_blocked_pin_is_unblocked_with_a_new_value(counter: Personaliser, card: Card) -> None:
    client = CardClient(card.transmit)
    for _ in range(5):
        with pytest.raises(WrongPin):
            client.verify_pin("sign", "WRONG1")
    counter = Personaliser(card.transmit, ISSUER_KEY)
    counter.unblock("sign", "RIGHT2")
    client.verify_pin("sign", "RIGHT2")
    assert client.pin_tries("sign") == 5


def test_a_pin_of_the_wrong_form_is_not_sent(counter: Personaliser, card: Card) -> None:
    before = card.dump()
    with pytest.raises(MalformedPin):
        counter.set_pin("sign", "lower1")
    assert card.dump() == before


def test_a_reader_between_two_operations_does_not_lead_the_counter_astray(counter: Personaliser, card: Card) -> None:
    client = CardClient(card.transmit)
    counter.write_card_number("A1")
    assert client.my_number(PINS["text"]) == MY_NUMBER
    counter.write_card_number("B2")
    assert (client.my_number(PINS["text"]), client.card_number()) == (MY_NUMBER, "B2")


def test_a_card_that_answers_the_key_with_another_status_is_an_error(blank: Card) -> None:
    def transmit(apdu: bytes) -> bytes:
        return b"\x6d\x00" if apdu[1] == 0x82 else blank.transmit(apdu)

    with pytest.raises(CardError) as caught:
        Personaliser(transmit, ISSUER_KEY).authenticate()
    assert caught.value.sw == 0x6D00


@pytest.mark.parametrize("encoded", ["", "7F4900", "7F4903820103", "7F49078101038203010001", "8101FF", "7F4905"])
def test_an_odd_public_key_is_refused(encoded: str) -> None:
    with pytest.raises(CardContentRefused, match="public key"):
        read_public_key(bytes.fromhex(encoded))
