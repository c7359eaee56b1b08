"""``tegata card insert``: a person's card on the virtual reader, until stopped."""

import signal
import sys
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from tegata.cli.language import t
from tegata.cli.options import DEFAULT_DATA, Data, SettingsFile
from tegata.cli.output import print_line
from tegata.cli.site import acting

if TYPE_CHECKING:
    from tegata.card.vpcd import Bridge, Event

VPCD_PORT = 35963


def insert(
    person: Annotated[
        str, typer.Argument(metavar="PERSON", help=t("番号 (例: P000001) か氏名", "id, such as P000001, or name"))
    ],
    card: Annotated[
        str,
        typer.Option("--card", help=t("カードの番号 (なければ新しいほう)", "id of the card; the newest if not given")),
    ] = "",
    switch: Annotated[
        list[str] | None,
        typer.Option(
            "--switch",
            help=t(
                "カードの振る舞い (例: blocked_status=6983)。この間だけ。何度でも",
                "a behaviour, such as blocked_status=6983, for this insertion; repeatable",
            ),
        ),
    ] = None,
    log: Annotated[
        bool, typer.Option("--log", help=t("APDU を表示する (暗証番号は伏せる)", "show each APDU, PINs masked"))
    ] = False,
    port: Annotated[
        int, typer.Option("--port", min=1, max=65_535, help=t("仮想リーダーのポート", "port of the virtual reader"))
    ] = VPCD_PORT,
    data: Data = DEFAULT_DATA,
    settings: SettingsFile = None,
) -> None:
    """Lay a card on the virtual reader; what it holds is stored whenever it changes."""
    from tegata.actors.citizen.service import insertion  # noqa: PLC0415
    from tegata.card.vpcd import Bridge  # noqa: PLC0415
    from tegata.cli.card.failures import explained_card  # noqa: PLC0415
    from tegata.cli.card.switches import read_switches  # noqa: PLC0415
    from tegata.cli.card.trace import Logged  # noqa: PLC0415

    switches = read_switches(switch or [])
    with explained_card(), acting(data, settings, "citizen") as drawer:
        chosen = insertion.choose(drawer, person, card)
        with insertion.laid_out(drawer, chosen, switches) as inserted:
            on_reader = Logged(inserted, _say) if log else inserted
            words = t(f"{chosen.name} さんのカード ({chosen.card_id})", f"{chosen.name}'s card ({chosen.card_id})")
            run_until_stopped(Bridge(on_reader, port=port, tell=lambda event: _tell(event, words)))


def run_until_stopped(bridge: "Bridge") -> None:
    """Run until Ctrl+C or SIGTERM; whatever the card is doing then is finished first."""
    if threading.current_thread() is threading.main_thread():
        for sign in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sign, lambda *_: bridge.stop())
    bridge.run()


def _say(words: str) -> None:
    """A line that is seen at once, also where the output is a file."""
    print_line(words)
    sys.stdout.flush()


def _tell(event: "Event", card: str) -> None:
    if event == "inserted":
        _say(
            t(
                f"{card}を仮想リーダーに置きました。終わるには Ctrl+C を押してください。",
                f"{card} is on the virtual reader. Press Ctrl+C to take it out.",
            )
        )
    else:
        _say(
            t(
                "仮想リーダーがなくなりました。戻るのを待ちます。",
                "The virtual reader went away; waiting until it is back.",
            )
        )
