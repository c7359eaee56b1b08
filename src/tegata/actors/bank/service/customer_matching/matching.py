"""A table of customers against lists of revoked certificates (FI-06): tens of millions against millions.

1. the places for the results are good                                 else match-output-exists, -unwritable
2. the customers are found, and their columns are                      else customers-…
3. the lists are checked, all of them                                  else crl-not-used, match-…
4. the form of the serial numbers is certain                           else customers-serial-type, -serials-ambiguous
5. customers without a readable serial number are counted
6. the join; the rows in order of serial number; the results put in their places, all at the end
"""

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
from cryptography import x509

from tegata.actors.bank.service.customer_matching import arrow, lists, output, problems, verdicts
from tegata.actors.bank.service.customer_matching.columns import Serials, as_written, form_of
from tegata.actors.bank.service.customer_matching.engines import Engine, EngineName, Means, open_engine
from tegata.actors.bank.service.customer_matching.keys import Form
from tegata.actors.bank.service.customer_matching.lists import ListFacts, Lists
from tegata.actors.bank.service.customer_matching.output import Output
from tegata.actors.bank.service.customer_matching.phases import Phase, Phases, Progress, Silent
from tegata.actors.bank.service.customer_matching.sources import Customers, Wanted, open_customers
from tegata.pki.profiles import Usage
from tegata.wire.problems import Refused

if TYPE_CHECKING:
    from ibis.expr import types as ir


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is to be matched, with what, and how.

    ``customers``: files, patterns, or one table; ``crls``: files and directories; ``roots`` are trusted; ``at`` is the
    time at which lists must be current. ``out`` and ``rejects`` are files or ``URL#table``; ``usage`` chooses where
    there are lists of both. ``work``: where a folder for temporary files is made.
    """

    customers: Sequence[str]
    crls: Sequence[Path]
    roots: dict[Usage, Sequence[x509.Certificate]]
    at: datetime
    out: str
    wanted: Wanted = field(default_factory=Wanted)
    serials: Serials = "auto"
    usage: Usage | None = None
    rejects: str | None = None
    overwrite: bool = False
    engine: EngineName = "duckdb"
    memory_mb: int = 512
    threads: int = 0
    spark_master: str = "local[*]"
    work: Path | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. ``entries`` of all lists; customers ``rejected`` were not looked up: ``without_serial`` have
    none, ``unreadable`` ones are not known to be one. ``passed_over``: lists of the other usage,
    or of authorities.
    """

    engine: EngineName
    lists: tuple[ListFacts, ...]
    passed_over: int
    entries: int
    customers: int
    matched: int
    rejected: int
    without_serial: int
    unreadable: int
    seconds: dict[Phase, float]


def match_files(task: Task, watcher: Progress | None = None) -> Report:
    """Steps 1 to 6. Raises ``Refused``, and then nothing was written.

    The customers are counted while the lists are checked: each of the two leaves half of a machine idle.
    """
    phases = Phases(watcher or Silent())
    with ExitStack() as stack:
        # 1. the places
        out = stack.enter_context(output.opened(task.out, overwrite=task.overwrite))
        rejects = stack.enter_context(output.opened(task.rejects, overwrite=task.overwrite)) if task.rejects else None
        workspace = Path(stack.enter_context(_workspace(task)))
        # 2. customers
        with phases.phase("opening"):
            customers = open_customers(task.customers, task.wanted, workspace, phases.told)
        form = form_of(customers.schema.field(customers.serial), task.serials)
        found = lists.find(task.crls)
        with ThreadPoolExecutor(1) as beside:
            waiting = beside.submit(_open_table, task, customers, form, workspace, stack)
            # 3. lists
            with phases.phase("checking", len(found)):
                checked = lists.check(
                    found, task.roots, usage=task.usage, at=task.at, workspace=workspace, stack=stack, told=phases.told
                )  # fmt: skip
            # 4., 5. form and numbers
            with phases.phase("counting"):
                table = waiting.result()
                phases.told(table.counted.customers)
        # 6. the join
        work = _Work(table, customers, checked, phases)
        work.write_matches(out)
        if rejects is not None:
            work.write_rejects(rejects)
            rejects.commit()
        out.commit()
    return _report(task, checked, table.counted, work.matched, phases)


@dataclass(frozen=True)
class Counted:
    """Customers: all, those without a serial number, and those whose serial number can not be read."""

    customers: int
    without_serial: int
    unreadable: int


@dataclass(frozen=True)
class _Table:
    """The customers on an engine, the form of their serial numbers, and how many there are."""

    engine: Engine
    customers: "ir.Table"
    form: Form
    counted: Counted


