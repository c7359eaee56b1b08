"""An answer with what HTTP caches are to know of it."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from tegata.pki.ocsp import (
    INTERNAL_ERROR,
    MALFORMED_REQUEST,
    TRY_LATER,
    UNAUTHORIZED,
    OcspRequest,
    Responder,
    StatusSource,
)


@dataclass(frozen=True, eq=False)
class Window:
    """From when to when answers hold. Newer data are there from ``fresh_until`` on; times have whole seconds.

    ``last_modified`` and ``expires``: the first and the last as HTTP writes them (RFC 5019 section 6.2).
    """

    this_update: datetime
    fresh_until: datetime
    next_update: datetime
    last_modified: str = field(init=False)
    expires: str = field(init=False)

    def __post_init__(self) -> None:
        for name, at in (("last_modified", self.this_update), ("expires", self.next_update)):
            object.__setattr__(self, name, format_datetime(at.astimezone(UTC), usegmt=True))


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer in DER. ``window`` is None where it is not signed, ``etag`` empty where nobody may keep it."""

    der: bytes
    window: Window | None = None
    etag: str = ""


MALFORMED: Final = Answered(MALFORMED_REQUEST)
NOT_OURS: Final = Answered(UNAUTHORIZED)
LATER: Final = Answered(TRY_LATER)
FAILED: Final = Answered(INTERNAL_ERROR)


def signed(
    responder: Responder, source: StatusSource, asked: OcspRequest, window: Window, now: datetime,
    *, may_be_kept: bool = False,
) -> Answered:  # fmt: skip
    """An answer made now.

    Its ETag names what it says and who says it. RFC 5019 section 6.2 recommends a hash of the whole answer, but of
    several processes each signs its own, at another time.
    """
    singles = responder.singles(asked, source, window.this_update, window.next_update)
    tag = hashlib.sha1(b"".join((responder.key_hash, *singles)), usedforsecurity=False).hexdigest()
    return Answered(responder.sign(singles, asked.nonce, now), window, f'W/"{tag}"' if may_be_kept else "")
