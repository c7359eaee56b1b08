"""An endpoint declared once, for whoever calls it and for whoever serves it."""

from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec

from tegata.wire.problems import ProblemType
from tegata.wire.text import Text

RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")
ItemT = TypeVar("ItemT")

Cursor = Annotated[str, msgspec.Meta(max_length=200)]
Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_.:-]+$")]
Serial = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Base64 = Annotated[str, msgspec.Meta(max_length=2_000_000, pattern=r"^[A-Za-z0-9+/]*={0,2}$")]
CompactJws = Annotated[
    str, msgspec.Meta(min_length=1, max_length=65_536, pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$")
]
ShortText = Annotated[str, msgspec.Meta(max_length=400)]


class Page(msgspec.Struct, Generic[ItemT], kw_only=True):
    """A part of a list; ``next_cursor`` is None on the last page."""

    items: list[ItemT]
    next_cursor: Cursor | None = None


class PageQuery(msgspec.Struct, kw_only=True):
    """Which part of a list."""

    cursor: Cursor | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class AfterQuery(msgspec.Struct, kw_only=True):
    """Which part of a numbered feed: entries with a number above ``after``."""

    after: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1000


class Empty(msgspec.Struct):
    """An answer without content."""


class Endpoint(msgspec.Struct, Generic[RequestT, ResponseT], frozen=True, kw_only=True):
    """One message of a conversation between actors.

    ``path`` is below the serving actor's base URL, path parameters in braces. ``request`` and ``response`` are msgspec
    types, or None; ``bytes`` stands for a raw body of the media type named. ``scope`` is the right that a caller needs,
    empty where the door is open to all. ``label`` is the word on the map, ``step`` the circled number of the document's
    figure. ``keyed`` is False for a question that is sent by POST, whose answer holds personal data and must not be
    kept, and for messages that carry an id of their own.
    """

    to: str
    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    request: type[RequestT] | None
    response: type[ResponseT]
    scope: str
    label: Text
    step: str = ""
    query: type[Any] | None = None
    request_media_type: str = "application/json"
    media_type: str = "application/json"
    raises: tuple[ProblemType, ...] = ()
    status: int = 200
    keyed: bool = True

    @property
    def changes(self) -> bool:
        """Whether the message takes an Idempotency-Key, under which its answer is kept for a repetition."""
        return self.method != "GET" and self.keyed
