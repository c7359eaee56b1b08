"""Page → citizen's reader → page: how a web page has something signed by a card (front channel, browser redirects).

1. The page keeps a :class:`SigningRequest` under an unguessable id and redirects the browser to the reader's
   ``READER_PATH`` with ``request_uri``.
2. The reader fetches the request there (:data:`FETCH_PATH`, JSON), shows who asks and what will be signed, takes card
   and PIN.
3. The reader answers with a form that the browser posts to ``return_url``: ``request_id`` and ``response`` (a compact
   JWS), or ``request_id`` and ``error``. The page accepts each request id once, in the session that made it.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from tegata.wire.certificates import Usage
from tegata.wire.endpoint import Base64, CompactJws, Identifier, ShortText
from tegata.wire.problems import problem
from tegata.wire.text import Text

READER_PATH = "/reader"
FETCH_PATH = "/card-requests/{request_id}"
RETURN_PATH = "/card-requests/{request_id}/return"

ReaderError = Literal["cancelled", "blocked", "no_certificate", "wrong_card"]


class SigningRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a page asks the card to sign. ``payload`` is signed as it is; ``summary`` is what the reader shows of it.

    ``return_url`` must have the same origin as the address that the request was fetched from.
    """

    request_id: Identifier
    usage: Usage
    asker: Text
    title: Text
    summary: Annotated[list[Text], msgspec.Meta(max_length=20)]
    payload: Base64
    return_url: ShortText
    expires_at: datetime


class ReaderAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the browser brings back from the reader, as form fields."""

    request_id: Identifier
    response: CompactJws | None = None
    error: ReaderError | None = None


OTHER_BROWSER = problem(
    "card-request-of-another-browser",
    403,
    ja="このカードの操作は、別のブラウザーで始められました。",
    en="This use of the card was begun in another browser.",
    do_ja="始めたブラウザーで続けるか、最初からやり直してください。",
    do_en="Go on in the browser that began it, or start again.",
)
"""For the page that a reader's answer comes back to."""
