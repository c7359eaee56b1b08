"""Requests: by us and by others, whole and broken, by POST and by GET."""

import base64
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from hypothesis import given
from hypothesis import strategies as st

from tegata.pki import der
from tegata.pki.ocsp import (
    HashName,
    MalformedRequest,
    build_request,
    cert_id,
    decode_get,
    encode_get,
    names_of,
    parse_request,
)
from tests.pki.ocsp_support import GOOD, HELD, REVOKED, ask, certificate, issuer

NONCE_OID = bytes.fromhex("2b0601050507300102")


def _extension(oid: bytes, value: bytes, *, critical: bool = False) -> bytes:
    flag = der.encode(der.BOOLEAN, b"\xff") if critical else b""
    return der.encode(der.SEQUENCE, der.encode(der.OBJECT_IDENTIFIER, oid), flag, der.encode(der.OCTET_STRING, value))


def _nonce(content: bytes) -> bytes:
    return _extension(NONCE_OID, der.encode(der.OCTET_STRING, content))


def _request(*singles: bytes, before: bytes = b"", after: bytes = b"", behind: bytes = b"") -> bytes:
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, before, der.encode(der.SEQUENCE, *singles), after), behind)


def _extensions(tag: int, *each: bytes) -> bytes:
    return der.encode(der.context(tag), der.encode(der.SEQUENCE, *each))


ID = cert_id(issuer(), GOOD).encoded
SINGLE = der.encode(der.SEQUENCE, ID)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
@pytest.mark.parametrize("nonce", [None, b"n", bytes(32)])
def test_our_request_is_the_librarys(algorithm: HashName, nonce: bytes | None) -> None:
    hashing = hashes.SHA1() if algorithm == "sha1" else hashes.SHA256()
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate(), issuer(), hashing)
    ours = build_request(certificate(), issuer(), nonce, algorithm=algorithm)
    parsed = ocsp.load_der_ocsp_request(ours)
    assert parsed.serial_number == GOOD
    theirs = ocsp.load_der_ocsp_request(builder.build().public_bytes(Encoding.DER))
    assert parsed.issuer_key_hash == theirs.issuer_key_hash
    assert parsed.issuer_name_hash == theirs.issuer_name_hash
    if nonce is None:
        assert ours == theirs.public_bytes(Encoding.DER)
    read = parse_request(ours)
    assert (read.nonce, len(read.certificates), read.certificates[0].algorithm) == (nonce, 1, algorithm)
    assert read.certificates[0].issuer in names_of(issuer())


@pytest.mark.parametrize("digest", ["-sha1", "-sha256"])
def test_openssls_request_is_read(digest: str, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("ca.pem", "a.pem", "b.pem", "request.der")]
    for file, each in zip(files, (issuer(), certificate(GOOD), certificate(HELD)), strict=False):
        file.write_bytes(each.public_bytes(Encoding.PEM))
    ca, first, second, out = (str(file) for file in files)
    command = ["openssl", "ocsp", digest, "-issuer", ca, "-cert", first, digest, "-cert", second, "-reqout", out]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    read = parse_request(files[-1].read_bytes())
    assert [each.serial for each in read.certificates] == [GOOD, HELD]
    assert all(each.issuer in names_of(issuer()) for each in read.certificates)
    assert read.nonce is not None


def test_several_certificates_keep_their_order() -> None:
    wanted = [certificate(serial) for serial in (REVOKED, GOOD, HELD)]
    read = parse_request(build_request(wanted, issuer()))
    assert [each.serial for each in read.certificates] == [REVOKED, GOOD, HELD]


def test_generations_of_one_name_are_told_apart_by_their_key() -> None:
    first = cert_id(issuer(1), GOOD)
    assert first.issuer in names_of(issuer(1))
    assert first.issuer not in names_of(issuer(2))
    assert first.issuer_name_hash == cert_id(issuer(2), GOOD).issuer_name_hash


def test_what_can_not_be_asked() -> None:
    with pytest.raises(ValueError, match="1 to 100"):
        build_request([], issuer())
    with pytest.raises(ValueError, match="1 to 100"):
        build_request([certificate()] * 101, issuer())
    for nonce in (b"", bytes(33)):
        with pytest.raises(ValueError, match="1 to 32"):
            build_request(certificate(), issuer(), nonce)


