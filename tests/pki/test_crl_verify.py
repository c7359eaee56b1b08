"""Whether a list may be used: every refusal, in its order."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tegata.pki import names
from tegata.pki.authority import Authority, key_usage
from tegata.pki.crl import CrlRefused, RevokedEntries, verify_crl
from tegata.pki.keys import SoftwareSigner, builder_key
from tests.pki.crl_support import PARTITION, ROWS, TODAY, TOMORROW, crl, record, signed, tbs_of, usual
from tests.pki.support import AT, URLS, authority, key, reissue, replaced, with_byte_flipped, without

SECOND = timedelta(seconds=1)
TRUSTED = [authority(generation=1).certificate, authority(generation=2).certificate]


def _refused(data: bytes, **options: object) -> CrlRefused:
    with pytest.raises(CrlRefused) as refused:
        verify_crl(data, TRUSTED, **({"at": TODAY} | options))  # type: ignore[arg-type]
    return refused.value


@pytest.mark.rule("FI-04")
@pytest.mark.parametrize("generation", [1, 2])
@pytest.mark.parametrize("partition", [None, PARTITION])
def test_a_good_list_of_either_generation(generation: int, partition: x509.Name | None) -> None:
    data = crl(by=authority(generation=generation), partition=partition)
    verified = verify_crl(data, reversed(TRUSTED), at=TODAY, partition=partition, previous_number=11)
    assert verified.entries == RevokedEntries.from_rows(ROWS)


def test_the_signature_decides_where_the_key_identifier_misleads() -> None:
    """The same name, and the key identifier of the other generation: found by trying."""
    old, new = authority(generation=1), authority(generation=2)
    misleading = Authority("sign", new.certificate, old.signer, URLS)
    assert verify_crl(crl(by=misleading), TRUSTED, at=TODAY).number == 12


@pytest.mark.parametrize("trusted", [[], [authority("auth").certificate]])
def test_another_issuer(trusted: list[x509.Certificate]) -> None:
    with pytest.raises(CrlRefused) as refused:
        verify_crl(crl(), trusted, at=TODAY)
    assert refused.value.code == "wrong-issuer"


def test_forged_by_another_key_of_the_same_name() -> None:
    stranger = Authority.create("sign", key("stranger"), at=AT, urls=URLS)
    assert _refused(crl(by=stranger)).code == "forged"


def test_no_byte_of_what_is_signed_can_change() -> None:
    data = crl(partition=PARTITION)
    codes = {_refused(with_byte_flipped(data, index), partition=PARTITION).code for index in range(len(data))}
    assert codes <= {"forged", "truncated", "malformed", "unsupported", "wrong-issuer"}
    assert {"forged", "malformed"} <= codes


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_changed_bytes_are_always_a_refusal(data: st.DataObject) -> None:
    whole = crl(partition=PARTITION)
    changed = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    assume(changed != whole)
    _refused(bytes(changed), partition=PARTITION)


def test_entries_are_not_looked_at_before_the_signature() -> None:
    """A broken record under a wrong signature is a forgery; under a good one it is a broken list."""
    broken = tbs_of(crl()).replace(b"\x17\x0d", b"\x16\x0d").replace(b"\x16\x0d", b"\x17\x0d", 2)
    assert broken != tbs_of(crl())
    assert _refused(signed(broken, key("stranger"))).code == "forged"
    assert _refused(signed(broken)).code == "malformed"


def test_an_authority_that_may_not_sign_lists() -> None:
    root = authority().certificate
    barred = reissue(root, key("sign 1"), change=replaced((key_usage(["key_cert_sign"]), True)))
    with pytest.raises(CrlRefused) as refused:
        verify_crl(crl(), [barred], at=TODAY)
    assert refused.value.code == "forged"
    free = reissue(root, key("sign 1"), change=without(x509.KeyUsage.oid))
    assert verify_crl(crl(), [free], at=TODAY).number == 12


def test_it_is_good_from_its_first_to_its_last_second() -> None:
    for at in (TODAY, TOMORROW):
        assert verify_crl(crl(), TRUSTED, at=at).number == 12
    assert _refused(crl(), at=TODAY - SECOND).code == "not-yet"
    assert _refused(crl(), at=TOMORROW + SECOND).code == "stale"


@pytest.mark.parametrize(
    ("is_for", "wanted"),
    [(PARTITION, None), (None, PARTITION), (PARTITION, names.root_name("sign"))],
)
def test_another_partition(is_for: x509.Name | None, wanted: x509.Name | None) -> None:
    assert _refused(crl(partition=is_for), partition=wanted).code == "wrong-partition"


def test_kinds_of_certificates() -> None:
    arl, users = crl([], only="authority"), crl(only="user")
    assert verify_crl(arl, TRUSTED, at=TODAY, only="authority").only == "authority"
    assert verify_crl(users, TRUSTED, at=TODAY).only == "user"
    assert verify_crl(crl(), TRUSTED, at=TODAY, only="authority").only is None
    assert _refused(arl).code == "wrong-partition"
    assert _refused(users, only="authority").code == "wrong-partition"


def test_an_older_list_does_not_come_back() -> None:
    assert _refused(crl(number=12), previous_number=13).code == "number-went-back"
    assert verify_crl(crl(number=12), TRUSTED, at=TODAY, previous_number=12).number == 12


@pytest.mark.parametrize("data", [b"", crl()[:100], crl()[:-1]])
def test_a_list_that_was_cut_off(data: bytes) -> None:
    assert _refused(data).code == "truncated"


def test_what_is_not_a_list() -> None:
    assert _refused(b"<html>").code == "malformed"
    assert _refused(record()).code == "malformed"


def _builder() -> x509.CertificateRevocationListBuilder:
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority().certificate.subject)
    builder = builder.last_update(TODAY).next_update(TOMORROW)
    for value, critical in usual(authority()):
        builder = builder.add_extension(value, critical)
    return builder


def test_other_signatures() -> None:
    private = builder_key(key("sign 1"))
    longer = _builder().sign(private, hashes.SHA384()).public_bytes(Encoding.DER)
    assert verify_crl(longer, TRUSTED, at=TODAY).number == 12
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    other = _builder().sign(private, hashes.SHA256(), rsa_padding=pss).public_bytes(Encoding.DER)
    assert _refused(other).code == "unsupported"
    curve = _builder().sign(SoftwareSigner.generate_p256().private_key, hashes.SHA256()).public_bytes(Encoding.DER)
    assert _refused(curve).code == "forged"


def test_sha1_is_not_supported() -> None:
    sha256, sha1 = (bytes.fromhex(f"06092a864886f70d0101{last}0500") for last in ("0b", "05"))
    assert _refused(crl().replace(sha256, sha1)).code == "unsupported"


def test_every_refusal_says_what_to_do() -> None:
    for code, advice in CrlRefused.ADVICE.items():
        assert all(advice)
        assert str(CrlRefused(code)).startswith(f"{code}: ")
    assert _refused(b"").advice.ja.endswith("。")
