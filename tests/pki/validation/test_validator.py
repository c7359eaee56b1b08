"""One door, step by step: each refusal has its own code, and the steps that pass before it are good."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID
from hypothesis import given
from hypothesis import strategies as st

from tegata.pki.authority import Authority, key_usage
from tegata.pki.certificates import CertificateRefused, load_certificate
from tegata.pki.keys import SoftwareSigner
from tegata.pki.profiles import PROFILES, Usage
from tegata.pki.validation import (
    ANY_POLICY,
    REAL_POLICIES,
    Trust,
    UnsuitableRoot,
    Validator,
    unsafe_no_revocation_check,
)
from tests.pki.support import (
    AT,
    CHIYODA,
    LATER,
    TARO,
    URLS,
    Extensions,
    auth_certificate,
    authority,
    der_of,
    key,
    reissue,
    replaced,
    sign_certificate,
    with_byte_flipped,
    without,
)

ROOTS = [authority("sign").certificate, authority("auth").certificate]
TRUST = Trust(ROOTS)
SECOND = timedelta(seconds=1)


def refusal(certificate: x509.Certificate, trust: Trust = TRUST, *, usage: Usage = "sign", at: datetime = LATER) -> str:
    with pytest.raises(CertificateRefused) as caught:
        Validator(trust).validate(certificate, usage=usage, at=at, revocation=unsafe_no_revocation_check)
    return caught.value.code


def accepted(
    certificate: x509.Certificate, trust: Trust = TRUST, *, usage: Usage = "sign", at: datetime = LATER
) -> x509.Certificate:
    return Validator(trust).validate(certificate, usage=usage, at=at, revocation=unsafe_no_revocation_check).root


def changed(change: Callable[[Extensions], Iterable[tuple[x509.ExtensionType, bool]]]) -> x509.Certificate:
    return reissue(sign_certificate(), key("sign 1"), change=change)


def test_a_good_certificate_of_each_usage_is_accepted_under_its_root() -> None:
    assert accepted(sign_certificate(), usage="sign") == ROOTS[0]
    assert accepted(auth_certificate(), usage="auth") == ROOTS[1]


def test_what_was_accepted_tells_that_revocation_was_not_checked() -> None:
    validated = Validator(TRUST).validate(
        sign_certificate(), usage="sign", at=LATER, revocation=unsafe_no_revocation_check
    )
    assert (validated.usage, validated.at, validated.revocation_checked) == ("sign", LATER, False)


def test_a_time_without_offset_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="offset"):
        accepted(sign_certificate(), at=datetime(2023, 10, 1))


# Issuer and signature


def test_an_issuer_that_is_not_trusted_is_unknown() -> None:
    assert refusal(sign_certificate(), Trust([authority("auth").certificate])) == "unknown-issuer"
    assert refusal(sign_certificate(), Trust([])) == "unknown-issuer"


def test_a_certificate_signed_by_itself_is_unknown() -> None:
    other = Authority.create("sign", key("impostor"), at=AT, urls=URLS)
    assert refusal(other.certificate, Trust([authority("auth").certificate])) == "unknown-issuer"


def test_an_impostor_of_the_same_name_is_an_untrusted_generation() -> None:
    other = Authority.create("sign", key("impostor"), at=AT, urls=URLS)
    forged = other.issue_sign(1, key("holder").public_key(), TARO, CHIYODA, AT, AT.replace(year=2028), "x")
    assert refusal(forged) == "unknown-issuer"


def test_an_impostor_that_borrows_the_key_identifier_has_a_bad_signature() -> None:
    assert refusal(reissue(sign_certificate(), key("impostor"))) == "bad-signature"
    without_identifier = without(ExtensionOID.AUTHORITY_KEY_IDENTIFIER)
    assert refusal(reissue(sign_certificate(), key("impostor"), change=without_identifier)) == "bad-signature"


@given(st.integers(0, 255))
def test_a_flipped_byte_of_the_signature_is_a_bad_signature(index: int) -> None:
    der = der_of(sign_certificate())
    forged = load_certificate(with_byte_flipped(der, len(der) - 256 + index))
    assert refusal(forged) == "bad-signature"


@given(st.integers(0, len(der_of(sign_certificate())) - 1))
def test_a_flipped_byte_anywhere_is_refused(index: int) -> None:
    with pytest.raises(CertificateRefused):
        accepted(load_certificate(with_byte_flipped(der_of(sign_certificate()), index)))


# Generations of one name


def test_each_generation_is_found_by_its_key_identifier() -> None:
    generations = [authority("sign", 1).certificate, authority("sign", 2).certificate]
    for order in (generations, generations[::-1]):
        assert accepted(sign_certificate(generation=1), Trust(order)) == generations[0]
        assert accepted(sign_certificate(generation=2), Trust(order)) == generations[1]


def test_a_generation_that_is_not_trusted_is_unknown_and_not_forged() -> None:
    assert refusal(sign_certificate(generation=2), Trust([authority("sign", 1).certificate])) == "unknown-issuer"


@pytest.mark.parametrize("generation", [1, 2])
def test_without_a_key_identifier_the_signature_decides(generation: int) -> None:
    generations = [authority("sign", 1).certificate, authority("sign", 2).certificate]
    bare = reissue(
        sign_certificate(generation=generation),
        key(f"sign {generation}"),
        change=without(ExtensionOID.AUTHORITY_KEY_IDENTIFIER),
    )
    assert accepted(bare, Trust(generations)) == generations[generation - 1]


def test_a_misleading_key_identifier_does_not_hide_the_true_issuer() -> None:
    generations = [authority("sign", 1).certificate, authority("sign", 2).certificate]
    misled = changed(replaced((identifier_of(generations[1]), False)))
    assert accepted(misled, Trust(generations)) == generations[0]


def identifier_of(certificate: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    own = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


# Time


def test_validity_includes_both_its_ends() -> None:
    certificate = sign_certificate()
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    accepted(certificate, at=begin)
    accepted(certificate, at=end)
    assert refusal(certificate, at=begin - SECOND) == "not-yet-valid"
    assert refusal(certificate, at=end + SECOND) == "expired"


def test_a_root_outside_its_own_time_issues_nothing_valid() -> None:
    root = authority("sign").certificate
    long = authority("sign").issue_sign(1, key("holder").public_key(), TARO, CHIYODA, AT, AT.replace(year=2035), "x")
    accepted(long, at=root.not_valid_after_utc)
    assert refusal(long, at=root.not_valid_after_utc + SECOND) == "issuer-not-valid"


# Extensions, key and algorithm


def test_an_unknown_extension_is_refused_only_where_critical() -> None:
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.1"), b"\x05\x00")
    accepted(changed(replaced((unknown, False))))
    assert refusal(changed(replaced((unknown, True)))) == "unknown-critical-extension"


@pytest.mark.parametrize(
    "extension",
    [
        x509.NameConstraints([x509.DNSName("example.jp")], None),
        x509.PolicyConstraints(0, None),
        x509.InhibitAnyPolicy(0),
        x509.IssuerAlternativeName([x509.DNSName("example.jp")]),
    ],
)
def test_a_known_extension_that_is_not_processed_is_refused_where_critical(extension: x509.ExtensionType) -> None:
    assert refusal(changed(replaced((extension, True)))) == "unknown-critical-extension"


@pytest.mark.parametrize("oid", [ExtensionOID.SUBJECT_ALTERNATIVE_NAME, ExtensionOID.CERTIFICATE_POLICIES])
def test_an_extension_that_stands_twice_or_can_not_be_read_is_malformed(oid: x509.ObjectIdentifier) -> None:
    broken = x509.UnrecognizedExtension(oid, b"\x30\x80")
    assert refusal(changed(replaced((broken, False)))) == "malformed"


def test_a_sha1_signature_is_weak(monkeypatch: pytest.MonkeyPatch) -> None:
    der = der_of(sign_certificate())
    sha256, sha1 = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")
    assert der.count(sha256) == 2
    assert refusal(load_certificate(der.replace(sha256, sha1))) == "weak-algorithm"


def test_longer_digests_are_accepted() -> None:
    accepted(reissue(sign_certificate(), key("sign 1"), algorithm=hashes.SHA512()))


@pytest.mark.parametrize(
    "public_key",
    [
        rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key(),
        ec.generate_private_key(ec.SECP384R1()).public_key(),
    ],
)
def test_a_weak_or_unknown_kind_of_key_is_refused(public_key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> None:
    good = sign_certificate()
    builder = x509.CertificateBuilder(
        good.issuer, good.subject, public_key, 1, good.not_valid_before_utc, good.not_valid_after_utc
    )
    for extension in good.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    assert refusal(builder.sign(key("sign 1").private_key, hashes.SHA256())) == "weak-algorithm"


# Policy


def test_a_certificate_of_the_other_usage_has_the_wrong_policy() -> None:
    assert refusal(auth_certificate(), usage="sign") == "wrong-policy"
    assert refusal(sign_certificate(), usage="auth") == "wrong-policy"


def test_our_certificates_are_refused_where_real_ones_are_expected() -> None:
    assert refusal(sign_certificate(), Trust(ROOTS, policies=REAL_POLICIES)) == "wrong-policy"
    assert refusal(auth_certificate(), Trust(ROOTS, policies=REAL_POLICIES), usage="auth") == "wrong-policy"


def test_a_usage_without_accepted_policies_accepts_nothing() -> None:
    assert refusal(sign_certificate(), Trust(ROOTS, policies={})) == "wrong-policy"


def test_no_policy_is_the_wrong_policy_unless_all_are_accepted() -> None:
    bare = changed(without(ExtensionOID.CERTIFICATE_POLICIES))
    assert refusal(bare) == "wrong-policy"
    accepted(bare, Trust(ROOTS, policies={"sign": frozenset({ANY_POLICY})}))


def test_one_accepted_policy_among_several_is_enough() -> None:
    oids = ["2.999.1", PROFILES.sign.policy.value]
    several = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in oids])
    accepted(changed(replaced((several, True))))


# Key usage


@pytest.mark.parametrize("bits", [[], ["digital_signature"], ["content_commitment"], ["key_encipherment"]])
def test_a_missing_key_usage_bit_is_the_wrong_key_usage(bits: list[str]) -> None:
    assert refusal(changed(replaced((key_usage(bits), True)))) == "wrong-key-usage"


def test_no_key_usage_at_all_is_the_wrong_key_usage() -> None:
    assert refusal(changed(without(ExtensionOID.KEY_USAGE))) == "wrong-key-usage"


def test_purposes_limit_the_use() -> None:
    mail = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    everything = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
    assert refusal(changed(replaced((mail, False)))) == "wrong-key-usage"
    accepted(changed(replaced((everything, False))))
    login = reissue(auth_certificate(), key("auth 1"), change=replaced((mail, False)))
    assert refusal(login, usage="auth") == "wrong-key-usage"
    unlimited = reissue(auth_certificate(), key("auth 1"), change=without(ExtensionOID.EXTENDED_KEY_USAGE))
    accepted(unlimited, usage="auth")


def test_an_authority_is_no_person() -> None:
    own_policy = x509.CertificatePolicies(
        [x509.PolicyInformation(x509.ObjectIdentifier(PROFILES.sign.policy.value), None)]
    )
    bits = key_usage(["digital_signature", "content_commitment", "key_cert_sign"])
    authority_bit = x509.BasicConstraints(ca=True, path_length=None)
    assert refusal(changed(replaced((own_policy, True), (bits, True), (authority_bit, True)))) == "wrong-key-usage"


# Trust


def test_the_url_of_a_list_is_found_by_the_name_of_the_distribution_point() -> None:
    certificate = sign_certificate()
    (point,) = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert point.full_name is not None
    trust = Trust(ROOTS, crldp={point.full_name[0].value: "http://127.0.0.1:8000/crl/131016"})
    assert trust.crl_url(certificate) == "http://127.0.0.1:8000/crl/131016"
    assert trust.crl_url(auth_certificate()) is None


def root_with(change: Callable[[Extensions], Iterable[tuple[x509.ExtensionType, bool]]]) -> Trust:
    return Trust([reissue(authority("sign").certificate, key("sign 1"), change=change)])


UNSUITABLE = {
    "a person's certificate": lambda: Trust([sign_certificate()]),
    "no basic constraints": lambda: root_with(without(ExtensionOID.BASIC_CONSTRAINTS)),
    "CA:FALSE": lambda: root_with(replaced((x509.BasicConstraints(ca=False, path_length=None), True))),
    "no key usage": lambda: root_with(without(ExtensionOID.KEY_USAGE)),
    "signs only lists": lambda: root_with(replaced((key_usage(["crl_sign"]), True))),
    "name constraints": lambda: root_with(replaced((x509.NameConstraints([x509.DNSName("a.jp")], None), False))),
    "an unknown critical extension": lambda: root_with(
        replaced((x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.1"), b"\x05\x00"), True))
    ),
    "an unreadable extension": lambda: root_with(
        replaced((x509.UnrecognizedExtension(ExtensionOID.NAME_CONSTRAINTS, b"\x30\x80"), True))
    ),
    "a forged self-signature": lambda: Trust([reissue(authority("sign").certificate, key("impostor"))]),
}


@pytest.mark.parametrize("case", UNSUITABLE)
def test_what_can_not_be_a_root_is_refused_when_trust_is_set_up(case: str) -> None:
    trust = UNSUITABLE[case]()
    with pytest.raises(UnsuitableRoot):
        Validator(trust)


def test_a_root_of_an_elliptic_curve_works_too() -> None:
    root = Authority.create("auth", SoftwareSigner.generate_p256(), at=AT, urls=URLS)
    certificate = root.issue_auth(1, key("holder").public_key(), CHIYODA, AT, AT.replace(year=2028), "x")
    assert accepted(certificate, Trust([root.certificate]), usage="auth") == root.certificate
