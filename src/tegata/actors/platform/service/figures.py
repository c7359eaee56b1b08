"""Numbers for the monitor, the map and the pages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from tegata.actors.platform import rules
from tegata.actors.platform.service import crls, log, parties, streams
from tegata.actors.platform.tables import ChangeRow, ConsentEndRow, ConsentRow, CrlAttemptRow, QuestionRow, StreamRow
from tegata.japan.dates import JST
from tegata.node.checks import Check, Health
from tegata.node.node import Node
from tegata.node.tables import OutboxRow
from tegata.pki.profiles import USAGES, Usage
from tegata.wire.four_information import REFUSALS
from tegata.wire.problems import REGISTRY
from tegata.wire.text import Language, Text

USAGE_NAMES: dict[Usage, Text] = {
    "sign": Text("署名用電子証明書", "signature certificates"),
    "auth": Text("利用者証明用電子証明書", "authentication certificates"),
}
LATE_PUSH = timedelta(minutes=30)


def checks(node: Node) -> list[Check]:
    """One line a thing that can go wrong: the last good lists, what was refused, the streams."""
    return [*(check for usage in USAGES for check in (_list(node, usage), _last_attempt(node, usage))), *_streams(node)]


def _list(node: Node, usage: Usage) -> Check:
    name, now = USAGE_NAMES[usage], node.clock.now()
    title = Text(f"使用中の CRL（{name.ja}）", f"CRL in use ({name.en})")
    known = crls.facts(node, usage)
    if known is None:
        says = Text("まだありません。次の取得は朝7時です。", "None yet; the next is fetched at 07:00.")
        return Check(name=f"crl-{usage}", title=title, health="warning", says=says, evidence="/lists")
    hours = int((now - known.this_update).total_seconds() // 3600)
    made = f"{known.this_update.astimezone(JST):%Y-%m-%d %H:%M}"
    says = Text(f"第{known.number}号、{made} 発行、{hours}時間前", f"No. {known.number}, issued {made}, {hours} h ago")
    health = rules.list_health(known, now)
    return Check(name=f"crl-{usage}", title=title, health=health, says=says, evidence="/lists")


def _last_attempt(node: Node, usage: Usage) -> Check:
    name = USAGE_NAMES[usage]
    title = Text(f"最後の取得（{name.ja}）", f"Last fetch ({name.en})")
    last = next(iter(crls.attempts(node, usage, 1)), None)
    if last is None:
        return Check(name=f"fetch-{usage}", title=title, health="ok", says=Text("まだありません。", "None yet."))
    good = last.outcome in {"accepted", "not-modified"}
    at = f"{last.at:%m-%d %H:%M}"
    what = outcome_text(last)
    says = Text(f"{at} {what.ja}", f"{at} {what.en}")
    return Check(
        name=f"fetch-{usage}", title=title, health="ok" if good else "failed", says=says, evidence="/lists"
    )  # fmt: skip


def outcome_text(attempt: CrlAttemptRow) -> Text:
    """How an attempt ended, in words, with the cause behind a refusal."""
    known = {"accepted": Text("受け入れました", "accepted"), "not-modified": Text("変更なし", "not modified")}
    if attempt.outcome in known:
        return known[attempt.outcome]
    kind = REGISTRY.get(attempt.outcome)
    title = kind.title if kind else Text(attempt.outcome, attempt.outcome)
    cause = f" ({attempt.detail})" if attempt.detail else ""
    return Text(title.ja + cause, title.en + cause)


def _streams(node: Node) -> list[Check]:
    return [_stream_check(each, node.clock.now()) for each in deliveries(node)]


@dataclass(frozen=True)
class Delivery:
    """A party's stream: what is newest, up to where it was taken, and since when a push waits or is parked."""

    relying_party: str
    name: Text
    active: bool
    delivery: str
    status: str
    newest: int
    delivered_to: int
    waiting: int
    parked: int
    oldest: datetime | None


def deliveries(node: Node) -> list[Delivery]:
    """The streams of all parties."""
    counts = {(count.receiver, count.state): count for count in node.dispatcher.counts()}
    found = []
    with node.database.read() as session:
        for party in parties.all_parties(session):
            stream = session.get_one(StreamRow, party.relying_party)
            waiting, parked = counts.get((party.push_to, "waiting")), counts.get((party.push_to, "parked"))
            found.append(
                Delivery(
                    party.relying_party, Text(party.name_ja, party.name_en), party.active, stream.delivery,
                    stream.status, log.newest_number(session, party.relying_party),
                    streams.delivered_to(session, stream), waiting.messages if waiting else 0,
                    parked.messages if parked else 0, waiting.oldest if waiting else None,
                )
            )  # fmt: skip
    return found


