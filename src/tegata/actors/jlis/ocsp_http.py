"""OCSP over HTTP, the same from whichever server: what stands beside an answer (RFC 6960 appendix A, RFC 5019)."""

from datetime import datetime
from typing import Final

from tegata.actors.jlis.service.ocsp import Answered
from tegata.wire.problems import UNSUPPORTED_MEDIA, Refused
from tegata.wire.revocation import OCSP

_CONTENT_TYPE: Final = ("content-type", OCSP.media_type)
_NOT_KEPT: Final = [_CONTENT_TYPE, ("cache-control", "no-store")]


def check_media_type(content_type: str | None) -> None:
    """Raises ``Refused`` (unsupported-media-type) for what does not call itself an OCSP request (RFC 6960 A.1)."""
    if content_type == OCSP.request_media_type:
        return
    if (content_type or "").partition(";")[0].strip().lower() != OCSP.request_media_type:
        raise Refused(UNSUPPORTED_MEDIA)


def headers(answered: Answered, now: datetime) -> list[tuple[str, str]]:
    """The headers of an answer: caches may keep it until there can be newer data (RFC 5019 section 6.2)."""
    window = answered.window
    if window is None or not answered.etag:
        return _NOT_KEPT
    left = max(int((window.fresh_until - now).total_seconds()), 0)
    return [
        _CONTENT_TYPE,
        ("cache-control", f"max-age={left}, public, no-transform, must-revalidate"),
        ("last-modified", window.last_modified),
        ("expires", window.expires),
        ("etag", answered.etag),
    ]


def is_known(answered: Answered, if_none_match: str) -> bool:
    """Whether a client has the answer already (RFC 9110 section 13.1.2: tags are compared without the ``W/``)."""
    wanted = answered.etag.removeprefix("W/")
    listed = [tag.strip() for tag in if_none_match.split(",")]
    return bool(wanted) and any(tag == "*" or tag.removeprefix("W/") == wanted for tag in listed)
