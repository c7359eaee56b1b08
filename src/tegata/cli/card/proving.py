"""``tegata card verify-pin``, ``change-pin``, ``unblock``."""

from typing import Annotated, Literal

import typer

from tegata.cli.card.options import PinStdin, ReaderName, UseLastTry
from tegata.cli.errors import fail
from tegata.cli.language import t
from tegata.cli.options import Json
from tegata.cli.output import print_json, print_line

AnyPin = Annotated[
    Literal["auth", "sign", "text", "text-a", "text-b", "visual-a", "visual-b", "resident-register"],
    typer.Argument(
        metavar="PIN",
        help=t("どの暗証番号か (tegata card pin-status の一覧から)", "which PIN: see tegata card pin-status"),
    ),
]
HoldersPin = Annotated[
    Literal["auth", "sign", "text", "resident-register"],
    typer.Argument(
        metavar="PIN", help=t("auth、sign、text、resident-register のどれか", "auth, sign, text or resident-register")
    ),
]


def verify_pin(
    which: AnyPin,
    reader: ReaderName = "",
    pin_stdin: PinStdin = False,
    use_last_try: UseLastTry = False,
    as_json: Json = False,
) -> None:
    """Whether a PIN is right; a wrong one uses a try."""
    from tegata.cli.card.session import card_in_reader  # noqa: PLC0415

    options = {"pin_stdin": pin_stdin, "use_last_try": use_last_try, "as_json": as_json}
    with card_in_reader(reader, **options) as (client, entry):
        client.verify_pin(which, entry.pin(client, which))
        left = client.pin_tries(which)
    if as_json:
        print_json({"pin": which, "right": True, "tries_left": left})
    else:
        print_line(t("正しい番号です。", "The PIN is right."))


def change_pin(
    which: HoldersPin,
    reader: ReaderName = "",
    pin_stdin: PinStdin = False,
    use_last_try: UseLastTry = False,
    as_json: Json = False,
) -> None:
    """Change a PIN; with --pin-stdin the old and the new one are two lines."""
    from tegata.cli.card.session import card_in_reader  # noqa: PLC0415

    options = {"pin_stdin": pin_stdin, "use_last_try": use_last_try, "as_json": as_json}
    with card_in_reader(reader, **options) as (client, entry):
        old = entry.pin(client, which)
        client.change_pin(which, old, entry.new_pin(which))
    if as_json:
        print_json({"pin": which, "changed": True})
    else:
        print_line(t("暗証番号を変更しました。", "The PIN was changed."))


def unblock() -> None:
    """What to do about a blocked PIN."""
    fail(
        t(
            "ロックされた暗証番号を元に戻せるのは、発行者である市区町村だけです。カードの持ち主にも、このコマンドにもできません。\n"
            "お住まいの市区町村の窓口にカードと本人確認書類を持って行き、暗証番号の再設定を申し込んでください。\n"
            "このネットワークでは、市区町村の画面の「カード」から再設定できます (docs/actors/municipality.md)。",
            "Only the municipality, as the issuer, can unblock a PIN; neither the holder nor this command can.\n"
            "Take the card and proof of identity to the counter of your municipality and have the PIN set anew.\n"
            "In this network the municipality's pages do it, under the resident's card (docs/actors/municipality.md).",
        )
    )
