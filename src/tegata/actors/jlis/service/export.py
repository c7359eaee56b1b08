"""What an engineer needs to check this PKI with tools of their own: roots, lists, and sample certificates.

The files hold no key. The samples are certificates of invented people, as everything here is.
"""

import shutil
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from tegata.actors.jlis.service import authorities, crls, standing
from tegata.actors.jlis.tables import CertificateRow, CrlRow, StandingRow
from tegata.node.node import Node
from tegata.pki.profiles import USAGES, Usage

PHONE_SAMPLE = "good-phone-sign"


@dataclass(frozen=True)
class Exported:
    """The files that were written, and what there was none of (``good-sign``, ``revoked-sign``, ``crl``).

    That no phone holds a certificate is nothing that is missing.
    """

    files: list[Path]
    missing: list[str]


def export_pki(node: Node, directory: Path) -> Exported:
    """Write ``{usage}-ca.pem``, ``crl/{usage}-{partition}.crl`` in DER, and ``samples/`` in PEM.

    After a rollover the roots and lists of generation n before the newest have ``-g{n}`` in their names: as all share
    one name, many tools verify with one of them at a time. Raises ``OSError`` where the directory can not be written.
    """
    files = [*_roots(node, directory), *_lists(node, directory / "crl")]
    missing = [] if any(file.suffix == ".crl" for file in files) else ["crl"]
    for name, row in _samples(node).items():
        if row is None:
            missing += [] if name == PHONE_SAMPLE else [name]
        else:
            certificate = x509.load_der_x509_certificate(row.der)
            files.append(_write(directory / "samples" / f"{name}.pem", certificate.public_bytes(Encoding.PEM)))
    return Exported(files, missing)


def _roots(node: Node, directory: Path) -> list[Path]:
    return [
        _write(
            directory / f"{usage}-ca{_mark(node, usage, one.number)}.pem",
            one.authority.certificate.public_bytes(Encoding.PEM),
        )
        for usage in USAGES
        for one in authorities.generations(node, usage)
    ]


def _lists(node: Node, directory: Path) -> list[Path]:
    files = []
    for row in crls.current(node):
        usage: Usage = "sign" if row.usage == "sign" else "auth"
        name = f"{usage}-{row.partition}{_mark(node, usage, row.generation)}.crl"
        with crls.opened(node, crls.one(node, usage, row.partition, row.number, row.generation)) as der:
            files.append(_copy(directory / name, der))
    return files


def _mark(node: Node, usage: Usage, generation: int) -> str:
    return "" if generation == authorities.newest(node, usage).number else f"-g{generation}"


def _samples(node: Node) -> dict[str, CertificateRow | None]:
    """A card's certificate that OCSP calls good, one that it calls revoked and the newest list holds, a phone's."""
    now = node.clock.now()
    signing = select(CertificateRow).where(CertificateRow.usage == "sign", CertificateRow.not_after >= now)
    valid = signing.where(CertificateRow.medium == "card")
    record = (StandingRow.usage == CertificateRow.usage) & (StandingRow.serial == CertificateRow.serial)
    with node.database.read() as session:
        listed = session.scalar(
            select(CrlRow.this_update)
            .where(CrlRow.usage == "sign", CrlRow.partition == crls.WHOLE)
            .order_by(CrlRow.number.desc())
            .limit(1)
        )
        revoked = valid.where(exists().where(record, StandingRow.at <= standing.seconds(listed))) if listed else None
        return {
            "good-sign": _newest(session, valid.where(~exists().where(record))),
            PHONE_SAMPLE: _newest(session, signing.where(CertificateRow.medium == "phone", ~exists().where(record))),
            "revoked-sign": None if revoked is None else _newest(session, revoked),
        }


def _newest(session: Session, query: Select[CertificateRow]) -> CertificateRow | None:
    return session.scalar(query.order_by(CertificateRow.generation.desc(), CertificateRow.serial.desc()).limit(1))


def _write(file: Path, content: bytes) -> Path:
    return _copy(file, BytesIO(content))


def _copy(file: Path, content: BinaryIO) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        shutil.copyfileobj(content, out)
    return file
