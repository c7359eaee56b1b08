"""CSV as others write it, hostile and broken."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.bank.service import csv_lines
from tegata.actors.bank.service.csv_lines import Encoding, Row, rows, split


def read(data: bytes, encoding: Encoding = "utf-8") -> list[Row]:
    return list(rows(io.BytesIO(data), encoding))


def cells(data: bytes, encoding: Encoding = "utf-8") -> list[list[str]]:
    return [row.cells for row in read(data, encoding)]


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\0")), min_size=1), min_size=1))
def test_what_the_standard_writer_writes_is_read(table: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(table)
    tall = any(sum(cell.count("\n") for cell in row) >= csv_lines.MOST_LINES_OF_A_ROW for row in table)
    if not tall:
        assert cells(text.getvalue().encode()) == table


@given(st.binary(max_size=2000), st.sampled_from(["utf-8", "cp932"]))
def test_no_bytes_break_the_reader(data: bytes, encoding: Encoding) -> None:
    found = read(data, encoding)
    lines = [row.line for row in found]
    assert lines == sorted(lines)
    assert len(lines) == len(set(lines))
    assert all(row.cells or row.fault for row in found)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_each_line_end_ends_a_row(end: bytes) -> None:
    assert cells(b"a,b" + end + b"1,2" + end) == [["a", "b"], ["1", "2"]]


def test_mixed_line_ends_and_empty_lines_keep_the_numbers_of_lines() -> None:
    found = read(b"a\r\n\r\nb\nc\r\n\n\nd")
    assert [(row.line, row.cells) for row in found] == [(1, ["a"]), (3, ["b"]), (4, ["c"]), (7, ["d"])]


def test_a_quoted_cell_holds_commas_quotes_and_line_ends() -> None:
    assert cells(b'"a,b","c ""d""","e\r\nf"\nlast') == [["a,b", 'c "d"', "e\nf"], ["last"]]


def test_a_quote_that_is_never_closed_costs_its_row_only() -> None:
    lines = [b'1,"open', *(b"%d,good" % number for number in range(2, 60))]
    found = read(b"\n".join(lines))
    assert found[0] == Row(1, [], "quote")
    assert [row.cells[1] for row in found[1:]] == ["good"] * 58
    assert [row.line for row in found] == list(range(1, 60))


def test_a_quote_that_is_open_at_the_end_costs_its_row_only() -> None:
    found = read(b'1,good\n2,"open\n3,good')
    assert [(row.line, row.fault) for row in found] == [(1, None), (2, "quote"), (3, None)]


def test_two_open_quotes_are_two_faults() -> None:
    lines = [b"x"] * 100
    lines[10], lines[60] = b'"', b'a,"'
    found = read(b"\n".join(lines))
    assert [row.line for row in found if row.fault] == [11, 61]


def test_a_huge_line_is_refused_and_the_next_is_read() -> None:
    found = read(b"a," + b"x" * 300_000 + b"\r\nb,c\n")
    assert (found[0].fault, found[1]) == ("too-long", Row(2, ["b", "c"]))


def test_quotes_of_other_programs() -> None:
    assert split('"a"b,c"d,""') == ["ab", 'c"d', ""]
    assert split('"a') is None
    assert split("") == [""]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("氏名,住所\n髙橋,東京".encode(), "utf-8"),
        ("\ufeff氏名,住所".encode(), "utf-8"),
        ("氏名,住所\n髙橋,東京".encode("cp932"), "cp932"),
        (b"name,address", "utf-8"),
        (b"", "utf-8"),
        ("氏名".encode() + b"\xff", "utf-8"),
        ("氏名,住所,生年月日".encode("cp932") + b"\xff", "cp932"),
    ],
)
def test_the_encoding_is_found_by_trying(data: bytes, encoding: Encoding) -> None:
    file = io.BytesIO(data)
    assert csv_lines.detect(file) == encoding
    assert file.tell() == 0


def test_a_byte_order_mark_is_no_part_of_the_first_header() -> None:
    assert cells("\ufeff氏名,住所".encode()) == [["氏名", "住所"]]


def test_bytes_that_can_not_be_decoded_are_seen() -> None:
    (row,) = read(b"a,\xff\n")
    assert csv_lines.is_escaped(row.cells[1])
    assert not csv_lines.is_escaped("髙")
