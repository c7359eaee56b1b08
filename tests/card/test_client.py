from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tegata.card import (
    Behaviour,
    Card,
    CardClient,
    CardContentRefused,
    CardError,
    CardFailure,
    MalformedPin,
    Personaliser,
    PinBlocked,
    WrongPin,
)
from tegata.card.contents import four_attributes_file, my_number_file
from tegata.card.files import KeyName, PinName
from tests.card.support import CARD_NUMBER, FOUR, MY_NUMBER, PINS, RESIDENT_CODE, Keys, personalised


@pytest.fixture(params=[False, True], ids=["short", "extended"])
def either(card: Card, request: pytest.FixtureRequest) -> CardClient:
    return CardClient(card.transmit, extended=request.param)


def test_certificates_are_those_written(either: CardClient, keys: Keys) -> None:
    assert either.read_certificate("auth").public_key() == keys.auth.public_key()
    assert either.read_certificate("auth-ca").public_key() == keys.auth.public_key()
    assert either.read_certificate("sign-ca").public_key() == keys.sign.public_key()
    assert either.read_certificate("sign", PINS["sign"]).public_key() == keys.sign.public_key()


def test_the_sign_certificate_needs_the_sign_password(client: CardClient) -> None:
    client.read_certificate("sign", PINS["sign"])
    with pytest.raises(CardError) as caught:
        client.read_certificate("sign")
    assert caught.value.sw == 0x6982
    with pytest.raises(MalformedPin):
        client.read_certificate("sign", PINS["auth"])


@pytest.mark.parametrize("which", ["auth", "sign"])
def test_signatures_verify(either: CardClient, keys: Keys, which: KeyName) -> None:
    signature = either.sign(which, PINS[which], b"what the citizen agrees to")
    key = keys.auth if which == "auth" else keys.sign
    key.public_key().verify(signature, b"what the citizen agrees to", padding.PKCS1v15(), hashes.SHA256())


def test_the_text_files_come_back(either: CardClient) -> None:
    assert either.my_number(PINS["text"]) == MY_NUMBER
    assert either.text_attributes(PINS["text"]) == FOUR
    signature = either.text_signature(PINS["text"])
    assert signature.signature == signature.signed.ljust(256, b"s")


def test_the_check_numbers_open_one_text_file_each(client: CardClient) -> None:
    assert client.my_number(MY_NUMBER, "text-a") == MY_NUMBER
    assert client.text_attributes(PINS["text-b"], "text-b") == FOUR
    with pytest.raises(CardError):
        client.text_attributes(MY_NUMBER, "text-a")
    with pytest.raises(CardError):
        client.my_number(PINS["text-b"], "text-b")


def test_a_pin_of_another_application_opens_nothing_here(client: CardClient) -> None:
    with pytest.raises(MalformedPin):
        client.my_number(PINS["auth"], "auth")


def test_the_other_applications_are_read(client: CardClient) -> None:
    assert client.token_info() == "JPKIAPICCTOKEN2"
    assert client.card_number() == CARD_NUMBER
    assert client.resident_code(PINS["resident-register"]) == RESIDENT_CODE


@pytest.mark.parametrize("which", PINS)
def test_right_and_wrong_pins(client: CardClient, which: PinName) -> None:
    full = client.pin_tries(which)
    wrong = PINS[which][:-1] + ("0" if PINS[which][-1] != "0" else "1")
    for left in reversed(range(full)):
        with pytest.raises(WrongPin) as caught:
            client.verify_pin(which, wrong)
        assert caught.value.tries_left == client.pin_tries(which) == left
    with pytest.raises(PinBlocked):
        client.verify_pin(which, PINS[which])


def test_a_pin_blocked_with_6983_is_blocked_as_well(keys: Keys) -> None:
    client = CardClient(personalised(keys, Behaviour(blocked_status=0x6983)).transmit)
    for _ in range(3):
        with pytest.raises(WrongPin):
            client.sign("auth", "0000", b"")
    with pytest.raises(PinBlocked):
        client.sign("auth", "1234", b"")


def test_a_proven_pin_has_all_its_tries(keys: Keys) -> None:
    behaviour = Behaviour(status_of_proven_pin="ok", pins_survive_reselect=True)
    client = CardClient(personalised(keys, behaviour).transmit)
    client.verify_pin("sign", PINS["sign"])
    assert client.pin_tries("sign") == 5


