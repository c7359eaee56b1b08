"""Serial numbers in every writing meet the entries of lists, and nothing else does."""

from collections.abc import Iterator

import ibis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.bank.service.customer_matching.keys import KEY_TYPES, Form, keys_of
from tegata.actors.bank.service.customer_matching.reading import SerialColumn, surely_hex
from tegata.pki.crl import RevokedEntries
from tests.actors.bank.service.customer_matching.world import row
from tests.pki.crl_support import SERIALS

CELLS = st.one_of(
    st.none(), st.integers().map(str), SERIALS.map(str), SERIALS.map(lambda n: f"{n:x}"),
    SERIALS.map(lambda n: f" 0x{n:X}"),
    st.text("0123456789abcdefABCDEF: x\n\t", max_size=60), st.text(max_size=8),
    st.binary(min_size=1, max_size=22).map(lambda octets: octets.hex(":")),
)  # fmt: skip


@pytest.fixture(scope="module")
def duckdb() -> Iterator[ibis.BaseBackend]:
    connection = ibis.duckdb.connect()
    yield connection
    connection.disconnect()


def serial_in(cell: str | None, form: Form) -> int | None:
    """An oracle without regular expressions: the serial number of a cell, None where there is none to be read."""
    text = (cell or "").strip(" \t\n\r\v\f").lower()
    digits = set("0123456789" if form == "decimal" else "0123456789abcdef")
    if form == "hex" and (" " in text or ":" in text):
        groups = text.replace(":", " ").split(" ")
        if any(not group or len(group) % 2 for group in groups):
            return None
        text = "".join(groups)
    elif form == "hex":
        text = text.removeprefix("0x")
    if not text or not set(text) <= digits or not text.strip("0"):
        return None
    number = int(text, 10 if form == "decimal" else 16)
    return number if len(text.lstrip("0")) <= (48 if form == "decimal" else 40) else None


def key(number: int | None, form: Form) -> str | None:
    return None if number is None else f"{number:d}" if form == "decimal" else f"{number:x}"


@pytest.mark.parametrize("form", ["decimal", "hex"])
@given(cells=st.lists(CELLS, max_size=20))
def test_text_becomes_the_key_of_its_number(duckdb: ibis.BaseBackend, form: Form, cells: list[str | None]) -> None:
    table = ibis.memtable(pa.table({"serial": pa.array(cells, pa.string())}))
    column = SerialColumn(table.serial, form)
    asked = table.select(key=column.key, readable=column.readable, blank=column.blank)
    answer = duckdb.con.sql(duckdb_sql(duckdb, asked)).to_arrow_table().to_pydict()
    expected = [serial_in(cell, form) for cell in cells]
    assert answer["key"] == [key(number, form) for number in expected]
    assert [bool(one) for one in answer["readable"]] == [number is not None for number in expected]
    assert answer["blank"] == [not (cell or "").strip(" \t\n\r\v\f") for cell in cells]


def duckdb_sql(duckdb: ibis.BaseBackend, asked: ibis.Table) -> str:
    duckdb._run_pre_execute_hooks(asked)
    return str(duckdb.compile(asked))


@pytest.mark.parametrize("form", ["integer", "decimal", "hex"])
@given(
    serials=st.lists(st.one_of(SERIALS, st.sampled_from([(1 << 63) - 1, 1 << 63, (1 << 64) - 1, 1 << 64])), unique=True)
)
def test_entries_have_the_keys_of_their_numbers(form: Form, serials: list[int]) -> None:
    entries = RevokedEntries.from_rows(row(serial) for serial in serials)
    found = list(keys_of(entries, form))
    assert all(keys.type == KEY_TYPES[form] and len(keys) == len(those) for keys, those in found)
    told = [each for keys, _ in found for each in keys.to_pylist()]
    if form == "integer":
        assert told == sorted(serial for serial in serials if serial < 1 << 63)
    else:
        assert told == [key(serial, form) for serial in sorted(serials)]


@pytest.mark.parametrize(
    ("cell", "sure"),
    [
        ("0x12", True), ("12:34", True), ("ab:cd:ef", True), (" 0XAB ", True), ("", True), (None, True),
        ("12", False), ("ab", False), ("12 34", False), ("1:2", False), ("0x", False), ("12:", False), ("n/a", False),
    ],
)  # fmt: skip
def test_only_marked_text_is_surely_hexadecimal(duckdb: ibis.BaseBackend, cell: str | None, sure: bool) -> None:
    table = ibis.memtable(pa.table({"serial": pa.array([cell], pa.string())}))
    asked = table.select(sure=surely_hex(table.serial))
    assert duckdb.con.sql(duckdb_sql(duckdb, asked)).to_arrow_table().to_pydict() == {"sure": [sure]}
