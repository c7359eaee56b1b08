"""Records of one shape that stand side by side: every field is at the same place of each, and is read as one number.

What is not exactly of that shape (another extension, a serial that is negative or not in its shortest form) is left to
:mod:`.fields`, which reads it or says what is wrong with it.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from tegata.pki.crl import times
from tegata.pki.crl.entries import WIDE, WIDE_BYTES, Indices, RevokedEntries, Serials
from tegata.pki.crl.fields import IS_REASON
from tegata.pki.crl.layout import HEADER, template
from tegata.pki.crl.octets import Bytes, column

NO_SHAPE: Final = 0
_MOST_NARROW: Final = 8

# By what follows the serial: UTCTime or GeneralizedTime, then a reason or nothing.
_KINDS: Final = np.full(256, -1, np.int16)
_KINDS[[len(template(kind)) - HEADER for kind in range(4)]] = range(4)


def shapes_of(lengths: Indices, sizes: Bytes) -> npt.NDArray[np.int16]:
    """The shapes that records of these lengths, with serials of these sizes, may have; :data:`NO_SHAPE` for others."""
    kinds = _KINDS.take(lengths - HEADER - sizes, mode="clip")
    fitting = (kinds >= 0) & (sizes >= 1) & (sizes <= WIDE_BYTES)
    return np.where(fitting, sizes.astype(np.int16) << 2 | kinds, np.int16(NO_SHAPE))


def read_shape(octets: Bytes, shape: int, count: int) -> RevokedEntries | None:
    """``count`` records, whose headers are known to be of ``shape``, in their order; or None where one is not.

    A wide table comes back as a table of its own. Raises :class:`~tegata.pki.der.DerError` for times that do not exist.
    """
    if not _are_of(octets, shape, count):
        return None
    serials = _serials(octets, shape >> 2, len(template(shape)), count)
    reasons = _reasons(octets, shape, count)
    if serials is None or reasons is None:
        return None
    return RevokedEntries(serials, _times(octets, shape, count), reasons)


def _are_of(octets: Bytes, shape: int, count: int) -> bool:
    """Whether all bytes that are the same in each record of a shape are so, but for the header."""
    text, after = template(shape), HEADER + (shape >> 2)
    # With a reason, Z and the thirteen octets before the reason are two numbers that overlap.
    rest = [(len(text) - 15, "<u8"), (len(text) - 9, "<u8")] if shape & 1 else [(len(text) - 1, "u1")]
    for at, kind in ((after, "<u2"), *rest):
        wanted = np.frombuffer(text, kind, 1, at)[0]
        if bool((column(octets, kind, at, len(text), count) != wanted).any()):
            return False
    return True


def _serials(octets: Bytes, size: int, length: int, count: int) -> Serials | None:
    """The serials if none is negative or has an octet too many; wide ones where they have more than nine octets."""
    if size > _MOST_NARROW + 1:
        return _wide(octets, size, length, count)
    serials = column(octets, ">u8", HEADER + (size > _MOST_NARROW), length, count).astype(np.uint64)
    if size > _MOST_NARROW:
        padded = bool((column(octets, "u1", HEADER, length, count) == 0).all())
        return serials if padded and bool((serials >= np.uint64(1 << 63)).all()) else None
    serials >>= np.uint64(8 * (_MOST_NARROW - size))
    least = 1 << (8 * size - 9) if size > 1 else 0
    return serials if least <= int(serials.min()) and int(serials.max()) < 1 << (8 * size - 1) else None


def _wide(octets: Bytes, size: int, length: int, count: int) -> Serials | None:
    first = column(octets, ">u2", HEADER, length, count)
    if bool(((first < 0x80) | (first >= 0x8000)).any()):
        return None
    keys = np.zeros(count * WIDE_BYTES, np.uint8)
    column(keys, f"V{size}", WIDE_BYTES - size, WIDE_BYTES, count)[:] = column(
        octets, f"V{size}", HEADER, length, count
    )
    return keys.view(WIDE)


def _times(octets: Bytes, shape: int, count: int) -> times.Seconds:
    length, at, digits = len(template(shape)), HEADER + (shape >> 2) + 2, 14 if shape & 2 else 12
    first, last = (column(octets, "<u8", start, length, count) for start in (at, at + digits - 8))
    return (times.generalized_seconds if shape & 2 else times.utc_seconds)(first, last)


def _reasons(octets: Bytes, shape: int, count: int) -> npt.NDArray[np.uint8] | None:
    if not shape & 1:
        return np.zeros(count, np.uint8)
    length = len(template(shape))
    reasons = column(octets, "u1", length - 1, length, count).copy()
    return reasons if bool(IS_REASON.take(reasons).all()) else None
