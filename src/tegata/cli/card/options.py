"""Options that the commands for cards in readers share."""

from typing import Annotated, Literal

import typer

from tegata.cli.language import t

PIN_VARIABLE = "TEGATA_CARD_PIN"

ReaderName = Annotated[
    str,
    typer.Option(
        "--reader",
        help=t(
            "カードリーダーの名前の一部 (なければカードのある最初のもの)",
            "part of the reader's name; else the first with a card",
        ),
    ),
]
PinStdin = Annotated[
    bool,
    typer.Option(
        "--pin-stdin",
        help=t(
            f"暗証番号を標準入力の行から読む (環境変数 {PIN_VARIABLE} でも渡せます)",
            f"read the PIN from a line of the standard input (or set {PIN_VARIABLE})",
        ),
    ),
]
UseLastTry = Annotated[
    bool,
    typer.Option(
        "--use-last-try",
        help=t(
            "残り1回でも暗証番号を使う (間違えるとロック)", "use the PIN though one try is left (a mistake blocks it)"
        ),
    ),
]
Which = Annotated[
    Literal["auth", "sign"], typer.Argument(help=t("利用者証明用 (auth) か署名用 (sign)", "auth or sign"))
]
