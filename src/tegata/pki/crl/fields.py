"""Records of any shape, field by field: what :mod:`.shapes` does not read.

Every field of all records is read in one step, and every length is checked against the end of what holds it before a
byte behind it is used.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from tegata.pki import der
from tegata.pki.crl import times
from tegata.pki.crl.entries import WIDE_BYTES, Indices
from tegata.pki.crl.layout import REASON_EXTENSION
from tegata.pki.crl.octets import Bytes, gather, stands_at
from tegata.pki.crl.times import Eights
from tegata.pki.der import DerError

MOST_EXTENSIONS: Final = 8
_MARGIN: Final = 32
"""Zero bytes behind a window: what is looked at before it is known to lie within a record stays in the array."""

_REASON_OID: Final = bytes.fromhex("551d15")
_CRITICAL: Final = bytes.fromhex("0101ff")
_CODES: Final = np.array([0, 1, 2, 3, 4, 5, 6, 9, 10])
IS_REASON: Final = np.isin(np.arange(256), _CODES)
"""By CRLReason number: whether a complete CRL can have it."""


class UnknownCriticalExtension(ValueError):
    """An entry has a critical extension that is not understood: RFC 5280 5.3 forbids using the CRL."""


def lengths_at(octets: Bytes, at: Indices) -> tuple[Indices, Indices, npt.NDArray[np.bool_]]:
    """Of the elements at these places: header size, content length, and whether the length is in its shortest form.

    Lengths have up to two octets more than one; an element of 64 KiB has no place in an entry.
    """
    length = octets.take(at + 1).astype(np.intp)
    headers, shortest = np.full(len(at), 2), np.ones(len(at), np.bool_)
    long = np.flatnonzero(length >= 0x80)
    if len(long):
        headers[long], length[long], shortest[long] = _long_lengths(octets, at[long], length[long])
    return headers, length, shortest


def _long_lengths(octets: Bytes, at: Indices, first: Indices) -> tuple[Indices, Indices, npt.NDArray[np.bool_]]:
    one, two = first == 0x81, first == 0x82
    second = octets[at + 2].astype(np.intp)
    length = np.where(one, second, np.where(two, second << 8 | octets[at + 3], first))
    shortest = (one & (length >= 0x80)) | (two & (length >= 0x100))
    return 2 + one + 2 * two, length, shortest


def with_margin(octets: Bytes) -> Bytes:
    """A window with zeros behind it."""
    return np.concatenate([octets, np.zeros(_MARGIN, np.uint8)])


class Fields:
    """Some records of a window, read field by field: ``cursor`` is where each record's next field starts."""

    def __init__(self, octets: Bytes, starts: Indices, ends: Indices) -> None:
        self.octets = with_margin(octets)
        self.cursor, self.ends = starts + lengths_at(self.octets, starts)[0], ends

    def serials(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_], Bytes]:
        """Serials below 2^64 (others 0), which ones are not, and those as rows of 20 octets."""
        body, stop = self._element(self.cursor, self.ends, der.INTEGER)
        size = stop - body
        if bool(((size < 1) | (size > WIDE_BYTES)).any()):
            raise DerError("a serial number of no octet, or of more than 20")
        first, second = self.octets[body], self.octets[body + 1]
        if bool(((size > 1) & (((first == 0) & (second < 0x80)) | ((first == 0xFF) & (second >= 0x80)))).any()):
            raise DerError("a serial number that is not in its shortest form")
        wide = (first >= 0x80) | (size > 9) | ((size == 9) & (first != 0))
        octets = (
            np.where(first >= 0x80, np.uint8(0xFF), np.uint8(0))[:, None].repeat(WIDE_BYTES, 1) if wide.any() else None
        )
        narrow = np.zeros((len(size), 8), np.uint8)
        for count in np.flatnonzero(np.bincount(size)).tolist():
            rows = np.flatnonzero(size == count)
            content = gather(self.octets, body[rows], count)
            narrow[rows, 8 - min(count, 8) :] = content[:, -8:]
            if octets is not None:
                octets[rows, WIDE_BYTES - count :] = content
        self.cursor = stop
        values = narrow.view(">u8").reshape(-1).astype(np.uint64)
        above = octets[wide] if octets is not None else np.empty((0, WIDE_BYTES), np.uint8)
        return np.where(wide, np.uint64(0), values), wide, above

    def times(self) -> times.Seconds:
        """Revocation times: UTCTime or GeneralizedTime, to the second and with ``Z``."""
        tag, size = self.octets[self.cursor], self.octets[self.cursor + 1]
        generalized = tag == der.GENERALIZED_TIME
        if bool(((size != np.where(generalized, 15, 13)) | ((tag != der.UTC_TIME) & ~generalized)).any()):
            raise DerError("a revocation date that is neither YYMMDDHHMMSSZ nor YYYYMMDDHHMMSSZ")
        body, stop = self.cursor + 2, self.cursor + 2 + size
        if bool((stop > self.ends).any()) or bool((self.octets[stop - 1] != ord("Z")).any()):
            raise DerError("a revocation date that is cut off, or not in UTC")
        seconds = np.empty(len(body), np.int64)
        for chosen, seconds_of in ((~generalized, times.utc_seconds), (generalized, times.generalized_seconds)):
            if bool(chosen.any()):
                seconds[chosen] = seconds_of(self._eights(body[chosen]), self._eights(stop[chosen] - 9))
        self.cursor = stop
        return seconds

    def reasons(self) -> Bytes:
        """CRLReason numbers, 0 where none is given."""
        reasons = np.zeros(len(self.ends), np.uint8)
        usual = self.ends - self.cursor == len(REASON_EXTENSION)
        usual &= stands_at(self.octets, self.cursor, REASON_EXTENSION[:-1])
        reasons[usual] = self.octets[self.ends[usual] - 1]
        other = ~usual & (self.cursor < self.ends)
        if bool(other.any()):
            reasons[other] = self._extensions(self.cursor[other], self.ends[other])
        if not bool(IS_REASON.take(reasons).all()):
            raise DerError("a reason code that a complete CRL can not have")
        return reasons

    def _extensions(self, at: Indices, ends: Indices) -> Bytes:
        """Reasons out of extensions of any kind and order."""
        cursor, stop = self._element(at, ends, der.SEQUENCE)
        if bool(((stop != ends) | (cursor == ends)).any()):
            raise DerError("entry extensions that are empty or do not fill their record")
        reasons = np.full(len(at), -1, np.int16)
        for _ in range(MOST_EXTENSIONS):
            rows = np.flatnonzero(cursor < ends)
            if not len(rows):
                return np.maximum(reasons, 0).astype(np.uint8)
            cursor[rows], found = self._extension(cursor[rows], ends[rows])
            if bool(((found >= 0) & (reasons[rows] >= 0)).any()):
                raise DerError("a record with two reasons")
            reasons[rows] = np.maximum(reasons[rows], found)
        if bool((cursor < ends).any()):
            raise DerError(f"a record with more than {MOST_EXTENSIONS} extensions")
        return np.maximum(reasons, 0).astype(np.uint8)

    def _extension(self, at: Indices, ends: Indices) -> tuple[Indices, npt.NDArray[np.int16]]:
        """Where one extension of each record ends, and its reason, or -1 where it is another extension."""
        body, stop = self._element(at, ends, der.SEQUENCE)
        name, name_stop = self._element(body, stop, der.OBJECT_IDENTIFIER)
        is_reason = (name_stop - name == len(_REASON_OID)) & stands_at(self.octets, name, _REASON_OID)
        critical = (name_stop < stop) & (self.octets[name_stop] == der.BOOLEAN)
        if bool((critical & ~stands_at(self.octets, name_stop, _CRITICAL)).any()):
            raise DerError("an extension's critical flag that is not TRUE")
        value, value_stop = self._element(name_stop + 3 * critical, stop, der.OCTET_STRING)
        if bool((value_stop != stop).any()):
            raise DerError("an extension that its value does not fill")
        if bool((critical & ~is_reason).any()):
            raise UnknownCriticalExtension("a critical entry extension other than the reason")
        content = gather(self.octets, value, 3)
        if bool((is_reason & ((value_stop - value != 3) | (content[:, :2] != (der.ENUMERATED, 1)).any(axis=1))).any()):
            raise DerError("a reason that is not an ENUMERATED of one octet")
        return stop, np.where(is_reason, content[:, 2], np.int16(-1)).astype(np.int16)

    def _eights(self, at: Indices) -> Eights:
        eights: Eights = gather(self.octets, at, 8).view("<u8").reshape(-1)
        return eights

    def _element(self, at: Indices, ends: Indices, tag: int) -> tuple[Indices, Indices]:
        """Where the elements' content begins and ends; all have this tag and lie within ``ends``."""
        at = np.minimum(at, len(self.octets) - _MARGIN)
        headers, length, shortest = lengths_at(self.octets, at)
        body = at + headers
        stop = body + length
        if bool((~shortest | (at >= ends) | (self.octets[at] != tag) | (stop > ends)).any()):
            raise DerError(f"no element with tag {tag:#04x} where one should be, or one that does not fit")
        return body, stop
