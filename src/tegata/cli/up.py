"""``tegata up`` and ``tegata serve``: networks that run until they are told to stop."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tegata.cli.language import t
from tegata.cli.options import DEFAULT_DATA, Data, SettingsFile, read_moment
from tegata.cli.progress import Bars

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from tegata.network.assembly import Network
    from tegata.network.site import Record, Site
    from tegata.node.settings import Settings

PEOPLE = 2000
CUSTOMERS = 10_000
SEED = 1

Port = Annotated[int, typer.Option("--port", min=1, max=65_535, help=t("待ち受けるポート", "port to listen on"))]
At = Annotated[
    str | None,
    typer.Option("--at", help=t("ネットワークの時刻 (例: 2023-09-29T18:00+09:00)", "the network's time")),
]
People = Annotated[
    int | None,
    typer.Option("--people", min=10, help=t(f"住民の人数 (初回。{PEOPLE})", f"residents, when it is made ({PEOPLE})")),
]
Seed = Annotated[
    int | None,
    typer.Option(
        "--seed", min=0, help=t(f"住民を決める種 (初回。{SEED})", f"seed of the population, when it is made ({SEED})")
    ),
]
Customers = Annotated[
    int | None,
    typer.Option(
        "--customers",
        min=10,
        help=t(f"銀行の顧客の数 (初回。{CUSTOMERS})", f"customers of the bank, when it is made ({CUSTOMERS})"),
    ),
]
Level = Annotated[
    Literal["debug", "info", "warning", "error"] | None,
    typer.Option("--log-level", help=t("記録 (ログ) の細かさ", "how much is logged")),
]

Processes = Annotated[
    int | None,
    typer.Option(
        "--processes",
        min=1,
        max=64,
        help=t("この機械で動かすプロセスの数 (設定 processes)", "processes on this machine (the setting `processes`)"),
    ),
]


def up(
    port: Port = 8000,
    at: At = None,
    people: People = None,
    seed: Seed = None,
    customers: Customers = None,
    data: Data = DEFAULT_DATA,
    settings: SettingsFile = None,
    log_level: Level = "warning",
) -> None:
    """Make the network where there is none, and run it."""
    from rich.console import Console  # noqa: PLC0415

    from tegata.network import running  # noqa: PLC0415
    from tegata.network.serve import check_port  # noqa: PLC0415
    from tegata.network.serve import serve as serve_network  # noqa: PLC0415
    from tegata.network.site import Site  # noqa: PLC0415
    from tegata.node import logs  # noqa: PLC0415

    console = Console()
    moment = read_moment(at) if at is not None else None
    check_port(port)
    site = Site(data)
    with site.held():
        chosen = running.settings_of(site, settings, base_url=f"http://127.0.0.1:{port}")
        logs.configure(chosen.log_format, log_level or chosen.log_level)
        wishes = {"people": people, "seed": seed, "customers": customers}
        record = made(site, chosen, console, moment, wishes)
        network = running.open_all(chosen, running.clock_of(site))
        try:
            running.moved(site, record, network)
            running.show_accounts(network, record)
            _go_to(network, moment, console)
        except BaseException:
            network.close()
            raise
        serve_network(network, port, ready=lambda: _tell(console, network, record))


def made(
    site: "Site", settings: "Settings", console: "Console", at: "datetime | None", wishes: dict[str, int | None]
) -> "Record":
    """The record of the network; where there is none, or a half made one, it is made first."""
    from tegata.network.site import Record  # noqa: PLC0415

    record = site.record
    if record is not None and record.state == "ready":
        _say_what_differs(record, wishes, console)
        return record
    from tegata.network import setup  # noqa: PLC0415

    if record is not None:
        words = t(
            "前回の準備が途中で終わっています。初めから作り直します。", "The last set-up was cut off. It is made anew."
        )
        console.print(words)
    usual = {"people": PEOPLE, "seed": SEED, "customers": CUSTOMERS}
    chosen = usual | {name: number for name, number in wishes.items() if number is not None}
    new = Record(state="making", on=setup.first_day(at), base_url=settings.public_base_url, **chosen)
    setup.make(site, new, settings, at, Bars(console).phase)
    return site.ready()


def _say_what_differs(record: "Record", wishes: dict[str, int | None], console: "Console") -> None:
    """A network that stands is not made anew by other options."""
    for name, number in wishes.items():
        made = getattr(record, name)
        if number not in (None, made):
            words = t(
                f"このネットワークは --{name} {made} で作られています。変えるには、別の --data で作ってください。",
                f"This network was made with --{name} {made}. For another, make one with another --data.",
            )
            console.print(words, highlight=False)


def _go_to(network: "Network", at: "datetime | None", console: "Console") -> None:
    """Bring the clock to the time that was asked for; it never goes back."""
    if at is None:
        return
    now = network.clock.now()
    if at > now:
        network.scheduler.advance_to(at)
    elif at < now:
        words = t(f"時計はすでに {now:%Y-%m-%d %H:%M} です。", f"The clock is at {now:%Y-%m-%d %H:%M} already.")
        console.print(words, highlight=False)


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
    processes: Processes = None,
    data: Data = DEFAULT_DATA,
    settings: SettingsFile = None,
    log_level: Level = None,
) -> None:
    """Run one actor of a network that was made; the settings say where the others are."""
    import msgspec  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415

    from tegata.network import running  # noqa: PLC0415
    from tegata.network.processes import serve_processes  # noqa: PLC0415
    from tegata.network.serve import check_port  # noqa: PLC0415
    from tegata.network.serve import serve as serve_network  # noqa: PLC0415
    from tegata.network.site import Site  # noqa: PLC0415
    from tegata.node import logs  # noqa: PLC0415

    site = Site(data)
    record = site.ready()
    check_port(port)
    chosen = running.settings_of(site, settings)
    chosen = msgspec.structs.replace(chosen, log_level=log_level or chosen.log_level)
    count = chosen.processes if processes is None else processes

    def ready() -> None:
        url = chosen.base_url_of(actor)
        words = t(f"{actor} が動いています: {url}", f"{actor} is running: {url}")
        Console().print(words, highlight=False, soft_wrap=True)

    if count > 1:
        serve_processes(actor, chosen, site, port, count, ready=ready)
        return
    logs.configure(chosen.log_format, chosen.log_level)
    network = running.open_one(actor, chosen, running.clock_of(site))
    running.show_accounts(network, record)
    serve_network(network, port, ready=ready)
