"""Servers that the OCSP benchmark asks, on the same certificates, each started and stopped here."""

import base64
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import insert, select

from benchmarks.ocsp_side import settings_of
from tegata.actors.jlis.service import authorities, ocsp, revocations
from tegata.actors.jlis.tables import CertificateRow, Person, ResponderRow
from tegata.network.actors import spec_of
from tegata.network.site import CLOCK_FILE
from tegata.node.clock import NetworkClock
from tegata.node.node import Node
from tegata.pki.ocsp import Responder, build_request
from tegata.pki.profiles import Usage

ROOT = Path(__file__).parents[1]
START_SECONDS = 60
EVERY_REVOKED = 10
"""One certificate of so many is revoked."""

USAGE: Usage = "auth"


@dataclass(frozen=True)
class Certificates:
    """A J-LIS's certificates 1 … ``size``, its root and its responder with their files, and pre-signed answers."""

    directory: Path
    size: int
    kind: str
    responder: Responder
    good: list[int]
    revoked: list[int]
    signed: list[bytes]

    def requests(self, serials: Sequence[int], nonces: Sequence[bytes | None] = (None,)) -> list[bytes]:
        """A request for each serial."""
        root = self.responder.issuer
        return [build_request(serial, root, nonces[place % len(nonces)]) for place, serial in enumerate(serials)]


def made(directory: Path, size: int, kind: str) -> Certificates:
    """A J-LIS that has issued ``size`` certificates of a usage and revoked some, with a running clock.

    Only what OCSP asks for is real: the rows hold no certificate.
    """
    directory.mkdir()
    now = NetworkClock().now()
    clock = NetworkClock(directory / CLOCK_FILE, start=now - timedelta(hours=1), frozen=True)
    node = Node.open(spec_of("jlis"), settings_of(directory, kind), clock=clock)
    try:
        _issue(node, size)
        clock.set(now)
        clock.run()
        return _certificates(node, directory, size, kind)
    finally:
        node.close()


def _issue(node: Node, size: int) -> None:
    with node.database.begin() as tx:
        tx.session.add(
            Person(person_id="p", resident_code="1", sequence=1, event="registered", municipality_code="131016")
        )
        tx.session.flush()
        first = authorities.next_serial(tx.session, USAGE)
        rows = [
            {
                "usage": USAGE, "serial": serial, "generation": 1, "application_id": f"{serial}", "content_hash": b"",
                "person_id": "p", "sequence": 1, "municipality_code": "131016", "card_id": "", "not_before": tx.now,
                "not_after": tx.now + timedelta(days=1000), "issued_at": tx.now, "der": b"",
            }
            for serial in range(first, first + size)
        ]  # fmt: skip
        tx.session.execute(insert(CertificateRow), rows)
        for row in tx.session.scalars(select(CertificateRow).where(CertificateRow.serial % EVERY_REVOKED == 0)):
            revocations.add(tx, row, "affiliationChanged", "benchmark")


def _certificates(node: Node, directory: Path, size: int, kind: str) -> Certificates:
    with node.database.read() as session:
        serials = session.scalars(select(CertificateRow.serial).order_by(CertificateRow.serial)).all()
        key_name = session.scalars(select(ResponderRow.key_name).where(ResponderRow.usage == USAGE)).one()
    revoked = [serial for serial in serials if serial % EVERY_REVOKED == 0]
    good = [serial for serial in serials if serial % EVERY_REVOKED]
    desk = ocsp.open_desk(node, USAGE, renews=True)
    responder = authorities.responders(node, USAGE)[1]
    signed = [desk.answer(build_request(serial, responder.issuer)).der for serial in serials]
    signer = node.signer_store.load(key_name)
    assert signer is not None
    (directory / "root.pem").write_bytes(responder.issuer.public_bytes(Encoding.PEM))
    (directory / "responder.pem").write_bytes(responder.certificate.public_bytes(Encoding.PEM))
    (directory / "responder.key").write_bytes(signer.to_pem())
    _write_index(directory / "index.txt", good, revoked, node.clock.now())
    return Certificates(directory, size, kind, responder, good, revoked, signed)


def _write_index(path: Path, good: Sequence[int], revoked: Sequence[int], now: datetime) -> None:
    """OpenSSL's database of certificates."""
    day = f"{now + timedelta(days=900):%y%m%d}000000Z"
    then = f"{now - timedelta(days=1):%y%m%d}000000Z"
    lines = [(serial, f"V\t{day}\t\t{_hex(serial)}\tunknown\t/CN={serial}") for serial in good]
    lines += [(serial, f"R\t{day}\t{then}\t{_hex(serial)}\tunknown\t/CN={serial}") for serial in revoked]
    path.write_text("".join(f"{line}\n" for _, line in sorted(lines)), encoding="ascii")