@pytest.mark.parametrize(
    ("which", "pin"), [("auth", "123"), ("auth", "１２３４"), ("sign", "abc123"), ("sign", "ABC12")]
)
def test_a_pin_that_can_not_be_right_uses_no_try(client: CardClient, which: KeyName, pin: str) -> None:
    with pytest.raises(MalformedPin):
        client.sign(which, pin, b"")
    assert client.pin_tries(which) == {"auth": 3, "sign": 5}[which]


def test_a_pin_is_changed_by_its_holder(client: CardClient) -> None:
    client.change_pin("auth", "1234", "9876")
    client.verify_pin("auth", "9876")
    with pytest.raises(WrongPin):
        client.change_pin("auth", "1234", "1111")
    with pytest.raises(MalformedPin):
        client.change_pin("auth", "9876", "11111")
    assert client.pin_tries("auth") == 2


def test_a_certificate_that_was_taken_off_is_not_found(card: Card, client: CardClient, counter: Personaliser) -> None:
    counter.erase_certificate("sign")
    for _ in range(2):
        with pytest.raises(CardError) as caught:
            client.read_certificate("sign", PINS["sign"])
        assert caught.value.sw == 0x6A82
        card.reset()


def test_a_blank_card_has_no_certificate_and_no_pin(blank: Card) -> None:
    client = CardClient(blank.transmit)
    for ask in (lambda: client.read_certificate("auth"), lambda: client.pin_tries("auth")):
        with pytest.raises(CardError) as caught:
            ask()
        assert caught.value.sw == 0x6A82


def test_files_of_other_content_are_refused(client: CardClient, counter: Personaliser) -> None:
    counter.write_certificate("auth", b"\x30\x03abc")
    with pytest.raises(CardContentRefused, match="auth certificate"):
        client.read_certificate("auth")
    counter.write_certificate("auth", b"\x30\x82\x05\x00cut short")
    with pytest.raises(CardContentRefused):
        client.read_certificate("auth")
    counter.write_certificate("auth", b"\x30")
    with pytest.raises(CardContentRefused, match="malformed"):
        client.read_certificate("auth")
    counter.write_card_number("")
    with pytest.raises(CardContentRefused):
        client.card_number()


def answers(*responses: str) -> CardClient:
    """A client before a card that gives these answers, the last one for ever."""
    queue: Iterator[str] = iter(responses)
    last = responses[-1]
    return CardClient(lambda apdu: bytes.fromhex(next(queue, last)))


@pytest.mark.parametrize(
    ("responses", "sw"),
    [
        (("",), 0),
        (("90",), 0),
        (("6F00",), 0x6F00),
        (("9000", "9000", "6100"), 0x6100),
        (("9000", "9000", "61FF", "AA" * 255 + "61FF"), 0x61FF),
        (("9000", "9000", "9000"), 0x9000),
        (("9000", "9000", "6C20", "6C20"), 0x6C20),
    ],
)
def test_a_card_that_misbehaves_is_an_error_and_no_endless_wait(responses: tuple[str, ...], sw: int) -> None:
    with pytest.raises(CardError) as caught:
        answers(*responses).read_certificate("auth")
    assert caught.value.sw == sw


@pytest.mark.parametrize(
    "response", ["9000", "AABB9000", "FF10059000", "FF1002AABB9000", "FF100C" + "41" * 12 + "9000"]
)
def test_odd_content_is_a_card_failure(response: str) -> None:
    with pytest.raises(CardFailure):
        answers("9000", "9000", "9000", "9000", response).my_number("1234")


def test_the_signature_covers_both_text_files(client: CardClient) -> None:
    signature = client.text_signature(PINS["text"])
    digest = hashes.Hash(hashes.SHA256())
    digest.update(my_number_file(MY_NUMBER))
    assert signature.my_number_digest == digest.finalize()
    digest = hashes.Hash(hashes.SHA256())
    digest.update(four_attributes_file(FOUR))
    assert signature.attributes_digest == digest.finalize()


def test_every_failure_says_what_happened_and_what_to_do_in_two_languages() -> None:
    failures = [CardFailure, *subclasses(CardFailure)]
    assert len({failure.code for failure in failures}) == len(failures)
    for failure in failures:
        assert failure.ja.endswith("。")
        assert failure.next_ja.endswith("。")
        assert failure.en.endswith(".")
        assert failure.next_en.endswith(".")


def subclasses(of: type[CardFailure]) -> Iterator[type[CardFailure]]:
    for subclass in of.__subclasses__():
        yield subclass
        yield from subclasses(subclass)
