"""``tegata bank import``, ``export`` and ``changes``: customers and changes as CSV files."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from tegata.cli.errors import REFUSED
from tegata.cli.language import language, t
from tegata.cli.options import DEFAULT_DATA, Data, Json, SettingsFile, read_moment
from tegata.cli.output import print_json, print_line, print_table
from tegata.cli.site import acting

if TYPE_CHECKING:
    from tegata.actors.bank.service.imports import ImportReport
    from tegata.actors.bank.settings import Field

File = Annotated[Path, typer.Argument(help=t("CSV ファイル", "CSV file"))]
OutEncoding = Annotated[
    Literal["utf-8", "cp932"],
    typer.Option("--encoding", help=t("文字コード (cp932 は Shift_JIS)", "cp932 is Shift_JIS")),
]
SHOWN = 20


def import_customers(
    file: File,
    encoding: Annotated[
        Literal["auto", "utf-8", "cp932"], typer.Option("--encoding", help=t("文字コード", "encoding"))
    ] = "auto",
    header: Annotated[
        list[str] | None,
        typer.Option(
            "--header",
            help=t("見出しの対応 (例: 契約者=name)。何度でも", "header=field, such as HOLDER=name; repeatable"),
        ),
    ] = None,
    as_json: Json = False,
    data: Data = DEFAULT_DATA,
    settings: SettingsFile = None,
) -> None:
    """Read customers; rows that are not good are reported with line and reason, and exit with 1."""
    from tegata.actors.bank.service.imports import import_csv  # noqa: PLC0415

    with acting(data, settings, "bank") as node:
        report = import_csv(node, file, encoding=encoding, headers=read_headers(header or []))
    if as_json:
        print_json(report)
    else:
        _print_import(report)
    if report.refused:
        raise typer.Exit(REFUSED)


def read_headers(given: list[str]) -> "dict[str, Field]":
    """``header=field`` pairs. Raises ``typer.BadParameter``."""
    from tegata.actors.bank.settings import Field  # noqa: PLC0415

    try:
        pairs = [pair.split("=", 1) for pair in given]
        return {name: msgspec.convert(field, Field) for name, field in pairs}
    except (ValueError, msgspec.ValidationError) as error:
        words = t("見出しの対応は 契約者=name の形で指定してください。", "Give headers such as HOLDER=name.")
        raise typer.BadParameter(words) from error


def _print_import(report: "ImportReport") -> None:
    from tegata.actors.bank.rules.rows import SENTENCES  # noqa: PLC0415

    counts = (
        (t("行", "rows"), report.rows),
        (t("追加", "added"), report.added),
        (t("変更", "changed"), report.changed),
        (t("変更なし", "unchanged"), report.unchanged),
        (t("受け付けない行", "refused"), report.refused),
    )
    print_line("  ".join(f"{name} {number:,}" for name, number in counts))
    if report.faults:
        columns = (t("行", "line"), t("列", "column"), t("理由", "reason"))
        sentences: dict[str, str] = {code: text.to(language()) for code, text in SENTENCES.items()}
        rows = [(line, column, sentences.get(code, code)) for line, column, code in report.faults[:SHOWN]]
        print_table(columns, rows)
    if len(report.faults) > SHOWN:
        print_line(t(f"ほか {len(report.faults) - SHOWN:,} 行", f"and {len(report.faults) - SHOWN:,} more"))


def export_customers(
    file: File,
    encoding: OutEncoding = "utf-8",
    data: Data = DEFAULT_DATA,
    settings: SettingsFile = None,
) -> None:
    """Write every customer."""
    from tegata.actors.bank.service.exports import export_csv  # noqa: PLC0415

    with acting(data, settings, "bank") as node, file.open("wb") as target:
        report = export_csv(node, target, encoding=encoding)
    _print_export(report.rows, report.substituted)


def changes(
    file: File,
    since: Annotated[str | None, typer.Option("--since", help=t("この日時から", "from this time"))] = None,
    until: Annotated[str | None, typer.Option("--until", help=t("この日時の前まで", "before this time"))] = None,
    encoding: OutEncoding = "utf-8",
    data: Data = DEFAULT_DATA,
    settings: SettingsFile = None,
) -> None:
    """Write what the four-information service changed, a line a field."""
    from tegata.actors.bank.service.exports import export_changes  # noqa: PLC0415

    first, last = _moment(since), _moment(until)
    with acting(data, settings, "bank") as node, file.open("wb") as target:
        report = export_changes(node, target, since=first, until=last, encoding=encoding)
    _print_export(report.rows, report.substituted)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else read_moment(text)


def _print_export(rows: int, substituted: int) -> None:
    print_line(t(f"{rows:,} 行を書き出しました。", f"{rows:,} rows written."))
    if substituted:
        print_line(
            t(f"この文字コードにない {substituted:,} 文字を置き換えました。", f"{substituted:,} characters replaced.")
        )
