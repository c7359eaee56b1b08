"""From J-LIS's database to a signed list in a file that outlasts a loss of power: what the daily run does at 07:00.

Our side is the daily run's own way in a process that has its imports done and its database open: columns from SQLite, a
spool, the list laid out, signed and synchronised. OpenSSL reads the same entries from its own database, ``index.txt``;
the builder of ``cryptography`` has them as rows in memory; cfssl is told serials only. All sign with one RSA-2048 key.
"""

import base64
import hashlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from benchmarks.crl_lists import CODES, NOW, UNTIL, mixed, uniform
from benchmarks.result import Case, Result, Runs
from benchmarks.sides import DifferentAnswers, Side, alternate, python_side
from tegata.actors.jlis import SPEC
from tegata.actors.jlis.service import authorities, crls, standing
from tegata.japan.municipalities import all_municipalities
from tegata.node.bulk.views import read_columns, view_of
from tegata.node.clock import ManualClock
from tegata.node.node import Node
from tegata.node.settings import Settings
from tegata.pki.crl import Reason, stream_crl
from tegata.pki.keys import SoftwareSigner, builder_key

UNIT = "s"
SIZE = 5_000_000
MORE_IS_BETTER = False

TEGATA: Final = "Tegata"
OPENSSL: Final = "openssl ca -gencrl"
LIBRARY: Final = "cryptography (builder)"
CFSSL: Final = "cfssl gencrl (serials only)"
MIXED: Final = "serials of 3 to 20 octets, with and without reason: from columns"
ONE_SHAPE: Final = "one shape: from columns"
FLOOR: Final = "hash and signature only"
SLOW_ABOVE: Final = 1_000_000
"""From here on a slow peer runs once."""
ALONE_ABOVE: Final = 10_000_000
"""From here on the peers have no room for it."""

YEAR: Final = 31_536_000
AT_ONCE: Final = 100_000
MODULE: Final = "benchmarks.bench_crl_write"
CONFIGURATION: Final = """
[ca]
default_ca = list
[list]
database = {folder}/index.txt
crlnumber = {folder}/number
certificate = {folder}/root.pem
private_key = {folder}/root.key
default_md = sha256
default_crl_hours = 24
crl_extensions = extensions
[extensions]
authorityKeyIdentifier = keyid
"""


@dataclass(frozen=True)
class Prepared:
    """A J-LIS's data directory, and beside it what the peers read: root, key, ``index.txt``, serials."""

    folder: Path

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"


def run(size: int, rounds: int, tell: Callable[[str], None]) -> Result:
    """Write a list of ``size`` entries."""
    with tempfile.TemporaryDirectory(prefix="tegata-bench-") as name:
        tell(f"filling a J-LIS with {size:,} revoked certificates")
        prepared = Prepared(Path(name))
        prepare(prepared, size)
        slow = 1 if size > SLOW_ABOVE else None
        sides = _sides(prepared, slow)
        runs = alternate(sides if size <= ALONE_ABOVE else sides[:1], rounds, tell)
        [written] = (path for path in (prepared.data / "jlis" / "contents").iterdir() if path.name != "lock")
        if size <= ALONE_ABOVE and _entries_of(prepared, written.read_bytes()) != size:
            raise DifferentAnswers(f"the list of {TEGATA} has not {size} entries")
        cases = alternate(_cases(prepared, written, size), rounds, tell) if size <= ALONE_ABOVE else {}
    notes = [
        "Tegata, cryptography: imports and opening are not timed; OpenSSL and cfssl are timed as whole commands",
        f"{CFSSL}: no times of its own and no reasons; {OPENSSL} writes PEM",
        "peak memory of Tegata includes an interpreter with all that J-LIS imports",
    ]
    return Result.of_seconds(size, runs.pop(TEGATA), runs, cases=_told(cases), notes=notes)


def _told(runs: dict[str, Runs]) -> dict[str, Case]:
    if not runs:
        return {}
    seconds = {name: each.seconds for name, each in runs.items()}
    floor = Case(ours=None, peers={"hashlib, RSA-2048": seconds.pop(FLOOR)})
    return {name: Case(ours=figure) for name, figure in seconds.items()} | {FLOOR: floor}


