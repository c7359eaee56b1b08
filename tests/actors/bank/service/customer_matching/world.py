"""Lists and customers in files, and a task that matches them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq
import pytest

from tegata.actors.bank.service.customer_matching.matching import Report, Task, match_files
from tegata.actors.bank.service.customer_matching.sources import Wanted
from tegata.pki.crl import Reason
from tegata.wire.problems import Refused
from tests.pki.crl_support import Row, crl
from tests.pki.support import AT, authority

NOON = AT.replace(hour=12)
REVOKED = AT - timedelta(days=3)
WIDE = (1 << 158) + 12345
ROOTS = {"sign": [authority("sign").certificate], "auth": [authority("auth").certificate]}


def row(serial: int, at: datetime = REVOKED, reason: Reason = Reason.SUPERSEDED) -> Row:
    """An entry of a list."""
    return serial, at, reason


def parquet(path: Path, columns: Mapping[str, Any]) -> Path:
    """Customers in a Parquet file."""
    pq.write_table(pa.table(columns), path)
    return path


def csv_file(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Customers in a CSV file."""
    path.write_bytes(text.encode(encoding))
    return path


class Folder:
    """A folder with a list, to match customers in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.out = path / "out.parquet"
        self.lists([row(7), row(0x80), row(WIDE)])

    def lists(self, *several: Iterable[Row]) -> list[Path]:
        """Whole lists of the sign authority with these entries, numbered from 12 on."""
        for number, rows in enumerate(several):
            self.put(f"list-{number}.crl", crl(rows, number=12 + number))
        return sorted((self.path / "crl").glob("*.crl"))

    def put(self, name: str, content: bytes) -> Path:
        """A file in the folder of lists."""
        file = self.path / "crl" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
        return file

    def task(self, *customers: object, column: str = "serial", keep: list[str] | None = None, **more: Any) -> Task:
        """The task; ``more`` are its fields."""
        wanted = Wanted(column, keep, more.pop("encoding", "utf-8"), more.pop("own", None))
        usual = {
            "crls": [self.path / "crl"], "roots": ROOTS, "at": NOON, "out": str(self.out), "overwrite": True,
            "work": self.path, "wanted": wanted,
        }  # fmt: skip
        return Task(customers=[str(one) for one in customers], **usual | more)

    def match(self, *customers: object, **more: Any) -> Report:
        """What :func:`match_files` reports."""
        return match_files(self.task(*customers, **more))

    def refused(self, *customers: object, **more: Any) -> Refused:
        """Why it was refused; nothing was written."""
        with pytest.raises(Refused) as refused:
            self.match(*customers, **more)
        assert not self.out.exists()
        assert not list(self.path.glob(".*.part"))
        assert not list(self.path.glob("tegata-match-*"))
        return refused.value

    def found(self, column: str = "serial") -> list[Any]:
        """A column of what was written."""
        return self.written().column(column).to_pylist()

    def written(self) -> pa.Table:
        """What was written."""
        return pv.read_csv(self.out) if self.out.suffix == ".csv" else pq.read_table(self.out)
