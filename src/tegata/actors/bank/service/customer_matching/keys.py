"""Serial numbers as keys that join, in one form for customers (:mod:`.reading`) and lists.

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

import numpy as np
import pyarrow as pa

from tegata.actors.bank.service.customer_matching import arrow
from tegata.pki.crl import RevokedEntries
from tegata.pki.crl.entries import WIDE_BYTES, Serials

Form = Literal["integer", "decimal", "hex"]

KEY: Final = "key"
VERDICT: Final = "verdict"
"""The columns of the lists' entries."""

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
