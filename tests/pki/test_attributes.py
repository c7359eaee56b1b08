"""The four attributes through a certificate and back, and what a hostile certificate does instead."""

from collections.abc import Callable

import pytest
from asn1crypto.core import ObjectIdentifier, OctetString, UTF8String
from cryptography import x509
from cryptography.x509.oid import ExtensionOID
from hypothesis import given
from hypothesis import strategies as st

from tegata.japan.four_attributes import BirthDate, FourAttributes, Gender
from tegata.japan.names import substitute
from tegata.pki.attributes import CertificateAttributes, NotASignCertificate, attributes_of, other_names
from tegata.pki.authority import Authority
from tegata.pki.certificates import CertificateRefused, load_certificate
from tegata.pki.keys import SoftwareSigner
from tegata.pki.profiles import PROFILES, OtherNameKind
from tests.pki.support import (
    AT,
    CHIYODA,
    TARO,
    URLS,
    Extensions,
    auth_certificate,
    der_of,
    key,
    reissue,
    replaced,
    sign_certificate,
    with_byte_flipped,
)

QUICK = Authority.create("sign", SoftwareSigner.generate_p256(), at=AT, urls=URLS)
HOLDER = SoftwareSigner.generate_p256().public_key()

japanese = st.one_of(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
    st.characters(min_codepoint=0x3041, max_codepoint=0x30FF),
    st.sampled_from("髙﨑𠮷邉葛　１２３－ー丁目番号"),
    st.characters(min_codepoint=0x20000, max_codepoint=0x2A6DF),
)
texts = st.text(japanese, min_size=1, max_size=200)
genders: st.SearchStrategy[Gender] = st.sampled_from(("male", "female", "other"))
complete_dates = st.dates().map(lambda day: day.isoformat())
partial_dates = st.sampled_from(["1945-00-00", "1980-02-00", "0000-00-00"])


def issued(four: FourAttributes) -> x509.Certificate:
    return QUICK.issue_sign(1, HOLDER, four, CHIYODA, AT, AT.replace(year=2028), "x")


@given(texts, texts, st.one_of(complete_dates, partial_dates), genders)
def test_attributes_come_back_with_substitutes_marked(
    name: str, address: str, birth_date: BirthDate, gender: Gender
) -> None:
    four = FourAttributes(name=name, address=address, birth_date=birth_date, gender=gender)
    read = attributes_of(issued(four))
    (expected_name, name_marks), (expected_address, address_marks) = substitute(name), substitute(address)
    assert read.four == FourAttributes(
        name=expected_name, address=expected_address, birth_date=birth_date, gender=gender
    )
    assert (read.name_substitutes, read.address_substitutes) == (name_marks, address_marks)
    assert read.exact == ("1" not in name_marks + address_marks)


@given(st.text(max_size=250), st.text(max_size=250))
def test_any_text_is_either_carried_or_refused(name: str, address: str) -> None:
    four = FourAttributes(name=name, address=address, birth_date="1980-02-17", gender="male")
    fits = all(1 <= len(substitute(text)[0]) <= 200 for text in (name, address))
    if fits:
        assert attributes_of(issued(four)).four.name == substitute(name)[0]
    else:
        with pytest.raises(NotASignCertificate, match="attributes-length"):
            issued(four)


def test_the_sample_of_the_facts() -> None:
    read = attributes_of(sign_certificate())
    assert read == CertificateAttributes(TARO, "00000", "0" * len(TARO.address))
    values = {
        name.type_id.dotted_string[-1]: name.value for name in other_names(TARO) if isinstance(name, x509.OtherName)
    }
    assert values["4"] == b"\x0c\x09319800217"
    assert values["3"] == b"\x0c\x011"


def test_a_substituted_character_is_marked_and_no_longer_exact() -> None:
    read = attributes_of(
        issued(FourAttributes(name="髙橋　花子", address=TARO.address, birth_date="2004-02-29", gender="female"))
    )
    assert (read.four.name, read.name_substitutes, read.exact) == ("高橋　花子", "10000", False)


@pytest.mark.parametrize("name", ["", "山" * (PROFILES.other_names.name_length.value + 1)])
def test_an_empty_or_too_long_name_is_not_issued(name: str) -> None:
    with pytest.raises(NotASignCertificate, match="attributes-length"):
        issued(FourAttributes(name=name, address=TARO.address, birth_date="1980-02-17", gender="male"))


def test_an_authentication_certificate_has_none() -> None:
    with pytest.raises(NotASignCertificate, match="no-attributes"):
        attributes_of(auth_certificate())


def test_other_alternative_names_are_no_attributes() -> None:
    names = x509.SubjectAlternativeName([x509.DNSName("example.jp")])
    with pytest.raises(NotASignCertificate, match="no-attributes"):
        attributes_of(reissue(sign_certificate(), authority_key(), change=replaced((names, False))))


def authority_key() -> SoftwareSigner:
    return key("sign 1")


Texts = dict[OtherNameKind, bytes]


