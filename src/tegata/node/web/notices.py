"""A sentence that the next page shows once, carried by a cookie that only this actor can make."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec

from tegata.wire.text import Text


def seal_notice(key: bytes, notice: Text) -> str:
    """The sentence as a cookie's value."""
    body = urlsafe_b64encode(msgspec.json.encode(notice)).decode("ascii")
    return f"{body}.{hmac.new(key, body.encode(), 'sha256').hexdigest()}"


def read_notice(key: bytes, sealed: str) -> Text | None:
    """The sentence, or None for a value that this actor did not make."""
    body, _, mac = sealed.partition(".")
    if not hmac.compare_digest(hmac.new(key, body.encode(), "sha256").hexdigest().encode(), mac.encode()):
        return None
    return msgspec.json.decode(urlsafe_b64decode(body), type=Text)
