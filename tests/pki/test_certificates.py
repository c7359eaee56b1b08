import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from tegata.pki.certificates import MAXIMUM_SIZE, CertificateRefused, load_certificate
from tegata.pki.refusals import Refused
from tests.pki.support import der_of, sign_certificate

DER = der_of(sign_certificate())


def refusal(data: bytes) -> str:
    with pytest.raises(CertificateRefused) as caught:
        load_certificate(data)
    return caught.value.code


def test_der_and_pem_are_read() -> None:
    assert load_certificate(DER) == sign_certificate()
    assert load_certificate(b"\n" + sign_certificate().public_bytes(Encoding.PEM)) == sign_certificate()


@given(st.integers(0, len(DER) - 1))
def test_a_truncated_certificate_is_malformed(length: int) -> None:
    assert refusal(DER[:length]) == "malformed"


@given(st.binary(max_size=200))
def test_other_bytes_are_malformed(data: bytes) -> None:
    assert refusal(data) == "malformed"


@pytest.mark.parametrize(
    "data",
    [
        DER + b"\x00",
        b"\x30\x84\xff\xff\xff\xff" + DER,
        b"\x30\x80" * 5000,
        bytes(2 * MAXIMUM_SIZE + 1),
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\n" + b"A" * 100,
    ],
)
def test_broken_and_huge_certificates_are_malformed(data: bytes) -> None:
    assert refusal(data) == "malformed"


@pytest.mark.parametrize("serial", [-1, 0])
def test_a_serial_that_is_not_positive_is_malformed(serial: int) -> None:
    parsed = asn1_x509.Certificate.load(DER)
    parsed["tbs_certificate"]["serial_number"] = serial
    assert refusal(parsed.dump(force=True)) == "malformed"


def test_a_large_but_well_formed_certificate_is_refused_by_its_size() -> None:
    parsed = asn1_x509.Certificate.load(DER)
    parsed["signature_value"] = bytes(MAXIMUM_SIZE + 10)
    data = parsed.dump(force=True)
    assert MAXIMUM_SIZE < len(data) < 2 * MAXIMUM_SIZE
    assert refusal(data) == "malformed"


def test_every_refusal_speaks_two_languages_and_says_what_to_do() -> None:
    for code, advice in CertificateRefused.ADVICE.items():
        assert all(advice), code
        assert CertificateRefused(code).advice is advice
    with pytest.raises(KeyError):
        CertificateRefused("invented")
    assert issubclass(CertificateRefused, Refused)
