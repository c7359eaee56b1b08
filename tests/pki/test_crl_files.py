"""Lists of any number of entries: spooled, written to files, and read from files window by window."""

import io
import os
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from cryptography import x509
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tegata.pki import der
from tegata.pki.authority import Authority
from tegata.pki.crl import (
    ANY_PARTITION,
    CrlFile,
    CrlRefused,
    Reason,
    RevokedEntries,
    Spool,
    newly_revoked,
    news_between,
    read_crl_file,
    stream_crl,
    verify_crl,
    verify_crl_file,
)
from tegata.pki.crl import spool as spooling
from tests.pki.crl_support import (
    PARTITION,
    ROWS,
    TABLES,
    TODAY,
    TOMORROW,
    Row,
    crl,
    extension,
    p256_authority,
    record,
    signed,
    tbs_of,
)
from tests.pki.support import authority, key, with_byte_flipped

TRUSTED = [authority(generation=1).certificate, authority(generation=2).certificate]
SHARED_FOLDER = [HealthCheck.function_scoped_fixture]


def _chunks(entries: RevokedEntries, size: int) -> Iterator[RevokedEntries]:
    """Pieces of ``size`` entries, wide ones in pieces of their own."""
    wide = entries.wide_table
    for start in range(0, len(entries.serials), size):
        yield entries.take(slice(start, start + size))
    for start in range(0, len(wide.serials), size):
        yield RevokedEntries(*RevokedEntries.empty().columns, wide.take(slice(start, start + size)))


def _written(path: Path, spool: Spool, by: Authority | None = None) -> bytes:
    with path.open("wb") as out:
        stream_crl(out, by or authority(), spool, number=12, this_update=TODAY, next_update=TOMORROW)
    return path.read_bytes()


def _verified(path: Path, **options: object) -> CrlFile:
    return verify_crl_file(path, TRUSTED, **({"at": TODAY} | options))  # type: ignore[arg-type]


def _refused(path: Path, **options: object) -> str:
    with pytest.raises(CrlRefused) as refused:
        _verified(path, **options)
    return refused.value.code


def _with_entries(*records: bytes) -> bytes:
    """A list with these records, well signed."""
    tbs = der.Reader(tbs_of(crl())).enter(der.SEQUENCE)
    before = [tbs.read(tag) for tag in (der.INTEGER, der.SEQUENCE, der.SEQUENCE, der.UTC_TIME, der.UTC_TIME)]
    head = b"".join(tbs.bytes_of(element, whole=True) for element in before)
    tbs.read(der.SEQUENCE)
    tail = tbs.bytes_of(tbs.read(der.context(0)), whole=True)
    return signed(der.encode(der.SEQUENCE, head, der.encode(der.SEQUENCE, *records), tail))


@settings(deadline=None, max_examples=60, suppress_health_check=SHARED_FOLDER)
@given(TABLES, st.sampled_from([1, 2, 7, 100]), st.sampled_from([1, 30, 57, 400, 1 << 20]), st.sampled_from([1, 3, 99]))
def test_a_spooled_list_is_the_same_list(tmp_path: Path, rows: list[Row], chunk: int, window: int, block: int) -> None:
    """Written from chunks and read in windows of any size: the bytes and the entries are those of memory."""
    entries = RevokedEntries.from_rows(rows)
    with pytest.MonkeyPatch.context() as patched, Spool() as spool:
        patched.setattr(spooling, "BLOCK", block)
        for piece in _chunks(entries, chunk):
            spool.add(piece)
        assert len(spool) == len(entries)
        assert _written(tmp_path / "list.crl", spool) == crl(rows)
        with _verified(tmp_path / "list.crl", window=window) as listed:
            assert len(listed) == len(entries)
            assert RevokedEntries.joined(listed.chunks()) == RevokedEntries.joined(spool.chunks()) == entries
            assert [listed.lookup(each.serial) for each in entries] == list(entries)
            assert listed.lookup(0) is listed.lookup(-1) is None


def test_a_key_whose_signature_varies_signs_a_spool(tmp_path: Path) -> None:
    issuer = p256_authority()
    with Spool() as spool:
        spool.add(RevokedEntries.from_rows(ROWS))
        data = _written(tmp_path / "list.crl", spool, issuer)
    assert verify_crl(data, [issuer.certificate], at=TODAY).entries == RevokedEntries.from_rows(ROWS)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([5], [5]),
        ([5], [4]),
        ([1 << 64], [5]),
        ([1 << 64], [1 << 64]),
        ([5, 1 << 65], [1 << 64]),
        ([5], [3, 1 << 64]),
    ],
)
def test_what_is_not_behind_is_not_spooled(first: list[int], second: list[int]) -> None:
    before, after = (
        RevokedEntries.from_rows((serial, TODAY, Reason.SUPERSEDED) for serial in serials)
        for serials in (first, second)
    )
    with Spool() as spool:
        spool.add(before)
        with pytest.raises(ValueError, match="behind"):
            spool.add(after)
        assert RevokedEntries.joined(spool.chunks()) == before


