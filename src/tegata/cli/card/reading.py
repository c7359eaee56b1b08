"""What stands on a card: ``info``, ``pin-status``, ``certificate``, ``attributes``, ``face``, ``apdu``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tegata.cli.card.options import PinStdin, ReaderName, UseLastTry, Which
from tegata.cli.language import t
from tegata.cli.options import Json
from tegata.cli.output import print_json, print_line, print_table

if TYPE_CHECKING:
    from tegata.card.files import CertificateName, PinName


def info(reader: ReaderName = "", as_json: Json = False) -> None:
    """Readers, and what the card in one of them is."""
    from tegata.card import CardClient  # noqa: PLC0415
    from tegata.card.pcsc import connected, readers  # noqa: PLC0415
    from tegata.cli.card import facts  # noqa: PLC0415
    from tegata.cli.card.failures import explained_card  # noqa: PLC0415

    with explained_card():
        known = readers()
        with connected(reader) as connection:
            found = facts.of_card(CardClient(connection.transmit), connection.reader, known)
    if as_json:
        print_json(found)
        return
    print_line(f"{t('カードリーダー', 'reader')}  {found.reader}")
    print_line(f"ATR  {found.atr}")
    print_line(f"{t('トークン', 'token')}  {found.token or t('なし', 'none')}")
    print_line(f"{t('アプリケーション', 'applications')}  {', '.join(facts.application_names(found.applications))}")
    _print_tries(found.tries)


def pin_status(reader: ReaderName = "", as_json: Json = False) -> None:
    """The tries that each PIN has left; none is used."""
    from tegata.cli.card import facts  # noqa: PLC0415
    from tegata.cli.card.session import card_in_reader  # noqa: PLC0415

    with card_in_reader(reader) as (client, _):
        tries = facts.tries(client)
    if as_json:
        print_json(tries)
    else:
        _print_tries(tries)


def _print_tries(tries: "dict[PinName, int]") -> None:
    from tegata.cli.card.words import PIN_NAMES  # noqa: PLC0415

    blocked = t("ロック", "blocked")
    rows = [(which, t(PIN_NAMES[which]), left or blocked) for which, left in tries.items()]
    print_table((t("番号", "PIN"), t("名前", "name"), t("残り", "tries left")), rows)


def certificate(
    which: Which,
    authority: Annotated[bool, typer.Option("--ca", help=t("認証局の証明書", "the authority's certificate"))] = False,
    out: Annotated[Path | None, typer.Option("--out", help=t("書き出すファイル", "file to write to"))] = None,
    form: Annotated[Literal["pem", "der"], typer.Option("--format", help=t("形式", "format"))] = "pem",
    reader: ReaderName = "",
    pin_stdin: PinStdin = False,
    use_last_try: UseLastTry = False,
    as_json: Json = False,
) -> None:
    """Read a certificate; the signature certificate opens with its password."""
    from tegata.cli.card import facts  # noqa: PLC0415
    from tegata.cli.card.session import card_in_reader  # noqa: PLC0415

    names: dict[str, CertificateName] = {"auth": "auth-ca", "sign": "sign-ca"}
    name: CertificateName = names[which] if authority else which
    options = {"pin_stdin": pin_stdin, "use_last_try": use_last_try, "as_json": as_json}
    with card_in_reader(reader, **options) as (client, entry):
        der = facts.certificate(client, name, lambda: entry.pin(client, "sign"))
    if as_json:
        print_json(facts.told(der))
    elif out is None and form == "der":
        sys.stdout.buffer.write(der)
        sys.stdout.buffer.flush()
    elif out is None:
        print_line(facts.pem(der).rstrip())
    if out is not None:
        out.write_bytes(der if form == "der" else facts.pem(der).encode("ascii"))


def attributes(
    my_number: Annotated[
        bool,
        typer.Option(
            "--my-number", help=t("個人番号も読む (照合番号Bでは読めません)", "My Number too; not with check number B")
        ),
    ] = False,
    by: Annotated[
        Literal["text", "text-a", "text-b"],
        typer.Option(
            "--by",
            help=t(
                "何で開くか: 暗証番号 (text)、照合番号A (text-a、個人番号だけ)、照合番号B (text-b、４情報だけ)",
                "what opens it: the PIN (text), check number A (text-a, My Number), B (text-b, the four attributes)",
            ),
        ),
    ] = "text",
    reader: ReaderName = "",
    pin_stdin: PinStdin = False,
    use_last_try: UseLastTry = False,
    as_json: Json = False,
) -> None:
    """Read the four attributes of the text application; My Number only on demand."""
    from tegata.cli.card import facts  # noqa: PLC0415
    from tegata.cli.card.session import card_in_reader  # noqa: PLC0415

    if my_number and by == "text-b":
        raise typer.BadParameter(t("照合番号Bでは個人番号を読めません。", "Check number B does not open My Number."))
    if by == "text-a" and not my_number:
        raise typer.BadParameter(
            t(
                "照合番号Aで読めるのは個人番号だけです。--my-number を付けてください。",
                "Check number A opens My Number only: add --my-number.",
            )
        )
    options = {"pin_stdin": pin_stdin, "use_last_try": use_last_try, "as_json": as_json}
    with card_in_reader(reader, **options) as (client, entry):
        shown = facts.attributes(client, by, entry.pin(client, by), my_number=my_number)
    if as_json:
        print_json(shown)
        return
    for field, value in shown.items():
        print_line(f"{t(facts.FIELDS[field])}  {value}")


def face(
    out: Annotated[
        Path,
        typer.Option(
            "--out", help=t("書き出すファイル (.png、または .jp2 でそのまま)", "file: .png, or .jp2 as it is")
        ),
    ],
    by: Annotated[
        Literal["visual-a", "visual-b"],
        typer.Option(
            "--by",
            help=t(
                "何で開くか: 照合番号B (生年月日6桁、有効期限の西暦4桁、セキュリティコード4桁) か A (個人番号)",
                "what opens it: check number B (birth date 6, expiry 4, security code 4 digits) or A (My Number)",
            ),
        ),
    ] = "visual-b",
    reader: ReaderName = "",
    pin_stdin: PinStdin = False,
    use_last_try: UseLastTry = False,
    as_json: Json = False,
) -> None:
    """Read the face photo and what else is printed on the front."""
    from tegata.cli.card import facts  # noqa: PLC0415
    from tegata.cli.card.session import card_in_reader  # noqa: PLC0415

    kind = out.suffix.lower()
    if kind not in {".png", ".jp2"}:
        raise typer.BadParameter(t("ファイルは .png か .jp2 にしてください。", "Name a .png or a .jp2 file."))
    options = {"pin_stdin": pin_stdin, "use_last_try": use_last_try, "as_json": as_json}
    with card_in_reader(reader, **options) as (client, entry):
        front = facts.front(client, by, lambda: entry.pin(client, by))
        photo = facts.photo(front, kind)
    out.write_bytes(photo)
    shown = facts.printed(front) | {"photo": str(out)}
    if as_json:
        print_json(shown)
        return
    for field, value in shown.items():
        print_line(f"{t(facts.FIELDS[field])}  {value}")


def apdu(
    commands: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[HEX]...",
            help=t("コマンド (16進)。なければ標準入力の行", "commands in hex; else lines of the standard input"),
        ),
    ] = None,
    reader: ReaderName = "",
    as_json: Json = False,
) -> None:
    """Send commands as they are, all in one session; PINs in them are your own affair."""
    from tegata.card.pcsc import connected  # noqa: PLC0415
    from tegata.cli.card import facts  # noqa: PLC0415
    from tegata.cli.card.failures import explained_card  # noqa: PLC0415

    asked = [read_apdu(line) for line in commands or sys.stdin.read().splitlines() if line.split("#")[0].strip()]
    with explained_card(), connected(reader) as connection:
        answers: list[dict[str, Any]] = []
        for command in asked:
            answers.append(facts.answer(command, connection.transmit(command)))
            if not as_json:
                print_line(f"> {answers[-1]['command']}")
                print_line(
                    f"< {answers[-1]['data']} {answers[-1]['sw']}  {answers[-1]['meaning']}".replace("<  ", "< ")
                )
    if as_json:
        print_json(answers)


def read_apdu(line: str) -> bytes:
    """A command in hex; blanks and a comment after # are passed over. Raises ``typer.BadParameter``."""
    try:
        command = bytes.fromhex(line.split("#", maxsplit=1)[0])
    except ValueError as error:
        raise typer.BadParameter(t(f"16進ではありません: {line[:80]}", f"Not hexadecimal: {line[:80]}")) from error
    if not 4 <= len(command) <= 65544:
        raise typer.BadParameter(
            t(f"コマンドの長さではありません: {line[:80]}", f"Not as long as a command: {line[:80]}")
        )
    return command