def _sides(prepared: Prepared, slow: int | None) -> list[Side]:
    folder = prepared.folder
    cfssl = f"cfssl gencrl {folder}/serials.txt {folder}/root.pem {folder}/root.key > {folder}/cfssl.base64"
    openssl = ["openssl", "ca", "-gencrl", "-config", f"{folder}/openssl.cnf", "-out", f"{folder}/openssl.pem"]
    return [
        python_side(TEGATA, f"{MODULE}:from_database", prepared.data),
        Side(OPENSSL, openssl, answer=lambda: _entries_of(prepared, _der_of_pem(folder / "openssl.pem")), rounds=slow),
        python_side(LIBRARY, f"{MODULE}:by_builder", folder, rounds=slow),
        Side(
            CFSSL, ["sh", "-c", cfssl],
            answer=lambda: _entries_of(prepared, base64.b64decode((folder / "cfssl.base64").read_bytes())), rounds=slow,
        ),
    ]  # fmt: skip


def _cases(prepared: Prepared, written: Path, size: int) -> list[Side]:
    return [
        python_side(ONE_SHAPE, f"{MODULE}:from_columns", "uniform", size, prepared.folder),
        python_side(MIXED, f"{MODULE}:from_columns", "mixed", size, prepared.folder),
        python_side(FLOOR, f"{MODULE}:hash_and_signature", written, prepared.folder),
    ]


