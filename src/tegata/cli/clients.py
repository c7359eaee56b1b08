"""``tegata clients``: which organisations may call an actor, by which key, with which rights."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from tegata.cli.errors import fail
from tegata.cli.language import t
from tegata.cli.options import DEFAULT_DATA, Data, Json, SettingsFile
from tegata.cli.output import print_json, print_line, print_table
from tegata.cli.site import acting, reading

clients = typer.Typer(help=t("機関を呼び出せる組織", "Organisations that may call an actor."), no_args_is_help=True)

Actor = Annotated[str, typer.Argument(help=t("機関の名前 (例: platform)", "name of the actor, such as platform"))]
Client = Annotated[str, typer.Argument(help=t("組織の識別子", "the organisation's client id"))]
LONGEST_ID = 80


@clients.command(
    "key",
    help=t("機関の公開鍵 (JWK)。ほかの機械の相手に登録します。", "An actor's public key (JWK), to register elsewhere."),
)
def key(actor: Actor, data: Data = DEFAULT_DATA, settings: SettingsFile = None) -> None:
    """Print the key by which an actor proves who it is."""
    from tegata.node.identity import service_key  # noqa: PLC0415

    with reading(data, settings, actor) as (node, _):
        print_json(service_key(node).public_jwk)


@clients.command("list", help=t("登録されている組織", "Who is registered."))
def list_clients(actor: Actor, as_json: Json = False, data: Data = DEFAULT_DATA, settings: SettingsFile = None) -> None:
    """List the organisations that may call an actor."""
    from sqlalchemy import select  # noqa: PLC0415

    from tegata.node.identity_tables import OAuthClientRow  # noqa: PLC0415

    with reading(data, settings, actor) as (node, _), node.database.read() as session:
        rows = session.scalars(select(OAuthClientRow).order_by(OAuthClientRow.client_id)).all()
    if as_json:
        print_json([{"client_id": row.client_id, "scopes": row.scopes, "active": row.active} for row in rows])
        return
    columns = (t("識別子", "client id"), t("権限", "rights"), t("状態", "state"))
    states = {True: t("有効", "active"), False: t("停止", "stopped")}
    print_table(columns, [(row.client_id, " ".join(row.scopes), states[row.active]) for row in rows])


@clients.command(
    "add", help=t("組織を登録する (鍵や権限を変える)", "Register an organisation, or change its key and rights.")
)
def add(
    actor: Actor,
    client: Client,
    key_file: Annotated[
        Path,
        typer.Option(
            "--key",
            help=t(
                "公開鍵 (JWK、P-256) のファイル。- は標準入力",
                "file with its public JWK on P-256; - is the standard input",
            ),
        ),
    ],
    scope: Annotated[
        list[str],
        typer.Option(
            "--scope", help=t("権限 (例: changes:read)。何度でも", "a right, such as changes:read; repeatable")
        ),
    ],
    data: Data = DEFAULT_DATA,
    settings: SettingsFile = None,
) -> None:
    """Let an organisation call an actor."""
    import msgspec  # noqa: PLC0415

    from tegata.node.oauth import register_client  # noqa: PLC0415
    from tegata.wire.endpoint import Identifier  # noqa: PLC0415

    jwk = _read_key(key_file)
    with acting(data, settings, actor) as node:
        scopes = frozenset(scope)
        if unknown := scopes - _scopes_of(node.spec.handlers):
            fail(
                t(
                    f"この機関にない権限: {', '.join(sorted(unknown))}",
                    f"This actor has no such right: {', '.join(sorted(unknown))}",
                )
            )
        try:
            client_id = msgspec.convert(client, Identifier)
            with node.database.begin() as transaction:
                register_client(transaction, client_id, jwk, scopes)
                transaction.record(
                    "client-registered", subject=None, who="cli", detail={"client": client_id, "scopes": sorted(scopes)}
                )
        except (ValueError, msgspec.ValidationError) as error:
            raise typer.BadParameter(str(error)) from error
    print_line(t(f"{client} を登録しました。", f"{client} is registered."))


@clients.command("stop", help=t("組織の利用を止める", "Give an organisation no more tokens."))
def stop(actor: Actor, client: Client, data: Data = DEFAULT_DATA, settings: SettingsFile = None) -> None:
    """Stop an organisation; the tokens that it holds end within ten minutes."""
    from tegata.node.identity_tables import OAuthClientRow  # noqa: PLC0415
    from tegata.node.oauth import deactivate_client  # noqa: PLC0415

    with acting(data, settings, actor) as node, node.database.begin() as transaction:
        if transaction.session.get(OAuthClientRow, client) is None:
            fail(t(f"登録されていません: {client}", f"Not registered: {client}"))
        deactivate_client(transaction, client)
        transaction.record("client-stopped", subject=None, who="cli", detail={"client": client})
    print_line(t(f"{client} を止めました。", f"{client} is stopped."))


def _read_key(file: Path) -> dict[str, Any]:
    """A JWK. Raises ``typer.BadParameter``."""
    import msgspec  # noqa: PLC0415

    content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise typer.BadParameter(
            t("鍵のファイルが JWK (JSON) ではありません。", "The key file is no JWK in JSON.")
        ) from error


def _scopes_of(handlers: Any) -> set[str]:
    """The rights that an actor's endpoints ask for."""
    served = [handler.opt["endpoint"] for handler in handlers if "endpoint" in getattr(handler, "opt", {})]
    return {one.endpoint.scope for one in served if one.endpoint.scope}
