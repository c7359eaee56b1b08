"""CMS and PDF signatures by a key that is elsewhere: what openssl says of them, and what is read of broken ones."""

import io
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
import typst
from asn1crypto import cms, pem
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.pki.signed_files.checking import Signed, check_cms, check_pdf, is_pdf
from tegata.pki.signed_files.refused import FileRefused
from tegata.pki.signed_files.signing import KeyElsewhere, sign_cms, sign_pdf
from tests.fixtures.programs import need_program
from tests.pki.support import LATER, authority, key, sign_certificate

CONTENT = "同意します\r\n".encode()


def signer(name: str = "holder") -> KeyElsewhere:
    return KeyElsewhere(sign_certificate(), lambda data: key(name).sign(data), [authority("sign").certificate])


def cms_of(content: bytes = CONTENT, *, detached: bool = True, name: str = "holder") -> bytes:
    return sign_cms(content, signer(name), at=LATER, detached=detached)


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    source = tmp_path_factory.mktemp("pdf") / "page.typ"
    source.write_text("#set document(date: none)\nA page", encoding="utf-8")
    return bytes(typst.compile(str(source)))


@pytest.fixture(scope="module")
def signed_pdf(pdf: bytes) -> bytes:
    return sign_pdf(pdf, signer(), field="Signature1", reason="同意", location="東京")


def refusal(of: bytes, content: bytes | None = None) -> str:
    with pytest.raises(FileRefused) as refused:
        check_pdf(of) if is_pdf(of) else check_cms(of, content)
    return refused.value.code


# CMS


@pytest.mark.parametrize("detached", [True, False])
def test_a_cms_signature_is_read_back(detached: bool) -> None:
    [one] = check_cms(cms_of(detached=detached), CONTENT if detached else None)
    assert one.intact
    assert one.certificate == sign_certificate()
    assert one.claimed_at == LATER
    assert (one.digest, one.has_timestamp, one.changes) == ("sha256", False, "")


