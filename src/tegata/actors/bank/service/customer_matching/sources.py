"""Where customers come from: Parquet files, CSV files, or a table of a database.

A name with ``://`` is a table, ``postgresql://…#schema.table`` or ``sqlite:///FILE#table``; one without a suffix that
is no file is a table of the bank's own database; all else are files, a pattern such as ``customers-*.parquet`` too.
A database's table is copied into a Parquet file first, so an engine reads files only.
"""

import codecs
import glob
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from tegata.actors.bank.service import csv_lines
from tegata.actors.bank.service.csv_lines import Encoding
from tegata.actors.bank.service.customer_matching import problems
from tegata.actors.bank.service.customer_matching.columns import choose
from tegata.wire.problems import Refused

if TYPE_CHECKING:
    from tegata.actors.bank.service.customer_matching.database import Table

Format = Literal["csv", "parquet"]
SUFFIXES: dict[str, Format] = {".csv": "csv", ".parquet": "parquet"}
BLOCK = 1 << 20


@dataclass(frozen=True)
class Customers:
    """Files of one format and one schema in the workspace (CSV in UTF-8), and which of their columns are used."""

    format: Format
    files: tuple[Path, ...]
    schema: pa.Schema
    serial: str
    kept: tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """What the caller says of the customers: the column of serial numbers, the columns to keep (None: all), the
    encoding of CSV, and the bank's own database, if there is one.
    """

    serial: str = "serial"
    keep: Sequence[str] | None = None
    encoding: Encoding = "utf-8"
    own: "Table | None" = None


def open_customers(given: Sequence[str], wanted: Wanted, workspace: Path, told: Callable[[int], None]) -> Customers:
    """The customers, ready to be read; ``told`` hears of rows that are copied out of a database.

    Raises ``Refused``: customers-not-found, -unreadable, -encoding, -schemas-differ, -column-missing, -columns-unclear.
    """
    table = _table_of(given, wanted.own)
    if table is not None:
        from tegata.actors.bank.service.customer_matching import database  # noqa: PLC0415

        copy = workspace / "table.parquet"
        names = database.names(table)
        kept = choose(names, wanted.serial, wanted.keep)
        schema = database.copy(table, [name for name in names if name in {*kept, wanted.serial}], copy, told)
        return Customers("parquet", (copy,), schema, wanted.serial, tuple(kept))
    files = _files_of(given)
    formats = {SUFFIXES[file.suffix.lower()] for file in files}
    if len(formats) > 1:
        raise Refused(problems.SCHEMAS_DIFFER, {"formats": sorted(formats)})
    form = formats.pop()
    schema = _one_schema(files, (lambda file: _header(file, wanted.encoding)) if form == "csv" else _parquet_schema)
    kept = choose(schema.names, wanted.serial, wanted.keep)
    return Customers(form, _at_plain_names(files, form, wanted.encoding, workspace), schema, wanted.serial, tuple(kept))


def _table_of(given: Sequence[str], own: "Table | None") -> "Table | None":
    if not any("://" in name or is_bare(name) for name in given):
        return None
    if len(given) > 1:
        raise Refused(problems.NOT_FOUND, {"customers": len(given), "cause": "a table stands alone"})
    name = given[0]
    if "://" in name:
        from tegata.actors.bank.service.customer_matching import database  # noqa: PLC0415

        return database.table_of(name)
    if own is None:
        raise Refused(problems.NOT_FOUND, {"table": name, "cause": "no network here, so no database of the bank"})
    return own.named(name)


def is_bare(name: str) -> bool:
    """Whether a name means a table of the bank's own database."""
    return not Path(name).suffix and not Path(name).exists() and "/" not in name and not glob.has_magic(name)


def _files_of(given: Sequence[str]) -> list[Path]:
    found = list[Path]()
    for name in given:
        path = Path(name)
        inside = [path] if path.exists() else sorted(Path(one) for one in glob.glob(name))  # noqa: PTH207  # a pattern may be absolute
        if path.is_dir():
            inside = sorted(one for one in path.iterdir() if one.suffix.lower() in SUFFIXES)
        if not inside or not all(one.is_file() for one in inside):
            raise Refused(problems.NOT_FOUND, {"customers": name})
        found += inside
    unknown = [file.name for file in found if file.suffix.lower() not in SUFFIXES]
    if unknown:
        raise Refused(problems.UNREADABLE, {"file": unknown[0], "cause": "neither .csv nor .parquet"})
    return list(dict.fromkeys(found))


def _one_schema(files: Sequence[Path], read: Callable[[Path], pa.Schema]) -> pa.Schema:
    first = read(files[0])
    for file in files[1:]:
        if not read(file).equals(first):
            raise Refused(problems.SCHEMAS_DIFFER, {"file": file.name, "columns": first.names})
    return first


def _parquet_schema(file: Path) -> pa.Schema:
    try:
        return pq.read_schema(file).remove_metadata()
    except (pa.ArrowException, OSError) as error:
        raise Refused(problems.UNREADABLE, {"file": file.name, "cause": "not a Parquet file, or cut off"}) from error


def _header(file: Path, encoding: Encoding) -> pa.Schema:
    with file.open("rb") as stream:
        first = next(csv_lines.rows(stream, encoding), None)
    if first is None or first.fault is not None:
        raise Refused(problems.UNREADABLE, {"file": file.name, "cause": "no line of headers"})
    if any(csv_lines.is_escaped(character) for name in first.cells for character in name):
        raise Refused(problems.WRONG_ENCODING, {"file": file.name, "encoding": encoding})
    return pa.schema([(name, pa.string()) for name in first.cells])


def _at_plain_names(files: Sequence[Path], form: Format, encoding: Encoding, workspace: Path) -> tuple[Path, ...]:
    """The files as links in the workspace, as an engine would take ``*`` or ``[`` in a name for a pattern.

    Of a CSV file in another encoding there is a copy in UTF-8.
    """
    plain = list[Path]()
    for number, file in enumerate(files):
        here = workspace / f"customers-{number}.{form}"
        if form == "csv" and encoding != "utf-8":
            _transcode(file, here, encoding)
        else:
            here.symlink_to(file.absolute())
        plain.append(here)
    return tuple(plain)


def _transcode(source: Path, target: Path, encoding: Encoding) -> None:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with source.open("rb") as octets, target.open("w", encoding="utf-8", newline="") as text:
            while block := octets.read(BLOCK):
                text.write(decoder.decode(block))
            text.write(decoder.decode(b"", final=True))
    except UnicodeDecodeError as error:
        raise Refused(problems.WRONG_ENCODING, {"file": source.name, "encoding": encoding}) from error
