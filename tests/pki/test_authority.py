import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from tegata.japan.dates import JST
from tegata.pki import names
from tegata.pki.authority import MAXIMUM_CARD_SERIAL, Authority, validity_end
from tegata.pki.keys import SoftwareSigner
from tegata.pki.profiles import PROFILES, USAGES, Usage
from tests.pki.support import AT, CHIYODA, TARO, URLS, auth_certificate, authority, der_of, key, sign_certificate


def order(certificate: x509.Certificate) -> list[tuple[str, bool]]:
    return [(extension.oid._name, extension.critical) for extension in certificate.extensions]


ExtensionT = TypeVar("ExtensionT", bound=x509.ExtensionType)


def extension(certificate: x509.Certificate, kind: type[ExtensionT]) -> ExtensionT:
    return certificate.extensions.get_extension_for_class(kind).value


@pytest.mark.parametrize("usage", USAGES)
def test_a_root_has_the_extensions_of_the_profile_in_their_order(usage: Usage) -> None:
    root = authority(usage).certificate
    assert order(root) == [
        ("keyUsage", True),
        ("subjectAltName", False),
        ("basicConstraints", True),
        ("cRLDistributionPoints", False),
        ("subjectKeyIdentifier", False),
    ]
    usages = extension(root, x509.KeyUsage)
    assert (usages.key_cert_sign, usages.crl_sign, usages.digital_signature) == (True, True, False)
    assert extension(root, x509.BasicConstraints) == x509.BasicConstraints(ca=True, path_length=None)
    assert list(extension(root, x509.SubjectAlternativeName)) == [names.root_alternative_name(usage)]
    (point,) = extension(root, x509.CRLDistributionPoints)
    assert point.full_name == [x509.DirectoryName(root.subject)]
    assert root.subject == root.issuer == names.root_name(usage)
    root.verify_directly_issued_by(root)


