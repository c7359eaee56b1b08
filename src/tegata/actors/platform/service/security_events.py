"""Security event tokens (RFC 8417): signed with the operator's service key, so a receiver checks them by its JWKS."""

from typing import Any

import msgspec
from joserfc import jwt

from tegata.node.clock import epoch
from tegata.node.identity import service_key
from tegata.node.node import Node
from tegata.pki.names import root_name
from tegata.wire.changes import VERIFICATION, Change, SecurityEvent, event_of

TYPE = "secevent+jwt"


def of_change(node: Node, party: str, change: Change) -> SecurityEvent:
    """The event of an entry of the log."""
    issuer = root_name("sign").rfc4514_string()
    return event_of(change, issuer=node.base_url, audience=party, certificate_issuer=issuer)


def of_verification(node: Node, party: str, jti: str, state: str) -> SecurityEvent:
    """The event by which a receiver sees that its stream works."""
    return SecurityEvent(
        iss=node.base_url, aud=party, iat=epoch(node.clock.now()), jti=jti,
        sub_id={"format": "opaque", "id": party}, events={VERIFICATION: {"state": state}},
    )  # fmt: skip


def encode(node: Node, event: SecurityEvent) -> str:
    """The event as a signed token."""
    key = service_key(node)
    header = {"alg": "ES256", "typ": TYPE, "kid": key.thumbprint}
    claims: dict[str, Any] = {name: value for name, value in msgspec.to_builtins(event).items() if value is not None}
    return jwt.encode(header, claims, key.key)
