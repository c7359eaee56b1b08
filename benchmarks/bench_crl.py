"""Certificate revocation lists: written, read, looked up in, and matched with customers.

Peers: the builder and the reader of ``cryptography``, OpenSSL's command (its times include the start of a process), and
Python's set. ``TEGATA_BENCH_ENTRIES`` sets the number of revoked certificates (200,000; 5000000 shows a whole CRL of
the real network), and there are six times as many customers, sorted beforehand as a relying party keeps them.
"""

import atexit
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from benchmarks.comparison import Comparison
from tegata.pki.authority import Authority, AuthorityUrls
from tegata.pki.crl import Reason, RevokedEntries, match, read_crl, verify_crl, write_crl
from tegata.pki.keys import SoftwareSigner, builder_key

ENTRIES = int(os.environ.get("TEGATA_BENCH_ENTRIES", "200000"))
CUSTOMERS = 6 * ENTRIES
LOOKUPS = 100

NOW = datetime(2023, 9, 25, 22, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(days=1)
CODES = np.array([reason.code for reason in Reason if reason is not Reason.REMOVE_FROM_CRL], np.uint8)


def comparisons() -> list[Comparison]:
    """Everything a list goes through, from the authority to the relying party."""
    authority = Authority.create("sign", SoftwareSigner.generate_rsa(), at=NOW, urls=AuthorityUrls("http://127.0.0.1/"))
    entries = _entries()
    written = _ours(authority, entries)
    customers = np.sort(np.random.default_rng(2).integers(1, 1 << 32, CUSTOMERS, dtype=np.uint64))
    return [
        *_writing(authority, entries, written),
        *_reading(authority, entries, written),
        *_searching(entries, written, customers),
    ]


def _entries() -> RevokedEntries:
    """Entries as a real list has them: serials of up to four bytes, all reasons and none, dates of three years."""
    rng = np.random.default_rng(1)
    serials = np.unique(rng.integers(1, 1 << 32, ENTRIES, dtype=np.uint64))
    times = rng.integers(int(NOW.timestamp()) - 94_608_000, int(NOW.timestamp()), len(serials))
    return RevokedEntries(serials, times, rng.choice(CODES, len(serials)))


def _ours(authority: Authority, entries: RevokedEntries) -> bytes:
    return write_crl(authority, entries, number=1, this_update=NOW, next_update=UNTIL)


def _writing(authority: Authority, entries: RevokedEntries, written: bytes) -> list[Comparison]:
    """From entries to a signed list; the floor is the hash of the same bytes and a signature."""
    work = f"write and sign a CRL of {len(entries):,} entries"

    def floor() -> bytes:
        return authority.signer.sign_digest(hashlib.sha256(written).digest())

    return [
        Comparison(work, lambda: _ours(authority, entries), "cryptography", lambda: _library(authority, entries)),
        Comparison(work, lambda: len(_ours(authority, entries)) > 0, "hash and sign only", lambda: len(floor()) > 0),
    ]


def _library(authority: Authority, entries: RevokedEntries) -> bytes:
    """The builder's list, made at once: adding one by one takes time that grows with the square of their number."""
    key = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = x509.CertificateRevocationListBuilder(
        authority.certificate.subject,
        NOW.replace(tzinfo=None),
        UNTIL.replace(tzinfo=None),
        revoked_certificates=[_revoked(*row) for row in zip(*(each.tolist() for each in entries.columns), strict=True)],
    )
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key), critical=False)
    builder = builder.add_extension(x509.CRLNumber(1), critical=False)
    return builder.sign(builder_key(authority.signer), hashes.SHA256()).public_bytes(Encoding.DER)


@functools.cache
def _reason(code: int) -> x509.CRLReason:
    return x509.CRLReason(x509.ReasonFlags(Reason.from_code(code).value))


def _revoked(serial: int, seconds: int, code: int) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(serial)
    builder = builder.revocation_date(datetime.fromtimestamp(seconds, UTC))
    return (builder.add_extension(_reason(code), critical=False) if code else builder).build()


def _reading(authority: Authority, entries: RevokedEntries, written: bytes) -> list[Comparison]:
    """From bytes to serials; and with the signature, as a relying party does it."""
    folder = Path(tempfile.mkdtemp(prefix="tegata-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "ca.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    (folder / "list.crl").write_bytes(written)
    certificates = [authority.certificate]

    def ours() -> list[int]:
        serials: list[int] = read_crl(written).entries.serials.tolist()
        return serials

    def theirs() -> list[int]:
        return [each.serial_number for each in x509.load_der_x509_crl(written)]

    def verified() -> bool:
        return len(verify_crl(written, certificates, at=NOW).entries) == len(entries)

    size = f"{len(entries):,} entries"
    return [
        Comparison(f"read the serials, dates and reasons of {size}", ours, "cryptography (serials only)", theirs),
        Comparison(f"verify a CRL and read {size}", verified, "openssl crl -verify (no entries)", _openssl(folder)),
        Comparison(f"verify a CRL and read {size}", verified, "openssl crl -text", _openssl(folder, "-text")),
    ]


def _openssl(folder: Path, *more: str) -> Callable[[], bool]:
    command = ["openssl", "crl", "-inform", "DER", "-in", str(folder / "list.crl"), "-CAfile", str(folder / "ca.pem")]
    command += ["-verify", "-noout", *more]

    def run() -> bool:
        return b"verify OK" in subprocess.run(command, capture_output=True, check=True).stderr

    return run


def _searching(entries: RevokedEntries, written: bytes, customers: np.ndarray) -> list[Comparison]:
    """Single serials in a list that was read, and all customers against it."""
    library = x509.load_der_x509_crl(written)
    asked = [int(serial) for serial in entries.serials[:: max(1, len(entries) // LOOKUPS)][:LOOKUPS]]
    listed, numbers = entries.serials.tolist(), customers.tolist()

    def by_library() -> list[bool]:
        return [library.get_revoked_certificate_by_serial_number(serial) is not None for serial in asked]

    def by_set() -> list[int]:
        revoked = set(listed)
        return [index for index, serial in enumerate(numbers) if serial in revoked]

    work = f"match {len(customers):,} customers with {len(entries):,} entries"
    return [
        Comparison(
            f"look up {len(asked)} serials among {len(entries):,}",
            lambda: [entries.lookup(serial) is not None for serial in asked],
            "cryptography",
            by_library,
        ),
        Comparison(work, lambda: match(entries, customers).tolist(), "Python set", by_set),
        Comparison(
            work,
            lambda: match(entries, customers).tolist(),
            "numpy.isin",
            lambda: np.flatnonzero(np.isin(customers, entries.serials)).tolist(),
        ),
    ]
