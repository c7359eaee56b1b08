"""Which of the customers' columns are used: the serial number, those that are kept, and the form of the numbers."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import pyarrow as pa

from tegata.actors.bank.service.customer_matching import problems, verdicts
from tegata.actors.bank.service.customer_matching.keys import Form
from tegata.wire.problems import Refused

Serials = Literal["auto", "decimal", "hex"]
"""How text is to be read; ``auto`` takes only what can be read in one way."""

WRITTEN = frozenset(field.name for field in verdicts.FIELDS)


def choose(names: Sequence[str], serial: str, keep: Sequence[str] | None) -> list[str]:
    """The names of the columns to keep: ``keep``, or all.

    Raises ``Refused``: customers-column-missing (with the names there are), customers-columns-unclear.
    """
    kept = list(names) if keep is None else list(dict.fromkeys(keep))
    missing = [name for name in (serial, *kept) if name not in names]
    if missing:
        raise Refused(problems.COLUMN_MISSING, {"missing": missing, "columns": list(names)})
    twice = [name for name, count in Counter(name.casefold() for name in names).items() if count > 1]
    taken = [name for name in kept if name.casefold() in WRITTEN]
    if twice or taken or "" in names:
        raise Refused(problems.COLUMNS_UNCLEAR, {"twice": twice, "also_written": taken, "without_name": "" in names})
    return kept


def form_of(field: pa.Field, serials: Serials) -> Form | None:
    """The form of a column of serial numbers; None for text whose form was not said.

    Raises ``Refused`` (customers-serial-type): fractional numbers, octets, and whole numbers said to be hexadecimal.
    """
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return None if serials == "auto" else serials
    whole = pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale == 0)
    if not whole or serials == "hex":
        raise Refused(problems.SERIALS_OF_WRONG_TYPE, {"column": field.name, "type": str(field.type)})
    return "integer" if pa.types.is_integer(kind) and kind != pa.uint64() else "decimal"


def as_written(kind: pa.DataType) -> pa.DataType:
    """The type in which a column of this type is handed on: engines do not keep dictionaries and views."""
    if pa.types.is_dictionary(kind):
        return as_written(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    return pa.binary() if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind) else kind
