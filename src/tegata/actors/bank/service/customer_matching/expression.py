"""The questions to customers and lists, once, in Ibis: every engine is given the same expressions."""

from collections.abc import Collection, Sequence
from typing import Final

import ibis
from ibis.expr import types as ir

from tegata.actors.bank.service.customer_matching.keys import KEY, VERDICT, Form
from tegata.actors.bank.service.customer_matching.reading import SerialColumn, surely_hex

LISTED: Final = "listed"
WHY: Final = "why"
NO_SERIAL: Final = "no-serial"
UNREADABLE: Final = "unreadable-serial"


def counts(customers: ir.Table, serial: str, form: Form) -> ir.Table:
    """One row: how many customers there are, are without a serial number, and have one that can not be read."""
    column = SerialColumn(customers[serial], form)
    return customers.aggregate(
        customers=customers.count(),
        without_serial=_number_of(column.blank),
        unreadable=_number_of(~column.blank & ~column.readable),
    )


def ambiguous(customers: ir.Table, serial: str) -> ir.Table:
    """One row: how many values of text are not surely hexadecimal."""
    return customers.aggregate(ambiguous=_number_of(~surely_hex(customers[serial])))


def matches(
    customers: ir.Table, entries: ir.Table, serial: str, form: Form, kept: Sequence[str], *, lists: int
) -> ir.Table:
    """The customers whose certificate is listed: the columns ``kept`` and the verdict, in order of serial number.

    ``entries`` has ``key`` and ``verdict``; from several ``lists`` a key may come more than once. The join builds its
    table from the entries and lets the customers pass by; only what matched is sorted. Rows of one serial number are
    ordered by their other columns, so that the order is the same in every run.
    """
    decided = entries.group_by(KEY).aggregate(**{VERDICT: entries[VERDICT].min()}) if lists > 1 else entries
    column = SerialColumn(customers[serial], form)
    key, listed, verdict = (free_name(name, customers.columns) for name in (KEY, LISTED, VERDICT))
    keyed = customers.select(*kept, **{key: column.key})
    right = decided.select(**{listed: decided[KEY], verdict: decided[VERDICT]})
    found = keyed.inner_join(right, keyed[key] == right[listed]).select(*kept, verdict, key)
    return found.order_by([*column.order(found[key]), *_sortable(found, kept)])


def rejects(customers: ir.Table, serial: str, form: Form, kept: Sequence[str]) -> ir.Table:
    """The customers that could not be looked up: the columns ``kept``, and why."""
    column = SerialColumn(customers[serial], form)
    why = free_name(WHY, customers.columns)
    rejected = customers.filter(column.blank | ~column.readable)
    reason = ibis.ifelse(SerialColumn(rejected[serial], form).blank, NO_SERIAL, UNREADABLE)
    told = rejected.select(*kept, **{why: reason})
    return told.order_by([told[why], *_sortable(told, kept)])


def free_name(name: str, taken: Collection[str]) -> str:
    """A column's name that none of those taken has, upper and lower case being the same."""
    folded = {one.casefold() for one in taken}
    while name in folded:
        name += "_"
    return name


def _number_of(condition: ir.BooleanValue) -> ir.Value:
    return ibis.coalesce(condition.cast("int64").sum(), 0)


def _sortable(table: ir.Table, columns: Sequence[str]) -> list[ir.Value]:
    return [table[name] for name in columns if not table[name].type().is_nested()]
