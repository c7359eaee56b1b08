"""What the bank's monitor and the map show."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tegata.actors.bank.service import cases, changes, consents, letters, matching, stream
from tegata.actors.bank.tables import CampaignRow, CardRequestRow, CaseRow
from tegata.node.checks import Check, Health
from tegata.node.node import Node
from tegata.node.runs import last_runs
from tegata.wire.text import Language, Text

LATE = timedelta(hours=26)
LONG_OPEN = timedelta(days=3)


def checks(node: Node) -> list[Check]:
    """One line a thing that can go wrong."""
    with node.database.read() as session:
        found = [_for_people(session, node.clock.now()), _asking(session), _links(session), _on_their_way(session)]
    return [_log(node), *found, *([_matching(node)] if stream.matches_itself(node) else []), _font(node)]


def _check(name: str, title: Text, health: Health, says: Text, evidence: str = "") -> Check:
    return Check(name=name, title=title, health=health, says=says, evidence=evidence)


def _log(node: Node) -> Check:
    """Gaps of the log, and whether it was read at all in the last day."""
    title = Text("変更の受取り", "Changes learned")
    with node.database.read() as session:
        position = changes.position(session)
    if changes.has_gap(node):
        says = Text(f"{position + 1}番の変更が届いていません", f"Number {position + 1} has not come")
        return _check("log", title, "warning", says, "/settings")
    run = last_runs(node)["ask-again"]
    failed = run is not None and run.state == "failed"
    says = Text(f"{position}番まで受け取りました", f"Up to number {position}")
    return _check("log", title, "warning" if failed else "ok", says, "/settings")


def _for_people(session: Session, now: datetime) -> Check:
    title = Text("判断を待つ変更", "Waiting for a person")
    query = select(func.count(), func.min(CaseRow.opened_at)).where(CaseRow.state.in_(("review", "refused")))
    number, oldest = session.execute(query).one()
    late = bool(number) and now - oldest > LONG_OPEN
    return _check("decisions", title, "warning" if late else "ok", Text(f"{number}件", f"{number}"), "/changes")


def _asking(session: Session) -> Check:
    title = Text("照会", "Questions")
    counted = counts(session)
    asking, waiting = counted.get("asking", 0), counted.get("waiting", 0)
    says = Text(
        f"照会中 {asking}件、新しい証明書の発行などを待つもの {waiting}件",
        f"{asking} being asked, {waiting} asked again later",
    )
    return _check("questions", title, "ok", says, "/changes?show=waiting")


def _links(session: Session) -> Check:
    title = Text("顧客と結び付かない同意", "Consents without a customer")
    number = consents.unlinked(session)
    health: Health = "warning" if number else "ok"
    return _check("links", title, health, Text(f"{number}件", f"{number}"))


def _on_their_way(session: Session) -> Check:
    title = Text("引渡し待ち", "Waiting to be passed on")
    signed = select(func.count()).select_from(CardRequestRow).where(CardRequestRow.state == "passing")
    letters_waiting = select(func.count()).select_from(CampaignRow).where(CampaignRow.state == "preparing")
    consents_waiting, campaigns_waiting = session.scalar(signed) or 0, session.scalar(letters_waiting) or 0
    says = Text(
        f"同意 {consents_waiting}件、お手紙の登録 {campaigns_waiting}件",
        f"{consents_waiting} consents, {campaigns_waiting} campaigns",
    )
    waits = consents_waiting or campaigns_waiting
    return _check("passing-on", title, "warning" if waits else "ok", says, "/campaigns")


def _matching(node: Node) -> Check:
    title = Text("CRL の突合", "CRL matched")
    kept = node.kept(matching.KEPT)
    if not kept:
        return _check("match", title, "warning", Text("まだ行っていません", "Not done yet"), "/settings")
    at = datetime.fromisoformat(kept["at"])
    late = node.clock.now() - at > LATE
    says = Text(f"第{kept['number']}号、{at:%m-%d %H:%M}", f"Number {kept['number']}, {at:%m-%d %H:%M}")
    return _check("match", title, "warning" if late else "ok", says, "/settings")


def _font(node: Node) -> Check:
    title = Text("お手紙のフォント", "Font for letters")
    font = letters.find_font(node)
    if font:
        return _check("font", title, "ok", Text(font, font))
    says = Text("日本語のフォントがありません（fonts-noto-cjk など）", "No Japanese font (fonts-noto-cjk, for example)")
    return _check("font", title, "warning", says)


def counts(session: Session) -> Mapping[str, int]:
    """Open cases by state."""
    query = select(CaseRow.state, func.count()).where(CaseRow.state.in_(cases.OPEN)).group_by(CaseRow.state)
    return dict(session.execute(query).all())


def figure(node: Node, language: Language) -> Text | None:
    """The living figure on the map: records brought up to date."""
    del language
    query = select(func.count()).select_from(CaseRow).where(CaseRow.outcome.in_(("taken-over", "decided")))
    with node.database.read() as session:
        number = session.scalar(query) or 0
    return Text(f"更新 {number:,}件", f"{number:,} updated")