def _open_table(task: Task, customers: Customers, form: Form | None, workspace: Path, stack: ExitStack) -> _Table:
    """Steps 4 and 5. Raises ``Refused`` (customers-serials-ambiguous, -unreadable, match-needs-spark)."""
    from tegata.actors.bank.service.customer_matching import expression  # noqa: PLC0415

    means = Means(workspace, task.memory_mb, task.threads, task.spark_master)
    engine = stack.enter_context(open_engine(task.engine, means))
    table = engine.customers(customers)
    if form is None:
        found = engine.row(expression.ambiguous(table, customers.serial))["ambiguous"]
        if found:
            raise Refused(problems.SERIALS_AMBIGUOUS, {"column": customers.serial, "values": found})
        form = "hex"
    return _Table(engine, table, form, Counted(**engine.row(expression.counts(table, customers.serial, form))))


def _workspace(task: Task) -> "tempfile.TemporaryDirectory[str]":
    try:
        return tempfile.TemporaryDirectory(prefix="tegata-match-", dir=task.work, ignore_cleanup_errors=True)
    except OSError as error:
        raise Refused(problems.OUTPUT_UNWRITABLE, {"work": str(task.work), "cause": error.strerror}) from error


class _Work:
    """Step 6 on an engine; ``matched`` are the rows written so far."""

    def __init__(self, table: _Table, customers: Customers, checked: Lists, phases: Phases) -> None:
        self._table, self._customers, self._lists, self._phases = table, customers, checked, phases
        self.matched = 0

    def write_matches(self, out: Output) -> None:
        """The customers whose certificate is listed."""
        from tegata.actors.bank.service.customer_matching import expression  # noqa: PLC0415

        engine, form, customers = self._table.engine, self._table.form, self._customers
        with self._phases.phase("reading", self._lists.entries):
            entries = engine.entries(self._lists.batches(form, self._phases.told))
        question = expression.matches(
            self._table.customers, entries, customers.serial, form, customers.kept, lists=len(self._lists.files)
        )
        with self._phases.phase("matching", self._table.counted.customers):
            batches = engine.stream(question)
            first = next(batches, None)
            self._phases.told(self._table.counted.customers)
        schema = pa.schema([*self._kept_fields(question), *verdicts.FIELDS])
        found = chain([] if first is None else [first], batches)
        with self._phases.phase("writing"):
            out.write(schema, (self._decided(batch, schema) for batch in found))

    def write_rejects(self, rejects: Output) -> None:
        """The customers that could not be looked up."""
        from tegata.actors.bank.service.customer_matching import expression  # noqa: PLC0415

        customers = self._customers
        question = expression.rejects(self._table.customers, customers.serial, self._table.form, customers.kept)
        schema = pa.schema([*self._kept_fields(question), pa.field(question.columns[-1], pa.string())])
        with self._phases.phase("writing"):
            rejects.write(schema, (_typed(batch.columns, schema) for batch in self._table.engine.stream(question)))

    def _decided(self, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
        """A batch of the answer as it is written: the verdict taken apart, the key left away."""
        self.matched += batch.num_rows
        self._phases.told(batch.num_rows)
        width = len(self._customers.kept)
        decided = verdicts.unpack(arrow.to_integers(batch.column(width)), self._lists.numbers)
        return _typed([*batch.columns[:width], *decided], schema)

    def _kept_fields(self, question: "ir.Table") -> Iterator[pa.Field]:
        """The kept columns in the types they came in; nested ones in the engine's."""
        answered = question.schema().to_pyarrow()
        for name in self._customers.kept:
            kind = self._customers.schema.field(name).type
            flat = not (pa.types.is_nested(kind) or pa.types.is_null(kind))
            yield pa.field(name, as_written(kind) if flat else answered.field(name).type)


def _typed(columns: Sequence[pa.Array], schema: pa.Schema) -> pa.RecordBatch:
    return pa.record_batch(
        [column.cast(wanted.type) for column, wanted in zip(columns, schema, strict=True)], schema=schema
    )


def _report(task: Task, checked: Lists, counted: Counted, matched: int, phases: Phases) -> Report:
    return Report(
        engine=task.engine, lists=checked.facts, passed_over=checked.passed_over, entries=checked.entries,
        customers=counted.customers, matched=matched, rejected=counted.without_serial + counted.unreadable,
        without_serial=counted.without_serial, unreadable=counted.unreadable, seconds=phases.seconds,
    )  # fmt: skip
