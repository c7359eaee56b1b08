"""Customer files: chosen, read with progress, and the report of what was not taken."""

import io
from typing import Annotated, Any, Literal, cast

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from tegata.actors.bank.pages import words
from tegata.actors.bank.pages.common import ENCODINGS, FOR_STAFF, download
from tegata.actors.bank.rules.rows import SENTENCES
from tegata.actors.bank.service import exports, imports
from tegata.actors.bank.settings import FIELDS, HEADERS, Field
from tegata.node.node import Node
from tegata.node.staff import Staff
from tegata.node.web.forms import Form, Upload, empty_form, read_form
from tegata.node.web.shell import Page, page, redirect
from tegata.wire.problems import REGISTRY
from tegata.wire.text import Text

SHOWN_FAULTS = 200
READ_AGAIN_SECONDS = 1


class FileForm(msgspec.Struct):
    """A file of customers. ``headers``: a line each, the file's header, ``=``, the field."""

    file: Upload
    encoding: Literal["auto", "utf-8", "cp932"] = "auto"
    headers: Annotated[str, msgspec.Meta(max_length=2000)] = ""


@get("/files", guards=FOR_STAFF, sync_to_thread=True)
def choose(node: Node) -> Page:
    """The form, and the files read last."""
    return _show(node, empty_form({"encoding": "auto"}))


def _show(node: Node, form: Form[FileForm], status: int = 200) -> Page:
    auto = ("auto", Text("自動で見分ける", "Find out"))
    names = {field: [name for name, of in HEADERS.items() if of == field] for field in FIELDS}
    return page(
        "bank/files.html", status=status, form=form, encodings=(auto, *ENCODINGS), files=imports.newest(node),
        fields=[(field, words.FIELD_NAMES[field], names[field]) for field in FIELDS],
    )  # fmt: skip


@post("/files", guards=FOR_STAFF, sync_to_thread=True)
def read(request: Request[Any, Any, Any], node: Node, staff: Staff) -> Response[Any]:
    """Read a file in the background; the next page shows how far it is."""
    form = read_form(request, FileForm)
    headers = _headers(form)
    if not form.ok or headers is None:
        return _show(node, form, 422)
    wanted = form.require()
    import_id = imports.start(
        node, wanted.file.content, file_name=wanted.file.name, encoding=wanted.encoding, headers=headers,
        who=staff.login,
    )  # fmt: skip
    return redirect(request, f"/files/{import_id}")


def _headers(form: Form[FileForm]) -> dict[str, Field] | None:
    """The lines of the header map; an error at the field for one that is none."""
    found: dict[str, Field] = {}
    for line in (form.value.headers if form.value else "").splitlines():
        if not line.strip():
            continue
        name, _, field = line.rpartition("=")
        if not name.strip() or field.strip() not in FIELDS:
            form.fail(
                "headers", Text(f"「{line.strip()[:40]}」を読み取れません。", f"Not readable: {line.strip()[:40]}")
            )
            return None
        found[name.strip()] = cast("Field", field.strip())
    return found


@get("/files/{import_id:int}", guards=FOR_STAFF, sync_to_thread=True)
def progress(node: Node, import_id: FromPath[int]) -> Page:
    """How far a file is, or what came of it; a page that is not final loads itself again."""
    row, faults = imports.row_of(node, import_id)
    running = row.state == "running"
    answer = page(
        "bank/file.html", row=row, faults=faults[:SHOWN_FAULTS], number=len(faults), running=running,
        sentences=SENTENCES, words=words, problem=REGISTRY.get(row.code or ""),
    )  # fmt: skip
    if running:
        answer.headers["Refresh"] = str(READ_AGAIN_SECONDS)
    return answer


@get("/files/{import_id:int}/report.csv", guards=FOR_STAFF, sync_to_thread=True)
def report(node: Node, import_id: FromPath[int], lang: Literal["ja", "en"]) -> Response[Any]:
    """The rows that were not taken, as CSV."""

    def write(target: io.BytesIO) -> None:
        exports.export_report(node, import_id, target, lang)

    return download(f"import-{import_id}-report.csv", write)


HANDLERS = (choose, read, progress, report)
