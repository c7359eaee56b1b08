"""Numbers for the monitor, the map and the pages: what can go wrong, and how much there is of what."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tegata.actors.jlis.rules.revocation import OCSP_GRACE
from tegata.actors.jlis.service import authorities, consent_records, crls, ocsp, standing
from tegata.actors.jlis.tables import CertificateRow, ConsentRow, CrlRow, Person
from tegata.japan.dates import JST
from tegata.node.checks import Check, Health
from tegata.node.node import Node
from tegata.node.tables import AuditRow
from tegata.pki.profiles import USAGES, Usage
from tegata.wire.text import Language, Text

USAGE_NAMES: dict[Usage, Text] = {
    "sign": Text("署名用電子証明書", "signature certificates"),
    "auth": Text("利用者証明用電子証明書", "authentication certificates"),
}
ROOT_ENDS_SOON = timedelta(days=365)


def checks(node: Node) -> list[Check]:
    """One line a thing that can go wrong: lists, OCSP data and roots of both usages."""
    now = node.clock.now()
    return [
        check
        for usage in USAGES
        for check in (_crl(node, usage, now), _ocsp(node, usage, now), _root(node, usage, now))
    ]


def _crl(node: Node, usage: Usage, now: datetime) -> Check:
    with node.database.read() as session:
        row = newest_list(session, usage)
    if row is None:
        says = Text("まだ発行されていません。次は朝7時です。", "Not issued yet; the next issue is at 07:00.")
        return _check("crl", usage, Text("CRL", "CRL"), health="warning", says=says)
    health: Health = "ok" if now - row.due_at < timedelta(days=1, minutes=5) else "failed"
    issued = f"{row.this_update.astimezone(JST):%Y-%m-%d %H:%M}"
    says = Text(
        f"第{row.number}号、{row.entries:,}件、{issued} 発行",
        f"No. {row.number}, {row.entries:,} entries, issued {issued}",
    )
    return _check("crl", usage, Text("CRL", "CRL"), health=health, says=says, evidence="/lists")


def _ocsp(node: Node, usage: Usage, now: datetime) -> Check:
    health, says = _ocsp_age(node, usage, now)
    return _check("ocsp", usage, Text("OCSP データ", "OCSP data"), health=health, says=says, evidence="/ocsp-try")


def _ocsp_age(node: Node, usage: Usage, now: datetime) -> tuple[Health, Text]:
    if not node.own.ocsp_interval:
        return "ok", Text("そのつど最新の記録で応答", "Answered from the newest records")
    as_of = ocsp.as_of(node, usage)
    if as_of is None:
        return "warning", Text("まだ読み込まれていません", "Not loaded yet")
    late = now - as_of > node.own.ocsp_interval + OCSP_GRACE
    moment = f"{as_of.astimezone(JST):%m-%d %H:%M}"
    return "warning" if late else "ok", Text(f"{moment} 時点", f"As of {moment}")


def _root(node: Node, usage: Usage, now: datetime) -> Check:
    generation = authorities.newest(node, usage)
    end = generation.authority.certificate.not_valid_after_utc
    health: Health = "ok" if end - now > ROOT_ENDS_SOON else "warning"
    day = f"{end.astimezone(JST):%Y-%m-%d}"
    says = Text(f"第{generation.number}世代、{day} まで有効", f"Generation {generation.number}, valid to {day}")
    return _check("root", usage, Text("認証局の自己署名証明書", "Root certificate"), health=health, says=says)


def _check(kind: str, usage: Usage, title: Text, *, health: Health, says: Text, evidence: str = "") -> Check:
    name = USAGE_NAMES[usage]
    full = Text(f"{title.ja}（{name.ja}）", f"{title.en} ({name.en})")
    return Check(name=f"{kind}-{usage}", title=full, health=health, says=says, evidence=evidence)


def newest_list(session: Session, usage: Usage) -> CrlRow | None:
    """The newest whole list of a usage, without its bytes."""
    query = select(CrlRow).where(CrlRow.usage == usage, CrlRow.partition == crls.WHOLE)
    return session.scalar(query.order_by(CrlRow.number.desc(), CrlRow.generation.desc()).limit(1))


def figure(node: Node, language: Language) -> Text | None:
    """The living figure on the map: how many signature certificates the newest list holds."""
    del language
    with node.database.read() as session:
        row = newest_list(session, "sign")
    return None if row is None else Text(f"失効 {row.entries:,}件", f"{row.entries:,} revoked")


@dataclass(frozen=True)
class Totals:
    """How much there is of what; certificates and revoked ones by usage."""

    people: int
    issued: dict[Usage, int]
    revoked: dict[Usage, int]


def totals(node: Node) -> Totals:
    """Residents, certificates, revoked ones."""
    with node.database.read() as session:
        people = session.scalar(select(func.count()).select_from(Person)) or 0
        issued = {usage: _count(session, CertificateRow, usage) for usage in USAGES}
        revoked = {usage: standing.count(session, usage) for usage in USAGES}
    return Totals(people, issued, revoked)


def _count(session: Session, table: type[CertificateRow], usage: Usage) -> int:
    return session.scalar(select(func.count()).select_from(table).where(table.usage == usage)) or 0


@dataclass(frozen=True)
class ConsentNumbers:
    """Consents to one relying party's service, by state and by channel. Nothing personal."""

    relying_party: str
    service: str
    states: dict[str, int]
    channels: dict[str, int]


def consent_numbers(node: Node) -> list[ConsentNumbers]:
    """Consents in numbers (rule FI-09: as far as J-LIS needs it)."""
    now = node.clock.now()
    found: dict[tuple[str, str], ConsentNumbers] = {}
    with node.database.read() as session:
        rows = session.scalars(select(ConsentRow).order_by(ConsentRow.relying_party_name, ConsentRow.service)).all()
        for one in consent_records.known(session, rows):
            key = (one.row.relying_party_name, one.row.service_name)
            numbers = found.setdefault(key, ConsentNumbers(*key, {}, {}))
            state = one.state(now)
            numbers.states[state] = numbers.states.get(state, 0) + 1
            numbers.channels[one.row.channel] = numbers.channels.get(one.row.channel, 0) + 1
    return list(found.values())


def given_by_day(node: Node, days: int = 14) -> list[tuple[str, int]]:
    """How many consents were given on each of the last days, oldest first."""
    today = node.clock.now().astimezone(JST).date()
    counts = {today - timedelta(days=back): 0 for back in reversed(range(days))}
    with node.database.read() as session:
        since = node.clock.now() - timedelta(days=days)
        for given_at in session.scalars(select(ConsentRow.given_at).where(ConsentRow.given_at >= since)):
            day = given_at.astimezone(JST).date()
            if day in counts:
                counts[day] += 1
    return [(f"{day.month}/{day.day}", number) for day, number in counts.items()]


def outcomes(node: Node, action: str, days: int = 30) -> list[tuple[str, int]]:
    """How questions ended in the last days: code and number, the most frequent first."""
    counts: dict[str, int] = {}
    with node.database.read() as session:
        since = node.clock.now() - timedelta(days=days)
        query = select(AuditRow.detail).where(AuditRow.action == action, AuditRow.at >= since)
        for detail in session.scalars(query):
            code = str(detail.get("outcome", ""))
            counts[code] = counts.get(code, 0) + 1
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
