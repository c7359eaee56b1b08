"""What is joined to a customer: a revocation packed into one integer, of which the smallest decides.

From the top: 39 bits of revocation time (seconds since the year 1), 20 bits of the list's rank (the newest first), 4
bits of CRLReason. So where several lists hold a serial number, the earliest revocation counts; of equal times the one
of the newest list; and a join carries 8 bytes an entry instead of three columns.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tegata.actors.bank.service.customer_matching import arrow
from tegata.pki.crl import Reason

MOST_LISTS: Final = 1 << 20
REVOKED_AT: Final = "revoked_at"
REASON: Final = "reason"
CRL_NUMBER: Final = "crl_number"
FEW_TEXTS: Final = pa.dictionary(pa.int32(), pa.string())
FIELDS: Final = (
    pa.field(REVOKED_AT, pa.timestamp("us", tz="UTC")), pa.field(REASON, FEW_TEXTS),
    pa.field(CRL_NUMBER, FEW_TEXTS),
)  # fmt: skip
"""The columns that a verdict becomes. A CRL number has up to 20 octets (RFC 5280 5.2.3), so it is text."""

_YEAR_ONE: Final = -62_135_596_800
_RANK_BITS: Final = 20
_REASON_BITS: Final = 4
_REASONS: Final = arrow.of_texts([str(reason) for reason in Reason])
_PLACES: Final = np.zeros(1 << _REASON_BITS, np.int64)
"""Where each CRLReason stands in them; a dictionary has no value twice, so 7, which is not used, has none there."""
_PLACES[[reason.code for reason in Reason]] = np.arange(len(Reason))


def pack(revoked_at: npt.NDArray[np.int64], rank: int, reasons: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Verdicts of entries of one list; ``revoked_at`` in seconds since 1970, of the years 1 to 9999."""
    top = (revoked_at - _YEAR_ONE) << (_RANK_BITS + _REASON_BITS)
    return top | np.int64(rank << _REASON_BITS) | reasons.astype(np.int64)


def unpack(verdicts: npt.NDArray[np.int64], numbers: Sequence[int]) -> list[pa.Array]:
    """The columns of :data:`FIELDS`; ``numbers`` are the lists' CRL numbers by rank."""
    seconds = (verdicts >> (_RANK_BITS + _REASON_BITS)) + _YEAR_ONE
    ranks = (verdicts >> _REASON_BITS) & (MOST_LISTS - 1)
    distinct, places = np.unique(np.array(numbers, object), return_inverse=True)
    return [
        arrow.of_integers(seconds * 1_000_000, FIELDS[0].type),
        _chosen(_REASONS, _PLACES[verdicts & ((1 << _REASON_BITS) - 1)]),
        _chosen(arrow.of_texts([str(number) for number in distinct]), places[ranks]),
    ]


def _chosen(texts: pa.Array, indices: npt.NDArray[np.int64]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(arrow.of_integers(indices.astype(np.int32), pa.int32()), texts)
