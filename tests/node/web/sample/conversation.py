from datetime import date
from typing import Annotated, Literal

import msgspec

from tegata.wire.endpoint import Endpoint, Identifier, Page, PageQuery, Serial, ShortText
from tegata.wire.problems import CONFLICT, NOT_FOUND
from tegata.wire.text import Text


class NewNote(msgspec.Struct, kw_only=True):
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    about: ShortText = ""
    kind: Literal["move", "card"] = "move"
    day: date | None = None


class Note(msgspec.Struct, kw_only=True):
    id: Serial
    title: str
    about: str


WRITE = Endpoint(
    to="desk", method="POST", path="/api/notes", request=NewNote, response=Note, scope="notes:write", status=201,
    label=Text("受付", "A note"), raises=(CONFLICT,),
)  # fmt: skip
READ = Endpoint(
    to="desk", method="GET", path="/api/notes/{number}", request=None, response=Note, scope="notes:read",
    label=Text("照会", "Read a note"), raises=(NOT_FOUND,),
)  # fmt: skip
LIST = Endpoint(
    to="desk", method="GET", path="/api/notes", request=None, response=Page[Note], scope="notes:read", query=PageQuery,
    label=Text("一覧", "List"),
)  # fmt: skip
RAW = Endpoint(
    to="desk", method="GET", path="/api/export/{name}", request=None, response=bytes, scope="", media_type="text/csv",
    label=Text("書き出し", "Export"),
)  # fmt: skip
FORBIDDEN = Endpoint(
    to="desk", method="GET", path="/api/secret", request=None, response=Note, scope="secret:read",
    label=Text("秘密", "Not granted"),
)  # fmt: skip
FAILS = Endpoint(
    to="desk", method="GET", path="/api/fails", request=None, response=Note, scope="notes:read",
    label=Text("失敗", "Fails"),
)  # fmt: skip
Name = Identifier