def test_a_chunk_in_disorder_is_not_spooled() -> None:
    serials = np.array([3, 2], np.uint64)
    with Spool() as spool, pytest.raises(ValueError, match="behind"):
        spool.add(RevokedEntries(serials, np.zeros(2, np.int64), np.zeros(2, np.uint8)))


def test_a_spool_leaves_no_file(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.add(RevokedEntries.from_rows(ROWS))
    assert list(tmp_path.iterdir()) == []
    spool.close()
    spool.close()


def test_a_closed_spool_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooling, "BLOCK", 1)
    with Spool() as spool:
        spool.add(RevokedEntries.from_rows(ROWS))
    with pytest.raises(ValueError, match="closed"):
        spool.lookup(ROWS[0][0])


@settings(deadline=None, max_examples=60)
@given(TABLES, TABLES, st.sampled_from([1, 3, 50]), st.sampled_from([1, 3, 50]))
def test_news_between_spools_are_those_of_memory(before: list[Row], after: list[Row], chunk: int, block: int) -> None:
    kept = before[: len(before) // 2]
    serials = {row[0] for row in kept}
    old, new = (
        RevokedEntries.from_rows(before),
        RevokedEntries.from_rows(kept + [row for row in after if row[0] not in serials]),
    )
    with pytest.MonkeyPatch.context() as patched, Spool() as yesterday, Spool() as today:
        patched.setattr(spooling, "BLOCK", block)
        for spool, entries in ((yesterday, old), (today, new)):
            for piece in _chunks(entries, chunk):
                spool.add(piece)
        assert RevokedEntries.joined(news_between(yesterday, today)) == newly_revoked(old, new)
        assert RevokedEntries.joined(news_between(None, today)) == new


def test_a_list_that_is_open_or_in_memory_is_read_and_stays_open(tmp_path: Path) -> None:
    (tmp_path / "list.crl").write_bytes(crl())
    with (tmp_path / "list.crl").open("rb") as file:
        for source in (file, io.BytesIO(crl())):
            with read_crl_file(source) as known, verify_crl_file(source, TRUSTED, at=TODAY) as listed:
                assert RevokedEntries.joined(known.chunks()) == RevokedEntries.joined(listed.chunks())
                assert list(listed.about(ROWS[0][0]).entries) == [listed.lookup(ROWS[0][0])]
                assert len(listed.about(ROWS[0][0] + 1).entries) == 0
                assert known.facts.number == 12
            assert not source.closed


def test_facts_and_checks_are_those_of_memory(tmp_path: Path) -> None:
    path = tmp_path / "list.crl"
    path.write_bytes(crl(partition=PARTITION))
    with _verified(path, partition=PARTITION, previous_number=12) as listed:
        assert (listed.facts.number, listed.facts.partition) == (12, PARTITION)
        assert len(listed.facts.entries) == 0
    assert _refused(path) == "wrong-partition"
    assert _refused(path, partition=PARTITION, previous_number=13) == "number-went-back"
    assert _refused(path, partition=PARTITION, at=TODAY - timedelta(seconds=1)) == "not-yet"
    assert _refused(path, partition=PARTITION, at=TOMORROW + timedelta(seconds=1)) == "stale"


@pytest.mark.parametrize("partition", [None, PARTITION])
def test_any_partition_can_be_wanted(partition: x509.Name | None, tmp_path: Path) -> None:
    path = tmp_path / "list.crl"
    path.write_bytes(crl(partition=partition))
    with _verified(path, partition=ANY_PARTITION) as listed:
        assert listed.facts.partition == partition
    assert verify_crl(path.read_bytes(), TRUSTED, at=TODAY, partition=ANY_PARTITION).partition == partition


def test_a_list_in_disorder_is_sorted(tmp_path: Path) -> None:
    """RFC 5280 asks for no order; also a serial of 64 bits behind a longer one is read."""
    path = tmp_path / "list.crl"
    serials = [*range(0x1000, 0x7000, 0x100), 1 << 100, 3, 2, 1 << 70]
    octets = [serial.to_bytes(serial.bit_length() // 8 + 1) for serial in serials]
    path.write_bytes(_with_entries(*map(record, octets)))
    for window in (20, 100, 1 << 20):
        with _verified(path, window=window) as listed:
            assert [each.serial for chunk in listed.chunks() for each in chunk] == sorted(serials)


@pytest.mark.parametrize("window", [20, 100, 1 << 20])
@pytest.mark.parametrize("serials", [(1, 2, 3, 3), (1, 2, 3, 4, 5, 6, 7, 1), (5, 1, 2, 5)])
def test_a_serial_twice_is_refused_across_windows(serials: tuple[int, ...], window: int, tmp_path: Path) -> None:
    path = tmp_path / "list.crl"
    path.write_bytes(_with_entries(*(record(bytes((serial,))) for serial in serials)))
    assert _refused(path, window=window) == "malformed"


def test_cut_anywhere_it_is_truncated(tmp_path: Path) -> None:
    path, whole = tmp_path / "list.crl", crl(partition=PARTITION)
    path.write_bytes(whole)
    for length in reversed(range(len(whole))):
        os.truncate(path, length)
        assert _refused(path, partition=PARTITION) == "truncated"


def test_a_changed_byte_is_refused_as_in_memory(tmp_path: Path) -> None:
    path, whole = tmp_path / "list.crl", crl(partition=PARTITION)
    for index in range(len(whole)):
        changed = with_byte_flipped(whole, index)
        path.write_bytes(changed)
        with pytest.raises(CrlRefused) as refused:
            verify_crl(changed, TRUSTED, at=TODAY, partition=PARTITION)
        assert _refused(path, partition=PARTITION, window=30) == refused.value.code


def test_entries_are_not_looked_at_before_the_signature(tmp_path: Path) -> None:
    path, broken = tmp_path / "list.crl", tbs_of(_with_entries(record(time=b"\x16\x0d230925070000Z")))
    path.write_bytes(signed(broken, key("stranger")))
    assert _refused(path) == "forged"
    path.write_bytes(signed(broken))
    assert _refused(path) == "malformed"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "truncated"),
        (b"\x30\x84\xff\xff\xff\xff\x30\x84\xff\xff\xff\xf0\x02\x01\x01", "truncated"),
        (b"\x30\x85\x10\x00\x00\x00\x00", "malformed"),
        (b"\x30\x84\x00\x00\x00\x05" + bytes(5), "malformed"),
        (b"-----BEGIN X509 CRL-----\n", "malformed"),
        (crl() + b"\x00", "malformed"),
    ],
    ids=["empty", "longer than it is", "five octets of length", "not shortest", "pem", "trailing"],
)
def test_other_bytes_are_refused(data: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "list.crl"
    path.write_bytes(data)
    assert _refused(path) == code


def test_what_surrounds_the_entries_is_short(tmp_path: Path) -> None:
    """An issuer's name of a hundred kilobytes is not taken into memory, however well it is signed."""
    path, tbs = tmp_path / "list.crl", der.Reader(tbs_of(crl())).enter(der.SEQUENCE)
    start = b"".join(tbs.bytes_of(tbs.read(tag), whole=True) for tag in (der.INTEGER, der.SEQUENCE))
    path.write_bytes(signed(der.encode(der.SEQUENCE, start, der.encode(der.SEQUENCE, bytes(100_000)))))
    assert _refused(path) == "malformed"


@pytest.mark.parametrize("size", [60_000, 70_000])
def test_records_longer_than_a_window(size: int, tmp_path: Path) -> None:
    path = tmp_path / "list.crl"
    note = der.encode(der.SEQUENCE, extension(bytes.fromhex("2a0304"), bytes(size)))
    path.write_bytes(_with_entries(record(b"\x01"), record(b"\x02", extensions=note), record(b"\x03")))
    if size > 0xFFFF:
        assert _refused(path, window=50) == "malformed"
        return
    with _verified(path, window=50) as listed:
        assert [each.serial for chunk in listed.chunks() for each in chunk] == [1, 2, 3]


def _pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize("make", [Path.mkdir, _pipe, lambda _: None], ids=["directory", "pipe", "nothing"])
def test_what_is_not_a_file_is_unreadable(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "list.crl")
    assert _refused(tmp_path / "list.crl") == "unreadable"


@pytest.mark.parametrize(
    "change", [lambda path: os.truncate(path, 100), lambda path: path.write_bytes(crl() + b"\x00")]
)
def test_a_file_that_changes_while_it_is_read(change: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "list.crl"
    path.write_bytes(crl())

    def meanwhile() -> Iterator[x509.Certificate]:
        change(path)
        yield from TRUSTED

    with pytest.raises(CrlRefused) as refused:
        verify_crl_file(path, meanwhile(), at=TODAY)
    assert refused.value.code == "changed"


def _peak(work: Callable[[], None]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _spool_many(spool: Spool, count: int) -> None:
    """Serials of four octets, every third entry without reason."""
    for start in range(0, count, 50_000):
        serials = np.arange(start, start + 50_000, dtype=np.uint64) + np.uint64(1 << 24)
        spool.add(RevokedEntries(serials, serials.astype(np.int64) * 50, (serials % 3).astype(np.uint8)))


def test_memory_does_not_grow_with_the_list(tmp_path: Path) -> None:
    def write_and_read(count: int) -> None:
        with Spool() as spool, (tmp_path / "list.crl").open("wb") as out:
            _spool_many(spool, count)
            stream_crl(out, authority(), spool, number=12, this_update=TODAY, next_update=TOMORROW)
        with _verified(tmp_path / "list.crl") as listed:
            assert len(listed) == sum(map(len, listed.chunks())) == count

    write_and_read(50_000)
    small, large = _peak(lambda: write_and_read(100_000)), _peak(lambda: write_and_read(600_000))
    assert (tmp_path / "list.crl").stat().st_size > 19_000_000
    assert large < small + 2_000_000
    assert large < 10_000_000
