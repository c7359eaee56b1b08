"""Lists in files, of any number of entries, checked and read in bounded memory."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Self

from cryptography import x509

from tegata.pki.crl.entries import Revocation, RevokedEntries
from tegata.pki.crl.files import FileOctets
from tegata.pki.crl.read import Envelope, RevocationList, open_crl, refusing
from tegata.pki.crl.scan import WINDOW
from tegata.pki.crl.spool import Spool
from tegata.pki.crl.verify import AnyPartition, check_use, open_verified
from tegata.pki.crl.write import Scope


class CrlFile:
    """A list that was checked: its ``facts``, a :class:`RevocationList` without entries, and its entries in a spool.

    The file itself is not needed any more. The entries lie in a temporary file, which is gone when this is closed or
    nobody has it any more.
    """

    def __init__(self, facts: RevocationList, entries: Spool) -> None:
        self.facts, self.entries = facts, entries

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the entries."""
        self.entries.close()

    def __len__(self) -> int:
        return len(self.entries)

    def chunks(self) -> Iterator[RevokedEntries]:
        """All entries in chunks that ascend by serial, within and across; as often as is wanted."""
        return self.entries.chunks()

    def lookup(self, serial: int) -> Revocation | None:
        """The revocation of a serial of this list's issuer, or None where it is not listed."""
        return self.entries.lookup(serial)

    def about(self, serial: int) -> RevocationList:
        """The list with no other entry than that of one serial: all that a check of this certificate needs."""
        return replace(self.facts, entries=self.entries.about(serial))


def verify_crl_file(
    source: Path | BinaryIO,
    authority_certificates: Iterable[x509.Certificate],
    *,
    at: datetime,
    partition: x509.Name | AnyPartition | None = None,
    only: Scope | None = None,
    previous_number: int | None = None,
    folder: Path | None = None,
    window: int = WINDOW,
) -> CrlFile:
    """As :func:`~tegata.pki.crl.verify.verify_crl`, of a file, in the memory of a few windows of ``window`` bytes.

    ``source``: the file's path, or the file itself, which stays open. ``folder``: where the entries are spooled. A list
    whose entries do not ascend by serial is legal; to sort one takes memory for all its columns.

    Raises :class:`CrlRefused`; besides the codes of ``verify_crl``, ``unreadable`` and ``changed``. Raises ``OSError``
    where there is no room for the spool.
    """
    with FileOctets(source) as data:
        crl = _listed(data, open_verified(data, authority_certificates), folder, window)
    check_use(crl.facts, at=at, partition=partition, only=only, previous_number=previous_number)
    return crl


def read_crl_file(source: Path | BinaryIO, *, folder: Path | None = None) -> CrlFile:
    """As :func:`verify_crl_file`, without any check: for a list that was checked before, and may have ended since."""
    with FileOctets(source) as data:
        return _listed(data, open_crl(data), folder, WINDOW)


def _listed(data: FileOctets, envelope: Envelope, folder: Path | None, window: int) -> CrlFile:
    entries = _spooled(envelope, folder, window)
    data.check_unchanged()
    return CrlFile(envelope.without_entries, entries)


def _spooled(envelope: Envelope, folder: Path | None, window: int) -> Spool:
    spool, chunks = Spool(folder), envelope.chunks(window)
    with refusing():
        for chunk in chunks:
            if not spool.takes(chunk):
                return _sorted(chain(spool.chunks(), [chunk], chunks), folder)
            spool.add(chunk)
    return spool


def _sorted(chunks: Iterable[RevokedEntries], folder: Path | None) -> Spool:
    spool = Spool(folder)
    spool.add(RevokedEntries.joined(chunks))
    return spool
