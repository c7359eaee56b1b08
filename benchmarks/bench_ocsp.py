"""OCSP answers in process: a request in DER in, a signed response in DER out.

Peers: the reader and builder of ``cryptography``, and the bare signature of the same bytes, which is the floor. OpenSSL
has no answerer in process; its command, one process a request, is measured to show what that costs.
``TEGATA_BENCH_ANSWERS`` sets the number of answers a turn (500).
"""

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from benchmarks.comparison import Comparison
from tegata.japan.municipalities import municipality
from tegata.pki.authority import Authority, AuthorityUrls
from tegata.pki.crl import RevokedEntries
from tegata.pki.keys import SoftwareSigner, builder_key
from tegata.pki.ocsp import Responder, Snapshot, build_request

ANSWERS = int(os.environ.get("TEGATA_BENCH_ANSWERS", "500"))
PROCESSES = 10
SERIAL = 1001

NOW = datetime(2023, 9, 25, 22, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=15)
YEAR = NOW + timedelta(days=365)
SNAPSHOT = Snapshot(np.arange(1, 1_000_000, dtype=np.uint64), RevokedEntries.empty())


def comparisons() -> list[Comparison]:
    """Answers with a delegated key of each kind."""
    authority = Authority.create("auth", SoftwareSigner.generate_rsa(), at=NOW, urls=AuthorityUrls("http://127.0.0.1/"))
    holder = SoftwareSigner.generate_p256().public_key()
    certificate = authority.issue_auth(SERIAL, holder, municipality("131016"), NOW, YEAR, "BENCH")
    rsa = _answering("RSA-2048", authority, certificate, SoftwareSigner.generate_rsa())
    p256 = _answering("P-256", authority, certificate, SoftwareSigner.generate_p256())
    return [*rsa, *p256, _command(authority, certificate)]


def _answering(
    kind: str, authority: Authority, certificate: x509.Certificate, signer: SoftwareSigner
) -> list[Comparison]:
    delegated = authority.issue_ocsp_responder(9, signer.public_key(), NOW, YEAR)
    responder = Responder(authority, delegated, signer)
    request = build_request(certificate, authority.certificate)
    signed = ocsp.load_der_ocsp_response(_answer(responder, request)).tbs_response_bytes

    def by_library() -> bool:
        return _by_library(request, certificate, authority.certificate, delegated, signer) == SERIAL

    def floor() -> bool:
        return len(signer.sign(signed)) > 0

    work = f"{ANSWERS} OCSP answers, {kind}"
    ours = _repeat(lambda: len(_answer(responder, request)) > 0, ANSWERS)
    return [
        Comparison(work, ours, "cryptography's builder", _repeat(by_library, ANSWERS)),
        Comparison(work, ours, "signature only", _repeat(floor, ANSWERS)),
    ]


def _answer(responder: Responder, request: bytes) -> bytes:
    return responder.answer(request, SNAPSHOT, now=NOW, this_update=NOW, next_update=UNTIL)


def _by_library(
    request: bytes,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    delegated: x509.Certificate,
    signer: SoftwareSigner,
) -> int:
    """The same work by ``cryptography``: it needs the certificate itself, which is given here."""
    wanted = ocsp.load_der_ocsp_request(request)
    builder = ocsp.OCSPResponseBuilder().add_response(
        certificate, issuer, wanted.hash_algorithm, ocsp.OCSPCertStatus.GOOD, NOW, UNTIL, None, None
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, delegated).certificates([delegated])
    response = builder.sign(builder_key(signer), hashes.SHA256())
    return wanted.serial_number if response.public_bytes(Encoding.DER) else 0


def _command(authority: Authority, certificate: x509.Certificate) -> Comparison:
    """OpenSSL's command answers from files, a process for each request."""
    signer = SoftwareSigner.generate_rsa()
    delegated = authority.issue_ocsp_responder(9, signer.public_key(), NOW, YEAR)
    request = build_request(certificate, authority.certificate)
    responder = Responder(authority, delegated, signer)
    folder = Path(tempfile.mkdtemp(prefix="tegata-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "ca.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    (folder / "responder.pem").write_bytes(delegated.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(signer.to_pem())
    (folder / "request.der").write_bytes(request)
    (folder / "index.txt").write_text(f"V\t280925145959Z\t\t{SERIAL:04X}\tunknown\t/C=JP/CN=BENCH\n")
    files = {"-index": "index.txt", "-rsigner": "responder.pem", "-rkey": "key.pem", "-CA": "ca.pem"}
    files |= {"-reqin": "request.der", "-respout": "response.der"}
    command = ["openssl", "ocsp", "-nmin", "15", *(part for option, file in files.items() for part in (option, file))]

    def run() -> bool:
        subprocess.run(command, cwd=folder, capture_output=True, check=True)
        response = ocsp.load_der_ocsp_response((folder / "response.der").read_bytes())
        return response.certificate_status is ocsp.OCSPCertStatus.GOOD

    ours = _repeat(lambda: len(_answer(responder, request)) > 0, PROCESSES)
    theirs = _repeat(run, PROCESSES)
    return Comparison(f"{PROCESSES} OCSP answers, RSA-2048", ours, "openssl ocsp (a process each)", theirs)


def _repeat(work: Callable[[], bool], times: int) -> Callable[[], bool]:
    return lambda: all(work() for _ in range(times))
