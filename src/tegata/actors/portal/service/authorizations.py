"""A service asks for a login, the person decides, and a code goes back (OpenID Connect Core section 3.1.2)."""

import hashlib
import secrets
from dataclasses import dataclass

import msgspec
from sqlalchemy import delete, update

from tegata.actors.portal.problems import AUTHORIZATION_OVER
from tegata.actors.portal.rules.authorization import LoginFacts, LoginRequest, answer_location, claims, needs_card
from tegata.actors.portal.service import people
from tegata.actors.portal.service.people import Login
from tegata.actors.portal.tables import AuthorizationRow, ClientRow, GrantRow
from tegata.japan.four_attributes import FourAttributes
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.wire.consents import CERTIFICATE_NOT_VALID, WRONG_STATEMENT
from tegata.wire.problems import Refused
from tegata.wire.text import Text


@dataclass(frozen=True)
class Asked:
    """A request that waits for the person, and the service's name. ``session``: the one that stood when it came."""

    authorization_id: str
    request: LoginRequest
    service: Text
    session: str | None


class CardNeeded(Exception):
    """J-LIS wants a fresh login before it gives the attributes."""


def keep(node: Node, request: LoginRequest, session: str | None) -> str:
    """Keep a request while the person logs in; returns its id. ``session``: the hash of the session that stands."""
    authorization_id = secrets.token_urlsafe(24)
    with node.database.begin() as tx:
        tx.session.add(
            AuthorizationRow(
                authorization_id=authorization_id, client_id=request.client_id, request=msgspec.to_builtins(request),
                session=session, created_at=tx.now, expires_at=tx.now + node.own.login_time,
            )
        )  # fmt: skip
    return authorization_id


def find(node: Node, authorization_id: str) -> Asked:
    """A request that waits. Raises AUTHORIZATION_OVER."""
    with node.database.read() as session:
        row = session.get(AuthorizationRow, authorization_id)
        if row is None or row.closed_at is not None or row.expires_at <= node.clock.now():
            raise Refused(AUTHORIZATION_OVER)
        service = session.get_one(ClientRow, row.client_id)
    request = msgspec.convert(row.request, LoginRequest)
    return Asked(authorization_id, request, Text(service.name_ja, service.name_en), row.session)


def card_is_needed(node: Node, asked: Asked, login: Login | None, session: str | None) -> bool:
    """Whether the person has to use the card first."""
    facts = LoginFacts(login.at, asked.session == session, node.own.attributes_time) if login else None
    return needs_card(asked.request, facts, node.clock.now())


def deny(node: Node, asked: Asked) -> str:
    """The person said no; returns where the browser goes."""
    with node.database.begin() as tx:
        _close(tx, asked)
    return _location(node, asked, {"error": "access_denied", "error_description": "the person did not agree"})


def allow(node: Node, asked: Asked, login: Login) -> str:
    """The person agreed: what they agreed to give is fetched, and a code made; returns where the browser goes.

    Raises :class:`CardNeeded`, AUTHORIZATION_OVER, or what J-LIS refuses.
    """
    attributes = _attributes(node, asked, login)
    code = secrets.token_urlsafe(32)
    with node.database.begin() as tx:
        _close(tx, asked)
        tx.session.add(_grant(node, tx, asked, login, code, attributes))
        tx.record(
            "service-agreed", subject=login.sub, who="citizen", to=asked.request.client_id, basis="card",
            items=list[str](asked.request.items), purpose="login",
        )  # fmt: skip
    return _location(node, asked, {"code": code})


def _attributes(node: Node, asked: Asked, login: Login) -> FourAttributes | None:
    if not asked.request.items:
        return None
    proof = msgspec.structs.replace(login.proof, with_attributes=True, on_behalf_of=asked.request.client_id)
    try:
        holder = people.identify(node, proof)
    except Refused as refused:
        if refused.type in {WRONG_STATEMENT, CERTIFICATE_NOT_VALID}:
            raise CardNeeded from refused
        raise
    if holder.sub != login.sub:
        raise CardNeeded
    return holder.attributes


def _close(tx: Transaction, asked: Asked) -> None:
    row = tx.session.get_one(AuthorizationRow, asked.authorization_id)
    if row.closed_at is not None:
        raise Refused(AUTHORIZATION_OVER)
    row.closed_at = tx.now


def _grant(
    node: Node, tx: Transaction, asked: Asked, login: Login, code: str, attributes: FourAttributes | None
) -> GrantRow:
    request = asked.request
    told = claims(attributes, request.items) if attributes else {}
    return GrantRow(
        code_hash=code_hash(code), client_id=request.client_id, sub=login.sub, redirect_uri=request.redirect_uri,
        scopes=request.scopes, nonce=request.nonce, code_challenge=request.code_challenge, authenticated_at=login.at,
        claims=msgspec.json.encode(told).decode() if told else None, issued_at=tx.now,
        expires_at=tx.now + node.own.code_time,
    )  # fmt: skip


def code_hash(code: str) -> str:
    """How a code is kept."""
    return hashlib.sha256(code.encode()).hexdigest()


def _location(node: Node, asked: Asked, answer: dict[str, str]) -> str:
    request = asked.request
    return answer_location(request.redirect_uri, answer, state=request.state, issuer=node.base_url)


def forget(node: Node) -> None:
    """Take the attributes out of grants whose code nobody fetched in time; requests that are over go as a whole."""
    with node.database.begin() as tx:
        tx.session.execute(
            update(GrantRow)
            .where(GrantRow.expires_at <= tx.now, GrantRow.claims.is_not(None))
            .values(claims=None)
        )  # fmt: skip
        tx.session.execute(delete(AuthorizationRow).where(AuthorizationRow.expires_at <= tx.now))
