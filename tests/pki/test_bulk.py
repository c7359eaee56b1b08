"""Certificates in bulk are, byte for byte, those of the single case."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.japan.dates import JST, is_birth_date
from tegata.japan.four_attributes import FourAttributes
from tegata.japan.municipalities import all_municipalities
from tegata.pki.attributes import NotASignCertificate
from tegata.pki.authority import MAXIMUM_CARD_SERIAL, Authority
from tegata.pki.bulk import BulkIssuer
from tegata.pki.certificates import load_certificate
from tegata.pki.keys import PublicKey, SoftwareSigner, UnsuitableKey
from tegata.pki.profiles import MEDIA, USAGES, Medium, Usage
from tests.pki.support import AT, CHIYODA, TARO, URLS, authority, der_of, key

PLACES = all_municipalities()
ISSUERS = {(usage, medium): BulkIssuer(authority(usage), medium) for usage in USAGES for medium in MEDIA}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)
MOMENTS = st.datetimes(datetime(1951, 1, 1), datetime(2150, 1, 1), timezones=st.sampled_from([UTC, JST]))
KEYS = st.sampled_from(["holder", "another holder", "elliptic"])


ELLIPTIC = SoftwareSigner.generate_p256()


def spki(public_key: PublicKey) -> bytes:
    return public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def public(name: str) -> PublicKey:
    if name == "elliptic":
        return ELLIPTIC.public_key()
    return key(name).public_key()


@st.composite
def attributes(draw: st.DrawFn) -> FourAttributes:
    """Names and addresses of any characters; birth dates with unknown parts."""
    parts = draw(st.tuples(st.integers(0, 2100), st.integers(0, 12), st.integers(0, 31)))
    birth_date = "{:04}-{:02}-{:02}".format(*parts)
    return FourAttributes(
        name=draw(TEXT), address=draw(TEXT), gender=draw(st.sampled_from(["male", "female", "other"])),
        birth_date=birth_date if is_birth_date(birth_date) else "1980-02-17",
    )  # fmt: skip


def outcome(issue: object, *arguments: object) -> bytes | str:
    """What is issued, or which refusal."""
    try:
        made = issue(*arguments)  # type: ignore[operator]
    except NotASignCertificate as refused:
        return refused.code
    return made if isinstance(made, bytes) else der_of(made)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, MAXIMUM_CARD_SERIAL), KEYS, st.sampled_from(PLACES), MOMENTS, st.integers(0, 10**9),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=64), st.sampled_from(MEDIA),
    attributes(),
)  # fmt: skip
def test_the_bytes_are_those_of_the_single_case(
    serial: int, key_name: str, place: object, start: datetime, seconds: int, name: str, medium: Medium,
    four: FourAttributes,
) -> None:  # fmt: skip
    end = start + timedelta(seconds=seconds)
    public_key = public(key_name)
    assert outcome(ISSUERS["sign", medium].issue, serial, spki(public_key), place, start, end, name, four) == outcome(
        authority("sign").issue_sign, serial, public_key, four, place, start, end, name, medium
    )
    assert outcome(ISSUERS["auth", medium].issue, serial, spki(public_key), place, start, end, name) == outcome(
        authority("auth").issue_auth, serial, public_key, place, start, end, name, medium
    )


def test_an_authority_on_an_elliptic_curve_signs_too() -> None:
    root = Authority.create("auth", ELLIPTIC, at=AT, urls=URLS)
    made = BulkIssuer(root).issue(7, spki(public("holder")), CHIYODA, AT, AT.replace(year=2028), "X")
    certificate = load_certificate(made)
    certificate.verify_directly_issued_by(root.certificate)
    single = root.issue_auth(7, public("holder"), CHIYODA, AT, AT.replace(year=2028), "X")
    assert certificate.tbs_certificate_bytes == single.tbs_certificate_bytes


@pytest.mark.parametrize("usage", USAGES)
def test_attributes_and_usage_must_fit(usage: Usage) -> None:
    wrong = None if usage == "sign" else TARO
    with pytest.raises(ValueError, match="four attributes"):
        ISSUERS[usage, "card"].issue(1, spki(public("holder")), CHIYODA, AT, AT, "X", wrong)


@pytest.mark.parametrize("serial", [0, -1, MAXIMUM_CARD_SERIAL + 1])
def test_a_serial_out_of_bounds(serial: int) -> None:
    with pytest.raises(ValueError, match="serial number"):
        ISSUERS["auth", "card"].issue(serial, spki(public("holder")), CHIYODA, AT, AT, "X")


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (AT, AT - timedelta(seconds=1), "end before"),
        (AT.replace(tzinfo=None), AT.replace(tzinfo=None), "offset"),
        (AT.replace(year=1949), AT, "1950"),
    ],
)
def test_times_that_no_certificate_has(start: datetime, end: datetime, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ISSUERS["auth", "card"].issue(1, spki(public("holder")), CHIYODA, start, end, "X")


def test_a_key_that_no_profile_has() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    small = ec.generate_private_key(ec.SECP384R1()).public_key()
    with pytest.raises(UnsuitableKey):
        ISSUERS["auth", "card"].issue(1, spki(small), CHIYODA, AT, AT, "X")
    with pytest.raises(ValueError, match=r".+"):
        ISSUERS["auth", "card"].issue(1, b"no key", CHIYODA, AT, AT, "X")


def test_many_moments_do_not_fill_the_memory() -> None:
    issuer = BulkIssuer(Authority.create("auth", ELLIPTIC, at=AT, urls=URLS))
    for second in range(10_050):
        issuer._time(AT + timedelta(seconds=second))
    assert len(issuer._times) <= 10_000
    assert issuer._time(AT) == BulkIssuer(authority("auth"))._time(AT)
