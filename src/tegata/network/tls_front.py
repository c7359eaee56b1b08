"""A TLS front for the portal's login by client certificate, as an HAProxy configuration with all that it needs.

HAProxy ends TLS, asks for a certificate of the authentication roots, and hands it on as RFC 9440 says, with a secret by
which the portal knows that a request came this way. What it does not decide, and why, stands in the configuration.
"""

import json
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from string import Template
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tegata.node.clock import NetworkClock
from tegata.wire.problems import Refused, problem

HOST: Final = "localhost"
LIFE: Final = timedelta(days=90)
EARLIER: Final = timedelta(hours=1)
TEXTS: Final = Path(__file__).parent / "data"

PORTAL_NOT_PLAIN = problem(
    "portal-address-not-plain", 422,
    ja="前段から見たマイナポータルの住所 (URL) は、http://ホスト:ポート の形にします。",
    en="The portal's address as the front reaches it is http://HOST:PORT.",
    do_ja="--portal で、マイナポータルが待ち受ける住所を指定してください。",
    do_en="Name the address on which the portal listens with --portal.",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Front:
    """Where the front listens, the portal's public base URL, and the host and port at which the front reaches it."""

    port: int
    portal_url: str
    backend: str

    @property
    def origin(self) -> str:
        """The front's origin for browsers."""
        return f"https://{HOST}:{self.port}"


def describe(portal_url: str, *, port: int, portal: str | None = None) -> Front:
    """A front of the portal with this base URL. Raises ``Refused`` (portal-address-not-plain).

    ``portal``: the address at which the front reaches it, where that is another than the public one.
    """
    parts = urlsplit(portal or portal_url)
    try:
        inner_port = parts.port or 80
    except ValueError:
        inner_port = 0
    known = parts.hostname is not None and re.fullmatch(r"[A-Za-z0-9.-]+", parts.hostname)
    if parts.scheme != "http" or not known or not inner_port or (portal and parts.path.strip("/")):
        raise Refused(PORTAL_NOT_PLAIN, {"portal": portal or portal_url})
    return Front(port=port, portal_url=portal_url, backend=f"{parts.hostname}:{inner_port}")


def write(directory: Path, front: Front, roots: Sequence[x509.Certificate]) -> list[Path]:
    """Write the configuration; returns the files. What was written before is written anew, keys and secret as well.

    Raises ``OSError`` where the directory can not be written.
    """
    directory = directory.absolute()
    directory.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_urlsafe(32)
    authority, server = _server_certificate()
    told = {
        "server": _quoted(directory / "server.pem"), "roots": _quoted(directory / "auth-roots.pem"), "secret": secret,
        "port": front.port, "path": urlsplit(front.portal_url).path, "portal": front.portal_url,
        "backend": front.backend, "origin": front.origin, "days": LIFE.days, "directory": directory,
    }  # fmt: skip
    settings = {"origin": front.origin, "secret_file": str(directory / "front.secret")}
    # A JSON string is a TOML string too, with the same escapes.
    table = "\n".join(
        ["[actors.portal.tls_front]", *(f"{name} = {json.dumps(value)}" for name, value in settings.items())]
    )
    return [
        _write(directory / "haproxy.cfg", _filled("tls_front.cfg", told).encode(), secret=True),
        _write(directory / "front.secret", secret.encode() + b"\n", secret=True),
        _write(directory / "server.pem", server, secret=True),
        _write(directory / "server-ca.pem", authority),
        _write(directory / "auth-roots.pem", b"".join(root.public_bytes(Encoding.PEM) for root in roots)),
        _write(directory / "settings.toml", table.encode() + b"\n"),
        _write(directory / "README.md", _filled("tls_front.md", told).encode()),
    ]


def _filled(name: str, told: dict[str, object]) -> str:
    return Template((TEXTS / name).read_text("utf-8")).substitute(told)


def _quoted(path: Path) -> str:
    """A path in HAProxy's weak quotes."""
    text = str(path)
    for character in '\\"$':
        text = text.replace(character, "\\" + character)
    return f'"{text}"'


def _write(file: Path, content: bytes, *, secret: bool = False) -> Path:
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if secret else 0o644)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
    return file


def _server_certificate() -> tuple[bytes, bytes]:
    """A test authority, whose key nobody keeps, and key and certificate of the front. Browsers live by real time."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = _name("Tegata test authority for localhost (not a public authority)")
    authority = (
        _builder(name, name, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    hosts = [x509.DNSName(HOST), x509.IPAddress(ip_address("127.0.0.1"))]
    server = (
        _builder(_name(HOST), name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return authority.public_bytes(Encoding.PEM), private + server.public_bytes(Encoding.PEM)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = NetworkClock(None).now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + LIFE)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority, key_cert_sign=authority, crl_sign=authority, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
