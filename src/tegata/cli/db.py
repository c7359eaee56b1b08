"""``tegata db``: revisions of the actors' databases."""

from typing import TYPE_CHECKING, Annotated

import typer

from tegata.cli.errors import REFUSED
from tegata.cli.language import t
from tegata.cli.options import DEFAULT_DATA, Data, SettingsFile
from tegata.cli.output import print_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tegata.node.database import Database
    from tegata.node.spec import ActorSpec

db = typer.Typer(help=t("データベースの版", "Revisions of databases."), no_args_is_help=True)

Actor = Annotated[str, typer.Argument(help=t("機関の名前、または all", "name of the actor, or all"))]


def _databases(actor: str, data: "Path", settings: "Path | None") -> "Iterator[tuple[ActorSpec, Database]]":
    from tegata.cli.site import reading  # noqa: PLC0415
    from tegata.network.actors import ORDER  # noqa: PLC0415

    for name in ORDER if actor == "all" else (actor,):
        with reading(data, settings, name) as (node, _):
            yield node.spec, node.database


@db.command("upgrade", help=t("データベースを最新の版にします。", "Bring databases to the newest revision."))
def upgrade(actor: Actor = "all", data: Data = DEFAULT_DATA, settings: SettingsFile = None) -> None:
    """Bring databases to the newest revision."""
    from tegata.node import migrate  # noqa: PLC0415

    for spec, database in _databases(actor, data, settings):
        migrate.upgrade(database, spec)
        print_line(t(f"{spec.name}: 最新です。", f"{spec.name}: at the newest revision."))


@db.command("check", help=t("データベースが最新の版か確かめます。", "Check that databases are at the newest revision."))
def check(actor: Actor = "all", data: Data = DEFAULT_DATA, settings: SettingsFile = None) -> None:
    """Say what is amiss; exits with 1 where something is."""
    from tegata.node import migrate  # noqa: PLC0415

    amiss = 0
    for spec, database in _databases(actor, data, settings):
        found = migrate.check(database, spec)
        amiss += len(found)
        for words in found or ["ok"]:
            print_line(f"{spec.name}: {words}")
    if amiss:
        raise typer.Exit(REFUSED)


@db.command(
    "revision",
    help=t("表の定義から次の版を書きます (開発用)。", "Write the next revision from the tables (for developers)."),
)
def revision(
    actor: Annotated[str, typer.Argument(help=t("機関の名前", "name of the actor"))],
    message: Annotated[str, typer.Option("--message", "-m", help=t("何が変わるか", "what changes"))],
) -> None:
    """Write the next revision of an actor."""
    from tegata.network.actors import spec_of  # noqa: PLC0415
    from tegata.node import migrate  # noqa: PLC0415

    print_line(str(migrate.revision(spec_of(actor), message)))
