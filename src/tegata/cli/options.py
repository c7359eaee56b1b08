"""Options that several commands share."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tegata.cli.language import t

DEFAULT_DATA = Path("data")
DEFAULT_URL = "http://127.0.0.1:8000"

Data = Annotated[
    Path, typer.Option("--data", help=t("ネットワークのデータを置くフォルダー", "directory of the network's data"))
]
SettingsFile = Annotated[Path | None, typer.Option("--settings", help=t("設定ファイル (TOML)", "settings file (TOML)"))]
On = Annotated[str, typer.Option("--on", help=t("動いているネットワークの URL", "URL of the running network"))]
Json = Annotated[bool, typer.Option("--json", help=t("JSON で出力する", "print JSON"))]


def read_moment(text: str) -> datetime:
    """A time with offset; without one it is Japan's. Raises ``typer.BadParameter``."""
    from tegata.japan.dates import JST  # noqa: PLC0415

    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        words = t(
            "日時は 2023-09-29T18:00+09:00 の形で指定してください。", "Give a time such as 2023-09-29T18:00+09:00."
        )
        raise typer.BadParameter(words) from error
    return moment.replace(tzinfo=JST) if moment.tzinfo is None else moment
