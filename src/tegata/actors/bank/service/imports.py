"""Customers from a CSV file: bad rows are reported with line, column and reason, good ones are kept.

Reading the same file again changes nothing, also where a record has been brought up to date since: a row counts as
news only if it differs from the row that a file brought last for this customer.
"""

import hashlib
import io
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec
from sqlalchemy import insert, select

from tegata.actors.bank.rules.rows import Fault, Read, read_row
from tegata.actors.bank.service import csv_lines, customers
from tegata.actors.bank.service.csv_lines import Encoding, Row
from tegata.actors.bank.settings import FIELDS, Field
from tegata.actors.bank.tables import ImportFaultRow, ImportRow
from tegata.japan.text import fold_width
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.wire.problems import INTERNAL, NOT_FOUND, Refused, problem

BATCH = 1000
MOST_FAULTS = 10_000
THREADS = "import threads"
MAY_BE_ABSENT: frozenset[Field] = frozenset({"kana", "postal_code"})

Progress = Callable[[int, int], None]
"""Told the rows read so far, and how many hundredths of the file that is."""

FILE_EMPTY = problem(
    "customer-file-empty", 422,
    ja="ファイルに見出しの行がありません。", en="The file has no line of headers.",
    do_ja="1行目に見出し（顧客番号、氏名 など）のある CSV ファイルを選んでください。",
    do_en="Choose a CSV file whose first line has headers (customer_number, name …).",
)  # fmt: skip
COLUMNS_MISSING = problem(
    "customer-file-columns", 422,
    ja="ファイルに必要な列がないか、同じ列が2つあります。", en="A column that is needed is missing, or stands twice.",
    do_ja="見出しを確かめるか、見出しの対応を指定してください。",
    do_en="Check the headers, or say which header stands for which field.",
)  # fmt: skip


