"""What OCSP says of a certificate in a story, read by the openssl program: a witness from outside (FI-05).

openssl writes the request and verifies the answer. The network's clock is not the machine's, so openssl is told the
time (``-attime``), and the span of the answer is not held against the machine's clock (``-validity_period``). Where
openssl is not installed the project's own check reads the answer, and the record says so.
"""

import re
import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.node import trust
from tegata.node.node import Node
from tegata.pki.ocsp import Good, Revoked, build_request, check_response
from tegata.pki.profiles import Usage
from tegata.wire.revocation import OCSP

TIMEOUT_SECONDS = 30
ANY_SPAN = str(10 * 366 * 86_400)
_STATUS = re.compile(r"^certificate\.pem: (good|revoked|unknown)$", re.MULTILINE)
_REASON = re.compile(r"^\s*Reason: (\w+)$", re.MULTILINE)


class Witnessed(msgspec.Struct, frozen=True, kw_only=True):
    """An OCSP answer as it was read. ``reason`` is empty unless revoked for one; ``by``: who read it."""

    usage: Usage
    serial: int
    at: datetime
    status: Literal["good", "revoked", "unknown"]
    reason: str
    by: Literal["openssl", "tegata"]


class NotVerified(RuntimeError):
    """openssl did not verify the answer; the message is what it said."""


def ask(node: Node, usage: Usage, certificate: x509.Certificate) -> Witnessed:
    """The answer to a question that ``node`` sends to J-LIS now.

    Raises ``Refused`` (no-trusted-root, peer-unavailable), :class:`NotVerified`, or ``OcspRefused``.
    """
    issuer = trust.issuer_of(node, usage, certificate)
    if issuer is None:
        raise NotVerified("no trusted root issued this certificate")
    openssl = shutil.which("openssl")
    if openssl is None:
        return _by_ourselves(node, usage, certificate, issuer)
    with tempfile.TemporaryDirectory(prefix="tegata-ocsp-") as folder:
        return _by_openssl(openssl, Path(folder), node, usage, certificate, issuer)


def _by_openssl(
    openssl: str, folder: Path, node: Node, usage: Usage, certificate: x509.Certificate, issuer: x509.Certificate
) -> Witnessed:
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "issuer.pem").write_bytes(issuer.public_bytes(Encoding.PEM))
    about = ("ocsp", "-issuer", "issuer.pem", "-cert", "certificate.pem", "-no_nonce")
    _run(openssl, folder, *about, "-reqout", "request.der")
    answer = node.fetch(OCSP, (folder / "request.der").read_bytes(), path={"usage": usage}).body
    (folder / "response.der").write_bytes(answer)
    now = node.clock.now()
    at = str(int(now.timestamp()))
    said = _run(
        openssl, folder, *about, "-respin", "response.der", "-CAfile", "issuer.pem", "-attime", at,
        "-validity_period", ANY_SPAN,
    )  # fmt: skip
    status, reason = _STATUS.search(said.stdout), _REASON.search(said.stdout)
    if "Response verify OK" not in said.stderr:
        raise NotVerified(said.stderr.strip())
    if status is None:
        raise NotVerified("the response says nothing of this certificate")
    return Witnessed(
        usage=usage, serial=certificate.serial_number, at=now, status=status[1],  # type: ignore[arg-type] # by pattern
        reason=reason[1] if reason else "", by="openssl",
    )  # fmt: skip


def _run(openssl: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(  # noqa: S603  # a program found on the path, with arguments of our own
        [openssl, *arguments], cwd=folder, check=False, capture_output=True, text=True, timeout=TIMEOUT_SECONDS
    )
    if ran.returncode:
        raise NotVerified(f"{ran.stdout}{ran.stderr}".strip())
    return ran


def _by_ourselves(node: Node, usage: Usage, certificate: x509.Certificate, issuer: x509.Certificate) -> Witnessed:
    request = build_request(certificate, issuer)
    answer = node.fetch(OCSP, request, path={"usage": usage}).body
    now = node.clock.now()
    status = check_response(answer, request, issuer, at=now).status
    return Witnessed(
        usage=usage, serial=certificate.serial_number, at=now,
        status="good" if isinstance(status, Good) else "revoked" if isinstance(status, Revoked) else "unknown",
        reason=str(status.reason) if isinstance(status, Revoked) else "", by="tegata",
    )  # fmt: skip
