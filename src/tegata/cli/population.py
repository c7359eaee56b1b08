"""``tegata population``: a network with as many residents as a whole country's parts have to bear."""

from typing import Annotated

import typer

from tegata.cli import up
from tegata.cli.language import t
from tegata.cli.options import DEFAULT_DATA, Data, Json, SettingsFile, read_moment
from tegata.cli.output import print_json, print_line
from tegata.cli.progress import Bars

MOST_REVOKED = 0.3
REVOKED = 0.05

People = Annotated[
    int, typer.Option("--people", min=10, help=t("何人の住民にするか", "how many residents there shall be"))
]
Revoked = Annotated[
    float,
    typer.Option(
        "--revoked", min=0.0, max=MOST_REVOKED,
        help=t(
            "増やす住民のうち、転居や更新で以前の電子証明書が失効している人の割合",
            "share of those who come whose earlier certificates were revoked by a move or a renewal",
        ),
    ),
]  # fmt: skip
Customers = Annotated[
    int | None,
    typer.Option(
        "--customers", min=10,
        help=t("銀行の顧客を何人にするか (省くと増やさない)", "customers that the bank shall have (left as they are)"),
    ),
]  # fmt: skip
Workers = Annotated[
    int,
    typer.Option(
        "--workers", min=0, max=64,
        help=t("証明書を作るプロセスの数 (0: このプロセスだけ)", "processes that make certificates (0: this one only)"),
    ),
]  # fmt: skip
Seed = Annotated[
    int | None,
    typer.Option("--seed", min=0, help=t("住民を決める種 (初回)", "seed of the population, when it is made")),
]
At = Annotated[
    str | None, typer.Option("--at", help=t("ネットワークの時刻 (初回)", "the network's time, when it is made"))
]


def population(
    people: People,
    revoked: Revoked = REVOKED,
    customers: Customers = None,
    workers: Workers = 2,
    seed: Seed = None,
    at: At = None,
    as_json: Json = False,
    data: Data = DEFAULT_DATA,
    settings: SettingsFile = None,
) -> None:
    """Bring a network to a number of residents, with their certificates; make it first where there is none."""
    import msgspec  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415

    from tegata.network import growth, running  # noqa: PLC0415
    from tegata.network.site import Site  # noqa: PLC0415
    from tegata.node import logs  # noqa: PLC0415

    if not 0 <= revoked <= MOST_REVOKED:  # a number that is none is within any range
        raise typer.BadParameter(t("0 から 0.3 までの数です。", "A number from 0 to 0.3."), param_hint="--revoked")
    console = Console(stderr=True)
    bars = Bars(console)
    site = Site(data)
    wanted = growth.Wanted(people=people, revoked=revoked, workers=workers, seed=seed)
    with site.held():
        chosen = running.settings_of(site, settings)
        logs.configure(chosen.log_format, "warning")
        first = {"people": min(people, up.PEOPLE), "seed": seed}
        moment = read_moment(at) if at is not None else None
        record = site.record
        if record is None or record.state != "ready":
            record = up.made(site, chosen, console, moment, first)
        if customers is not None:
            growth.check_customers(record, customers, people)
        quick = msgspec.structs.replace(chosen, durable=False)
        network = running.open_all(quick, running.clock_of(site))
        try:
            report = growth.grow(network, record, wanted, bars.phase)
            if customers is not None:
                added = growth.add_customers(network, record, customers, people, bars.phase)
                report = msgspec.structs.replace(report, customers=added)
        finally:
            network.close()
    if as_json:
        print_json(report)
        return
    print_line(_words(report.before, report.people, report.certificates, report.revoked, report.customers))


def _words(before: int, people: int, certificates: int, revoked: int, customers: int) -> str:
    if before == people and not customers:
        return t(f"住民はすでに {people:,} 人です。", f"There are {people:,} residents already.")
    return t(
        f"住民は {before:,} 人から {people:,} 人になりました。電子証明書 {certificates:,} (うち失効 {revoked:,})、"
        f"銀行の顧客 {customers:,} が増えました。",
        f"There were {before:,} residents and are {people:,}. New: {certificates:,} certificates ({revoked:,} of them"
        f" revoked), {customers:,} customers of the bank.",
    )
