"""Finding a person at the counter: by name, reading, former name, birth date, address or resident code.

Width, blanks, kana and forms of a kanji do not matter. A counter finds the residents of its own municipality; somebody
from elsewhere, for a move in, only by the whole name with the birth date, or by the resident code, and each such
finding is in the audit.
"""

import msgspec
from sqlalchemy import Select, false, or_, select

from tegata.actors.municipality.service.records import FORMER_NAME, Desk, address_key, name_key
from tegata.actors.municipality.tables import ResidentRow
from tegata.japan.names import normalise_kana
from tegata.japan.text import fold_width
from tegata.node.node import Node

MOST = 50


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the person; empty for what is not."""

    name: str = ""
    birth_date: str = ""
    address: str = ""
    resident_code: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known."""
        return not any(getattr(self, field) for field in self.__struct_fields__)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The residents found, by reading; ``more`` where there are more than are shown."""

    residents: list[ResidentRow]
    more: bool


def find(node: Node, desk: Desk, wanted: Wanted) -> Found:
    """Residents of this municipality; nobody for nothing known."""
    if wanted.is_empty:
        return Found(residents=[], more=False)
    query = _narrowed(select(ResidentRow).where(ResidentRow.municipality_code == desk.municipality_code), wanted)
    return _run(node, query)


def find_arrivals(node: Node, desk: Desk, wanted: Wanted) -> Found:
    """People whose record is at another municipality, or who left it: for a move in."""
    exact = select(ResidentRow).where(
        or_(ResidentRow.municipality_code != desk.municipality_code, ResidentRow.status != "resident"),
        ResidentRow.status != "dead",
    )
    if wanted.resident_code:
        exact = exact.where(ResidentRow.resident_code == fold_width(wanted.resident_code))
    elif wanted.name and wanted.birth_date:
        key = name_key(wanted.name)
        named = or_(
            ResidentRow.name_key == key,
            ResidentRow.name_key.startswith(key + FORMER_NAME, autoescape=True),
            ResidentRow.kana_key == normalise_kana(wanted.name),
        )
        exact = exact.where(named, ResidentRow.birth_date == wanted.birth_date)
    else:
        return Found(residents=[], more=False)
    found = _run(node, exact)
    if found.residents:
        with node.database.begin() as tx:
            for row in found.residents:
                tx.record("found-for-move-in", subject=row.resident_id, who=desk.who, purpose="move in")
    return found


def _narrowed(query: Select[ResidentRow], wanted: Wanted) -> Select[ResidentRow]:
    if wanted.name:
        key, reading = name_key(wanted.name), normalise_kana(wanted.name)
        by_name = ResidentRow.name_key.contains(key, autoescape=True) if key else false()
        by_kana = ResidentRow.kana_key.contains(reading, autoescape=True) if reading else false()
        query = query.where(or_(by_name, by_kana))
    if wanted.birth_date:
        query = query.where(ResidentRow.birth_date == wanted.birth_date)
    if wanted.address:
        key = address_key(wanted.address)
        query = query.where(ResidentRow.address_key.contains(key, autoescape=True) if key else false())
    if wanted.resident_code:
        query = query.where(ResidentRow.resident_code == fold_width(wanted.resident_code))
    return query


def _run(node: Node, query: Select[ResidentRow]) -> Found:
    ordered = query.order_by(ResidentRow.kana_key, ResidentRow.birth_date, ResidentRow.resident_id).limit(MOST + 1)
    with node.database.read() as session:
        rows = list(session.scalars(ordered))
    return Found(residents=rows[:MOST], more=len(rows) > MOST)
