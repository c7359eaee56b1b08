"""``tegata story``: the flows of the document, end to end, on the terminal."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tegata.cli.language import language, t
from tegata.cli.options import Json, read_moment
from tegata.cli.output import print_json, print_line, print_table
from tegata.wire.text import Text

if TYPE_CHECKING:
    from tegata.network.assembly import Network

START = "2023-09-29T18:00+09:00"
PEOPLE = 60
CUSTOMERS = 60
ITEMS = (
    ("name", "氏名", "name"),
    ("address", "住所", "address"),
    ("birth_date", "生年月日", "birth date"),
    ("gender", "性別", "gender"),
)

story = typer.Typer(
    help=t("資料の流れを、始めから終わりまで行います。", "Run a flow from end to end."), no_args_is_help=True
)


Teller = Callable[..., None]


def _teller(name: str, show: Callable[[dict[str, Any]], None]) -> Teller:
    """The command of one story; ``show`` prints what it found out, below the messages."""

    def tell(
        as_json: Json = False,
        svg: Annotated[
            Path | None, typer.Option("--svg", help=t("シーケンス図を書くファイル", "file for the diagram"))
        ] = None,
        on: Annotated[
            str | None,
            typer.Option("--on", help=t("動いているネットワークで行う (URL)", "in the running network at this URL")),
        ] = None,
        person: Annotated[
            str | None,
            typer.Option("--person", help=t("だれの話にするか (例: P000001)", "whose story, such as P000001")),
        ] = None,
        seed: Annotated[int, typer.Option("--seed", min=0, help=t("住民を決める種", "seed of the population"))] = 1,
    ) -> None:
        told, diagram = _elsewhere(name, on, person) if on is not None else _here(name, person, seed)
        if svg is not None:
            svg.write_text(diagram, encoding="utf-8")
        if as_json:
            print_json(told)
        else:
            _print_messages(told)
            print_line()
            show(told)
            print_line(t(f"結果: {told['outcome']}", f"outcome: {told['outcome']}"))

    return tell


def _elsewhere(name: str, url: str, person: str | None) -> tuple[dict[str, Any], str]:
    """In the running network; its start page draws the diagram."""
    from tegata.cli.remote import Remote  # noqa: PLC0415
    from tegata.network.conversation import PLAY, Order  # noqa: PLC0415

    with Remote(url) as remote:
        work = remote.wait(remote.ask(PLAY, Order(person_id=person), name=name))
    diagram: str = work.result.pop("diagram")[language()]
    return work.result, diagram


def _here(name: str, person: str | None, seed: int) -> tuple[dict[str, Any], str]:
    """In a network that is made for it and thrown away."""
    from tegata.network import stories  # noqa: PLC0415

    chosen = stories.STORIES[name]
    with _own_network(seed) as network:
        record = stories.run(network, chosen, _silent, person)
        return record.told(), stories.diagram(network, record, chosen.title, language())


def _silent(says: Text) -> None:
    """The messages are printed when the story is over."""
    del says


@contextmanager
def _own_network(seed: int) -> "Iterator[Network]":
    import msgspec  # noqa: PLC0415

    from tegata.network import running, setup  # noqa: PLC0415
    from tegata.network.phases import quiet  # noqa: PLC0415
    from tegata.network.site import Record, Site  # noqa: PLC0415

    start = read_moment(START)
    with tempfile.TemporaryDirectory(prefix="tegata-story-") as folder:
        site = Site(Path(folder))
        settings = msgspec.structs.replace(running.settings_of(site), demonstration=False)
        record = Record(
            state="making",
            people=PEOPLE,
            seed=seed,
            customers=CUSTOMERS,
            on=setup.first_day(start),
            base_url=settings.public_base_url,
        )
        setup.make(site, record, settings, start, quiet)
        clock = running.clock_of(site)
        clock.freeze()
        network = running.open_all(settings, clock)
        try:
            yield network
        finally:
            network.close()


def _print_messages(told: dict[str, Any]) -> None:
    day = ""
    for message in told["messages"]:
        at = _moment(message["at"])
        if f"{at:%Y-%m-%d}" != day:
            day = f"{at:%Y-%m-%d}"
            print_line(day)
        route = f"{message['from']} → {message['to']}"
        refused = "" if message["outcome"] in {"ok", "not-modified"} else f"  ✕ {message['outcome']}"
        what = f"{message['step'] or '  '} {t(message['what'], message['what_en'])}  {message['ms']:.0f} ms"
        print_line(f"  {at:%H:%M:%S}  {route:<26}{what}{refused}")


def _moment(told: "str | datetime") -> datetime:
    return datetime.fromisoformat(told) if isinstance(told, str) else told


def _print_update(told: dict[str, Any]) -> None:
    columns = (
        t("項目", "item"),
        t("変更前 (銀行)", "before (bank)"),
        t("変更後 (銀行)", "after (bank)"),
        t("住民記録", "register"),
    )
    rows = [[t(ja, en), *(told[which][item] for which in ("before", "after", "register"))] for item, ja, en in ITEMS]
    print_table(columns, rows)


def _print_steps(told: dict[str, Any]) -> None:
    """What OCSP, the CRL and a login said after each step."""
    columns = (t("時刻", "time"), t("できごと", "what happened"), "OCSP", "CRL", t("ログイン", "login"))
    rows = [
        [
            f"{_moment(step['at']):%m-%d %H:%M}",
            t(step["what"], step["what_en"]),
            f"{step['ocsp']['status']} {step['ocsp']['reason']} ({step['ocsp']['by']})".replace("  ", " "),
            step["crl"] or "—",
            step["login"],
        ]
        for step in told["steps"]
    ]
    print_table(columns, rows)


story.command("move", help=t("引っ越しから、銀行の登録が新しくなるまで", "From a move to the bank's updated record."))(
    _teller("move", _print_update)
)
story.command(
    "lost-phone",
    help=t(
        "スマホ用電子証明書の申込み、紛失、一時利用停止、再開、失効",
        "Phone certificates: applied for, suspended after a loss, resumed, revoked.",
    ),
)(_teller("lost-phone", _print_steps))
