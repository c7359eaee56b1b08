"""What the staff pages have in common."""

import io
from collections.abc import Callable
from typing import Literal

from litestar.response import Response

from tegata.node.web.guards import staff_only
from tegata.wire.problems import Refused
from tegata.wire.text import Text

STAFF = ("clerk", "supervisor")
FOR_STAFF = [staff_only(*STAFF)]
FOR_SUPERVISORS = [staff_only("supervisor")]

FileEncoding = Literal["utf-8", "cp932"]
ENCODINGS = (
    ("utf-8", Text("UTF-8", "UTF-8")),
    ("cp932", Text("Shift_JIS（Windows の Excel）", "Shift_JIS (Excel on Windows)")),
)


def download(name: str, write: Callable[[io.BytesIO], object], encoding: FileEncoding = "utf-8") -> Response[bytes]:
    """A CSV file to keep."""
    target = io.BytesIO()
    write(target)
    charset = "utf-8" if encoding == "utf-8" else "shift_jis"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(target.getvalue(), media_type="text/csv", headers=headers, encoding=charset)


def notice_of(refused: Refused) -> Text:
    """A refusal as one sentence with what to do."""
    kind = refused.type
    return Text(f"{kind.title.ja}{kind.advice.ja}", f"{kind.title.en} {kind.advice.en}")
