"""``tegata up`` and ``tegata serve``: networks that run until they are told to stop."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tegata.cli.language import t
from tegata.cli.options import DEFAULT_DATA, Data, SettingsFile, read_moment
from tegata.wire.text import Text

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from tegata.network.assembly import Network
    from tegata.network.site import Record, Site
    from tegata.node.settings import Settings

PEOPLE = 2000
CUSTOMERS = 10_000

Port = Annotated[int, typer.Option("--port", min=1, max=65_535, help=t("待ち受けるポート", "port to listen on"))]
At = Annotated[
    str | None,
    typer.Option("--at", help=t("ネットワークの時刻 (例: 2023-09-29T18:00+09:00)", "the network's time")),
]
People = Annotated[int, typer.Option("--people", min=10, help=t("住民の人数 (作るとき)", "residents, when it is made"))]
Seed = Annotated[int, typer.Option("--seed", min=0, help=t("住民を決める種 (作るとき)", "seed of the population"))]
Customers = Annotated[
    int, typer.Option("--customers", min=10, help=t("銀行の顧客の数 (作るとき)", "customers of the bank"))
]


def up(
    port: Port = 8000,
    at: At = None,
    people: People = PEOPLE,
    seed: Seed = 1,
    customers: Customers = CUSTOMERS,
    data: Data = DEFAULT_DATA,
    settings: SettingsFile = None,
) -> None:
    """Make the network where there is none, and run it."""
    from rich.console import Console  # noqa: PLC0415

    from tegata.network import running  # noqa: PLC0415
    from tegata.network.serve import check_port  # noqa: PLC0415
    from tegata.network.serve import serve as serve_network  # noqa: PLC0415
    from tegata.network.site import Site  # noqa: PLC0415

    console = Console()
    moment = read_moment(at) if at is not None else None
    check_port(port)
    site = Site(data)
    with site.held():
        chosen = running.settings_of(site, settings, base_url=f"http://127.0.0.1:{port}")
        record = _make(site, chosen, console, moment, people=people, seed=seed, customers=customers)
        network = running.open_all(chosen, running.clock_of(site))
        try:
            running.show_accounts(network, record)
            running.catch_up(network, moment)
        except BaseException:
            network.close()
            raise
        serve_network(network, port, ready=lambda: _tell(console, network, record))


def _make(
    site: "Site",
    settings: "Settings",
    console: "Console",
    at: "datetime | None",
    *,
    people: int,
    seed: int,
    customers: int,
) -> "Record":
    """The record of the network; where there is none, or a half made one, it is made first."""
    from tegata.network.site import Record  # noqa: PLC0415

    record = site.record
    if record is not None and record.state == "ready":
        return record
    from tegata.network import setup  # noqa: PLC0415

    if record is not None:
        console.print(
            t(
                "前回の準備が途中で終わっています。初めから作り直します。",
                "The last set-up was cut off. It is made anew.",
            )
        )
    wishes = Record(
        state="making",
        people=people,
        seed=seed,
        customers=customers,
        on=setup.first_day(at),
        base_url=settings.public_base_url,
    )
    setup.make(site, wishes, settings, at, Bars(console).phase)
    return site.ready()


class Bars:
    """Phases of the set-up as lines of the terminal."""

    def __init__(self, console: "Console") -> None:
        self._console = console

    @contextmanager
    def phase(self, title: Text, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """A phase with a bar, or with a turning mark where the number of things is not known."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        numbers = [BarColumn(bar_width=24), MofNCompleteColumn()] if total is not None else [SpinnerColumn()]
        columns = [TextColumn("{task.description}"), *numbers, TimeElapsedColumn()]
        with Progress(*columns, console=self._console) as progress:
            task = progress.add_task(t(title), total=total)
            yield lambda done: progress.advance(task, done)
            progress.update(task, total=total or 1, completed=total or 1)


def _tell(console: "Console", network: "Network", record: "Record") -> None:
    from tegata.network.accounts import PASSWORD, demonstration  # noqa: PLC0415

    home = network[network.home].base_url
    console.print(t(f"\n動いています: {home}", f"\nRunning: {home}"), highlight=False, soft_wrap=True)
    for name, accounts in demonstration(record).items():
        shown = ", ".join(account.login for account in accounts[:3]) + (" …" if len(accounts) > 3 else "")
        console.print(f"  {network[name].base_url}/  {shown}", highlight=False, soft_wrap=True)
    console.print(
        t(f"  パスワードはどれも {PASSWORD} です。", f"  The password of each is {PASSWORD}."), highlight=False
    )
    console.print(t("終わるには Ctrl+C を押してください。", "Press Ctrl+C to stop."), highlight=False)


def serve_one(
    actor: Annotated[str, typer.Argument(help=t("機関の名前 (例: jlis)", "name of the actor, such as jlis"))],
    port: Port = 8000,
    data: Data = DEFAULT_DATA,
    settings: SettingsFile = None,
) -> None:
    """Run one actor of a network that was made; the settings say where the others are."""
    from rich.console import Console  # noqa: PLC0415

    from tegata.network import running  # noqa: PLC0415
    from tegata.network.serve import check_port  # noqa: PLC0415
    from tegata.network.serve import serve as serve_network  # noqa: PLC0415
    from tegata.network.site import Site  # noqa: PLC0415

    site = Site(Path(data))
    record = site.ready()
    check_port(port)
    network = running.open_one(actor, running.settings_of(site, settings), running.clock_of(site))
    running.show_accounts(network, record)
    words = t(f"{actor} が動いています: {network[actor].base_url}", f"{actor} is running: {network[actor].base_url}")
    serve_network(network, port, ready=lambda: Console().print(words, highlight=False, soft_wrap=True))
