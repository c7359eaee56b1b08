"""Reading CSV that others wrote: one broken row never takes the next ones with it (RFC 4180 and less).

Encodings: UTF-8 with or without byte order mark, Shift_JIS as Windows writes it (cp932), found by trying or named.
Lines may end in LF, CRLF or CR, mixed. A quoted field may hold commas, doubled quotes and line ends; a quote that is
never closed costs the row it stands in, and reading goes on with the next line.
"""

import codecs
import io
from collections.abc import Generator, Iterator
from typing import BinaryIO, Literal

import msgspec

Encoding = Literal["utf-8", "cp932"]
LONGEST_LINE = 20_000
MOST_LINES_OF_A_ROW = 20
BLOCK = 1 << 16

Fault = Literal["quote", "too-long"]


class Row(msgspec.Struct, frozen=True):
    """A row and the line it begins in, counted from 1; ``fault`` where it can not be taken apart."""

    line: int
    cells: list[str]
    fault: Fault | None = None


def detect(file: BinaryIO) -> Encoding:
    """The encoding of a file. Rewinds the file.

    UTF-8 if it reads as that but for a few broken characters: nearly every character of Shift_JIS is wrong in UTF-8.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = wrong = 0
    file.seek(0)
    while block := file.read(BLOCK):
        text = decoder.decode(block)
        if not text.isascii():
            escaped = sum(is_escaped(character) for character in text)
            wrong += escaped
            good += sum(character > "\x7f" for character in text) - escaped
    wrong += len(decoder.decode(b"", final=True))
    file.seek(0)
    return "utf-8" if wrong <= good else "cp932"


def is_escaped(character: str) -> bool:
    """Whether it stands for a byte that could not be decoded."""
    return "\udc80" <= character <= "\udcff"


def rows(file: BinaryIO, encoding: Encoding) -> Generator[Row, None, None]:
    """The rows of a file; empty lines are left out. Bytes that can not be decoded become lone surrogates."""
    text = io.TextIOWrapper(file, "utf-8-sig" if encoding == "utf-8" else encoding, "surrogateescape", newline=None)
    try:
        yield from _Reader(text).rows()
    finally:
        text.detach()


class _Reader:
    """Takes lines apart; lines that a row did not need after all are read again."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._again: list[str] = []
        self._line = 0

    def rows(self) -> Iterator[Row]:
        while (line := self._next()) is not None:
            if len(line) > LONGEST_LINE:
                yield Row(self._line, [], "too-long")
            elif '"' in line:
                yield self._quoted(line)
            elif line:
                yield Row(self._line, line.split(","))

    def _next(self) -> str | None:
        """The next line without its end; of one that is too long, only so much that it shows."""
        if self._again:
            self._line += 1
            return self._again.pop()
        line = self._text.readline(LONGEST_LINE + 1)
        if not line:
            return None
        self._line += 1
        rest = line
        while len(rest) > LONGEST_LINE and not rest.endswith("\n"):
            rest = self._text.readline(LONGEST_LINE + 1)
        return line.removesuffix("\n")

    def _quoted(self, first: str) -> Row:
        """A row with quotes; it may go on over the next lines."""
        began, lines = self._line, [first]
        cells = split(first)
        while cells is None and len(lines) < MOST_LINES_OF_A_ROW:
            line = self._next()
            if line is None:
                break
            lines.append(line)
            cells = split("\n".join(lines))
        if cells is not None:
            return Row(began, cells)
        self._again += reversed(lines[1:])
        self._line = began
        return Row(began, [], "quote")


def split(text: str) -> list[str] | None:
    """The cells of a row; None where a quote is still open. A quote inside an unquoted cell is a character."""
    cells: list[str] = []
    position = 0
    while True:
        if text.startswith('"', position):
            cell, position = _quoted_cell(text, position + 1)
            if position < 0:
                return None
        else:
            end = text.find(",", position)
            end = len(text) if end < 0 else end
            cell, position = text[position:end], end
        cells.append(cell)
        if position >= len(text):
            return cells
        position += 1


def _quoted_cell(text: str, start: int) -> tuple[str, int]:
    """A cell from after its opening quote: its text, and the place of the comma after it (-1: never closed)."""
    parts: list[str] = []
    while True:
        end = text.find('"', start)
        if end < 0:
            return "", -1
        parts.append(text[start:end])
        if not text.startswith('"', end + 1):
            break
        parts.append('"')
        start = end + 2
    comma = text.find(",", end + 1)
    comma = len(text) if comma < 0 else comma
    # What stands between the closing quote and the comma belongs to the cell: "a"b is written by some programs.
    return "".join(parts) + text[end + 1 : comma], comma
