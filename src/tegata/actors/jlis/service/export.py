"""What an engineer needs to check this PKI with tools of their own: roots, lists, and two sample certificates.

The files hold no key. The samples are certificates of invented people, as everything here is.
"""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from tegata.actors.jlis.service import authorities, crls
from tegata.actors.jlis.tables import CertificateRow, CrlRow, RevocationRow
from tegata.node.node import Node
from tegata.pki.profiles import USAGES


@dataclass(frozen=True)
class Exported:
    """The files that were written, and what there was none of (``good-sign``, ``revoked-sign``, ``crl``)."""

    files: list[Path]
    missing: list[str]


def export_pki(node: Node, directory: Path) -> Exported:
    """Write ``{usage}-ca.pem`` (all generations, the newest first), ``crl/`` in DER, and ``samples/`` in PEM.

    A CRL is called ``{usage}-{partition}.crl``; those signed by earlier generations ``{usage}-{partition}-g{n}.crl``.
    Raises ``OSError`` where the directory can not be written.
    """
    files = [*_roots(node, directory), *_lists(node, directory / "crl")]
    missing = [] if any(file.suffix == ".crl" for file in files) else ["crl"]
    for name, row in _samples(node).items():
        if row is None:
            missing.append(name)
        else:
            certificate = x509.load_der_x509_certificate(row.der)
            files.append(_write(directory / "samples" / f"{name}.pem", certificate.public_bytes(Encoding.PEM)))
    return Exported(files, missing)


def _roots(node: Node, directory: Path) -> list[Path]:
    return [
        _write(
            directory / f"{usage}-ca.pem",
            b"".join(root.public_bytes(Encoding.PEM) for root in reversed(authorities.roots(node, usage))),
        )
        for usage in USAGES
    ]


def _lists(node: Node, directory: Path) -> list[Path]:
    newest = {usage: authorities.newest(node, usage).number for usage in USAGES}
    files = []
    for usage in USAGES:
        for row in (row for row in crls.current(node) if row.usage == usage):
            mark = "" if row.generation == newest[usage] else f"-g{row.generation}"
            der = crls.one(node, usage, row.partition, row.number, row.generation).der
            files.append(_write(directory / f"{usage}-{row.partition}{mark}.crl", der))
    return files


def _samples(node: Node) -> dict[str, CertificateRow | None]:
    """A certificate that OCSP calls good, and one that it calls revoked and the newest list holds."""
    now = node.clock.now()
    valid = select(CertificateRow).where(CertificateRow.usage == "sign", CertificateRow.not_after >= now)
    record = (RevocationRow.usage == CertificateRow.usage) & (RevocationRow.serial == CertificateRow.serial)
    with node.database.read() as session:
        listed = session.scalar(
            select(CrlRow.this_update)
            .where(CrlRow.usage == "sign", CrlRow.partition == crls.WHOLE)
            .order_by(CrlRow.number.desc())
            .limit(1)
        )
        revoked = valid.where(exists().where(record, RevocationRow.at <= listed)) if listed else None
        return {
            "good-sign": _newest(session, valid.where(~exists().where(record))),
            "revoked-sign": None if revoked is None else _newest(session, revoked),
        }


def _newest(session: Session, query: Select[CertificateRow]) -> CertificateRow | None:
    return session.scalar(query.order_by(CertificateRow.serial.desc()).limit(1))


def _write(file: Path, content: bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file
