"""The CRLs: what is on offer, each list's issues, what is new since the one before, and the list itself."""

from typing import Any

from litestar import Request, get
from litestar.params import FromPath

from tegata.actors.jlis.pages.common import SEEN_BY_STAFF, partition_title
from tegata.actors.jlis.service import crls, figures
from tegata.actors.jlis.tables import CrlRow
from tegata.node.node import Node
from tegata.node.web.files import FileResponse
from tegata.node.web.shell import Page, page
from tegata.pki.profiles import Usage
from tegata.wire.problems import NOT_FOUND, Refused
from tegata.wire.revocation import CRL_MEDIA_TYPE

ROWS = 100


def read_usage(text: str) -> Usage:
    """A usage in an address. Raises NOT_FOUND."""
    if text == "sign":
        return "sign"
    if text == "auth":
        return "auth"
    raise Refused(NOT_FOUND)


@get("/lists", guards=[SEEN_BY_STAFF], sync_to_thread=True)
def lists(request: Request[Any, Any, Any], node: Node) -> Page:
    """The newest issue: whole lists and ARLs first, then the municipalities'."""
    usage: Usage = "auth" if request.query_params.get("usage") == "auth" else "sign"
    start = _start(str(request.query_params.get("from", "0")))
    rows = [row for row in crls.current(node) if row.usage == usage]
    rows.sort(key=lambda row: (row.partition not in {crls.WHOLE, crls.ARL}, row.partition, -row.generation))
    return page(
        "lists.html",
        usage=usage,
        usage_names=figures.USAGE_NAMES,
        rows=[(row, partition_title(row.partition)) for row in rows[start : start + ROWS]],
        total=len(rows),
        start=start,
        following=start + ROWS if start + ROWS < len(rows) else None,
    )


def _start(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0


@get("/lists/{usage:str}/{partition:str}/{generation:int}/{number:int}", guards=[SEEN_BY_STAFF], sync_to_thread=True)
def one_list(
    node: Node, usage: FromPath[str], partition: FromPath[str], generation: FromPath[int], number: FromPath[int]
) -> Page:
    """One list: its issues, and what is new since the one before."""
    row = _row(node, usage, partition, number, generation)
    return page(
        "list.html",
        row=row,
        title=partition_title(partition),
        usage_names=figures.USAGE_NAMES,
        history=crls.history(node, read_usage(usage), partition, generation),
        difference=crls.difference(node, row),
    )


@get(
    "/lists/{usage:str}/{partition:str}/{generation:int}/{number:int}/download",
    guards=[SEEN_BY_STAFF],
    sync_to_thread=True,
)
def download(
    node: Node, usage: FromPath[str], partition: FromPath[str], generation: FromPath[int], number: FromPath[int]
) -> FileResponse:
    """The list in DER."""
    row = _row(node, usage, partition, number, generation)
    name = f"{row.usage}-{row.partition}-{row.number}.crl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return FileResponse(crls.opened(node, row), row.size, media_type=CRL_MEDIA_TYPE, headers=headers)


def _row(node: Node, usage: str, partition: str, number: int, generation: int) -> CrlRow:
    if "\0" in partition or not (0 < number < 2**31 and 0 < generation < 2**31):
        raise Refused(NOT_FOUND)
    return crls.one(node, read_usage(usage), partition, number, generation)
