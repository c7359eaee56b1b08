"""``tegata export``: data for tools of one's own."""

from pathlib import Path
from typing import Annotated

import typer

from tegata.cli.errors import fail
from tegata.cli.language import t
from tegata.cli.options import DEFAULT_DATA, Data, SettingsFile
from tegata.cli.output import print_line
from tegata.cli.site import acting, reading

export = typer.Typer(
    help=t("ほかの道具で確かめるためのデータを書き出します。", "Write data for tools of your own."),
    no_args_is_help=True,
)


@export.callback()
def group() -> None:
    """What can be written."""


Out = Annotated[Path, typer.Option("--out", help=t("書き出すフォルダー", "directory to write to"))]


@export.command("pki", help=t("ルート証明書、CRL、見本の証明書", "Roots, CRLs and sample certificates."))
def pki(
    out: Out,
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


@export.command("tls-front", help=t("証明書でログインするための HAProxy", "An HAProxy for logins by certificate."))
def tls_front(
    out: Out,
    port: Annotated[int, typer.Option(min=1, max=65_535, help=t("前段が待ち受けるポート", "the front's port"))] = 8443,
    portal: Annotated[
        str | None,
        typer.Option(help=t("前段から見たマイナポータル (http://ホスト:ポート)", "the portal as the front reaches it")),
    ] = None,
    data: Data = DEFAULT_DATA,
    settings: SettingsFile = None,
) -> None:
    """Write a TLS front for the portal."""
    from tegata.network import tls_front as front  # noqa: PLC0415
    from tegata.node.trust import roots  # noqa: PLC0415

    with reading(data, settings, "portal") as (node, _):
        described = front.describe(node.base_url, port=port, portal=portal)
        files = front.write(out, described, roots(node, "auth"))
    for file in files:
        print_line(str(file))
    print_line(t(f"始めかたは {out / 'README.md'} にあります。", f"How to start it: {out / 'README.md'}"))
