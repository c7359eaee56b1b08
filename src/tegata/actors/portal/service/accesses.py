"""誰が見たか: who got which of a person's data, from J-LIS's record and, for logins to services, our own (FI-09)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from tegata.actors.portal.service import services
from tegata.actors.portal.service.texts import item_list
from tegata.node.node import Node
from tegata.node.tables import AuditRow
from tegata.wire.endpoint import PageQuery
from tegata.wire.holders import ACCESSES, Access
from tegata.wire.problems import REGISTRY
from tegata.wire.text import Text

PAGE = 50
GIVEN = "given"
SERVICE_LOGIN = "service-login"
USERINFO = "userinfo"
CALL = "call:"
"""How J-LIS's basis of an entry about a telephone call begins."""

HANDED_ON = (SERVICE_LOGIN, USERINFO)
"""Actions of our own audit log in which a service gets something."""


@dataclass(frozen=True)
class Seen:
    """One line of the record. ``refusal`` is set where nothing was given; ``consent_id`` where one was the ground."""

    at: datetime
    who: Text
    items: Text
    purpose: Text
    basis: Text
    refusal: Text | None = None
    consent_id: str = ""


@dataclass(frozen=True)
class SeenPage:
    """A part of the record, newest first, and where the next part begins."""

    lines: list[Seen]
    cursor: str | None = None
    before: datetime | None = None


def record(node: Node, sub: str, *, cursor: str | None = None, before: datetime | None = None) -> SeenPage:
    """What J-LIS tells, with the logins to services between its entries. Raises PEER_UNAVAILABLE."""
    page = node.call(ACCESSES, path={"sub": sub}, query=PageQuery(cursor=cursor, limit=PAGE))
    names = services.names(node)
    until = page.items[-1].at if page.items and page.next_cursor is not None else None
    lines = [_line(node, access, names) for access in page.items] + _logins(node, sub, names, until, before)
    lines.sort(key=lambda line: line.at, reverse=True)
    return SeenPage(lines, page.next_cursor, until)


def _line(node: Node, access: Access, names: dict[str, Text]) -> Seen:
    problem = REGISTRY.get(access.outcome)
    refused = None if access.outcome == GIVEN else problem.title if problem else Text(access.outcome, access.outcome)
    if access.basis.startswith(CALL):
        return Seen(access.at, CALL_CENTRE, NOTHING, CALLED, BY_TELEPHONE, refused)
    basis = BY_PHONE if access.basis == "phone" else BY_CARD
    if access.who == node.spec.name:
        return Seen(access.at, node.spec.title, NOTHING, OWN_LOGIN, basis, refused)
    if access.who in names:
        # J-LIS gives all four to the portal, which hands on only what the service asked for: a line of its own.
        service = names[access.who]
        purpose = Text(f"{service.ja}へのログインの準備", f"To prepare a login to {service.en}")
        return Seen(access.at, node.spec.title, item_list(access.items), purpose, basis, refused)
    who, purpose = Text(access.who_name, access.who_name), Text(access.purpose, access.purpose)
    return Seen(access.at, who, item_list(access.items), purpose, BY_CONSENT, refused, access.basis)


def _logins(
    node: Node, sub: str, names: dict[str, Text], since: datetime | None, before: datetime | None
) -> list[Seen]:
    """What services got when the person logged in there."""
    wanted = select(AuditRow).where(AuditRow.subject == sub, AuditRow.action.in_(HANDED_ON))
    if since is not None:
        wanted = wanted.where(AuditRow.at >= since)
    if before is not None:
        wanted = wanted.where(AuditRow.at < before)
    with node.database.read() as session:
        rows = session.scalars(wanted).all()
    return [_login(row, names) for row in rows]


def _login(row: AuditRow, names: dict[str, Text]) -> Seen:
    to = row.to or ""
    return Seen(row.at, names.get(to, Text(to, to)), item_list(row.items) if row.items else NOTHING, LOGIN, AGREED)


NOTHING = Text("なし（本人であることだけ）", "None (only that it is you)")
OWN_LOGIN = Text("ログイン", "Login")
LOGIN = Text("サービスへのログイン", "Login to a service")
BY_CARD = Text("カードと暗証番号による同意", "Your agreement, by card and PIN")
BY_PHONE = Text("スマートフォンと暗証番号による同意", "Your agreement, by phone and PIN")
AGREED = Text("ログインしたときの同意", "Your agreement at the login")
BY_TELEPHONE = Text("電話での申出", "Your call")
CALL_CENTRE = Text("マイナンバー総合フリーダイヤル", "My Number call centre")
CALLED = Text(
    "電話での本人の確認（一時利用停止など）", "To identify you on the telephone (for a suspension or the like)"
)
BY_CONSENT = Text("電子署名による同意", "Your signed consent")
