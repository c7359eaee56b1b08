"""``tegata jlis``: what an operator of the authority does rarely."""

from typing import Annotated, Literal

import typer

from tegata.cli.language import t
from tegata.cli.options import DEFAULT_DATA, Data, SettingsFile
from tegata.cli.output import print_line
from tegata.cli.site import acting

jlis = typer.Typer(help=t("認証局の操作", "The certificate authority."), no_args_is_help=True)


@jlis.callback()
def group() -> None:
    """A group, though it has one command so far."""


@jlis.command("rollover", help=t("同じ名前で、新しい鍵の世代に移ります。", "Go over to a new key under the same name."))
def rollover(
    usage: Annotated[
        Literal["sign", "auth"], typer.Argument(help=t("署名用 (sign) か利用者証明用 (auth)", "sign or auth"))
    ],
    data: Data = DEFAULT_DATA,
    settings: SettingsFile = None,
) -> None:
    """Make a new generation of a root; its certificate is put into the trust directory."""
    from tegata.actors.jlis.service.authorities import roll_over  # noqa: PLC0415

    with acting(data, settings, "jlis") as node:
        generation = roll_over(node, usage)
    print_line(
        t(f"{usage}: 第{generation.number}世代になりました。", f"{usage}: generation {generation.number} issues now.")
    )
