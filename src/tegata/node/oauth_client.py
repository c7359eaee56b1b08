"""The calling side: an access token for each peer, kept until it ends by the node's clock, and a proof a request."""

import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

import msgspec
from joserfc import jwt

from tegata.node.identity import ServiceKey
from tegata.node.oauth import ASSERTION_TYPE, TOKEN_PATH, TokenAnswer
from tegata.node.oauth_proof import ALGORITHMS, make_proof
from tegata.wire.problems import PEER_UNAVAILABLE, UNAUTHENTICATED, Refused

ASSERTION_LIFETIME: Final = timedelta(minutes=1)
RENEW_BEFORE: Final = timedelta(seconds=30)

PostForm = Callable[[str, str, bytes, dict[str, str]], tuple[int, bytes]]
"""Sends ``(peer, URL, body, headers)`` by POST and gives status and body. Raises ``Refused(PEER_UNAVAILABLE)``."""


class HeldToken(msgspec.Struct, frozen=True):
    """A token and the times between which it is used: after a clock that went back it is asked for anew."""

    token: str
    since: datetime
    until: datetime


class Authenticator:
    """Puts the right headers on a request to a peer. Safe between threads."""

    def __init__(self, actor: str, key: ServiceKey, now: Callable[[], datetime], post_form: PostForm) -> None:
        self._actor = actor
        self._key = key
        self._now = now
        self._post_form = post_form
        self._held: dict[str, HeldToken] = {}
        self._lock = threading.Lock()

    def headers(self, peer: str, base_url: str, method: str, url: str) -> dict[str, str]:
        """``Authorization`` and ``DPoP`` for one request to ``url`` below ``base_url``.

        Raises ``Refused``: ``peer-unavailable``, or ``unauthenticated`` where the peer grants no token.
        """
        token = self._token(peer, base_url)
        proof = make_proof(self._key, method=method, url=url, at=self._now(), token=token)
        return {"Authorization": f"DPoP {token}", "DPoP": proof}

    def forget(self, peer: str) -> None:
        """Drop the token of a peer that answered 401, so that the next request asks for a new one."""
        with self._lock:
            self._held.pop(peer, None)

    def _token(self, peer: str, base_url: str) -> str:
        with self._lock:
            held = self._held.get(peer)
        now = self._now()
        if held is None or not held.since <= now < held.until:
            held = self._ask(peer, base_url, now)
            with self._lock:
                self._held[peer] = held
        return held.token

    def _ask(self, peer: str, base_url: str, now: datetime) -> HeldToken:
        url = base_url + TOKEN_PATH
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "DPoP": make_proof(self._key, method="POST", url=url, at=now),
        }
        status, body = self._post_form(peer, url, self._form(base_url, now), headers)
        if status >= 500:
            raise Refused(PEER_UNAVAILABLE, {"peer": peer})
        if status != 200:
            raise Refused(UNAUTHENTICATED, {"peer": peer})
        answer = msgspec.json.decode(body, type=TokenAnswer)
        return HeldToken(answer.access_token, now, now + timedelta(seconds=answer.expires_in) - RENEW_BEFORE)

    def _form(self, base_url: str, now: datetime) -> bytes:
        claims = {
            "iss": self._actor,
            "sub": self._actor,
            "aud": base_url,
            "jti": secrets.token_urlsafe(16),
            "iat": int(now.timestamp()),
            "exp": int((now + ASSERTION_LIFETIME).timestamp()),
        }
        header = {"alg": "ES256", "typ": "client-authentication+jwt", "kid": self._key.thumbprint}
        fields = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": jwt.encode(header, claims, self._key.key, algorithms=ALGORITHMS),
        }
        return urlencode(fields).encode("ascii")
