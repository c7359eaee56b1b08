"""The roots in a trust directory: ``sign-1.pem``, ``auth-2.pem`` (usage and generation)."""

from collections.abc import Sequence
from pathlib import Path

from cryptography import x509

from tegata.node.settings import SettingsError
from tegata.pki.profiles import Usage


def roots_in(directory: Path, usage: Usage) -> Sequence[x509.Certificate]:
    """The roots of a usage, the oldest generation first; none where there are none. Raises ``SettingsError``."""
    return [read_root(file) for file in root_files(directory, usage)]


def root_files(directory: Path, usage: Usage) -> list[Path]:
    """The files of a usage's roots, the oldest generation first."""
    return sorted(directory.glob(f"{usage}-*.pem"), key=_generation)


def read_root(file: Path) -> x509.Certificate:
    """The certificate in a file. Raises ``SettingsError``."""
    try:
        return x509.load_pem_x509_certificate(file.read_bytes())
    except ValueError as error:
        raise SettingsError(f"{file}: not a certificate in PEM") from error


def _generation(file: Path) -> tuple[int, str]:
    number = file.stem.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0, file.name