def utf8(text: str) -> bytes:
    return UTF8String(text).dump()  # type: ignore[no-any-return]


def hostile(change: Callable[[Texts], object], *, twice: OtherNameKind | None = None) -> x509.Certificate:
    """Taro's certificate with the encoded otherNames changed."""
    kinds = {sourced.value: kind for kind, sourced in PROFILES.other_names.oid.items()}
    texts: Texts = {
        kinds[name.type_id.dotted_string]: name.value for name in other_names(TARO) if isinstance(name, x509.OtherName)
    }
    change(texts)
    listed = [*texts.items(), *([(twice, texts[twice])] if twice else [])]
    encoded = tlv(0x30, b"".join(other_name(kind, value) for kind, value in listed))
    names = x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, encoded)
    return reissue(sign_certificate(), authority_key(), change=replaced((names, False)))


def other_name(kind: OtherNameKind, value: bytes) -> bytes:
    """An otherName as it stands in a GeneralNames, whatever the value is."""
    oid = ObjectIdentifier(PROFILES.other_names.oid[kind].value).dump()
    return tlv(0xA0, oid + tlv(0xA0, value))


def tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x83" + size.to_bytes(3, "big")
    return bytes([tag]) + length.replace(b"\x83\x00\x00", b"\x81").replace(b"\x83\x00", b"\x82") + content


def swap_address_and_its_marks(texts: Texts) -> None:
    texts["address"], texts["address_substitutes"] = texts["address_substitutes"], texts["address"]


HOSTILE: dict[str, Callable[[Texts], object]] = {
    "address and its marks swapped": swap_address_and_its_marks,
    "a missing gender": lambda texts: texts.pop("gender"),
    "a missing address mark": lambda texts: texts.pop("address_substitutes"),
    "an unknown gender": lambda texts: texts.update(gender=utf8("9")),
    "an empty gender": lambda texts: texts.update(gender=utf8("")),
    "a birth date that does not exist": lambda texts: texts.update(birth_date=utf8("319800230")),
    "a birth date of another era": lambda texts: texts.update(birth_date=utf8("519800217")),
    "a birth date with letters": lambda texts: texts.update(birth_date=utf8("31980021x")),
    "a birth date in full width": lambda texts: texts.update(birth_date=utf8("３１９８００２１７")),
    "an empty name": lambda texts: texts.update(name=utf8(""), name_substitutes=utf8("")),
    "a huge address": lambda texts: texts.update(address=utf8("東" * 9000), address_substitutes=utf8("0" * 9000)),
    "marks shorter than the name": lambda texts: texts.update(name_substitutes=utf8("0000")),
    "marks longer than the name": lambda texts: texts.update(name_substitutes=utf8("000000")),
    "marks with other digits": lambda texts: texts.update(name_substitutes=utf8("00002")),
    "an octet string": lambda texts: texts.update(name=OctetString("手形　太郎".encode()).dump()),
    "broken UTF-8": lambda texts: texts.update(name=b"\x0c\x05\xe6\x89\x8b\xe5\xbd"),
    "bytes after the text": lambda texts: texts.update(gender=utf8("1") + b"\x00"),
    "a length beyond the end": lambda texts: texts.update(gender=b"\x0c\x7f1"),
    "an indefinite length": lambda texts: texts.update(gender=b"\x2c\x80\x0c\x011\x00\x00"),
    "no bytes": lambda texts: texts.update(gender=b""),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_certificate_is_refused(case: str) -> None:
    with pytest.raises(NotASignCertificate) as caught:
        attributes_of(hostile(HOSTILE[case]))
    assert caught.value.code == "malformed-attributes"
    assert caught.value.advice.next_ja


@pytest.mark.parametrize("kind", list(PROFILES.other_names.oid))
def test_an_attribute_that_stands_twice_is_refused_even_when_equal(kind: OtherNameKind) -> None:
    with pytest.raises(NotASignCertificate, match="stands twice"):
        attributes_of(hostile(lambda texts: None, twice=kind))


def test_unknown_other_names_beside_the_six_are_ignored() -> None:
    def add(extensions: Extensions) -> Extensions:
        extra = x509.OtherName(x509.ObjectIdentifier("1.2.392.200149.8.5.5.9"), utf8("x"))
        names = x509.SubjectAlternativeName([*other_names(TARO), extra])
        return replaced((names, False))(extensions)

    assert attributes_of(reissue(sign_certificate(), authority_key(), change=add)).four == TARO


@given(st.integers(0, len(der_of(sign_certificate())) - 1))
def test_a_flipped_byte_anywhere_never_crashes_the_reader(index: int) -> None:
    try:
        certificate = load_certificate(with_byte_flipped(der_of(sign_certificate()), index))
    except CertificateRefused:
        return
    try:
        read = attributes_of(certificate)
    except NotASignCertificate:
        return
    assert len(read.name_substitutes) == len(read.four.name)
    assert len(read.address_substitutes) == len(read.four.address)
