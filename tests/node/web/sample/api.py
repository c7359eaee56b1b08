from sqlalchemy import func, select

from tegata.node.node import Node
from tegata.node.oauth import Caller
from tegata.node.web.serving import Reply, serve
from tegata.wire.endpoint import Page, PageQuery, Serial
from tegata.wire.problems import CONFLICT, NOT_FOUND, Refused
from tests.node.web.sample import conversation as wire
from tests.node.web.sample.tables import NoteRow


def note_of(row: NoteRow) -> wire.Note:
    return wire.Note(id=row.id, title=row.title, about=row.about)


@serve(wire.WRITE)
def write_note(node: Node, caller: Caller, data: wire.NewNote) -> wire.Note:
    with node.database.begin() as tx:
        if data.title == "conflict":
            raise Refused(CONFLICT)
        row = NoteRow(title=data.title, about=f"{caller.client_id}: {data.about}", at=tx.now)
        tx.session.add(row)
        tx.session.flush()
        return note_of(row)


@serve(wire.READ)
def read_note(node: Node, number: Serial) -> wire.Note:
    with node.database.read() as session:
        row = session.get(NoteRow, number)
    if row is None:
        raise Refused(NOT_FOUND)
    return note_of(row)


@serve(wire.LIST)
def list_notes(node: Node, query: PageQuery) -> Page[wire.Note]:
    with node.database.read() as session:
        rows = session.scalars(select(NoteRow).order_by(NoteRow.id).limit(query.limit)).all()
    return Page(items=[note_of(row) for row in rows])


@serve(wire.RAW)
def export_notes(node: Node, name: wire.Name) -> Reply:
    with node.database.read() as session:
        count = session.scalar(select(func.count()).select_from(NoteRow))
    return Reply(body=f"name,count\r\n{name},{count}\r\n".encode, etag=f"{name}-{count}")


@serve(wire.FORBIDDEN)
def secret() -> wire.Note:
    raise AssertionError("nobody has the scope")


@serve(wire.FAILS)
def fails() -> wire.Note:
    raise RuntimeError("山田太郎 must not reach the log")


HANDLERS = [write_note, read_note, list_notes, export_notes, secret]
FAILING_HANDLERS = [fails]
