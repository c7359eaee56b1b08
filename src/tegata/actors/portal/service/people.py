"""Who is logged in: the card or the phone signs a login, J-LIS tells the handle of its holder."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from tegata.actors.portal.service import card_requests
from tegata.actors.portal.service.card_requests import DONE, Context, Wanted
from tegata.actors.portal.tables import CardRequestRow, PersonRow
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.web.sessions import WebSession
from tegata.wire.holders import IDENTIFY, CardLogin, Holder, LoginStatement
from tegata.wire.problems import Refused
from tegata.wire.text import Text

KIND = "citizen"


@dataclass(frozen=True)
class Login:
    """A person's login by card, as their session keeps it. ``document`` proves it to J-LIS while it is fresh."""

    sub: str
    at: datetime
    document: str
    nonce: str

    def to_data(self) -> dict[str, Any]:
        """For the session."""
        return {"at": self.at.isoformat(), "document": self.document, "nonce": self.nonce}


def login_of(session: WebSession) -> Login:
    """The login of a session."""
    data = session.data
    return Login(session.subject, datetime.fromisoformat(data["at"]), data["document"], data["nonce"])


def ask_login(node: Node, browser: str, target: str) -> str:
    """Ask the card for a login; returns the reader's address. ``target``: the page to go to afterwards."""
    nonce = secrets.token_urlsafe(24)
    statement = LoginStatement(audience=node.spec.name, nonce=nonce, stated_at=node.clock.now())
    wanted = Wanted(
        kind="login", usage="auth", title=Text("ログイン", "Log in"),
        summary=[
            Text(
                "利用者証明用電子証明書で、ご本人であることを確認します。",
                "Your user-authentication certificate shows that it is you.",
            ),
            Text("氏名や住所は、ログインでは送られません。", "A login does not send your name or address."),
        ],
        payload=msgspec.json.encode(statement), context=Context(next=target, nonce=nonce),
    )  # fmt: skip
    return card_requests.ask(node, wanted, browser)


def finish_login(node: Node, row: CardRequestRow) -> Login | None:
    """The login that a card signed; None where this answer was used before.

    A refusal of J-LIS closes the request and is raised; where J-LIS does not answer, the request stays open.
    """
    context = card_requests.context_of(row)
    assert row.document is not None
    try:
        holder = node.call(
            IDENTIFY, CardLogin(document=row.document, audience=node.spec.name, nonce=context.nonce)
        )  # fmt: skip
    except Refused as refused:
        if refused.type.status < 500:
            with node.database.begin() as tx:
                card_requests.close(tx, row.request_id, refused.code)
        raise
    with node.database.begin() as tx:
        if not card_requests.close(tx, row.request_id, DONE):
            return None
        _meet(tx, holder)
    return Login(holder.sub, tx.now, row.document, context.nonce)


def _meet(tx: Transaction, holder: Holder) -> None:
    person = tx.session.get(PersonRow, holder.sub)
    if person is None:
        person = PersonRow(sub=holder.sub, first_login_at=tx.now, last_login_at=tx.now, look_at=tx.now)
        tx.session.add(person)
    person.last_login_at = tx.now
    tx.record("login", subject=holder.sub, who="citizen", basis="card", detail={"serial": holder.certificate_serial})
