"""``tegata people``: somebody to try things with."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from tegata.cli.language import t
from tegata.cli.options import DEFAULT_DATA, Data, Json, SettingsFile
from tegata.cli.output import print_json, print_line, print_table
from tegata.cli.site import reading

if TYPE_CHECKING:
    from tegata.network.people import Known, Sources

people = typer.Typer(help=t("住民を探します。", "Find residents."), no_args_is_help=True)

Limit = Annotated[int, typer.Option("--limit", min=1, help=t("何人まで", "how many at most"))]


@people.command("list", help=t("住民の一覧", "List residents."))
def list_people(
    name: Annotated[str, typer.Option("--name", help=t("氏名かカナの一部", "part of a name or its kana"))] = "",
    municipality: Annotated[
        str, typer.Option("--municipality", help=t("市区町村の名前かコード", "its name or code"))
    ] = "",
    min_age: Annotated[int | None, typer.Option("--min-age", help=t("何歳から", "from this age"))] = None,
    max_age: Annotated[int | None, typer.Option("--max-age", help=t("何歳まで", "up to this age"))] = None,
    card: Annotated[bool, typer.Option("--card", help=t("カードのある人だけ", "card holders only"))] = False,
    customer: Annotated[
        bool, typer.Option("--customer", help=t("銀行の顧客だけ", "the bank's customers only"))
    ] = False,
    limit: Limit = 50,
    as_json: Json = False,
    data: Data = DEFAULT_DATA,
    settings: SettingsFile = None,
) -> None:
    """List the people that the filters take."""
    from itertools import islice  # noqa: PLC0415

    from tegata.network.people import Wanted, listed  # noqa: PLC0415

    wanted = Wanted(
        name=name, municipality=municipality, min_age=min_age, max_age=max_age, card=card, customer=customer
    )
    with _sources(data, settings) as sources:
        found = list(islice(listed(sources, wanted, sources.register.clock.now().date()), limit))
    if as_json:
        print_json([_shown(person) for person in found])
        return
    columns = (t("番号", "id"), t("氏名", "name"), t("年齢", "age"), t("市区町村", "municipality"), t("カード", "card"))
    print_table(columns, [(p.id, p.name, p.age, p.municipality, "○" if p.has_card else "") for p in found])


@people.command("show", help=t("１人をくわしく", "Show one resident."))
def show_person(
    person_id: Annotated[str, typer.Argument(metavar="ID", help=t("番号 (例: P000001)", "id, such as P000001"))],
    as_json: Json = False,
    data: Data = DEFAULT_DATA,
    settings: SettingsFile = None,
) -> None:
    """Show a person whole, with the PINs of the demonstration."""
    from tegata.network.people import one  # noqa: PLC0415

    with _sources(data, settings) as sources:
        found = one(sources, person_id, sources.register.clock.now().date())
    if as_json:
        print_json(found)
        return
    for field, value in msgspec.structs.asdict(found).items():
        words = ", ".join(f"{which} {pin}" for which, pin in value.items()) if isinstance(value, dict) else value
        print_line(f"{field:>22}  {words}")


@contextmanager
def _sources(data: Path, settings: Path | None) -> "Iterator[Sources]":
    from tegata.network.people import Sources  # noqa: PLC0415

    with (
        reading(data, settings, "municipality") as (register, record),
        reading(data, settings, "citizen") as (drawer, _),
        reading(data, settings, "bank") as (bank, _),
    ):
        yield Sources(register, drawer, bank, record)


def _shown(person: "Known") -> dict[str, object]:
    """A person of a list: no PINs."""
    return {field: value for field, value in msgspec.structs.asdict(person).items() if field != "pins"}
