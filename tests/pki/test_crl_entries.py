"""Entries in columns, and comparing them."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from tegata.pki.crl import Reason, Revocation, RevokedEntries, match, newly_revoked, removed, wide_key
from tests.pki.crl_support import ROWS, SERIALS, TABLES, TODAY, Row

WIDE = 0xF << 152
HOLD: Row = (5, TODAY, Reason.CERTIFICATE_HOLD)


def _as_rows(entries: RevokedEntries) -> set[Revocation]:
    return set(entries)


def _revocations(rows: list[Row]) -> set[Revocation]:
    return {Revocation(*row) for row in rows}


@given(TABLES)
def test_rows_come_back_sorted_and_are_found(rows: list[Row]) -> None:
    entries = RevokedEntries.from_rows(rows)
    listed = list(entries)
    assert [each.serial for each in listed] == sorted(row[0] for row in rows)
    assert set(listed) == _revocations(rows)
    assert len(entries) == len(rows)
    assert all(entries.lookup(row[0]) == Revocation(*row) for row in rows)


@given(TABLES, SERIALS)
def test_a_serial_that_is_not_listed_is_not_found(rows: list[Row], serial: int) -> None:
    rows = [row for row in rows if row[0] != serial]
    assert RevokedEntries.from_rows(rows).lookup(serial) is None


@pytest.mark.parametrize("serial", [0, -1, 1 << 63, (1 << 64) - 1, 1 << 64, 1 << 158, (1 << 159) - 1])
def test_looking_up_in_an_empty_list(serial: int) -> None:
    assert RevokedEntries.empty().lookup(serial) is None


def test_serials_that_differ_in_their_last_zero_bytes_are_different() -> None:
    serials = [1 << 64, 1 << 72, 1 << 80, 0x0100 << 140]
    entries = RevokedEntries.from_rows((serial, TODAY, Reason.SUPERSEDED) for serial in serials)
    assert [each.serial for each in entries] == serials
    assert entries.lookup(1 << 88) is None


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ((0, TODAY, Reason.SUPERSEDED), "positive"),
        ((-5, TODAY, Reason.SUPERSEDED), "positive"),
        ((1 << 159, TODAY, Reason.SUPERSEDED), "20 octets"),
        ((1, datetime(2023, 9, 25, 7), Reason.SUPERSEDED), "offset"),
        ((1, TODAY, Reason.REMOVE_FROM_CRL), "delta"),
    ],
)
def test_rows_that_no_list_may_hold(row: Row, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        RevokedEntries.from_rows([*ROWS, row])


@pytest.mark.parametrize("serial", [7, WIDE])
def test_a_serial_twice_is_refused(serial: int) -> None:
    with pytest.raises(ValueError, match="twice"):
        RevokedEntries.from_rows([(serial, TODAY, Reason.SUPERSEDED), HOLD, (serial, TODAY, Reason.SUPERSEDED)])


def test_a_wide_key_of_21_octets_is_refused() -> None:
    with pytest.raises(ValueError, match="20 octets"):
        wide_key(1 << 160)


def test_reasons_have_the_names_and_numbers_of_the_standard() -> None:
    assert {reason.value for reason in Reason} == {flag.value for flag in x509.ReasonFlags}
    assert [Reason.from_code(reason.code) for reason in Reason] == list(Reason)
    assert (Reason.AFFILIATION_CHANGED.code, Reason.REMOVE_FROM_CRL.code, Reason.AA_COMPROMISE.code) == (3, 8, 10)
    for code in (7, 11, -1):
        with pytest.raises(ValueError, match="no CRLReason"):
            Reason.from_code(code)


def test_fractions_of_a_second_are_dropped() -> None:
    late = TODAY + timedelta(microseconds=999_999)
    assert next(iter(RevokedEntries.from_rows([(1, late, Reason.SUPERSEDED)]))).at == TODAY.astimezone(UTC)


def test_equality_looks_at_every_column() -> None:
    base = RevokedEntries.from_rows(ROWS)
    assert base == RevokedEntries.from_rows(reversed(ROWS))
    assert base != RevokedEntries.from_rows([*ROWS, (WIDE, TODAY, Reason.SUPERSEDED)])
    assert base != RevokedEntries.from_rows([*ROWS[:-1], HOLD])
    assert base != "entries"


@pytest.mark.rule("FI-06")
@given(TABLES, TABLES)
def test_what_is_new_is_what_no_row_of_yesterday_says(old: list[Row], new: list[Row]) -> None:
    shared = new[: len(new) // 2]
    taken = {row[0] for row in shared}
    yesterday = RevokedEntries.from_rows([*shared, *(row for row in old if row[0] not in taken)])
    today = RevokedEntries.from_rows(new)
    assert _as_rows(newly_revoked(yesterday, today)) == set(today) - set(yesterday)
    serials = {each.serial for each in today}
    assert _as_rows(removed(yesterday, today)) == {each for each in yesterday if each.serial not in serials}


def test_a_changed_reason_or_time_is_new() -> None:
    old = RevokedEntries.from_rows([HOLD, (6, TODAY, Reason.SUPERSEDED), (WIDE, TODAY, Reason.SUPERSEDED)])
    changed: list[Row] = [
        (5, TODAY, Reason.KEY_COMPROMISE),
        (6, TODAY, Reason.SUPERSEDED),
        (WIDE, TODAY + timedelta(seconds=1), Reason.SUPERSEDED),
    ]
    new = RevokedEntries.from_rows(changed)
    assert [each.serial for each in newly_revoked(old, new)] == [5, WIDE]
    assert len(removed(old, new)) == 0


def test_released_from_hold_is_removed() -> None:
    old, new = RevokedEntries.from_rows([HOLD, *ROWS]), RevokedEntries.from_rows(ROWS)
    assert [each.serial for each in removed(old, new)] == [5]
    assert len(newly_revoked(old, new)) == 0


def test_on_the_first_day_everything_is_new() -> None:
    entries = RevokedEntries.from_rows(ROWS)
    assert newly_revoked(None, entries) == entries
    assert len(removed(None, entries)) == 0


@pytest.mark.rule("FI-06")
@given(TABLES, st.lists(st.integers(1, (1 << 64) - 1), max_size=60), st.data())
def test_customers_that_are_listed_are_found_by_either_search(
    rows: list[Row], others: list[int], data: st.DataObject
) -> None:
    listed = [row[0] for row in rows if row[0] < 1 << 64]
    own = data.draw(st.lists(st.sampled_from(listed), max_size=20)) if listed else []
    customers = np.array(sorted([*others, *own]), np.uint64)
    found = match(RevokedEntries.from_rows(rows), customers)
    assert found.tolist() == [index for index, serial in enumerate(customers.tolist()) if serial in set(listed)]


def test_serials_beyond_the_precision_of_a_float_are_told_apart() -> None:
    serial = (1 << 62) + 1
    entries = RevokedEntries.from_rows([(serial, TODAY, Reason.SUPERSEDED)])
    assert match(entries, np.array([serial - 1, serial, serial + 1], np.int64)).tolist() == [1]
    assert match(entries, np.array([serial - 1], np.int64)).tolist() == []


def test_wide_serials_are_matched_among_themselves() -> None:
    entries = RevokedEntries.from_rows([*ROWS, (WIDE, TODAY, Reason.SUPERSEDED)])
    keys = np.array(sorted([wide_key(WIDE - 1), wide_key(WIDE), wide_key(WIDE + 1)]), "S20")
    assert match(entries, keys).tolist() == [1]


@pytest.mark.parametrize(
    ("serials", "words"),
    [
        (np.array([3, 2], np.uint64), "not sorted"),
        (np.array([-1, 2], np.int64), "negative"),
        (np.array([1.0, 2.0]), "integers"),
        (np.array([[1], [2]], np.uint64), "a row"),
        (np.array(["1", "2"]), "integers"),
    ],
)
def test_serials_that_could_not_be_searched_are_refused(serials: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        match(RevokedEntries.from_rows(ROWS), serials)
