"""``tegata bank match``: a CRL with the bank's own records, or lists with a table of customers (FI-06)."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tegata.cli.errors import REFUSED
from tegata.cli.language import t
from tegata.cli.options import DEFAULT_DATA, Data, Json, SettingsFile, read_moment
from tegata.cli.output import print_json, print_line
from tegata.cli.site import acting

if TYPE_CHECKING:
    from cryptography import x509

    from tegata.actors.bank.service.customer_matching.database import Table
    from tegata.actors.bank.service.customer_matching.matching import Report, Task
    from tegata.actors.bank.service.matching import MatchReport
    from tegata.pki.profiles import Usage

LEAST_MEMORY = 64
USAGES: "tuple[Usage, ...]" = ("sign", "auth")

Customers = Annotated[
    list[str] | None,
    typer.Option(
        "--customers",
        help=t(
            "顧客の CSV か Parquet (何度でも)、または postgresql://…#表。なければ銀行のデータベース",
            "customers: CSV or Parquet, repeatable, or postgresql://…#table; else the bank's own records",
        ),
    ),
]
Crl = Annotated[
    list[Path] | None,
    typer.Option(
        "--crl",
        help=t(
            "CRL のファイル (DER か PEM) かフォルダー。--customers がなければ事業者から取得します",
            "CRL file (DER or PEM) or directory, repeatable; without --customers fetched from the operator",
        ),
    ),
]
Out = Annotated[
    str | None,
    typer.Option("--out", help=t("結果 (.csv、.parquet、または …#表)", "the result: .csv, .parquet, or …#table")),
]
Column = Annotated[str, typer.Option("--column", help=t("シリアル番号の列", "the column of serial numbers"))]
Serials = Annotated[
    Literal["auto", "decimal", "hex"],
    typer.Option("--serials", help=t("文字列のシリアル番号の読み方", "how serial numbers in text are written")),
]
UsageOption = Annotated[
    Literal["sign", "auth"] | None,
    typer.Option("--usage", help=t("署名用か利用者証明用か", "which certificates, where there are lists of both")),
]
Trust = Annotated[
    Path | None,
    typer.Option("--trust", help=t("信頼するルート (sign-*.pem)", "directory of trusted roots (sign-*.pem)")),
]
At = Annotated[str | None, typer.Option("--at", help=t("この日時の CRL として調べる", "the time to judge lists at"))]
Keep = Annotated[str | None, typer.Option("--keep", help=t("残す列 (カンマ区切り)", "columns to keep, by commas"))]
Rejects = Annotated[
    str | None, typer.Option("--rejects", help=t("調べられなかった顧客", "where to list customers not looked up"))
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help=t("あれば置き換える", "replace what is there"))]
Encoding = Annotated[
    Literal["utf-8", "cp932"],
    typer.Option("--encoding", help=t("CSV の文字コード (cp932 は Shift_JIS)", "of CSV; cp932 is Shift_JIS")),
]
Engine = Annotated[Literal["duckdb", "spark"], typer.Option("--engine", help=t("計算のしかた", "what does the work"))]
Master = Annotated[str, typer.Option("--spark-master", help=t("Spark の場所", "where Spark runs"))]
Memory = Annotated[
    int, typer.Option("--memory", min=LEAST_MEMORY, help=t("DuckDB のメモリ (MB)", "megabytes for DuckDB"))
]
Work = Annotated[Path | None, typer.Option("--work", help=t("一時ファイルの場所", "folder for temporary files"))]


def match(
    customers: Customers = None,
    crl: Crl = None,
    out: Out = None,
    column: Column = "serial",
    serials: Serials = "auto",
    usage: UsageOption = None,
    trust: Trust = None,
    at: At = None,
    keep: Keep = None,
    rejects: Rejects = None,
    overwrite: Overwrite = False,
    encoding: Encoding = "utf-8",
    engine: Engine = "duckdb",
    spark_master: Master = "local[*]",
    memory: Memory = 512,
    work: Work = None,
    as_json: Json = False,
    data: Data = DEFAULT_DATA,
    settings: SettingsFile = None,
) -> None:
    """Find out whose certificates were revoked.

    Without ``--customers`` the bank's own records are matched, and for each news a question is asked by its next run.
    """
    if customers is None:
        _match_own(crl or [], out, as_json=as_json, data=data, settings=settings)
        return
    if not crl or out is None:
        words = t("--customers には --crl と --out も必要です。", "--customers needs --crl and --out too.")
        raise typer.BadParameter(words)
    from tegata.actors.bank.service.customer_matching.matching import Task  # noqa: PLC0415
    from tegata.actors.bank.service.customer_matching.sources import Wanted, is_bare  # noqa: PLC0415

    own = _own_database(data, settings) if any(map(is_bare, customers)) else None
    wanted = Wanted(column, None if keep is None else keep.split(","), encoding, own)
    moment = None if at is None else read_moment(at)
    task = Task(
        customers=customers, crls=crl, roots=_roots(trust or data / "trust"), at=moment or _now(trust, data), out=out,
        wanted=wanted, serials=serials, usage=usage, rejects=rejects, overwrite=overwrite, engine=engine,
        memory_mb=memory, spark_master=spark_master, work=work,
    )  # fmt: skip
    _match_files(task, as_json=as_json)


def _match_files(task: "Task", *, as_json: bool) -> None:
    from tegata.actors.bank.service.customer_matching.matching import match_files  # noqa: PLC0415
    from tegata.cli.bank.watching import watching  # noqa: PLC0415

    with watching() as progress:
        report = match_files(task, progress)
    if as_json:
        print_json(report)
    else:
        _print_report(report)
    if report.unreadable:
        raise typer.Exit(REFUSED)


def _print_report(report: "Report") -> None:
    lists, seconds = len(report.lists), sum(report.seconds.values())
    lines = (
        (f"CRL {lists:,}件、失効 {report.entries:,}件", f"{lists:,} CRLs, {report.entries:,} entries"),
        (
            f"顧客 {report.customers:,}件のうち失効 {report.matched:,}件 ({seconds:.1f}秒)",
            f"{report.customers:,} customers, {report.matched:,} revoked ({seconds:.1f} s)",
        ),
    )
    for ja, en in lines:
        print_line(t(ja, en))
    if report.rejected:
        print_line(
            t(
                f"調べられなかった顧客: 番号なし {report.without_serial:,}件、読み取れない番号 {report.unreadable:,}件",
                f"not looked up: {report.without_serial:,} without a serial number, {report.unreadable:,} unreadable",
            )
        )


def _roots(directory: Path) -> "dict[Usage, Sequence[x509.Certificate]]":
    """The trusted roots of both usages. Raises ``Refused`` (no-trusted-root) and ``SettingsError``."""
    from tegata.node.trust_directory import roots_in  # noqa: PLC0415

    found = {usage: roots_in(directory, usage) for usage in USAGES}
    if not any(found.values()):
        from tegata.node.trust import NO_TRUST  # noqa: PLC0415
        from tegata.wire.problems import Refused  # noqa: PLC0415

        raise Refused(NO_TRUST, {"directory": str(directory)})
    return found


def _now(trust: Path | None, data: Path) -> datetime:
    """The time of the network whose roots are trusted, else the real time."""
    from tegata.network.site import CLOCK_FILE  # noqa: PLC0415
    from tegata.node.clock import NetworkClock  # noqa: PLC0415

    file = data / CLOCK_FILE
    return NetworkClock(file if trust is None and file.exists() else None).now()


def _own_database(data: Path, settings: Path | None) -> "Table | None":
    """The bank's own database, where there is a network."""
    from sqlalchemy import make_url  # noqa: PLC0415

    from tegata.actors.bank.service.customer_matching.database import Table  # noqa: PLC0415
    from tegata.network.running import settings_of  # noqa: PLC0415
    from tegata.network.site import Site  # noqa: PLC0415

    site = Site(data)
    if site.record is None:
        return None
    url = make_url(settings_of(site, settings).database_url_of("bank"))
    return Table(url, schema="bank" if url.get_backend_name() == "postgresql" else "")


def _match_own(crl: Sequence[Path], out: str | None, *, as_json: bool, data: Path, settings: Path | None) -> None:
    from tegata.actors.bank.service.matching import match_customers  # noqa: PLC0415

    if out is not None or len(crl) > 1:
        words = t("--out や複数の --crl には --customers が必要です。", "--out and several --crl need --customers.")
        raise typer.BadParameter(words)
    with acting(data, settings, "bank") as node:
        report = match_customers(node, crl[0].read_bytes() if crl else None)
    if as_json:
        print_json(report)
    else:
        _print_own(report)


def _print_own(report: "MatchReport") -> None:
    print_line(
        t(f"CRL 第{report.number}号、{report.entries:,}件", f"CRL no. {report.number}, {report.entries:,} entries")
    )
    print_line(
        t(
            f"顧客の証明書 {report.held:,}件のうち失効 {report.revoked:,}件、新しく分かったもの {report.new:,}件",
            f"{report.held:,} customers' certificates, {report.revoked:,} revoked, {report.new:,} of them news",
        )
    )
