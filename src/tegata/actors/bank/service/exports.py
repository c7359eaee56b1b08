"""CSV files out of the bank: customers, what changed, and the report of a file that was read.

A value that a spreadsheet would take for a formula gets an apostrophe before it, which reading takes away again.
Shift_JIS (cp932) lacks characters of names: such a one becomes its common form, or 〓, and is counted.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.bank.rules.rows import SENTENCES
from tegata.actors.bank.service.csv_lines import Encoding
from tegata.actors.bank.service.customers import KEPT
from tegata.actors.bank.service.imports import Progress, row_of
from tegata.actors.bank.settings import FIELDS
from tegata.actors.bank.tables import CustomerRow, RecordRow
from tegata.japan.kanji import common_form_in_jis
from tegata.node.node import Node
from tegata.wire.text import Language

BATCH = 1000
Headers = Literal["ja", "en"]

TITLES: dict[str, str] = {
    "customer_number": "顧客番号", "name": "氏名", "kana": "フリガナ", "postal_code": "郵便番号", "address": "住所",
    "birth_date": "生年月日", "gender": "性別", "field": "項目", "before": "変更前", "after": "変更後",
    "at": "変更日時", "source": "情報源", "consent_id": "同意番号",
    "line": "行", "column": "列", "code": "コード", "reason": "理由",
}  # fmt: skip
CHANGE_FIELDS = ("customer_number", "field", "before", "after", "at", "source", "consent_id")
REPORT_FIELDS = ("line", "column", "code", "reason")


@dataclass(frozen=True)
class ExportReport:
    """How many rows were written, and how many characters had to be replaced."""

    rows: int
    substituted: int


class _Sheet:
    """Writes rows of text in one encoding."""

    def __init__(self, target: BinaryIO, encoding: Encoding, *, bom: bool) -> None:
        self._target = target
        self._encoding = encoding
        self.substituted = 0
        self.rows = 0
        if encoding == "utf-8" and bom:
            target.write(b"\xef\xbb\xbf")

    def write(self, rows: Iterable[Sequence[str]]) -> int:
        """Write rows; returns how many."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        count = 0
        for row in rows:
            writer.writerow([harmless(cell) for cell in row])
            count += 1
        self._target.write(self._encode(text.getvalue()))
        self.rows += count
        return count

    def _encode(self, text: str) -> bytes:
        try:
            return text.encode(self._encoding)
        except UnicodeEncodeError:
            return "".join(self._fitting(character) for character in text).encode(self._encoding)

    def _fitting(self, character: str) -> str:
        if _fits(character, self._encoding):
            return character
        self.substituted += 1
        common = common_form_in_jis(character)
        return common if _fits(common, self._encoding) else "〓"


def _fits(character: str, encoding: Encoding) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def harmless(cell: str) -> str:
    """A value as no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


def export_csv(
    node: Node,
    target: BinaryIO,
    *,
    encoding: Encoding = "utf-8",
    headers: Headers = "ja",
    bom: bool = True,
    who: str = "cli",
    progress: Progress | None = None,
) -> ExportReport:
    """Write every customer; such a file can be read by ``import_csv``."""
    sheet = _Sheet(target, encoding, bom=bom)
    sheet.write([_titles(FIELDS, headers)])
    with node.database.begin() as tx:
        tx.record("customers-exported", subject=None, who=who, items=[*FIELDS], to="file")
    written = 0
    with node.database.read() as session:
        for batch in _customers(session):
            written += sheet.write([row.number, *(getattr(row, field) for field in KEPT)] for row in batch)
            if progress is not None:
                progress(written, 0)
    return ExportReport(written, sheet.substituted)


def _titles(fields: Iterable[str], headers: Headers) -> list[str]:
    return [TITLES[field] if headers == "ja" else field for field in fields]


def _customers(session: Session) -> Iterator[Sequence[CustomerRow]]:
    after = ""
    while batch := session.scalars(
        select(CustomerRow).where(CustomerRow.number > after).order_by(CustomerRow.number).limit(BATCH)
    ).all():
        yield batch
        after = batch[-1].number
        session.expunge_all()


def export_changes(
    node: Node,
    target: BinaryIO,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    encoding: Encoding = "utf-8",
    headers: Headers = "ja",
    bom: bool = True,
    who: str = "cli",
) -> ExportReport:
    """Write what the four-information service changed, a line a field, oldest first; ``until`` is not included."""
    sheet = _Sheet(target, encoding, bom=bom)
    sheet.write([_titles(CHANGE_FIELDS, headers)])
    with node.database.begin() as tx:
        tx.record("changes-exported", subject=None, who=who, items=[*KEPT], to="file")
    written = 0
    with node.database.read() as session:
        for version, before in changed_versions(session, since, until):
            written += sheet.write(_change_lines(version, before))
    return ExportReport(written, sheet.substituted)


def changed_versions(
    session: Session, since: datetime | None, until: datetime | None
) -> Iterator[tuple[RecordRow, RecordRow]]:
    """Each version that the register or a certificate brought, with the one before it; oldest first."""
    query = select(RecordRow).where(RecordRow.source != "import", RecordRow.version > 1)
    if since is not None:
        query = query.where(RecordRow.at >= since)
    if until is not None:
        query = query.where(RecordRow.at < until)
    for version in session.scalars(query.order_by(RecordRow.at, RecordRow.customer_number, RecordRow.version)):
        yield version, session.get_one(RecordRow, (version.customer_number, version.version - 1))


def _change_lines(version: RecordRow, before: RecordRow) -> Iterator[list[str]]:
    for field in version.changed:
        yield [
            version.customer_number, field, getattr(before, field), getattr(version, field), version.at.isoformat(),
            version.source, version.basis,
        ]  # fmt: skip


def export_report(node: Node, import_id: int, target: BinaryIO, language: Language = "ja") -> ExportReport:
    """Write the rows of a file that were not taken: line, column, code, reason. Raises ``Refused`` (not-found)."""
    _, faults = row_of(node, import_id)
    sheet = _Sheet(target, "utf-8", bom=True)
    sheet.write([_titles(REPORT_FIELDS, language)])
    sentences: Mapping[str, str] = {code: text.to(language) for code, text in SENTENCES.items()}
    written = sheet.write(
        [str(fault.line), TITLES.get(fault.column, fault.column), fault.code, sentences.get(fault.code, "")]
        for fault in faults
    )
    return ExportReport(written, sheet.substituted)
