"""``tegata export``: data for tools of one's own."""

from pathlib import Path
from typing import Annotated

import typer

from tegata.cli.errors import fail
from tegata.cli.language import t
from tegata.cli.options import DEFAULT_DATA, Data, SettingsFile
from tegata.cli.output import print_line
from tegata.cli.site import acting

export = typer.Typer(
    help=t("ほかの道具で確かめるためのデータを書き出します。", "Write data for tools of your own."),
    no_args_is_help=True,
)


@export.callback()
def group() -> None:
    """A group, though it has one command so far."""


@export.command("pki", help=t("ルート証明書、CRL、見本の証明書", "Roots, CRLs and sample certificates."))
def pki(
    out: Annotated[Path, typer.Option("--out", help=t("書き出すフォルダー", "directory to write to"))],
    data: Data = DEFAULT_DATA,
    settings: SettingsFile = None,
) -> None:
    """Write the PKI's public side."""
    from tegata.actors.jlis.service.export import export_pki  # noqa: PLC0415

    with acting(data, settings, "jlis") as node:
        exported = export_pki(node, out)
    for file in exported.files:
        print_line(str(file))
    if exported.missing:
        fail(t(f"まだないもの: {', '.join(exported.missing)}", f"There is none yet of: {', '.join(exported.missing)}"))
