"""``tegata clock``: the clock of the running network."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from tegata.cli.language import t
from tegata.cli.options import DEFAULT_URL, Json, On, read_moment
from tegata.cli.output import print_json, print_line, print_table

if TYPE_CHECKING:
    from tegata.cli.remote import Remote
    from tegata.network.conversation import Leap

clock = typer.Typer(help=t("動いているネットワークの時計", "The clock of the running network."), no_args_is_help=True)

STEP = re.compile(r"(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?", re.ASCII)


def read_step(text: str) -> timedelta:
    """``13h``, ``1d12h`` or ``90m``. Raises ``typer.BadParameter``."""
    match = STEP.fullmatch(text.strip().lower())
    days, hours, minutes = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    step = timedelta(days=days, hours=hours, minutes=minutes)
    if not step:
        words = t("長さは 15m、13h、1d12h の形で指定してください。", "Give a step such as 15m, 13h or 1d12h.")
        raise typer.BadParameter(words)
    return step


@clock.command("show", help=t("時刻と、次に行われる処理", "Show the time and what comes next."))
def show(on: On = DEFAULT_URL, as_json: Json = False) -> None:
    """The network's time."""
    from tegata.cli.remote import Remote  # noqa: PLC0415

    with Remote(on) as remote:
        _show(remote, as_json=as_json)


def _show(remote: "Remote", *, as_json: bool) -> None:
    from tegata.network.conversation import CLOCK  # noqa: PLC0415

    answer = remote.ask(CLOCK)
    if as_json:
        print_json(answer)
        return
    print_line(answer.now.isoformat(timespec="seconds"))
    columns = (t("時刻", "time"), t("機関", "actor"), t("処理", "job"))
    print_table(columns, [(f"{job.at:%m-%d %H:%M}", job.actor, t(job.title)) for job in answer.upcoming])


@clock.command("advance", help=t("時計を進める (例: 13h)", "Move it by a step, such as 13h."))
def advance(
    step: Annotated[
        str,
        typer.Argument(
            help=t(
                "長さ (15m、13h、1d12h)、または next-morning (次の 07:00)", "15m, 13h, 1d12h, or next-morning (07:00)"
            )
        ),
    ],
    on: On = DEFAULT_URL,
    as_json: Json = False,
) -> None:
    """Move the clock by a step; what falls due on the way is done."""
    from tegata.network.conversation import Leap  # noqa: PLC0415

    leap = Leap(next="07:00") if step == "next-morning" else Leap(seconds=int(read_step(step).total_seconds()))
    _move(on, leap, as_json=as_json)


@clock.command("set", help=t("時計を合わせる (先へだけ)", "Move it forward to a time."))
def set_clock(
    moment: Annotated[str, typer.Argument(help=t("日時 (例: 2023-09-29T18:00)", "time, such as 2023-09-29T18:00"))],
    on: On = DEFAULT_URL,
    as_json: Json = False,
) -> None:
    """Move the clock to a time; what falls due on the way is done."""
    from tegata.network.conversation import Leap  # noqa: PLC0415

    _move(on, Leap(to=read_moment(moment)), as_json=as_json)


def _move(url: str, leap: "Leap", *, as_json: bool) -> None:
    from tegata.cli.remote import Remote  # noqa: PLC0415
    from tegata.network.conversation import MOVE_CLOCK  # noqa: PLC0415

    with Remote(url) as remote:
        remote.wait(remote.ask(MOVE_CLOCK, leap))
        _show(remote, as_json=as_json)
