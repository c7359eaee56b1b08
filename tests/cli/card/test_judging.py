"""The verdict about a signature: what each source says, what is unavailable, and what decides."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.cli.card.judging import Judge, Judgement, Responder, named_responder, read_lists, read_roots
from tegata.cli.card.words import verdict_lines
from tegata.pki.crl import Reason, RevokedEntries, write_crl
from tegata.pki.signed_files.checking import Signed
from tegata.pki.validation import REAL_POLICIES
from tegata.wire.problems import Refused
from tests.node.web.running import free_port
from tests.pki.ocsp_support import GOOD, HELD, NEVER_ISSUED, NOW, REVOKED, answer, ask
from tests.pki.support import AT, auth_certificate, authority, sign_certificate

DAY = timedelta(days=1)
ROOT = authority("sign").certificate
Answering = Callable[[x509.Certificate, x509.Certificate], bytes]


def signed(serial: int = GOOD, **changed: Any) -> Signed:
    facts = {
        "field": "", "certificate": sign_certificate(serial), "content": True, "signature": True, "whole": True,
        "changes": "", "digest": "sha256", "claimed_at": None, "has_timestamp": False,
    }  # fmt: skip
    return Signed(**(facts | changed))


def listed(*serials: int, at: datetime = AT) -> bytes:
    entries = RevokedEntries.from_rows([(serial, AT, Reason.AFFILIATION_CHANGED) for serial in serials])
    return write_crl(authority("sign"), entries, number=1, this_update=at, next_update=at + DAY, partition=None)


def by_ocsp(certificate: x509.Certificate, _issuer: x509.Certificate) -> bytes:
    return answer(ask(certificate.serial_number))


def unreachable(_certificate: x509.Certificate, _issuer: x509.Certificate) -> bytes:
    raise httpx.ConnectError("nobody there")


def judge(
    one: Signed, *lists: bytes, responder: Answering | None = None, at: datetime = NOW, roots: Any = (ROOT,)
) -> Judgement:
    return Judge(roots=roots, lists=lists, at=at, known_at=NOW, responder=responder).judge(one)


def says(verdict: Judgement) -> dict[str, str]:
    return {source.source: source.says for source in verdict.revocation}


@pytest.mark.parametrize(
    ("serial", "lists", "responder", "said", "valid"),
    [
        (GOOD, (listed(REVOKED),), by_ocsp, {"crl": "good", "ocsp": "good"}, True),
        (GOOD, (listed(),), None, {"crl": "good"}, True),
        (GOOD, (), by_ocsp, {"crl": "unavailable", "ocsp": "good"}, True),
        (GOOD, (listed(),), unreachable, {"crl": "good", "ocsp": "unavailable"}, True),
        (GOOD, (listed(),), lambda *_: b"junk", {"crl": "good", "ocsp": "revocation-unknown"}, True),
        (GOOD, (), unreachable, {"crl": "unavailable", "ocsp": "unavailable"}, False),
        (GOOD, (), None, {"crl": "unavailable"}, False),
        (GOOD, (), lambda *_: b"junk", {"crl": "unavailable", "ocsp": "revocation-unknown"}, False),
        (REVOKED, (listed(),), by_ocsp, {"crl": "good", "ocsp": "revoked"}, False),
        (REVOKED, (listed(REVOKED),), unreachable, {"crl": "revoked", "ocsp": "unavailable"}, False),
        (GOOD, (listed(GOOD),), by_ocsp, {"crl": "revoked", "ocsp": "good"}, False),
        (HELD, (listed(),), by_ocsp, {"crl": "good", "ocsp": "on-hold"}, False),
        (NEVER_ISSUED, (listed(),), by_ocsp, {"crl": "good", "ocsp": "unknown-serial"}, False),
        (GOOD, (listed(at=AT - 2 * DAY), b"junk"), None, {"crl": "unavailable"}, False),
    ],
)
def test_one_that_says_revoked_decides_and_one_answer_is_needed(
    serial: int, lists: tuple[bytes, ...], responder: Answering | None, said: dict[str, str], valid: bool
) -> None:
    verdict = judge(signed(serial), *lists, responder=responder)
    assert says(verdict) == said
    assert verdict.valid is valid


def test_a_list_that_is_not_used_says_why() -> None:
    [source] = judge(signed(), listed(at=AT - 2 * DAY), b"junk").revocation
    assert source.detail == "malformed, stale"


@pytest.mark.parametrize("fault", ["content", "signature", "whole"])
def test_a_file_that_is_not_what_was_signed_is_not_valid(fault: str) -> None:
    assert not judge(signed(**{fault: False}), listed()).valid


def test_a_certificate_for_another_use_or_of_nobody_known() -> None:
    auth = judge(signed(certificate=auth_certificate()), listed(), roots=(authority("auth").certificate,))
    assert (auth.certificate, auth.valid, auth.revocation) == ("wrong-policy", False, [])
    stranger = judge(signed(), listed(), roots=(authority("auth").certificate,))
    assert (stranger.certificate, stranger.valid) == ("unknown-issuer", False)


def test_this_networks_certificates_are_not_taken_for_real_ones() -> None:
    real = Judge((ROOT,), (listed(),), NOW, NOW, None, REAL_POLICIES).judge(signed())
    assert (real.certificate, real.valid) == ("wrong-policy", False)


def test_an_earlier_time_is_judged_by_what_is_known_now() -> None:
    since = AT + timedelta(minutes=2)
    entries = RevokedEntries.from_rows([(GOOD, since, Reason.AFFILIATION_CHANGED)])
    data = write_crl(authority("sign"), entries, number=2, this_update=NOW, next_update=NOW + DAY, partition=None)
    assert judge(signed(), data, at=since - timedelta(seconds=1)).valid
    assert not judge(signed(), data, at=since).valid
    assert judge(signed(), data, at=AT - DAY).certificate == "not-yet-valid"


def test_what_was_not_checked_is_said() -> None:
    assert judge(signed(), listed()).not_checked == ["claimed-time"]
    assert judge(signed(has_timestamp=True), listed()).not_checked == ["claimed-time", "timestamp"]


@pytest.mark.parametrize("serial", [GOOD, REVOKED])
def test_every_fact_has_a_line(serial: int) -> None:
    lines = "\n".join(verdict_lines(judge(signed(serial, claimed_at=NOW, has_timestamp=True), responder=by_ocsp)))
    assert str(serial) in lines
    assert "revocation (OCSP)" in lines
    assert "not checked" in lines
    assert ("Valid at" in lines) is (serial == GOOD)


# where trust comes from


def test_roots_and_lists_of_a_directory(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        read_roots(tmp_path)
    assert refused.value.code == "no-trust-directory"
    assert read_lists(tmp_path) == []
    (tmp_path / "sign-ca.pem").write_bytes(ROOT.public_bytes(Encoding.PEM))
    (tmp_path / "crl").mkdir()
    (tmp_path / "crl" / "sign-all.crl").write_bytes(listed())
    assert read_roots(tmp_path) == [ROOT]
    assert len(read_lists(tmp_path)) == 1
    (tmp_path / "sign-broken.pem").write_bytes(b"\0")
    with pytest.raises(Refused) as refused:
        read_roots(tmp_path)
    assert refused.value.code == "root-unreadable"


def test_the_responder_that_a_certificate_names() -> None:
    assert named_responder(sign_certificate()) == "http://127.0.0.1:8000/ocsp"
    assert named_responder(ROOT) == ""
    with pytest.raises(ValueError, match="no responder"):
        Responder()(ROOT, ROOT)


def test_a_responder_that_is_not_there() -> None:
    responder = Responder(f"http://127.0.0.1:{free_port()}")
    [_, source] = judge(signed(), listed(), responder=responder).revocation
    assert (source.source, source.says) == ("ocsp", "unavailable")
