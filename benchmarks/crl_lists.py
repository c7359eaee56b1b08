"""Lists of revoked certificates in files, as benchmarks read them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.pki.authority import Authority, AuthorityUrls
from tegata.pki.crl import Reason, RevokedEntries, Spool, stream_crl
from tegata.pki.crl.entries import Serials
from tegata.pki.keys import SoftwareSigner

NOW: Final = datetime(2023, 9, 25, 22, 0, tzinfo=UTC)
UNTIL: Final = NOW + timedelta(days=1)
CHUNK: Final = 1 << 16
CODES: Final = np.array([reason.code for reason in Reason if reason is not Reason.REMOVE_FROM_CRL], np.uint8)


@dataclass(frozen=True)
class ListFile:
    """A signed list and its authority's certificate."""

    crl: Path
    authority: Path


def write_list(folder: Path, name: str, chunks: Iterator[RevokedEntries]) -> ListFile:
    """A list of these entries, signed with RSA-2048."""
    authority = Authority.create("sign", SoftwareSigner.generate_rsa(), at=NOW, urls=AuthorityUrls("http://127.0.0.1/"))
    files = ListFile(folder / f"{name}.crl", folder / f"{name}.pem")
    files.authority.write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    with Spool(folder) as spool, files.crl.open("wb") as out:
        for chunk in chunks:
            spool.add(chunk)
        stream_crl(out, authority, spool, number=1, this_update=NOW, next_update=UNTIL)
    return files


def uniform(size: int) -> Iterator[RevokedEntries]:
    """Entries as a real list has them: serials of four octets, each with a reason, dates of three years."""
    rng, serials = np.random.default_rng(1), _ascending(size, 1 << 24, 1 << 31)
    for chunk in serials:
        yield RevokedEntries(chunk, _times(rng, len(chunk), 1_600_000_000), rng.choice(CODES[1:], len(chunk)))


def mixed(size: int) -> Iterator[RevokedEntries]:
    """As many serials of each length from 3 to 20 octets, with and without reason, dates before and after 2050."""
    rng = np.random.default_rng(2)
    for octets in range(3, 21):
        first = min(octets, 4)
        for leading in _ascending(size // 18 + (octets <= size % 18 + 2), 1 << (8 * first - 8), 1 << (8 * first - 1)):
            columns = _times(rng, len(leading), 2_480_000_000), rng.choice(CODES, len(leading))
            yield _longer(rng, leading, octets - first, columns)


def _ascending(count: int, first: int, end: int) -> Iterator[Serials]:
    """``count`` numbers that ascend, from ``first`` on and below ``end``, in chunks."""
    rng, last, step = np.random.default_rng(3), first, (end - first) // max(count, 1)
    for start in range(0, count, CHUNK):
        serials = last + np.cumsum(rng.integers(1, step, min(CHUNK, count - start)))
        last = int(serials[-1])
        yield serials.astype(np.uint64)


def _times(rng: np.random.Generator, count: int, first: int) -> npt.NDArray[np.int64]:
    return rng.integers(first, first + 94_608_000, count)


def _longer(
    rng: np.random.Generator,
    leading: Serials,
    more: int,
    columns: tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]],
) -> RevokedEntries:
    """Entries whose serials begin with these numbers and have ``more`` octets behind."""
    if more <= 4:
        return RevokedEntries(
            (leading << np.uint64(8 * more)) + rng.integers(0, 1 << 8 * more, len(leading), np.uint64), *columns
        )
    octets = np.zeros((len(leading), 20), np.uint8)
    octets[:, 20 - more :] = rng.integers(0, 256, (len(leading), more))
    octets[:, 16 - more : 20 - more] = leading.astype(">u4").view(np.uint8).reshape(-1, 4)
    wide = RevokedEntries(octets.reshape(-1).view("S20"), *columns)
    return RevokedEntries(*RevokedEntries.empty().columns, wide)
