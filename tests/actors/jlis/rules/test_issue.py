"""Who gets a certificate, for which key, and until when."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.jlis.rules.issue import Applicant, check_age, grant, read_public_key
from tegata.japan.dates import JST
from tegata.wire.certificates import KEY_NOT_ACCEPTED, NOT_RESIDENT, TOO_YOUNG
from tegata.wire.problems import INVALID, ProblemType, Refused
from tests.actors.jlis.world import private_key

AT = datetime(2023, 9, 25, 10, 0, 0, 500, tzinfo=JST)
ADULT = Applicant("1980-02-17", "131016", ended=False)
CARD_END = date(2033, 2, 17)


def refusal(applicant: Applicant | None, usage: Any = "sign", **changes: Any) -> ProblemType:
    given_ = {"municipality_code": "131016", "card_expires_on": CARD_END, "at": AT} | changes
    with pytest.raises(Refused) as refused:
        grant(applicant, usage, **given_)
    return refused.value.type


def test_valid_to_the_end_of_the_fifth_birthday() -> None:
    validity = grant(ADULT, "sign", "131016", CARD_END, AT)
    assert validity.not_before == AT.replace(microsecond=0)
    assert validity.not_after == datetime(2028, 2, 17, 23, 59, 59, tzinfo=JST)


def test_never_longer_than_the_card() -> None:
    validity = grant(ADULT, "auth", "131016", date(2024, 1, 5), AT)
    assert validity.not_after == datetime(2024, 1, 5, 23, 59, 59, tzinfo=JST)


def test_no_certificate_for_a_card_that_has_ended() -> None:
    assert refusal(ADULT, card_expires_on=date(2023, 9, 24)) is INVALID


def test_on_its_last_day_a_card_still_gets_one() -> None:
    assert grant(ADULT, "sign", "131016", AT.date(), AT).not_after.date() == AT.date()


@pytest.mark.parametrize(
    "applicant",
    [None, Applicant("1980-02-17", "131016", ended=True), Applicant("1980-02-17", "131130", ended=False)],
    ids=["unknown", "ended", "of another municipality"],
)
def test_only_residents_of_the_applying_municipality(applicant: Applicant | None) -> None:
    assert refusal(applicant) is NOT_RESIDENT


def test_a_signature_certificate_from_fifteen() -> None:
    day_before = Applicant("2008-09-26", "131016", ended=False)
    assert refusal(day_before) is TOO_YOUNG
    assert grant(day_before, "auth", "131016", CARD_END, AT)
    assert grant(Applicant("2008-09-25", "131016", ended=False), "sign", "131016", CARD_END, AT)


def test_the_day_is_that_of_japan() -> None:
    """15:30 UTC on the 25th is the 26th in Japan."""
    at = datetime.fromisoformat("2023-09-25T15:30:00+00:00")
    assert grant(Applicant("2008-09-26", "131016", ended=False), "sign", "131016", CARD_END, at)


def test_no_age_without_a_year_of_birth() -> None:
    assert refusal(Applicant("0000-00-00", "131016", ended=False)) is TOO_YOUNG


@given(st.dates(date(1990, 1, 1), date(2023, 9, 25)), st.dates(date(2023, 1, 1), date(2040, 1, 1)))
def test_nobody_under_fifteen_whatever_the_day(born: date, day: date) -> None:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=JST)
    try:
        check_age(born.isoformat(), "sign", at)
        old_enough = True
    except Refused:
        old_enough = False
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    assert old_enough == (years >= 15)


def test_a_key_of_the_profile_is_taken() -> None:
    assert read_public_key(_der(private_key().public_key())) == private_key().public_key()


def _der(key: Any) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def _modulus(bits: int, exponent: int) -> Any:
    return rsa.RSAPublicNumbers(exponent, (1 << (bits - 1)) + 12345 * 2 + 1).public_key()


@pytest.mark.parametrize(
    ("der", "cause"),
    [
        (b"", "unreadable"),
        (b"\x30\x03\x02\x01\x01", "unreadable"),
        (b"\xff" * 300, "unreadable"),
        (_der(ec.generate_private_key(ec.SECP256R1()).public_key()), "not-rsa"),
        (_der(ed25519.Ed25519PrivateKey.generate().public_key()), "not-rsa"),
        (_der(_modulus(3072, 65537)), "wrong-size-or-exponent"),
        (_der(_modulus(1024, 65537)), "wrong-size-or-exponent"),
        (_der(_modulus(2048, 3)), "wrong-size-or-exponent"),
    ],
    ids=["empty", "another element", "no DER", "P-256", "Ed25519", "3072 bits", "1024 bits", "exponent 3"],
)
def test_other_keys_are_not(der: bytes, cause: str) -> None:
    with pytest.raises(Refused) as refused:
        read_public_key(der)
    assert (refused.value.type, refused.value.detail) == (KEY_NOT_ACCEPTED, {"cause": cause})


@given(st.binary(max_size=400))
def test_hostile_bytes_are_refused_and_nothing_else(der: bytes) -> None:
    with pytest.raises(Refused):
        read_public_key(der)


def test_times_are_whole_seconds() -> None:
    assert grant(ADULT, "sign", "131016", CARD_END, AT + timedelta(microseconds=7)).not_before.microsecond == 0