def prepare(prepared: Prepared, size: int) -> None:
    """Make a J-LIS and fill its table, and write the same entries as the peers want them."""
    node = _opened(prepared.data)
    authority = authorities.newest(node, "sign").authority
    assert isinstance(authority.signer, SoftwareSigner)
    folder = prepared.folder
    (folder / "root.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    (folder / "root.key").write_bytes(authority.signer.to_pem())
    (folder / "openssl.cnf").write_text(CONFIGURATION.format(folder=folder), encoding="ascii")
    (folder / "number").write_text("01\n", encoding="ascii")
    node.close()
    _fill(prepared.data / "jlis.db", size)
    if size <= ALONE_ABOVE:
        _write_for_peers(prepared)


def _fill(database: Path, size: int) -> None:
    """Serials of up to four octets, of all municipalities, for reasons that OpenSSL knows and for none."""
    rng, now = np.random.default_rng(1), int(NOW.timestamp())
    places = np.array([int(one.code) for one in all_municipalities()])
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        index = "SELECT sql FROM sqlite_schema WHERE name = 'ix_standing_partition'"
        [(again,)] = connection.execute(index).fetchall()
        connection.execute("DROP INDEX ix_standing_partition")
        for serials in _serials(size):
            count = len(serials)
            at = now - rng.integers(0, 3 * YEAR, count)
            columns = [serials, rng.choice(places, count), at, rng.choice(CODES[CODES <= 6], count), at + 5 * YEAR]
            connection.executemany(
                "INSERT INTO standing (usage, generation, serial, partition, at, reason, not_after)"
                " VALUES ('sign', 1, ?, ?, ?, ?, ?)",
                zip(*(column.tolist() for column in columns), strict=True),
            )
        connection.execute(again)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _serials(size: int) -> Iterator[np.ndarray]:
    """Counting up to 2^32, with gaps of any width, in parts."""
    rng, last, step = np.random.default_rng(2), 0, (1 << 32) // size
    for start in range(0, size, AT_ONCE):
        serials = last + np.cumsum(rng.integers(1, step, min(AT_ONCE, size - start)))
        last = int(serials[-1])
        yield serials


def _write_for_peers(prepared: Prepared) -> None:
    folder = prepared.folder
    with (folder / "index.txt").open("w") as index, (folder / "serials.txt").open("w") as serials:
        for rows in _rows(prepared):
            serials.writelines(f"{serial}\n" for serial, _, _ in rows)
            index.writelines(_index_line(*row) for row in rows)


def _rows(prepared: Prepared) -> Iterator[list[tuple[int, int, int]]]:
    url = f"sqlite:///{prepared.data}/jlis.db"
    for batch in read_columns(url, "SELECT serial, at, reason FROM standing ORDER BY serial"):
        yield list(zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _index_line(serial: int, at: int, code: int) -> str:
    """A line of OpenSSL's database: its names of reasons are those of RFC 5280, in any case."""
    reason = f",{Reason.from_code(code)}" if code else ""
    number = f"{serial:X}"
    padded = number.zfill(len(number) + len(number) % 2)
    moment = datetime.fromtimestamp(at, UTC)
    return f"R\t330101000000Z\t{moment:%y%m%d%H%M%S}Z{reason}\t{padded}\tunknown\t/CN={serial}\n"


def _entries_of(prepared: Prepared, der: bytes) -> int:
    """How many entries a list has whose signature is good, by a reader that is none of the sides'."""
    root = x509.load_pem_x509_certificate((prepared.folder / "root.pem").read_bytes())
    listed = x509.load_der_x509_crl(der)
    if not listed.is_signature_valid(root.public_key()):  # type: ignore[arg-type]  # it is a key that signs lists
        raise ValueError("the signature is not good")
    return len(listed)


def _der_of_pem(file: Path) -> bytes:
    return base64.b64decode(b"".join(file.read_bytes().splitlines()[1:-1]))


def _opened(data: Path) -> Node:
    return Node.open(SPEC, Settings(data_dir=data), clock=ManualClock(NOW))


def from_database(data: str) -> Callable[[], int]:
    """The whole list, as the daily run makes it: a process that issues lists needs no OCSP data."""
    node = Node.open(replace(SPEC, on_start=None), Settings(data_dir=Path(data)), clock=ManualClock(NOW))
    authority = authorities.newest(node, "sign").authority
    with view_of(node.database):  # loads the driver, as a J-LIS has done when it reads its OCSP data at its start
        pass

    def work() -> int:
        with (
            view_of(node.database) as view,
            crls.spooled(standing.by_serial(view, "sign", since=NOW), Path(data)) as entries,
            node.contents.adding() as adding,
            adding.new() as content,
        ):
            stream_crl(content, authority, entries, number=1, this_update=NOW, next_update=UNTIL)
            return len(entries)

    return work


def from_columns(kind: str, size: str, folder: str) -> Callable[[], int]:
    """A list from entries that are there already, of any shape."""
    chunks = list((uniform if kind == "uniform" else mixed)(int(size)))
    authority = _Authority(Path(folder))
    out = Path(folder) / f"{kind}.crl"

    def work() -> int:
        with crls.spooled(chunks, Path(folder)) as entries, out.open("wb") as file:
            stream_crl(file, authority, entries, number=1, this_update=NOW, next_update=UNTIL)
            return len(entries)

    return work


def hash_and_signature(written: str, folder: str) -> Callable[[], None]:
    """What no writer can leave out."""
    der, signer = Path(written).read_bytes(), _Authority(Path(folder)).signer

    def work() -> None:
        signer.sign_digest(hashlib.sha256(der).digest())

    return work


def by_builder(folder: str) -> Callable[[], int]:
    """The builder's list, made at once: adding one by one takes time that grows with the square of their number."""
    authority = _Authority(Path(folder))
    rows = [row for part in _rows(Prepared(Path(folder))) for row in part]
    key = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value

    def work() -> int:
        builder = x509.CertificateRevocationListBuilder(
            authority.certificate.subject, NOW.replace(tzinfo=None), UNTIL.replace(tzinfo=None),
            revoked_certificates=[_revoked(*row) for row in rows],
        )  # fmt: skip
        aki = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key)
        builder = builder.add_extension(aki, critical=False).add_extension(x509.CRLNumber(1), critical=False)
        signed = builder.sign(builder_key(authority.signer), hashes.SHA256())
        (Path(folder) / "builder.crl").write_bytes(signed.public_bytes(Encoding.DER))
        return len(signed)

    return work


def _revoked(serial: int, seconds: int, code: int) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(serial)
    builder = builder.revocation_date(datetime.fromtimestamp(seconds, UTC))
    return (builder.add_extension(_reason(code), critical=False) if code else builder).build()


@cache
def _reason(code: int) -> x509.CRLReason:
    return x509.CRLReason(x509.ReasonFlags(Reason.from_code(code).value))


class _Authority:
    """The root that all sides sign with."""

    def __init__(self, folder: Path) -> None:
        self.certificate = x509.load_pem_x509_certificate((folder / "root.pem").read_bytes())
        self.signer = SoftwareSigner.from_pem((folder / "root.key").read_bytes())