@pytest.mark.parametrize(
    "request_",
    [
        _request(SINGLE),
        _request(SINGLE, before=_extensions(1, b"")),
        _request(SINGLE, behind=_extensions(0, b"")),
        _request(SINGLE, before=der.encode(der.context(0), der.integer(0))),
        _request(SINGLE, after=_extensions(2, _extension(b"\x2a\x03\x04", b""))),
        _request(der.encode(der.SEQUENCE, ID, _extensions(0, _extension(b"\x2a\x03\x04", b"")))),
    ],
    ids=["plain", "requestor", "signed", "version", "extension", "single extension"],
)
def test_what_need_not_be_understood_is_passed_over(request_: bytes) -> None:
    assert [each.serial for each in parse_request(request_).certificates] == [GOOD]


def test_a_hash_that_is_not_known_is_of_nobody() -> None:
    sha384 = ID.replace(bytes.fromhex("06052b0e03021a"), bytes.fromhex("06052b0e03021b"))
    (wanted,) = parse_request(_request(der.encode(der.SEQUENCE, sha384))).certificates
    assert wanted.algorithm is None
    assert wanted.issuer not in names_of(issuer())


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\x30\x00",
        _request(),
        _request(SINGLE) + b"\x00",
        _request(SINGLE)[:-1],
        _request(SINGLE, before=der.encode(der.context(0), der.integer(1))),
        _request(SINGLE, after=b"\x05\x00"),
        _request(SINGLE, behind=b"\x05\x00"),
        _request(b"\x05\x00"),
        _request(*[SINGLE] * 101),
        _request(der.encode(der.SEQUENCE, ID, b"\x05\x00")),
        _request(der.encode(der.SEQUENCE, ID[:-2] + b"\x00\x07")),
        _request(SINGLE, after=_extensions(2, _nonce(b""))),
        _request(SINGLE, after=_extensions(2, _nonce(bytes(33)))),
        _request(SINGLE, after=_extensions(2, _nonce(b"a"), _nonce(b"a"))),
        _request(SINGLE, after=_extensions(2, _extension(NONCE_OID, b"bare"))),
        _request(SINGLE, after=_extensions(2, _extension(b"\x2a\x03\x04", b"", critical=True))),
        _request(der.encode(der.SEQUENCE, ID, _extensions(0, _extension(b"\x2a\x03\x04", b"", critical=True)))),
        _request(SINGLE, after=_extensions(2, _nonce(b"a")) + b"\x00"),
        bytes(65_537),
        b"\x30\x80" + _request(SINGLE)[2:] + b"\x00\x00",
    ],
)
def test_broken_requests(broken: bytes) -> None:
    with pytest.raises(MalformedRequest):
        parse_request(broken)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_malformed(data: bytes) -> None:
    with pytest.raises(MalformedRequest):
        parse_request(data)


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_changed_byte_is_read_or_malformed(at: int, value: int) -> None:
    changed = bytearray(ask(nonce=b"nonce"))
    changed[at % len(changed)] = value
    try:
        assert parse_request(bytes(changed)).certificates
    except MalformedRequest:
        assert bytes(changed) != ask(nonce=b"nonce")


@given(st.binary(max_size=200))
def test_a_get_comes_back_however_it_was_written(content: bytes) -> None:
    request_ = der.encode(der.SEQUENCE, content)
    plain = base64.b64encode(request_).decode()
    url_safe = base64.urlsafe_b64encode(request_).decode()
    for path in (encode_get(request_), "/" + quote(plain, safe=""), quote(plain), plain, plain.rstrip("="), url_safe):
        assert decode_get("/" + path) == request_


def test_a_get_that_openssl_and_browsers_send() -> None:
    assert decode_get("/" + encode_get(ask())) == ask()
    assert "/" not in encode_get(ask())


@pytest.mark.parametrize("path", ["/a b c d", "/%00", "/@@@@", "/A", "/日本", "/" + "A" * 200_000])
def test_a_path_that_is_not_base64(path: str) -> None:
    with pytest.raises(MalformedRequest):
        decode_get(path)
