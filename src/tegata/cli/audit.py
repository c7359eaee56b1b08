"""``tegata audit``: whether the audit logs are as they were written."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tegata.cli.errors import REFUSED
from tegata.cli.language import t
from tegata.cli.options import DEFAULT_DATA, Data, Json, SettingsFile
from tegata.cli.output import print_json, print_table
from tegata.cli.site import reading

if TYPE_CHECKING:
    from tegata.node.audit import AuditReport, Head

audit = typer.Typer(help=t("監査記録", "The audit logs."), no_args_is_help=True)


@audit.callback()
def group() -> None:
    """A group, though it has one command so far."""


@audit.command("verify", help=t("監査記録が書き換えられていないか確かめます。", "Check that no entry was changed."))
def verify(
    actors: Annotated[
        list[str] | None, typer.Argument(help=t("機関の名前 (なければすべて)", "actors; all if none is named"))
    ] = None,
    noted: Annotated[
        Path | None,
        typer.Option(
            "--noted",
            help=t(
                "前に --json で書き出した結果。その後に戻されていないか確かめます",
                "an earlier result of --json: nothing was put back since",
            ),
        ),
    ] = None,
    as_json: Json = False,
    data: Data = DEFAULT_DATA,
    settings: SettingsFile = None,
) -> None:
    """Follow the hash chain of each actor's log; exits with 1 where one is broken."""
    from tegata.network.actors import ORDER  # noqa: PLC0415

    heads = _heads(noted)
    reports = {name: _verify(data, settings, name, heads.get(name)) for name in actors or ORDER}
    if as_json:
        print_json([_told(name, report) for name, report in reports.items()])
    else:
        columns = (t("機関", "actor"), t("件数", "entries"), t("結果", "result"))
        print_table(columns, [(name, report.entries, _words(report)) for name, report in reports.items()])
    if not all(report.ok for report in reports.values()):
        raise typer.Exit(REFUSED)


def _verify(data: Path, settings: Path | None, name: str, noted: "Head | None") -> "AuditReport":
    from tegata.node import audit as log  # noqa: PLC0415

    with reading(data, settings, name) as (node, _):
        return log.verify(node.database, noted=noted)


def _heads(file: Path | None) -> "dict[str, Head]":
    """The heads of an earlier result. Raises ``typer.BadParameter``."""
    import msgspec  # noqa: PLC0415

    from tegata.node.audit import Head  # noqa: PLC0415

    if file is None:
        return {}
    try:
        told = msgspec.json.decode(file.read_bytes(), type=list[dict[str, Any]])
        return {one["actor"]: Head(int(one["entries"]), bytes.fromhex(one["head"])) for one in told}
    except (OSError, msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise typer.BadParameter(
            t("audit verify --json の結果ではありません。", "It is no result of audit verify --json.")
        ) from error


def _told(name: str, report: "AuditReport") -> dict[str, Any]:
    faults = [{"number": fault.number, "kind": fault.kind} for fault in report.faults]
    return {"actor": name, "ok": report.ok, "entries": report.entries, "head": report.head.hash.hex(), "faults": faults}


def _words(report: "AuditReport") -> str:
    if report.ok:
        return t("正常", "ok")
    return ", ".join(f"{fault.kind} ({fault.number})" for fault in report.faults)
