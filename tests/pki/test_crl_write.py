"""Writing lists: the same bytes as the library's, accepted by OpenSSL."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings

from tegata.pki.authority import Authority
from tegata.pki.crl import Reason, RevokedEntries, Scope, read_crl, stream_crl, verify_crl, write_crl
from tegata.pki.crl.layout import CHUNK
from tests.pki.crl_support import (
    PARTITION,
    ROWS,
    TABLES,
    TODAY,
    TOMORROW,
    Row,
    crl,
    library_crl,
    p256_authority,
)
from tests.pki.support import authority


@settings(deadline=None, max_examples=40)
@given(TABLES)
def test_the_bytes_are_those_of_the_library(rows: list[Row]) -> None:
    assert crl(rows) == library_crl(RevokedEntries.from_rows(rows))


def _many(count: int, seed: int = 1) -> RevokedEntries:
    """Entries of all serial lengths up to nine octets, with and without reason, before and after 2050."""
    rng = np.random.default_rng(seed)
    serials = np.unique(rng.integers(1, 1 << 63, count, dtype=np.uint64) >> rng.integers(0, 60, count, dtype=np.uint64))
    serials = np.append(serials[serials > 0], np.uint64((1 << 64) - 1))
    codes = np.array([0, 1, 3, 4, 5, 6], np.uint8)
    times = rng.integers(1_600_000_000, 2_600_000_000, len(serials))
    return RevokedEntries(serials, times, rng.choice(codes, len(serials)))


def test_chunks_join_without_a_seam() -> None:
    entries = _many(2 * CHUNK + 77)
    assert len(entries) > CHUNK
    written = write_crl(authority(), entries, number=12, this_update=TODAY, next_update=TOMORROW)
    assert written == library_crl(entries)
    assert read_crl(written).entries == entries


@pytest.mark.parametrize("partition", [None, PARTITION])
@pytest.mark.parametrize("only", [None, "user", "authority"])
@pytest.mark.parametrize("number", [0, 127, 128, (1 << 159) - 1])
def test_extensions_are_those_of_the_library(partition: x509.Name | None, only: Scope | None, number: int) -> None:
    expected = library_crl(RevokedEntries.from_rows(ROWS), number=number, partition=partition, only=only)
    assert crl(number=number, partition=partition, only=only) == expected


@pytest.mark.rule("FI-04")
def test_what_a_list_says() -> None:
    parsed = x509.load_der_x509_crl(crl(partition=PARTITION))
    point = parsed.extensions.get_extension_for_class(x509.IssuingDistributionPoint)
    assert point.critical
    assert point.value.full_name == [x509.DirectoryName(PARTITION)]
    assert not point.value.only_contains_ca_certs
    assert [(each.serial_number, each.revocation_date_utc) for each in parsed] == [
        (row[0], row[1].astimezone(UTC)) for row in sorted(ROWS)
    ]
    first = parsed.get_revoked_certificate_by_serial_number(7)
    assert first is not None
    assert first.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.affiliation_changed
    assert [each.oid.dotted_string for each in parsed.extensions] == ["2.5.29.35", "2.5.29.20", "2.5.29.28"]


def test_an_unspecified_reason_is_left_out() -> None:
    parsed = x509.load_der_x509_crl(crl([(1, TODAY, Reason.UNSPECIFIED)]))
    assert list(parsed[0].extensions) == []


def test_an_empty_list_has_no_list() -> None:
    assert crl([]) == library_crl(RevokedEntries.empty())
    assert len(read_crl(crl([])).entries) == 0


def test_utc_time_ends_with_2049() -> None:
    last = datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)
    rows: list[Row] = [(1, last, Reason.SUPERSEDED), (2, last + timedelta(seconds=1), Reason.SUPERSEDED)]
    written = crl(rows)
    assert b"\x17\x0d491231235959Z" in written
    assert b"\x18\x0f20500101000000Z" in written


def test_a_key_on_p256_signs_too() -> None:
    issuer = p256_authority()
    written = crl(by=issuer)
    assert verify_crl(written, [issuer.certificate], at=TODAY).entries == RevokedEntries.from_rows(ROWS)


def test_a_file_gets_the_same_bytes(tmp_path: Path) -> None:
    file = tmp_path / "list.crl"
    with file.open("wb") as out:
        stream_crl(out, authority(), RevokedEntries.from_rows(ROWS), number=12, this_update=TODAY, next_update=TOMORROW)
    assert file.read_bytes() == crl()


@pytest.mark.parametrize(
    ("number", "next_update", "words"),
    [
        (-1, TOMORROW, "CRL number"),
        (1 << 159, TOMORROW, "CRL number"),
        (1, TODAY, "not after"),
        (1, datetime(2023, 9, 26), "offset"),
    ],
)
def test_what_can_not_be_written(number: int, next_update: datetime, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        crl(number=number, next_update=next_update)


def test_a_revocation_before_1950_can_not_be_written() -> None:
    with pytest.raises(ValueError, match="1950"):
        crl([(1, datetime(1949, 12, 31, tzinfo=UTC), Reason.SUPERSEDED)])


@pytest.mark.parametrize("make", [authority, p256_authority])
@pytest.mark.parametrize(
    ("partition", "only", "rows"),
    [(None, None, ROWS), (PARTITION, None, ROWS), (None, "authority", []), (None, None, [])],
)
def test_openssl_accepts_it(
    make: Callable[[], Authority], partition: x509.Name | None, only: Scope | None, rows: list[Row], tmp_path: Path
) -> None:
    issuer = make()
    ca, file = tmp_path / "ca.pem", tmp_path / "list.crl"
    ca.write_bytes(issuer.certificate.public_bytes(Encoding.PEM))
    file.write_bytes(crl(rows, by=issuer, partition=partition, only=only))
    command = ["openssl", "crl", "-inform", "DER", "-in", str(file), "-CAfile", str(ca), "-verify", "-noout", "-text"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    assert "verify OK" in done.stderr
    assert ("No Revoked Certificates." in done.stdout) == (not rows)


def test_openssl_refuses_a_changed_one(tmp_path: Path) -> None:
    ca, file = tmp_path / "ca.pem", tmp_path / "list.crl"
    ca.write_bytes(authority().certificate.public_bytes(Encoding.PEM))
    file.write_bytes(crl().replace(b"\x02\x01\x07", b"\x02\x01\x08"))
    command = ["openssl", "crl", "-inform", "DER", "-in", str(file), "-CAfile", str(ca), "-verify", "-noout"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert "verify failure" in done.stderr
