"""HAProxy before the portal, as ``tegata export tls-front`` writes it, and clients with certificates in files."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tegata.network import tls_front
from tests.fixtures.programs import need_program
from tests.node.web.running import free_port, wait_for


def haproxy() -> Path:
    """The program."""
    return need_program(shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin"), package="haproxy")


@dataclass
class Front:
    """A front's files, and who may connect to it."""

    directory: Path
    described: tls_front.Front
    portal_port: int

    @property
    def origin(self) -> str:
        """Where browsers reach it."""
        return self.described.origin

    @property
    def secret(self) -> str:
        """What it proves itself by."""
        return (self.directory / "front.secret").read_text().strip()

    def settings(self) -> dict[str, Any]:
        """What the portal is told."""
        return dict(msgspec.toml.decode((self.directory / "settings.toml").read_bytes())["actors"])

    def client(self, certificate: x509.Certificate | None = None, key: Any = None, **options: Any) -> httpx.Client:
        """A client that trusts the front, with a certificate and its key, or with none."""
        context = ssl.create_default_context(cafile=str(self.directory / "server-ca.pem"))
        if certificate is not None:
            context.load_cert_chain(self._kept(certificate, key))
        return httpx.Client(verify=context, follow_redirects=False, **options)

    def _kept(self, certificate: x509.Certificate, key: Any) -> Path:
        file = self.directory / f"client-{certificate.serial_number}.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
        return file


def written(directory: Path, roots: list[x509.Certificate], path: str = "") -> Front:
    """A front's files for a portal that is going to listen on a free port."""
    portal_port = free_port()
    described = tls_front.describe(f"http://127.0.0.1:{portal_port}{path}", port=free_port())
    tls_front.write(directory, described, roots)
    return Front(directory, described, portal_port)


@contextmanager
def fronted(front: Front) -> Iterator[None]:
    """HAProxy runs; it says nothing, or the test fails."""
    log = front.directory / "haproxy.log"
    with log.open("wb") as output:
        started = subprocess.Popen(
            [haproxy(), "-db", "-f", front.directory / "haproxy.cfg"], stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_for(front.described.port)
        yield
    finally:
        started.terminate()
        started.wait(10)
    said = [line for line in log.read_text().splitlines() if "[WARNING]" in line or "[ALERT]" in line]
    assert [line for line in said if "exited" not in line] == []


def speaks(port: int, request: bytes) -> bytes:
    """Bytes sent to a port as they are, and the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    return answer