def _stream_check(each: Delivery, now: datetime) -> Check:
    title = Text(f"通知（{each.name.ja}）", f"Events ({each.name.en})")
    late = each.oldest is not None and now - each.oldest > LATE_PUSH
    lag = each.newest - each.delivered_to
    says = Text(
        f"第{each.newest}号まで。未受取 {lag}件、送信待ち {each.waiting}件、保留 {each.parked}件",
        f"Up to no. {each.newest}; not taken {lag}, waiting {each.waiting}, parked {each.parked}",
    )
    health: Health = "failed" if each.parked else "warning" if late else "ok"
    return Check(
        name=f"stream-{each.relying_party}", title=title, health=health, says=says,
        evidence=f"/parties/{each.relying_party}",
    )  # fmt: skip


def figure(node: Node, language: Language) -> Text | None:
    """The living figure on the map: consents that count now."""
    del language
    with node.database.read() as session:
        ended = select(ConsentEndRow.consent_id)
        query = select(func.count()).select_from(ConsentRow).where(ConsentRow.consent_id.not_in(ended))
        count = session.scalar(query) or 0
    return Text(f"同意 {count:,}件", f"{count:,} consents")


@dataclass(frozen=True)
class MonthlyFee:
    """What a party owes for a month."""

    month: str
    relying_party: str
    questions: int
    answers: int
    newer: int
    fee_yen: int


def fees(node: Node) -> list[MonthlyFee]:
    """Months and parties, the newest month first; months are Japan's."""
    found: dict[tuple[str, str], list[Any]] = {}
    with node.database.read() as session:
        query = select(QuestionRow.asked_at, QuestionRow.relying_party, QuestionRow.outcome, QuestionRow.fee_yen)
        for asked_at, party, outcome, fee_yen in session.execute(query).all():
            sums = found.setdefault((f"{asked_at.astimezone(JST):%Y-%m}", party), [0, 0, 0, 0])
            sums[0] += 1
            sums[1] += outcome == "ok"
            sums[2] += fee_yen > 0
            sums[3] += fee_yen
    return [MonthlyFee(*key, *sums) for key, sums in sorted(found.items(), key=lambda pair: pair[0], reverse=True)]


def outcomes(node: Node, days: int = 30) -> list[tuple[str, Text, int]]:
    """How the questions of the last days ended: code, sentence, number; every refusal of FI-07 stands there."""
    counts = dict.fromkeys(["ok", *(kind.code for kind in REFUSALS)], 0)
    with node.database.read() as session:
        since = node.clock.now() - timedelta(days=days)
        query = select(QuestionRow.outcome, func.count()).where(QuestionRow.asked_at >= since)
        counts |= dict(session.execute(query.group_by(QuestionRow.outcome)).all())
    answered = Text("回答しました。", "Answered.")
    return [(code, REGISTRY[code].title if code in REGISTRY else answered, count) for code, count in counts.items()]


def changes_by_day(node: Node, days: int = 14) -> list[tuple[str, int]]:
    """Entries of all logs on each of the last days, oldest first."""
    today = node.clock.now().astimezone(JST).date()
    counts = {today - timedelta(days=back): 0 for back in reversed(range(days))}
    since = node.clock.now() - timedelta(days=days)
    with node.database.read() as session:
        for recorded_at in session.scalars(select(ChangeRow.recorded_at).where(ChangeRow.recorded_at >= since)):
            day = recorded_at.astimezone(JST).date()
            if day in counts:
                counts[day] += 1
    return [(f"{day.month}/{day.day}", count) for day, count in counts.items()]


def pushes(node: Node, push_to: str, limit: int = 20) -> list[OutboxRow]:
    """The newest pushes to a receiver that were not delivered, oldest first."""
    query = select(OutboxRow).where(OutboxRow.receiver == push_to, OutboxRow.state != "delivered")
    with node.database.read() as session:
        return list(session.scalars(query.order_by(OutboxRow.number).limit(limit)))
