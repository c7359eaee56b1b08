"""What holds the key of a certificate: accepted on either medium, and told by its policy (SP-01)."""

from datetime import timedelta

import pytest
from cryptography import x509

from tegata.pki.certificates import CertificateRefused
from tegata.pki.profiles import MEDIA, PROFILES, USAGES, Medium, Usage
from tegata.pki.validation import (
    ANY_POLICY,
    OWN_POLICIES,
    REAL_POLICIES,
    ByRevocationData,
    Trust,
    Validator,
    stated_kind,
    unsafe_no_revocation_check,
)
from tests.pki.crl_support import crl
from tests.pki.support import LATER, auth_certificate, authority, key, reissue, replaced, sign_certificate, without

ROOTS = [authority("sign").certificate, authority("auth").certificate]


def made(usage: Usage, medium: Medium) -> x509.Certificate:
    return sign_certificate(medium=medium) if usage == "sign" else auth_certificate(medium=medium)


def medium_of(certificate: x509.Certificate, usage: Usage, trust: Trust) -> Medium | None:
    revocation = unsafe_no_revocation_check
    return Validator(trust).validate(certificate, usage=usage, at=LATER, revocation=revocation).medium


@pytest.mark.rule("SP-01")
@pytest.mark.parametrize("usage", USAGES)
@pytest.mark.parametrize("medium", MEDIA)
def test_a_certificate_is_accepted_for_its_usage_and_tells_its_medium(usage: Usage, medium: Medium) -> None:
    certificate = made(usage, medium)
    assert medium_of(certificate, usage, Trust(ROOTS)) == medium
    assert stated_kind(certificate) == (usage, medium)
    other: Usage = "auth" if usage == "sign" else "sign"
    with pytest.raises(CertificateRefused) as refused:
        medium_of(certificate, other, Trust(ROOTS))
    assert refused.value.code == "wrong-policy"


@pytest.mark.parametrize("medium", MEDIA)
def test_the_general_way_accepts_both_media_too(medium: Medium) -> None:
    revocation = ByRevocationData(crls=[crl([], next_update=LATER + timedelta(days=1))])
    validated = Validator(Trust(ROOTS)).validate(made("sign", medium), usage="sign", at=LATER, revocation=revocation)
    assert (validated.medium, validated.revocation_checked) == (medium, True)


def test_who_wants_cards_alone_says_so() -> None:
    cards = Trust(ROOTS, policies={usage: frozenset({PROFILES.of(usage).policy.value}) for usage in USAGES})
    assert medium_of(made("sign", "card"), "sign", cards) == "card"
    with pytest.raises(CertificateRefused) as refused:
        medium_of(made("sign", "phone"), "sign", cards)
    assert refused.value.code == "wrong-policy"


def test_a_policy_that_is_not_of_the_profiles_tells_no_medium() -> None:
    policy = x509.PolicyInformation(x509.ObjectIdentifier("1.2.3.4"), None)
    strange = reissue(sign_certificate(), key("sign 1"), change=replaced((x509.CertificatePolicies([policy]), True)))
    trust = Trust(ROOTS, policies={"sign": frozenset({ANY_POLICY})})
    assert medium_of(strange, "sign", trust) is None
    assert stated_kind(strange) is None
    bare = reissue(sign_certificate(), key("sign 1"), change=without(x509.ExtensionOID.CERTIFICATE_POLICIES))
    assert stated_kind(bare) is None


def test_the_real_phones_policy_is_accepted_for_signatures_only() -> None:
    assert REAL_POLICIES["sign"] == {"1.2.392.200149.8.5.1.1.20", "1.2.392.200149.8.5.1.1.40"}
    assert REAL_POLICIES["auth"] == {"1.2.392.200149.8.5.1.3.30"}
    assert not OWN_POLICIES["sign"] & (REAL_POLICIES["sign"] | OWN_POLICIES["auth"])
