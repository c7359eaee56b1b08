"""NIST's Public Key Interoperability Test Suite, from the package ``cryptography-vectors``.

A directory is imitated: for each test, every authority and list that a look-up by name finds from the end entity on is
given to validation, whether the test's document means them to be used or not.
"""

import tomllib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import msgspec
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509

DATA = files("cryptography_vectors").joinpath("x509", "PKITS_data")
TABLE = Path(__file__).with_name("pkits.toml")
POLICY_ARC = "2.16.840.1.101.3.2.1.48"


class Case(msgspec.Struct, frozen=True):
    """One row of the table: ``valid`` is the document's word; ``code`` is ours where we refuse."""

    number: int
    certificate: str
    valid: bool
    policies: tuple[int, ...] = ()
    code: str | None = None


class Section(msgspec.Struct, frozen=True):
    """A section of the suite's document."""

    number: str
    title: str
    tests: list[Case]


def sections() -> list[Section]:
    return msgspec.convert(tomllib.loads(TABLE.read_text(encoding="utf-8"))["section"], list[Section])


def cases() -> list[tuple[str, Case]]:
    """Every case with its name: section, number and the accepted policies."""
    return [
        (f"{section.number}.{case.number}" + "".join(f" P{policy}" for policy in case.policies), case)
        for section in sections()
        for case in section.tests
    ]


@cache
def certificate_files() -> dict[str, bytes]:
    return _contents(DATA.joinpath("certs"), ".crt")


@cache
def crl_files() -> dict[str, bytes]:
    return _contents(DATA.joinpath("crls"), ".crl")


def _contents(folder: Traversable, suffix: str) -> dict[str, bytes]:
    return {
        entry.name.removesuffix(suffix): entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(suffix)
    }


@cache
def _parsed() -> dict[str, Any]:
    return {name: asn1_x509.Certificate.load(data) for name, data in certificate_files().items()}


@cache
def _lists_by_issuer() -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for data in crl_files().values():
        found.setdefault(asn1_crl.CertificateList.load(data).issuer.hashable, []).append(data)
    return found


def directory(end_entity: str) -> tuple[list[x509.Certificate], list[bytes]]:
    """The authorities between root and end entity, and the CRLs, as found by name; unreadable ones are left out."""
    names: set[str] = set()
    found: set[str] = set()
    waiting = [end_entity]
    while waiting:
        names |= _names_to_look_up(_parsed()[waiting.pop()])
        new = [name for name in _authorities() if name not in found and _parsed()[name].subject.hashable in names]
        found.update(new)
        waiting.extend(new)
    authorities = [readable for name in sorted(found) if (readable := _readable(certificate_files()[name]))]
    return authorities, [crl for name in sorted(names) for crl in _lists_by_issuer().get(name, [])]


def _authorities() -> list[str]:
    return [name for name in certificate_files() if not name.endswith("EE") and name != "TrustAnchorRootCertificate"]


def _names_to_look_up(certificate: Any) -> set[str]:
    """The issuer, and who issues the CRLs of the distribution points."""
    names = {certificate.issuer.hashable}
    for point in certificate.crl_distribution_points_value or ():
        names |= {name.chosen.hashable for name in point["crl_issuer"] or () if name.name == "directory_name"}
    return names


def _readable(data: bytes) -> x509.Certificate | None:
    try:
        return x509.load_der_x509_certificate(data)
    except ValueError:
        return None