@dataclass
class ImportReport:
    """What came of a file. ``faults``: line, field or column, and code of each row that was not taken."""

    import_id: int
    encoding: Encoding
    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    faults: list[tuple[int, str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Column:
    """Where a field stands in a row."""

    field: Field
    index: int


def import_csv(
    node: Node,
    source: BinaryIO | Path,
    *,
    encoding: Encoding | Literal["auto"] = "auto",
    headers: Mapping[str, Field] | None = None,
    who: str = "cli",
    file_name: str = "",
    progress: Progress | None = None,
) -> ImportReport:
    """Read customers from a file; ``headers`` are more names of columns. Raises ``Refused`` where none can be read.

    Each thousand rows are one transaction: what was read before a failure stays, and the file can be read again.
    """
    if isinstance(source, Path):
        with source.open("rb") as file:
            return import_csv(
                node, file, encoding=encoding, headers=headers, who=who, file_name=file_name or source.name,
                progress=progress,
            )  # fmt: skip
    chosen = csv_lines.detect(source) if encoding == "auto" else encoding
    report = ImportReport(begin(node, file_name, who, chosen), chosen)
    return _run(node, source, report, headers, who, progress)


def start(
    node: Node,
    content: bytes,
    *,
    file_name: str,
    encoding: Encoding | Literal["auto"],
    headers: Mapping[str, Field] | None,
    who: str,
) -> int:
    """Read a file in the background, for the page that shows its progress; returns its number.

    Why it could not be read stands in its row.
    """
    source = io.BytesIO(content)
    chosen = csv_lines.detect(source) if encoding == "auto" else encoding
    report = ImportReport(begin(node, file_name, who, chosen), chosen)

    def run() -> None:
        try:
            _run(node, source, report, headers, who, None)
        except Refused as refused:
            node.log.warning("import-refused", code=refused.code)

    thread = threading.Thread(target=run, name="import", daemon=True)
    node.state[THREADS] = [each for each in node.state.get(THREADS, []) if each.is_alive()] + [thread]
    thread.start()
    return report.import_id


def _run(
    node: Node, source: BinaryIO, report: ImportReport, headers: Mapping[str, Field] | None, who: str,
    progress: Progress | None,
) -> ImportReport:  # fmt: skip
    try:
        with node.database.locks.hold(_lock_of(report.import_id)):
            return _Import(node, source, report, headers, who, progress).run()
    except BaseException as error:
        _stop(node, report.import_id, error.code if isinstance(error, Refused) else INTERNAL.code)
        raise


def begin(node: Node, file_name: str, who: str, encoding: Encoding) -> int:
    """Note that a file is being read."""
    with node.database.begin() as tx:
        row = ImportRow(
            file_name=file_name[:200], who=who, state="running", encoding=encoding, started_at=tx.now, rows=0, added=0,
            changed=0, unchanged=0, refused=0, share=0,
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        return row.import_id


def _stop(node: Node, import_id: int, code: str) -> None:
    with node.database.begin() as tx:
        row = tx.session.get_one(ImportRow, import_id)
        row.state, row.code, row.ended_at = "stopped", code, tx.now


class _Import:
    """One file on its way into the database."""

    def __init__(
        self, node: Node, file: BinaryIO, report: ImportReport, headers: Mapping[str, Field] | None, who: str,
        progress: Progress | None,
    ) -> None:  # fmt: skip
        self._node = node
        self._file = file
        self._report = report
        self._headers = {
            _header_key(name): field for name, field in {**node.own.all_headers, **(headers or {})}.items()
        }
        self._source = customers.Source("import", who, f"import-{report.import_id}")
        self._progress = progress
        self._seen = set[str]()
        self._today = node.clock.now().date()
        self._size = _size(file)

    def run(self) -> ImportReport:
        with closing(csv_lines.rows(self._file, self._report.encoding)) as rows:
            columns, width = self._columns(rows)
            for batch in _batches(rows, BATCH):
                self._store(batch, columns, width)
        with self._node.database.begin() as tx:
            self._finish(tx)
        return self._report

    def _columns(self, rows: Iterator[Row]) -> tuple[list[Column], int]:
        """The columns by the headers. Raises ``Refused``."""
        first = next(rows, None)
        if first is None or first.fault is not None:
            raise Refused(FILE_EMPTY)
        found = [(self._headers.get(_header_key(name)), index) for index, name in enumerate(first.cells)]
        columns = [Column(field, index) for field, index in found if field is not None]
        fields = [column.field for column in columns]
        missing = [field for field in FIELDS if field not in fields and field not in MAY_BE_ABSENT]
        twice = sorted({field for field in fields if fields.count(field) > 1})
        if missing or twice:
            raise Refused(COLUMNS_MISSING, {"missing": missing, "twice": twice})
        return columns, len(first.cells)

    def _store(self, batch: Sequence[Row], columns: Sequence[Column], width: int) -> None:
        good = list[Read]()
        faults = list[tuple[int, str, str]]()
        for row in batch:
            read = self._read(row, columns, width)
            if isinstance(read, Fault):
                faults.append((row.line, read.field, read.code))
            else:
                self._seen.add(read.customer_number)
                good.append(read)
        with self._node.database.begin() as tx:
            self._write(tx, good)
            self._write_faults(tx, faults)
            self._count(tx, len(batch))
        if self._progress is not None:
            self._progress(self._report.rows, self._share())

    def _read(self, row: Row, columns: Sequence[Column], width: int) -> Read | Fault:
        if row.fault is not None:
            return Fault("quote" if row.fault == "quote" else "line-too-long")
        if len(row.cells) != width:
            return Fault("too-few-cells" if len(row.cells) < width else "too-many-cells")
        absent: dict[Field, str] = dict.fromkeys(MAY_BE_ABSENT, "")
        read = read_row(absent | {column.field: row.cells[column.index] for column in columns}, self._today)
        if isinstance(read, Read) and read.customer_number in self._seen:
            return Fault("duplicate", "customer_number")
        return read

    def _write(self, tx: Transaction, good: Sequence[Read]) -> None:
        known = customers.known(tx.session, [read.customer_number for read in good])
        new = list[tuple[str, customers.Details, bytes]]()
        for read in good:
            details, hashed = _details(read), _hash(read)
            row = known.get(read.customer_number)
            if row is None:
                new.append((read.customer_number, details, hashed))
            elif row.import_hash == hashed or not customers.change(tx, row, details, self._source):
                row.import_hash = hashed
                self._report.unchanged += 1
            else:
                row.import_hash = hashed
                self._report.changed += 1
        customers.add(tx, new, self._source)
        self._report.added += len(new)

    def _write_faults(self, tx: Transaction, faults: Sequence[tuple[int, str, str]]) -> None:
        room = max(MOST_FAULTS - self._report.refused, 0)
        kept = faults[:room]
        if kept:
            tx.session.execute(
                insert(ImportFaultRow),
                [{"import_id": self._report.import_id, "line": line, "column": column, "code": code}
                 for line, column, code in kept],
            )  # fmt: skip
        self._report.refused += len(faults)
        self._report.faults += kept

    def _count(self, tx: Transaction, rows: int) -> None:
        report = self._report
        report.rows += rows
        row = tx.session.get_one(ImportRow, report.import_id)
        row.rows, row.added, row.changed, row.share = report.rows, report.added, report.changed, self._share()
        row.unchanged, row.refused = report.unchanged, report.refused

    def _share(self) -> int:
        return min(100 * self._file.tell() // self._size, 100) if self._size else 100

    def _finish(self, tx: Transaction) -> None:
        report = self._report
        row = tx.session.get_one(ImportRow, report.import_id)
        row.state, row.ended_at, row.share = "done", tx.now, 100
        detail = {"import": report.import_id, "rows": report.rows, "added": report.added, "changed": report.changed}
        tx.record("customers-imported", subject=None, who=self._source.who, detail=detail | {"refused": report.refused})


def _batches(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    batch = list[Row]()
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _size(file: BinaryIO) -> int:
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    return size


def _header_key(name: str) -> str:
    return fold_width(name).strip().lower()


def _details(read: Read) -> customers.Details:
    return customers.Details(**{name: getattr(read, name) for name in customers.KEPT})


def _hash(read: Read) -> bytes:
    return hashlib.sha256(msgspec.json.encode(read)).digest()


def row_of(node: Node, import_id: int) -> tuple[ImportRow, list[ImportFaultRow]]:
    """A file that was read, and the rows of it that were not taken. Raises ``Refused`` (not-found)."""
    faults = select(ImportFaultRow).where(ImportFaultRow.import_id == import_id).order_by(ImportFaultRow.line)
    with node.database.read() as session:
        row = session.get(ImportRow, import_id)
        if row is None:
            raise Refused(NOT_FOUND)
        return row, list(session.scalars(faults))


def newest(node: Node, limit: int = 10) -> list[ImportRow]:
    """The files read last, newest first."""
    with node.database.read() as session:
        return list(session.scalars(select(ImportRow).order_by(ImportRow.import_id.desc()).limit(limit)))


def end_cut_off(node: Node) -> None:
    """Files whose reading a killed process left behind are marked; reading them again is harmless."""
    with node.database.read() as session:
        running = list(session.scalars(select(ImportRow.import_id).where(ImportRow.state == "running")))
    for import_id in running:
        left = node.database.locks.try_hold(_lock_of(import_id))
        if left is not None:
            with left, node.database.begin() as tx:
                row = tx.session.get_one(ImportRow, import_id)
                row.state, row.ended_at = "stopped", tx.now


def _lock_of(import_id: int) -> str:
    """Held while a file is read: another process that starts sees that it was not left behind."""
    return f"import {import_id}"