@pytest.mark.parametrize(
    ("at", "end"),
    [
        (datetime(2019, 9, 25, 9, tzinfo=JST), datetime(2029, 9, 25, 14, 59, 59, tzinfo=UTC)),
        (datetime(2019, 9, 25, 20, tzinfo=UTC), datetime(2029, 9, 26, 14, 59, 59, tzinfo=UTC)),
        (datetime(2024, 2, 29, 12, tzinfo=JST), datetime(2034, 2, 28, 14, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_root_lasts_ten_years_to_the_end_of_the_day_in_japan(at: datetime, end: datetime) -> None:
    root = Authority.create("sign", key("sign 1"), at=at, urls=URLS).certificate
    assert (root.not_valid_before_utc, root.not_valid_after_utc) == (at.astimezone(UTC), end)


def test_a_rollover_has_the_same_name_and_another_key_and_serial() -> None:
    first, second = authority("sign", 1).certificate, authority("sign", 2).certificate
    assert first.subject == second.subject
    assert first.public_key() != second.public_key()
    assert first.serial_number != second.serial_number
    assert min(first.serial_number, second.serial_number) > MAXIMUM_CARD_SERIAL


def test_a_signature_certificate_follows_the_profile() -> None:
    certificate = sign_certificate()
    assert order(certificate) == [
        ("keyUsage", True),
        ("certificatePolicies", True),
        ("subjectAltName", False),
        ("issuerAltName", False),
        ("cRLDistributionPoints", False),
        ("authorityInfoAccess", False),
        ("authorityKeyIdentifier", False),
        ("subjectKeyIdentifier", False),
    ]
    usages = extension(certificate, x509.KeyUsage)
    assert (usages.digital_signature, usages.content_commitment, usages.key_cert_sign) == (True, True, False)
    (policy,) = extension(certificate, x509.CertificatePolicies)
    assert policy.policy_identifier.dotted_string == PROFILES.sign.policy.value
    oids = [
        name.type_id.dotted_string.rsplit(".", 1)[1] for name in extension(certificate, x509.SubjectAlternativeName)
    ]
    assert oids == ["1", "4", "3", "5", "2", "6"]
    (point,) = extension(certificate, x509.CRLDistributionPoints)
    assert point.full_name == [x509.DirectoryName(names.partition_name("sign", CHIYODA))]
    assert list(extension(certificate, x509.IssuerAlternativeName)) == [names.root_alternative_name("sign")]
    (access,) = extension(certificate, x509.AuthorityInformationAccess)
    assert access.access_location.value == URLS.ocsp
    root = authority("sign").certificate
    assert extension(certificate, x509.AuthorityKeyIdentifier).key_identifier == (
        extension(root, x509.SubjectKeyIdentifier).digest
    )


def test_an_authentication_certificate_holds_nothing_personal() -> None:
    certificate = auth_certificate()
    assert ("subjectAltName", False) not in order(certificate)
    assert ("extendedKeyUsage", False) in order(certificate)
    assert list(extension(certificate, x509.ExtendedKeyUsage)) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    usages = extension(certificate, x509.KeyUsage)
    assert (usages.digital_signature, usages.content_commitment) == (True, False)
    for text in (TARO.name, TARO.address, TARO.birth_date, "19800217"):
        assert text.encode() not in der_of(certificate)


@pytest.mark.rule("SP-01")
def test_a_phones_certificates_differ_from_the_cards_in_policy_and_name_alone() -> None:
    for card, phone in (
        (sign_certificate(), sign_certificate(medium="phone")),
        (auth_certificate(), auth_certificate(medium="phone")),
    ):
        assert order(card) == order(phone)
        for theirs, its in zip(card.extensions, phone.extensions, strict=True):
            same = theirs.oid != ExtensionOID.CERTIFICATE_POLICIES
            assert (theirs.value == its.value) == same
        names_of = [str(one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value) for one in (card, phone)]
        assert [name[-1] for name in names_of] == ["A", "S"]
        assert card.issuer == phone.issuer


def test_an_ocsp_responder_is_delegated_and_not_checked_itself() -> None:
    root = authority("sign")
    certificate = root.issue_ocsp_responder(5, key("responder").public_key(), AT, AT + timedelta(days=30))
    certificate.verify_directly_issued_by(root.certificate)
    assert list(extension(certificate, x509.ExtendedKeyUsage)) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    assert extension(certificate, x509.OCSPNoCheck) == x509.OCSPNoCheck()
    assert certificate.subject != root.certificate.subject
    with pytest.raises(x509.ExtensionNotFound):
        certificate.extensions.get_extension_for_oid(ExtensionOID.CERTIFICATE_POLICIES)


@pytest.mark.parametrize("serial", [0, -1, MAXIMUM_CARD_SERIAL + 1])
def test_a_serial_beyond_four_bytes_is_not_issued(serial: int) -> None:
    with pytest.raises(ValueError, match="serial"):
        auth_certificate(serial)


def test_the_largest_serial_is_issued() -> None:
    assert auth_certificate(MAXIMUM_CARD_SERIAL).serial_number == 2**32 - 1


def test_an_authority_issues_only_its_own_usage() -> None:
    holder = key("holder").public_key()
    with pytest.raises(ValueError, match="sign"):
        authority("sign").issue_auth(1, holder, CHIYODA, AT, AT.replace(year=2028), "x")
    with pytest.raises(ValueError, match="auth"):
        authority("auth").issue_sign(1, holder, TARO, CHIYODA, AT, AT.replace(year=2028), "x")


def test_a_time_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        Authority.create("sign", key("sign 1"), at=datetime(2023, 9, 25), urls=URLS)


def test_an_elliptic_curve_root_issues_too() -> None:
    root = Authority.create("auth", SoftwareSigner.generate_p256(), at=AT, urls=URLS)
    certificate = root.issue_auth(1, key("holder").public_key(), CHIYODA, AT, AT.replace(year=2028), "x")
    certificate.verify_directly_issued_by(root.certificate)


@pytest.mark.parametrize(
    ("card_expiry", "end"),
    [
        (None, datetime(2028, 2, 17, 23, 59, 59, tzinfo=JST)),
        (date(2026, 2, 17), datetime(2026, 2, 17, 23, 59, 59, tzinfo=JST)),
        (date(2033, 2, 17), datetime(2028, 2, 17, 23, 59, 59, tzinfo=JST)),
        (datetime(2025, 1, 1, 12, tzinfo=JST), datetime(2025, 1, 1, 12, tzinfo=JST)),
    ],
)
def test_validity_ends_with_the_fifth_birthday_or_the_card(card_expiry: date | datetime | None, end: datetime) -> None:
    assert validity_end("1980-02-17", AT, card_expiry) == end


def test_openssl_accepts_what_is_issued(tmp_path: Path) -> None:
    for usage, certificate in (("sign", sign_certificate()), ("auth", auth_certificate())):
        root_file, file = tmp_path / f"{usage}-ca.pem", tmp_path / f"{usage}.pem"
        root_file.write_bytes(authority(usage).certificate.public_bytes(Encoding.PEM))
        file.write_bytes(certificate.public_bytes(Encoding.PEM))
        command = [
            "openssl",
            "verify",
            "-x509_strict",
            "-attime",
            str(int(AT.timestamp()) + 60),
            "-CAfile",
            root_file,
            file,
        ]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
