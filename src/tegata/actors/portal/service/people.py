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
from tegata.wire.holders import IDENTIFY, IDENTIFY_BY_CERTIFICATE, CardLogin, CertificateLogin, Holder, LoginStatement
from tegata.wire.problems import Refused
from tegata.wire.text import Text

KIND = "citizen"


@dataclass(frozen=True)
class Login:
    """A person's login, as their session keeps it. ``proof`` is what J-LIS was told, and is told again where a service
    gets attributes: what the card or phone signed, or the certificate of the TLS handshake.
    """

    sub: str
    at: datetime
    proof: CardLogin | CertificateLogin

    def to_data(self) -> dict[str, Any]:
        """For the session."""
        if isinstance(self.proof, CardLogin):
            kept = {"document": self.proof.document, "nonce": self.proof.nonce}
        else:
            kept = {"certificate": self.proof.certificate}
        return {"at": self.at.isoformat(), **kept}


def login_of(node: Node, session: WebSession) -> Login:
    """The login of a session."""
    data = session.data
    proof: CardLogin | CertificateLogin
    if "document" in data:
        proof = CardLogin(document=data["document"], audience=node.spec.name, nonce=data["nonce"])
    else:
        proof = CertificateLogin(certificate=data["certificate"])
    return Login(session.subject, datetime.fromisoformat(data["at"]), proof)


def identify(node: Node, proof: CardLogin | CertificateLogin) -> Holder:
    """Whose login it is. Raises what J-LIS refuses, PEER_UNAVAILABLE."""
    if isinstance(proof, CardLogin):
        return node.call(IDENTIFY, proof)
    return node.call(IDENTIFY_BY_CERTIFICATE, proof)


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
    proof = CardLogin(document=row.document, audience=node.spec.name, nonce=context.nonce)
    try:
        holder = identify(node, proof)
    except Refused as refused:
        if refused.type.status < 500:
            with node.database.begin() as tx:
                card_requests.close(tx, row.request_id, refused.code)
        raise
    with node.database.begin() as tx:
        if not card_requests.close(tx, row.request_id, DONE):
            return None
        meet(tx, holder.sub, holder.certificate_serial, basis="card")
    return Login(holder.sub, tx.now, proof)


def meet(tx: Transaction, sub: str, serial: int, *, basis: str) -> None:
    """Note a login; ``basis`` is ``card`` (something that was signed) or ``certificate`` (a TLS handshake)."""
    person = tx.session.get(PersonRow, sub)
    if person is None:
        person = PersonRow(sub=sub, first_login_at=tx.now, last_login_at=tx.now, look_at=tx.now)
        tx.session.add(person)
    person.last_login_at = tx.now
    tx.record("login", subject=sub, who="citizen", basis=basis, detail={"serial": serial})
