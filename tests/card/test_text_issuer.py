import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from tegata.card import Card, CardClient, CardContentRefused, Personaliser, TextIssuer, tlv
from tegata.card.text_issuer import key_id_of, read_certificate, read_information
from tests.card.support import FOUR, MY_NUMBER, PINS, TEXT_AID, Keys, ask, select


def issuer_with(key: rsa.RSAPrivateKey) -> TextIssuer:
    return TextIssuer(key.public_key(), lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA256()))


@pytest.fixture
def issuer(keys: Keys) -> TextIssuer:
    """One who signs texts (with a key of the tests, to make none)."""
    return issuer_with(keys.auth)


@pytest.fixture
def signed(counter: Personaliser, card: Card, issuer: TextIssuer) -> Card:
    """A card whose texts are signed."""
    counter.write_text(FOUR, MY_NUMBER, sign=issuer.sign)
    counter.write_text_issuer(issuer.information, issuer.certificate)
    return card


def test_a_reader_learns_who_signed_the_texts(signed: Card, keys: Keys) -> None:
    client = CardClient(signed.transmit)
    assert client.check_text(PINS["text"]) == keys.auth.public_key()
    assert client.text_information().key_id == key_id_of(keys.auth.public_key())


def test_the_files_have_the_length_that_clients_read(issuer: TextIssuer) -> None:
    assert len(issuer.certificate) == 568
    assert len(issuer.information) == 256
    assert issuer.information.startswith(bytes.fromhex("FF401A DF4104") + b"TGT\x01" + bytes.fromhex("DF4210"))
    assert issuer.information.endswith(b"\xff" * 200)


def test_texts_that_were_changed_afterwards_are_seen(signed: Card, counter: Personaliser, issuer: TextIssuer) -> None:
    stale = issuer.sign(b"another")
    counter.write_text(FOUR, "987654321098", sign=lambda _: stale)
    with pytest.raises(CardContentRefused, match="not signed by this key"):
        CardClient(signed.transmit).check_text(PINS["text"])


def test_a_text_that_was_written_without_its_signature_is_seen(signed: Card) -> None:
    select(signed, TEXT_AID, "0001")
    assert ask(signed, "00D60003 01 39") == "9000"
    with pytest.raises(CardContentRefused, match="another content"):
        CardClient(signed.transmit).check_text(PINS["text"])


def test_a_certificate_of_another_key_than_the_named_one_is_seen(
    signed: Card, counter: Personaliser, keys: Keys, issuer: TextIssuer
) -> None:
    counter.write_text_issuer(issuer.information, issuer_with(keys.sign).certificate)
    with pytest.raises(CardContentRefused, match="not the one that is named"):
        CardClient(signed.transmit).check_text(PINS["text"])


def test_a_certificate_that_was_altered_is_refused(issuer: TextIssuer) -> None:
    for at in range(0, len(issuer.certificate), 7):
        broken = bytearray(issuer.certificate)
        broken[at] ^= 0x01
        with pytest.raises(CardContentRefused):
            read_certificate(bytes(broken))


@pytest.mark.parametrize(
    "fields",
    [
        [(0xDF41, b"TGT\x01")],
        [(0xDF41, b"TGT"), (0xDF42, bytes(16))],
        [(0xDF41, b"TGT\x01"), (0xDF42, bytes(15))],
        [(0xDF41, b"TGT\x01"), (0xDF42, bytes(16)), (0xDF42, bytes(16))],
    ],
)
def test_broken_information_is_refused(fields: list[tuple[int, bytes]]) -> None:
    with pytest.raises(CardContentRefused, match="basic information"):
        read_information(tlv.encode(0xFF40, b"".join(tlv.encode(*field) for field in fields)))


@given(data=st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for content in (data, tlv.encode(0xFF40, data), tlv.encode(0x7F21, data)):
        for read in (read_information, read_certificate):
            with pytest.raises(CardContentRefused):
                read(content)
