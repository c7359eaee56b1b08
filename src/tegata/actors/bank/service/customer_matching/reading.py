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
