"""What a front hands on is believed only where it proves itself, and only in the form of RFC 9440."""

import base64

import pytest

from tegata.actors.portal.problems import CLIENT_CERTIFICATE_MALFORMED, CLIENT_CERTIFICATE_MISSING, FRONT_NOT_PROVED
from tegata.actors.portal.rules.tls_front import certificate_of, check_origin, check_proof
from tegata.wire.problems import Refused
from tests.pki.support import auth_certificate, der_of

SECRET = "a-secret-of-more-than-thirty-two-characters"
DER = der_of(auth_certificate())
VALUE = f":{base64.b64encode(DER).decode()}:"


def test_the_certificate_comes_as_a_byte_sequence() -> None:
    assert certificate_of([VALUE]) == DER
    assert certificate_of([f"  {VALUE} "]) == DER


@pytest.mark.parametrize("proofs", [[], [""], ["wrong"], [SECRET, SECRET], [SECRET + "x"], [SECRET[:-1]], ["é" * 40]])
def test_without_the_secret_nothing_is_proved(proofs: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        check_proof(proofs, SECRET)
    assert refused.value.type is FRONT_NOT_PROVED


def test_the_secret_proves_the_front() -> None:
    check_proof([SECRET], SECRET)


def test_no_header_means_that_no_certificate_was_presented() -> None:
    with pytest.raises(Refused) as refused:
        certificate_of([])
    assert refused.value.type is CLIENT_CERTIFICATE_MISSING


@pytest.mark.parametrize(
    "values",
    [
        [VALUE, VALUE], [f"{VALUE}, {VALUE}"], [VALUE[1:]], [VALUE[:-1]], [VALUE[1:-1]], [""], [":"], ["::"],
        [f"{VALUE};a=1"], [f'"{VALUE}"'], [":****:"], [f":{base64.urlsafe_b64encode(DER).decode()}=:"],
        [f":{base64.b64encode(DER + b'x').decode()}:"], [f":{base64.b64encode(DER[:-1]).decode()}:"],
        [f":{base64.b64encode(b'0' * 100_000).decode()}:"], ["(null)"], [VALUE.replace("M", " M", 1)], [":é:"],
    ],
)  # fmt: skip
def test_what_is_no_single_certificate_is_refused(values: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        certificate_of(values)
    assert refused.value.type is CLIENT_CERTIFICATE_MALFORMED


@pytest.mark.parametrize("origin", ["https://localhost:8443", "https://login.example"])
def test_an_origin_is_taken(origin: str) -> None:
    check_origin(origin)


@pytest.mark.parametrize(
    "origin", ["http://localhost:8443", "https://localhost/", "https://a@b", "https://", "localhost", "", "https://a?b"]
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(ValueError, match="tls_front"):
        check_origin(origin)
