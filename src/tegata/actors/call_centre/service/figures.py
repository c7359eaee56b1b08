"""Calls in numbers, the living figure on the map, and what can go wrong on the line."""

from datetime import datetime, time, timedelta

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tegata.actors.call_centre.tables import AnswersRow, CallRow, EndingRow, SuspensionRow
from tegata.japan.dates import JST
from tegata.node.checks import Check
from tegata.node.node import Node
from tegata.wire.text import Language, Text

LONG = timedelta(hours=1)
"""A call that is open for longer was probably left open."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Today so far. ``waiting`` are calls that are open, of whatever day; ``by_menu`` and ``by_subject`` count."""

    calls: int
    waiting: int
    suspensions: int
    not_identified: int
    by_menu: dict[int, int]
    by_subject: dict[str, int]


def midnight(node: Node) -> datetime:
    """When today began in Japan."""
    return datetime.combine(node.clock.now().astimezone(JST).date(), time(0), JST)


def today(node: Node) -> Figures:
    """The figures of today."""
    since = midnight(node)
    by_menu = select(CallRow.menu, func.count()).where(CallRow.taken_at >= since).group_by(CallRow.menu)
    by_subject = (
        select(EndingRow.subject, func.count())
        .where(EndingRow.ended_at >= since, EndingRow.subject.is_not(None))
        .group_by(EndingRow.subject)
    )
    wrong = select(func.count()).where(AnswersRow.asked_at >= since, AnswersRow.result == "not-matched")
    with node.database.read() as session:
        menus = {menu: count for menu, count in session.execute(by_menu)}  # noqa: C416  # mypy takes no Row for a pair
        return Figures(
            calls=sum(menus.values()),
            waiting=_open(session, node.clock.now()),
            suspensions=_suspensions(session, since),
            not_identified=session.scalar(wrong) or 0,
            by_menu=menus,
            by_subject={subject or "": count for subject, count in session.execute(by_subject)},
        )


def _open(session: Session, before: datetime) -> int:
    query = select(func.count()).where(CallRow.taken_at <= before, CallRow.call_id.not_in(select(EndingRow.call_id)))
    return session.scalar(query) or 0


def _suspensions(session: Session, since: datetime) -> int:
    return session.scalar(select(func.count()).where(SuspensionRow.done_at >= since)) or 0


def figure(node: Node, _language: Language) -> Text | None:
    """Calls and suspensions of today."""
    since = midnight(node)
    with node.database.read() as session:
        count = session.scalar(select(func.count()).where(CallRow.taken_at >= since)) or 0
        done = _suspensions(session, since)
    return Text(f"電話 {count}・停止 {done}", f"{count} calls, {done} held")


def checks(node: Node) -> list[Check]:
    """Suspensions whose answer did not come, and calls that were left open."""
    waiting = select(func.count()).where(SuspensionRow.done_at.is_(None), SuspensionRow.refused.is_(None))
    with node.database.read() as session:
        uncertain = session.scalar(waiting) or 0
        left = _open(session, node.clock.now() - LONG)
    return [_uncertain(uncertain), _left(left)]


def _uncertain(count: int) -> Check:
    says = (
        Text(f"J-LISの応答を確かめていない停止が {count} 件あります。", f"{count} without an answer of J-LIS")
        if count
        else Text("すべて確かめました。", "All are answered.")
    )
    return Check(
        name="suspensions", title=Text("一時利用停止の結果", "Suspensions"), health="warning" if count else "ok",
        says=says, evidence="/",
    )  # fmt: skip


def _left(count: int) -> Check:
    says = (
        Text(f"１時間より長く開いている電話が {count} 件あります。", f"{count} open for more than an hour")
        if count
        else Text("長く開いたままの電話はありません。", "None is open for long.")
    )
    return Check(
        name="open-calls", title=Text("終わっていない電話", "Open calls"), health="warning" if count else "ok",
        says=says, evidence="/",
    )  # fmt: skip
