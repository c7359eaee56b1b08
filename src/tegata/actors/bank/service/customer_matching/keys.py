"""Serial numbers as keys that join, one form for customers and lists: pure Ibis and Arrow, the same on every engine.

============  =====================================  ==================================================
form          customers' column                      key
============  =====================================  ==================================================
``integer``   whole numbers of up to 64 signed bits  int64
``decimal``   wider whole numbers; decimal text      its digits without leading zeros, as text
``hex``       hexadecimal text                       its digits in lower case without leading zeros
============  =====================================  ==================================================

A serial number is positive and has up to 20 octets (RFC 5280 4.1.2.2); anything else is *unreadable*, and a cell with
nothing in it is *blank*. No form is guessed: digits alone can be read in two ways, so text has to be named ``decimal``
or ``hex``, unless every value shows that it is hexadecimal: ``0x1f``, or pairs of digits between colons.
"""

from collections.abc import Iterator
from typing import Final, Literal

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr import types as ir

from tegata.actors.bank.service.customer_matching import arrow
from tegata.pki.crl import RevokedEntries
from tegata.pki.crl.entries import WIDE_BYTES, Serials

Form = Literal["integer", "decimal", "hex"]

MOST_DECIMAL_DIGITS: Final = 48
MOST_HEX_DIGITS: Final = 2 * WIDE_BYTES
LONGEST_CELL: Final = 200
"""Characters of a cell that are looked at: nothing longer is a serial number, however it is written."""

_DIGITS = r"^[0-9]+$"
_HEX = r"^((0x)?[0-9a-f]+|([0-9a-f][0-9a-f])+([: ]([0-9a-f][0-9a-f])+)*)$"
_SURELY_HEX = r"^(0x[0-9a-f]+|[0-9a-f][0-9a-f](:[0-9a-f][0-9a-f])+)$"
_LEADING_ZEROS = r"^0+"


class SerialColumn:
    """A customers' column of serial numbers, read in one form."""

    def __init__(self, column: ir.Column, form: Form) -> None:
        self._form = form
        if form == "integer":
            self.blank: ir.BooleanValue = column.isnull()
            self.key: ir.Value = column.cast("int64")
            self.readable: ir.BooleanValue = column > 0
            return
        text = _trimmed(column)
        digits = _without_zeros(text if form == "decimal" else _plain_hex(text))
        most = MOST_DECIMAL_DIGITS if form == "decimal" else MOST_HEX_DIGITS
        shaped = text.re_search(_DIGITS if form == "decimal" else _HEX)
        self.blank = column.isnull() | (text == "")
        self.readable = (text.length() < LONGEST_CELL) & shaped & digits.length().between(1, most)
        self.key = ibis.ifelse(self.readable, digits, ibis.null("string"))

    def order(self, key: ir.Column) -> list[ir.Value]:
        """What sorts rows by serial number, ``key`` being the key's column in them."""
        return [key] if self._form == "integer" else [key.length(), key]


def surely_hex(column: ir.Column) -> ir.BooleanValue:
    """Whether text can be read as nothing but a hexadecimal number, or is blank."""
    text = _trimmed(column)
    return column.isnull() | (text == "") | text.re_search(_SURELY_HEX)


def _trimmed(column: ir.Column) -> ir.StringValue:
    return column.cast("string").substr(0, LONGEST_CELL).strip().lower()


def _plain_hex(text: ir.StringValue) -> ir.StringValue:
    joined = text.replace(":", "").replace(" ", "")
    return ibis.ifelse(joined.startswith("0x"), joined.substr(2), joined)


def _without_zeros(text: ir.StringValue) -> ir.StringValue:
    return ibis.ifelse(text.startswith("0"), text.re_replace(_LEADING_ZEROS, ""), text)


KEY_TYPES: Final[dict[Form, pa.DataType]] = {"integer": pa.int64(), "decimal": pa.string(), "hex": pa.string()}


def keys_of(entries: RevokedEntries, form: Form) -> Iterator[tuple[pa.Array, RevokedEntries]]:
    """Keys of a list's entries, with the entries that they belong to.

    Entries that no such key can name are left out: serials that are not positive, and above 63 bits for ``integer``.
    """
    narrow = entries.take(_narrow(entries.serials, form))
    yield _of_narrow(narrow.serials, form), narrow
    wide = entries.wide_table
    if form != "integer" and len(wide.serials):
        octets = np.ascontiguousarray(wide.serials).view(np.uint8).reshape(-1, WIDE_BYTES)
        positive = octets[:, 0] < 0x80
        yield _of_octets(octets[positive], form), wide.take(positive)


def _narrow(serials: Serials, form: Form) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    chosen: np.ndarray[tuple[int], np.dtype[np.bool_]] = serials > 0
    return chosen & (serials < 1 << 63) if form == "integer" else chosen


def _of_narrow(serials: Serials, form: Form) -> pa.Array:
    if form == "integer":
        return arrow.of_integers(serials.astype(np.int64), pa.int64())
    if form == "decimal":
        return arrow.of_integers(serials, pa.uint64()).cast(pa.string())
    return _of_octets(serials.astype(">u8").view(np.uint8).reshape(-1, 8), form)


def _of_octets(octets: "np.ndarray[tuple[int, int], np.dtype[np.uint8]]", form: Form) -> pa.Array:
    """Keys of big-endian rows of octets."""
    width = 2 * octets.shape[1]
    digits = octets.tobytes().hex()
    rows = [digits[start : start + width] for start in range(0, len(digits), width)]
    if form == "decimal":
        return arrow.of_texts([str(int(row, 16)) for row in rows])
    return arrow.of_texts([row.lstrip("0") for row in rows])
