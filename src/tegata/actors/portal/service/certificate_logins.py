"""Login by TLS client certificate: the portal's page → the TLS front → back to the browser that began it (RFC 9440).

The front ended the handshake in which the card's authentication key proved itself; J-LIS tells whose certificate it is,
and whether it is good at this moment. The certificate may have been presented by another browser than the one that
waits (somebody was made to follow a link), so the answer to whoever presented it carries a ticket, and a session needs
both: the browser that began, and the ticket. Nothing can be guessed here, so tries are not counted.
"""

import base64
import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

from sqlalchemy import delete

from tegata.actors.portal.problems import CERTIFICATE_LOGIN_OVER
from tegata.actors.portal.rules.tls_front import SHORTEST_SECRET, certificate_of, check_origin
from tegata.actors.portal.service import people
from tegata.actors.portal.service.card_requests import BROWSER, DONE
from tegata.actors.portal.service.people import Login
from tegata.actors.portal.tables import CertificateLoginRow
from tegata.node.node import Node
from tegata.node.settings import SettingsError
from tegata.wire.holders import IDENTIFY_BY_CERTIFICATE, CertificateLogin
from tegata.wire.problems import Refused
from tegata.wire.reader import OTHER_BROWSER

FRONT_PATH: Final = "/certificate-logins/{login_id}"
RESULT_PATH: Final = "/certificate-logins/{login_id}/result"
SECRET: Final = "tls-front-secret"  # noqa: S105 - the name under which it is kept


def read_secret(node: Node) -> None:
    """Read the front's secret at the start. Raises ``SettingsError`` for a setting or file that will not do."""
    front = node.own.tls_front
    if front is None:
        return
    try:
        check_origin(front.origin)
        secret = Path(front.secret_file).read_text("ascii").strip()
    except (OSError, ValueError) as error:
        raise SettingsError(f"[actors.portal.tls_front]: {error}") from error
    if len(secret) < SHORTEST_SECRET or not all("!" <= character <= "~" for character in secret):
        raise SettingsError(f"{front.secret_file}: a secret has at least {SHORTEST_SECRET} visible ASCII characters")
    node.state[SECRET] = secret


def secret_of(node: Node) -> str | None:
    """The front's secret; None where there is no front."""
    secret: str | None = node.state.get(SECRET)
    return secret


def begin(node: Node, browser: str, target: str) -> str:
    """Keep that a browser wants to log in; returns the front's address, where it goes on."""
    login_id = secrets.token_urlsafe(24)
    with node.database.begin() as tx:
        tx.session.add(
            CertificateLoginRow(
                login_id=login_id, browser=node.fingerprint(BROWSER, browser), target=target, created_at=tx.now,
                expires_at=tx.now + node.own.card_time,
            )
        )  # fmt: skip
    return front_origin(node) + urlsplit(node.base_url).path + FRONT_PATH.format(login_id=login_id)


def front_origin(node: Node) -> str:
    """The front's origin; only where there is one."""
    origin: str = node.own.tls_front.origin
    return origin


def present(node: Node, login_id: str, values: list[str]) -> str:
    """Take what a proved front says of the client certificate, once; returns where the browser goes with its ticket.

    A refusal is told on that page, among the portal's own. Raises CERTIFICATE_LOGIN_OVER.
    """
    ticket = secrets.token_urlsafe(32)
    _check_open(node, login_id)
    sub, serial, der, outcome = _identified(node, values)
    with node.database.begin() as tx:
        row = tx.session.get_one(CertificateLoginRow, login_id)
        if row.presented_at is not None:
            raise Refused(CERTIFICATE_LOGIN_OVER)
        row.presented_at, row.ticket = tx.now, _hash(ticket)
        row.sub, row.serial, row.certificate, row.outcome = sub, serial, der, outcome
        if outcome is not None:
            tx.record("certificate-login-refused", subject=None, who="citizen", detail={"outcome": outcome})
    return node.base_url + RESULT_PATH.format(login_id=login_id) + "?" + urlencode({"ticket": ticket})


def _check_open(node: Node, login_id: str) -> None:
    with node.database.read() as session:
        row = session.get(CertificateLoginRow, login_id)
    if row is None or row.presented_at is not None or row.expires_at <= node.clock.now():
        raise Refused(CERTIFICATE_LOGIN_OVER)


def _identified(node: Node, values: list[str]) -> tuple[str | None, int | None, bytes | None, str | None]:
    """Whose certificate it is, or the code of a refusal."""
    try:
        der = certificate_of(values)
        holder = node.call(IDENTIFY_BY_CERTIFICATE, CertificateLogin(certificate=base64.b64encode(der).decode("ascii")))
    except Refused as refused:
        return None, None, None, refused.code
    return holder.sub, holder.certificate_serial, der, None


def find(node: Node, login_id: str, browser: str, ticket: str) -> CertificateLoginRow:
    """The login for the browser that began it and presented the certificate.

    Raises CERTIFICATE_LOGIN_OVER where there is none or nothing was presented yet, and OTHER_BROWSER.
    """
    with node.database.read() as session:
        row = session.get(CertificateLoginRow, login_id)
    if row is None or row.ticket is None or row.expires_at <= node.clock.now():
        raise Refused(CERTIFICATE_LOGIN_OVER)
    began = hmac.compare_digest(row.browser, node.fingerprint(BROWSER, browser))
    if not began or not hmac.compare_digest(row.ticket, _hash(ticket)):
        raise Refused(OTHER_BROWSER)
    return row


def finish(node: Node, login_id: str) -> Login | None:
    """The login that J-LIS answered for; None where it was used before."""
    with node.database.begin() as tx:
        row = tx.session.get_one(CertificateLoginRow, login_id)
        if row.used_at is not None or row.sub is None or row.serial is None or row.certificate is None:
            return None
        row.used_at, row.outcome, certificate, row.certificate = tx.now, DONE, row.certificate, None
        people.meet(tx, row.sub, row.serial, basis="certificate")
        proof = CertificateLogin(certificate=base64.b64encode(certificate).decode("ascii"))
        return Login(row.sub, tx.now, proof)


def forget(node: Node) -> None:
    """Delete what is over."""
    with node.database.begin() as tx:
        tx.session.execute(delete(CertificateLoginRow).where(CertificateLoginRow.expires_at <= tx.now))


def _hash(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
