"""The issuer's commands: nothing works without its key, and even with it nothing protected can be read."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tegata.card import Card, CardError, NotAuthorised, Personaliser, tlv
from tegata.card.issuing import issuer_response
from tegata.card.personalise import read_public_key
from tegata.card.signing import key_der
from tests.card.support import COMMON_AID, ISSUER_KEY, JPKI_AID, PINS, TEXT_AID, Keys, ask, authenticate, select, verify


def altered(key: rsa.RSAPrivateKey, **changes: int) -> bytes:
    """The DER of a key with some of its numbers changed (PKCS#1 order), written by hand: no library would."""
    numbers = key.private_numbers()
    fields = {
        "version": 0,
        "n": numbers.public_numbers.n,
        "e": numbers.public_numbers.e,
        "d": numbers.d,
        "p": numbers.p,
        "q": numbers.q,
        "dmp1": numbers.dmp1,
        "dmq1": numbers.dmq1,
        "iqmp": numbers.iqmp,
    }
    integers = (value.to_bytes(value.bit_length() // 8 + 1) for value in (fields | changes).values())
    return tlv.encode(0x30, b"".join(tlv.encode(0x02, integer) for integer in integers))


def put_key(card: Card, data: bytes) -> str:
    return card.transmit(bytes.fromhex("80D8000000") + len(data).to_bytes(2) + data).hex().upper()


# the issuer's session


def test_the_issuer_key_opens_the_session(card: Card) -> None:
    challenge = bytes.fromhex(ask(card, "0084000010")[:-4])
    assert len(challenge) == 16
    assert ask(card, f"0082000020{issuer_response(ISSUER_KEY, challenge).hex()}") == "9000"


def test_challenges_differ_and_come_from_the_given_source() -> None:
    card = Card.blank(ISSUER_KEY)
    assert ask(card, "0084000000") != ask(card, "0084000010")
    assert ask(Card.blank(ISSUER_KEY, random_bytes=lambda size: b"r" * size), "0084000010") == "72" * 16 + "9000"


@pytest.mark.parametrize("apdu", ["00840000", "0084000008", "0084000011"])
def test_a_challenge_of_another_length_is_corrected(card: Card, apdu: str) -> None:
    assert ask(card, apdu) == "6C10"


def test_another_key_is_refused(card: Card) -> None:
    with pytest.raises(NotAuthorised):
        authenticate(card, b"another key of 32 bytes, as long")


def test_an_answer_without_a_challenge_is_refused(card: Card) -> None:
    assert ask(card, "0082000020" + "00" * 32) == "6985"


def test_a_challenge_is_good_for_one_answer(card: Card) -> None:
    challenge = bytes.fromhex(ask(card, "0084000010")[:-4])
    right = issuer_response(ISSUER_KEY, challenge).hex()
    assert ask(card, "0082000020" + "00" * 32) == "6300"
    assert ask(card, f"0082000020{right}") == "6985"


def test_a_wrong_answer_ends_the_session(card: Card) -> None:
    authenticate(card)
    ask(card, "0084000010")
    assert ask(card, "008200000100") == "6300"
    select(card, COMMON_AID, "0001")
    assert ask(card, "00D6000001AA") == "6982"


@pytest.mark.parametrize(
    ("file", "apdu"),
    [
        ("000A", "00D6000001AA"),
        ("000A", "000E0000"),
        ("0018", "002C02800431323334"),
        ("0017", "00478000000000"),
        ("0017", "00478100000000"),
        ("0017", "80D8000001AA"),
    ],
)
def test_nothing_is_written_without_the_issuer(card: Card, file: str, apdu: str) -> None:
    before = card.dump()
    select(card, JPKI_AID)
    verify(card, "0018", PINS["auth"])
    verify(card, "001B", PINS["sign"])
    assert ask(card, f"00A4020C02{file}") == "9000"
    assert ask(card, apdu) == "6982"
    assert card.dump() == before


@pytest.mark.parametrize(("aid", "file"), [(JPKI_AID, "0001"), (TEXT_AID, "0001"), (TEXT_AID, "0002")])
def test_the_issuer_can_not_read_what_a_pin_protects(card: Card, aid: str, file: str) -> None:
    authenticate(card)
    select(card, aid, file)
    assert ask(card, "00B0000001") == "6982"


def test_the_issuer_can_not_sign(card: Card) -> None:
    authenticate(card)
    select(card, JPKI_AID, "001A")
    assert ask(card, "802A0080333031300D060960864801650304020105000420" + "00" * 32 + "00") == "6982"


# files


def test_a_file_grows_without_gaps_and_shrinks(card: Card) -> None:
    authenticate(card)
    select(card, COMMON_AID, "0001")
    ask(card, "000E0000")
    assert ask(card, "00B0000000") == "6A82"
    assert ask(card, "00D6000101AA") == "6B00"
    assert ask(card, "00D6000003AABBCC") == "9000"
    assert ask(card, "00D6000202DDEE") == "9000"
    assert ask(card, "00D6000101FF") == "9000"
    assert ask(card, "00B0000000") == "AAFFDDEE9000"
    assert ask(card, "000E0002") == "9000"
    assert ask(card, "00B0000000") == "AAFF9000"
    assert ask(card, "000E7FFF") == "9000"
    assert ask(card, "00B0000000") == "AAFF9000"


def test_a_file_that_was_erased_is_not_found_by_others(card: Card) -> None:
    authenticate(card)
    select(card, COMMON_AID, "0001")
    assert [ask(card, "000E0000"), ask(card, "000E0000")] == ["9000", "9000"]
    card.reset()
    select(card, COMMON_AID)
    assert ask(card, "00A4020C020001") == "6A82"


def test_a_file_has_a_largest_size(card: Card) -> None:
    authenticate(card)
    select(card, COMMON_AID, "0001")
    assert ask(card, "00D60000 00 7FFF" + "11" * 0x7FFF) == "9000"
    assert ask(card, "00D67FFF0111") == "6A84"
    assert ask(card, "00D60000 00 8000" + "11" * 0x8000) == "6A84"


def test_writing_nothing_is_refused(card: Card) -> None:
    authenticate(card)
    select(card, COMMON_AID, "0001")
    assert ask(card, "00D60000") == "6700"
    assert ask(card, "00D6800001AA") == ask(card, "000E8000") == "6A86"


# keys


def test_a_generated_key_is_rsa_2048_and_replaces_the_old(card: Card, keys: Keys) -> None:
    authenticate(card)
    select(card, JPKI_AID, "0017")
    generated = read_public_key(bytes.fromhex(ask(card, "0047800000 0000")[:-4]))
    assert generated.key_size == 2048
    assert generated.public_numbers().e == 65537
    assert generated.public_numbers() != keys.auth.public_key().public_numbers()
    assert read_public_key(bytes.fromhex(ask(card, "0047810000 0000")[:-4])) == generated


@pytest.mark.parametrize("apdu", ["00470000", "00478200", "00478001"])
def test_other_ways_to_generate_are_refused(card: Card, apdu: str) -> None:
    authenticate(card)
    select(card, JPKI_AID, "0017")
    assert ask(card, apdu) == "6A86"


def test_the_hand_written_key_is_a_right_one(card: Card, keys: Keys) -> None:
    authenticate(card)
    select(card, JPKI_AID, "0017")
    assert put_key(card, altered(keys.sign)) == "9000"


@pytest.mark.parametrize(
    "changes",
    [
        {"n": 2**2048 - 1},
        {"e": 3},
        {"d": 5},
        {"p": 7},
        {"q": 1},
        {"dmp1": 1},
        {"dmq1": 1},
        {"iqmp": 2},
        {"p": 0},
    ],
)
def test_a_key_whose_numbers_do_not_belong_together_is_refused(card: Card, keys: Keys, changes: dict[str, int]) -> None:
    authenticate(card)
    select(card, JPKI_AID, "0017")
    before = card.dump()
    assert put_key(card, altered(keys.sign, **changes)) == "6A80"
    assert card.dump() == before


def test_other_kinds_of_keys_are_refused(card: Card, keys: Keys) -> None:
    authenticate(card)
    select(card, JPKI_AID, "0017")
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    curve = ec.generate_private_key(ec.SECP256R1())
    curve_der = curve.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    for data in (key_der(small), curve_der, b"\x30\x00", key_der(keys.auth)[:-1], b"x" * 1200):
        assert put_key(card, data) == "6A80"


# PINs


def test_the_issuer_sets_a_blocked_pin_again(card: Card) -> None:
    select(card, JPKI_AID)
    for _ in range(3):
        verify(card, "0018", "0000")
    authenticate(card)
    assert ask(card, "00A4020C020018") == "9000"
    assert ask(card, "002C02800439383736") == "9000"
    assert [verify(card, "0018", "1234"), verify(card, "0018", "9876")] == ["63C2", "9000"]


def test_a_pin_that_was_set_again_is_not_proven_any_more(card: Card) -> None:
    authenticate(card)
    select(card, JPKI_AID)
    verify(card, "001B", PINS["sign"])
    ask(card, "002C028006" + b"XYZ789".hex())
    assert ask(card, "00A4020C020001") == "9000"
    assert ask(card, "00B0000001") == "6982"


@pytest.mark.parametrize("pin", ["", "123", "12345", "ABCD"])
def test_the_issuer_too_keeps_to_the_form(card: Card, pin: str) -> None:
    authenticate(card)
    select(card, JPKI_AID, "0018")
    lc = f"{len(pin):02X}" if pin else ""
    assert ask(card, f"002C0280{lc}{pin.encode().hex()}") == "6A80"


def test_the_personaliser_names_the_status_word(card: Card) -> None:
    with pytest.raises(CardError) as caught:
        Personaliser(card.transmit, ISSUER_KEY).set_pin("auth", "1234")
    assert caught.value.sw == 0x6982