@pytest.mark.parametrize("detached", [True, False])
def test_openssl_verifies_a_cms_signature(tmp_path: Path, detached: bool) -> None:
    openssl = need_program(shutil.which("openssl"), package="openssl")
    (tmp_path / "content").write_bytes(CONTENT)
    (tmp_path / "signature").write_bytes(cms_of(detached=detached))
    (tmp_path / "ca.pem").write_bytes(authority("sign").certificate.public_bytes(Encoding.PEM))
    content = ["-content", "content"] if detached else []
    verify = [openssl, "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "signature", *content]
    trust = ["-CAfile", "ca.pem", "-purpose", "any", "-attime", str(int(LATER.timestamp())), "-out", "out"]
    # The critical policy is what OpenSSL does not look at unless it is asked to.
    ran = subprocess.run([*verify, *trust], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "out").read_bytes() == CONTENT


def test_a_signature_by_another_tool_is_read(tmp_path: Path) -> None:
    made = PKCS7SignatureBuilder().set_data(CONTENT)
    made = made.add_signer(sign_certificate(), key("holder").private_key, hashes.SHA256())
    der = made.sign(Encoding.DER, [PKCS7Options.Binary, PKCS7Options.DetachedSignature])
    [one] = check_cms(pem.armor("CMS", der), CONTENT)
    assert one.intact


def test_other_content_and_another_key() -> None:
    [other] = check_cms(cms_of(), CONTENT + b"!")
    assert (other.content, other.signature, other.intact) == (False, True, False)
    [forged] = check_cms(cms_of(name="somebody else"), CONTENT)
    assert (forged.content, forged.signature) == (True, False)


def test_content_that_is_missing_or_given_twice() -> None:
    assert refusal(cms_of()) == "content-missing"
    assert refusal(cms_of(detached=False), CONTENT) == "content-twice"


def test_cms_of_other_kinds() -> None:
    assert refusal(cms.ContentInfo({"content_type": "data", "content": b"x"}).dump()) == "cms-unreadable"
    empty = cms.ContentInfo.load(cms_of())
    empty["content"]["signer_infos"] = []
    assert refusal(empty.dump(force=True), CONTENT) == "not-signed"
    twice = cms.ContentInfo.load(cms_of())
    twice["content"]["signer_infos"] = [twice["content"]["signer_infos"][0]] * 2
    assert refusal(twice.dump(force=True), CONTENT) == "cms-unreadable"


@pytest.mark.parametrize("algorithm", ["2.16.840.1.101.3.4.2.1.5.0", "1.2.840.113549.2.2"])
def test_algorithms_that_nobody_knows_make_no_signature(algorithm: str) -> None:
    """One that does not exist, and MD2."""
    altered = cms.ContentInfo.load(cms_of())
    signer = altered["content"]["signer_infos"][0]
    known = signer["signature_algorithm"]["algorithm"].native
    signer["signature_algorithm"]["algorithm"] = algorithm
    assert not check_cms(altered.dump(force=True), CONTENT)[0].intact
    signer["signature_algorithm"]["algorithm"] = known
    signer["digest_algorithm"]["algorithm"] = algorithm
    assert refusal(altered.dump(force=True), CONTENT) == "cms-unreadable"


@given(st.binary(max_size=200))
@settings(max_examples=60)
def test_any_bytes_are_refused_as_cms(junk: bytes) -> None:
    with pytest.raises(FileRefused):
        check_cms(junk, CONTENT)


@given(st.integers(0), st.integers(1, 255))
@settings(max_examples=60)
def test_a_changed_byte_of_a_cms_signature_is_never_taken_for_the_signed_content(at: int, flip: int) -> None:
    good = cms_of()
    at %= len(good)
    broken = good[:at] + bytes([good[at] ^ flip]) + good[at + 1 :]
    try:
        [one] = check_cms(broken, CONTENT)
    except FileRefused:
        return
    if one.intact:
        # What is not signed: the algorithm's parameters, further certificates, and the like.
        assert one.certificate.public_key() == sign_certificate().public_key()


# PDF


def test_a_pdf_is_signed_and_read_back(signed_pdf: bytes, pdf: bytes) -> None:
    assert signed_pdf.startswith(pdf)
    [one] = check_pdf(signed_pdf)
    assert one.intact
    assert one.field == "Signature1"
    assert one.certificate == sign_certificate()
    assert one.claimed_at is not None
    assert b"ETSI.CAdES.detached" in signed_pdf


def test_a_second_signature_leaves_the_first_valid(signed_pdf: bytes) -> None:
    first, second = check_pdf(sign_pdf(signed_pdf, signer(), field="Signature2"))
    assert first.intact
    assert second.intact
    assert (first.field, second.field) == ("Signature1", "Signature2")
    assert first.changes != ""


def test_a_field_is_signed_once(signed_pdf: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        sign_pdf(signed_pdf, signer(), field="Signature1")
    assert refused.value.code == "pdf-unreadable"


def test_a_forged_pdf_signature_is_seen(pdf: bytes) -> None:
    [forged] = check_pdf(sign_pdf(pdf, signer("somebody else"), field="Signature1"))
    assert forged.content
    assert not forged.signature


def test_a_changed_byte_of_the_signed_content_is_seen(signed_pdf: bytes, pdf: bytes) -> None:
    at = pdf.index(b"/Type")
    changed = signed_pdf[:at] + b"/typE" + signed_pdf[at + 5 :]
    try:
        [one] = check_pdf(changed)
    except FileRefused:
        return
    assert not one.intact


def test_pdfs_without_a_signature_and_what_is_none(pdf: bytes) -> None:
    assert refusal(pdf) == "not-signed"
    for broken in (b"%PDF-1.7\n", b"%PDF-1.7\n%%EOF", pdf[:200], b"%PDF-" + bytes(500)):
        assert refusal(broken) == "pdf-unreadable"
        with pytest.raises(FileRefused):
            sign_pdf(broken, signer(), field="Signature1")


def test_an_encrypted_pdf_is_not_signed(pdf: bytes) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(pdf)))
    writer.encrypt("owner", "user")
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(FileRefused) as refused:
        sign_pdf(out.getvalue(), signer(), field="Signature1")
    assert refused.value.code == "pdf-unreadable"


@given(st.integers(0), st.integers(1, 255))
@settings(max_examples=40)
def test_no_changed_byte_of_a_pdf_breaks_the_reader(at: int, flip: int) -> None:
    good = _signed_once()
    at %= len(good)
    try:
        found: list[Signed] = check_pdf(good[:at] + bytes([good[at] ^ flip]) + good[at + 1 :])
    except FileRefused:
        return
    assert all(isinstance(one, Signed) for one in found)


@cache
def _signed_once() -> bytes:
    return sign_pdf(bytes(typst.compile(b"A page")), signer(), field="Signature1")