def _hex(serial: int) -> str:
    return f"{serial:X}".rjust(len(f"{serial:X}") + len(f"{serial:X}") % 2, "0")


@dataclass(frozen=True)
class Server:
    """One that answers; ``url`` is asked below ``path``, its memory is that of the process and its children."""

    process: "subprocess.Popen[str]"
    port: int
    path: str

    @property
    def url(self) -> str:
        """Without the path."""
        return f"http://127.0.0.1:{self.port}"

    def peak_mb(self) -> float:
        """The most memory that each of its processes had, together, in MB."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii").split()
        return sum(_peak(pid) for pid in (self.process.pid, *map(int, listed)))


def _peak(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM:"))


@contextmanager
def ours(certificates: Certificates, workers: int, kind: str) -> Iterator[Server]:
    """The responder as ``tegata ocsp`` runs it."""
    port = free_port()
    arguments = ["ours", str(certificates.directory), str(port), str(workers), kind]
    with _running([sys.executable, "-m", "benchmarks.ocsp_side", *arguments], says_ready=True) as process:
        yield Server(process, port, f"/ocsp/{USAGE}")


@contextmanager
def bare(certificates: Certificates, workers: int) -> Iterator[Server]:
    """A handler that gives one fixed answer on the same server."""
    port = free_port()
    arguments = ["bare", str(port), str(workers), str(len(certificates.signed[0]))]
    with _running([sys.executable, "-m", "benchmarks.ocsp_side", *arguments], says_ready=True) as process:
        yield Server(process, port, f"/ocsp/{USAGE}")


@contextmanager
def cfssl(certificates: Certificates) -> Iterator[Server]:
    """Of cfssl, with answers that were signed before."""
    port = free_port()
    file = certificates.directory / "answers.txt"
    file.write_text("\n".join(base64.b64encode(each).decode() for each in certificates.signed), encoding="ascii")
    command = ["cfssl", "ocspserve", "-port", str(port), "-responses", str(file), "-loglevel", "5"]
    with _running(command) as process:
        _wait_for(process, port, certificates.requests(certificates.good[:1])[0])
        yield Server(process, port, "/")


@contextmanager
def openssl(certificates: Certificates, processes: int = 0) -> Iterator[Server]:
    """OpenSSL's responder, which signs each answer; ``processes`` above 0 for several."""
    port = free_port()
    here = certificates.directory
    command = ["openssl", "ocsp", "-port", str(port), "-index", str(here / "index.txt"), "-CA", str(here / "root.pem")]
    command += ["-rsigner", str(here / "responder.pem"), "-rkey", str(here / "responder.key"), "-nmin", "20"]
    command += ["-ignore_err", *(["-multi", str(processes)] if processes else [])]
    with _running(command) as process:
        _wait_for(process, port, certificates.requests(certificates.good[:1])[0])
        yield Server(process, port, "/")


@contextmanager
def _running(command: Sequence[str], *, says_ready: bool = False) -> "Iterator[subprocess.Popen[str]]":
    """A process that is ended with all that it has started: OpenSSL leaves its children behind, which may spin."""
    out = subprocess.PIPE if says_ready else subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=ROOT, stdout=out, stderr=subprocess.DEVNULL, text=True, process_group=0
    ) as process:
        try:
            if process.stdout is not None and process.stdout.readline() != "ready\n":
                raise ChildProcessError(" ".join(command))
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _wait_for(process: "subprocess.Popen[str]", port: int, request: bytes) -> None:
    """Until a request is answered; a connection that only tries would hold up Debian's openssl for ever."""
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        try:
            post(f"127.0.0.1:{port}", "/", request)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise ChildProcessError(f"{process.args!r} does not answer")


def post(host: str, path: str, request: bytes) -> bytes:
    """The answer to one request. Raises ``OSError``."""
    name, _, port = host.partition(":")
    with socket.create_connection((name, int(port)), timeout=5) as connection:
        head = f"POST {path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/ocsp-request\r\n"
        connection.sendall(f"{head}Content-Length: {len(request)}\r\n\r\n".encode() + request)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
    if not received.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
        raise OSError(received[:100].decode("latin-1"))
    return received.partition(b"\r\n\r\n")[2]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])
