"""``tegata ocsp``: J-LIS's OCSP responder by itself, in several processes."""

from typing import Annotated

import typer

from tegata.cli.language import t
from tegata.cli.options import DEFAULT_DATA, Data, SettingsFile
from tegata.cli.up import Level

PORT = 8080


def ocsp(
    port: Annotated[
        int, typer.Option("--port", min=1, max=65_535, help=t("待ち受けるポート", "port to listen on"))
    ] = PORT,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            min=1,
            max=64,
            help=t("プロセスの数 (指定がなければ設定の ocsp_workers)", "processes (else ocsp_workers of the settings)"),
        ),
    ] = None,
    data: Data = DEFAULT_DATA,
    settings: SettingsFile = None,
    log_level: Level = "warning",
) -> None:
    """Answer OCSP requests on the data of a network, whether or not it runs."""
    import msgspec  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415

    from tegata.network import ocsp as responder  # noqa: PLC0415
    from tegata.network import running  # noqa: PLC0415
    from tegata.network.site import Site  # noqa: PLC0415

    site = Site(data)
    site.ready()
    chosen = running.settings_of(site, settings)
    chosen = msgspec.structs.replace(chosen, log_level=log_level or chosen.log_level)

    def tell(count: int) -> None:
        words = t(
            f"OCSP に応答しています: http://127.0.0.1:{port}/ocsp ({count}プロセス)",
            f"OCSP is answered: http://127.0.0.1:{port}/ocsp ({count} processes)",
        )
        Console().print(words, highlight=False, soft_wrap=True)

    responder.serve(site, chosen, port, workers, ready=tell)
