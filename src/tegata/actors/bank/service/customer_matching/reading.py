"""Customers' serial numbers as keys (:mod:`.keys`), however they are written: pure Ibis, the same on every engine."""

from typing import Final

import ibis
from ibis.expr import types as ir

from tegata.actors.bank.service.customer_matching.keys import Form
from tegata.pki.crl.entries import WIDE_BYTES

MOST_DECIMAL_DIGITS: Final = 48
MOST_HEX_DIGITS: Final = 2 * WIDE_BYTES
LONGEST_CELL: Final = 200
"""Characters of a cell that are looked at: nothing longer is a serial number, however it is written."""

_DIGITS = r"\A[0-9]+\z"
_PLAIN_HEX = r"\A[1-9A-Fa-f][0-9A-Fa-f]{0,39}\z"
_HEX = r"\A((0x)?[0-9a-f]+|([0-9a-f][0-9a-f])+([: ]([0-9a-f][0-9a-f])+)*)\z"
_SURELY_HEX = r"\A(0x[0-9a-f]+|[0-9a-f][0-9a-f](:[0-9a-f][0-9a-f])+)\z"
_LEADING_ZEROS = r"\A0+"


class SerialColumn:
    """A customers' column of serial numbers, read in one form.

    Nearly all text is written plainly, and then it is its own key: only the rest is looked at character by character,
    which takes ten times as long.
    """

    def __init__(self, column: ir.Column, form: Form) -> None:
        self._form = form
        if form == "integer":
            self.blank: ir.BooleanValue = column.isnull()
            self.key: ir.Value = column.cast("int64")
            self.readable: ir.BooleanValue = column > 0
            return
        column = column.cast("string")
        text = _trimmed(column)
        digits = _without_zeros(text if form == "decimal" else _joined_hex(text))
        most = MOST_DECIMAL_DIGITS if form == "decimal" else MOST_HEX_DIGITS
        shaped = text.re_search(_DIGITS if form == "decimal" else _HEX)
        readable = (text.length() < LONGEST_CELL) & shaped & digits.length().between(1, most)
        plain = _plain_decimal(column) if form == "decimal" else column.re_search(_PLAIN_HEX)
        plain = ibis.coalesce(plain, ibis.literal(False))
        self.blank = ibis.ifelse(plain, False, column.isnull() | (text == ""))
        self.readable = ibis.ifelse(plain, True, readable)
        self.key = ibis.ifelse(
            plain, column if form == "decimal" else column.lower(), ibis.ifelse(readable, digits, ibis.null("string"))
        )

    def order(self, key: ir.Column) -> list[ir.Value]:
        """What sorts rows by serial number, ``key`` being the key's column in them."""
        return [key] if self._form == "integer" else [key.length(), key]


def surely_hex(column: ir.Column) -> ir.BooleanValue:
    """Whether text can be read as nothing but a hexadecimal number, or is blank."""
    text = _trimmed(column)
    return column.isnull() | (text == "") | text.re_search(_SURELY_HEX)


def _trimmed(column: ir.Column) -> ir.StringValue:
    return column.cast("string").substr(0, LONGEST_CELL).strip().lower()


def _plain_decimal(column: ir.StringColumn) -> ir.BooleanValue:
    number = column.try_cast("int64")
    return (number > 0) & (number.cast("string") == column)


def _joined_hex(text: ir.StringValue) -> ir.StringValue:
    joined = text.replace(":", "").replace(" ", "")
    return ibis.ifelse(joined.startswith("0x"), joined.substr(2), joined)


def _without_zeros(text: ir.StringValue) -> ir.StringValue:
    return ibis.ifelse(text.startswith("0"), text.re_replace(_LEADING_ZEROS, ""), text)
