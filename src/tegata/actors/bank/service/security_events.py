"""Security event tokens (RFC 8417) from the operator: checked before they are believed (RFC 8935 section 2).

1. form: a compact JWS of bounded size, ``typ`` secevent+jwt, ``alg`` ES256      else invalid_request
2. a key of the operator's JWKS, fetched anew where it is not known              else invalid_key
3. the signature                                                                 else authentication_failed
4. ``iss`` is the operator, ``aud`` is this bank                                 else invalid_issuer, invalid_audience
5. neither ``exp`` nor ``sub``, so that no other kind of token passes;
   events well-formed                                                            else invalid_request
"""

from datetime import timedelta
from typing import Any, NoReturn, TypeVar

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from tegata.node.node import Node
from tegata.wire.changes import SET_REFUSED, SecurityEvent
from tegata.wire.endpoint import Endpoint
from tegata.wire.problems import Refused
from tegata.wire.text import Text

TYPES = frozenset({"secevent+jwt", "application/secevent+jwt"})
ALGORITHM = "ES256"
LONGEST = 16_384
FETCH_AGAIN_AFTER = timedelta(minutes=1)
STATE = "operator keys"
NOT_HERE = ("exp", "sub")

JWKS: Endpoint[None, bytes] = Endpoint(
    to="platform", method="GET", path="/.well-known/jwks.json", request=None, response=bytes, scope="",
    label=Text("公開鍵", "Public keys"),
)  # fmt: skip


class Header(msgspec.Struct, frozen=True):
    """The header of a token, as far as it counts; ``crit`` asks for something that is not understood here."""

    alg: str
    typ: str
    kid: str
    crit: list[str] | None = None


class KeySet(msgspec.Struct, frozen=True):
    """A JWK set (RFC 7517 section 5)."""

    keys: list[dict[str, Any]]


ModelT = TypeVar("ModelT", Header, SecurityEvent)


def read(node: Node, token: bytes) -> SecurityEvent:
    """The event of a token. Raises ``Refused`` (set-refused) with ``err`` of RFC 8935, or peer-unavailable."""
    header, compact = _header(token)
    key = _key(node, header.kid)
    try:
        verified = jws.deserialize_compact(compact, key, algorithms=[ALGORITHM])
    except (JoseError, ValueError) as error:
        refuse("authentication_failed", error)
    return _claims(node, verified.payload)


def refuse(err: str, cause: Exception | None = None, **detail: Any) -> NoReturn:
    """Raise the refusal of a token."""
    raise Refused(SET_REFUSED, {"err": err, **detail}) from cause


def _header(token: bytes) -> tuple[Header, str]:
    if len(token) > LONGEST or token.count(b".") != 2:
        refuse("invalid_request", says="not a compact JWS")
    try:
        compact = token.decode("ascii")
        header = _decode(jws.extract_compact(token).protected, Header)
    except (JoseError, ValueError, TypeError) as error:
        refuse("invalid_request", error, says="header")
    if header.typ.lower() not in TYPES or header.alg != ALGORITHM or header.crit is not None:
        refuse("invalid_request", says="typ, alg or crit")
    return header, compact


def _decode(tree: object, kind: type[ModelT]) -> ModelT:
    return msgspec.convert(tree, kind)


def _key(node: Node, kid: str) -> ECKey:
    keys = _known_keys(node)
    if kid not in keys and _may_fetch(node):
        keys = _fetch_keys(node)
    if kid not in keys:
        refuse("invalid_key")
    return keys[kid]


def _known_keys(node: Node) -> dict[str, ECKey]:
    kept = node.state.get(STATE)
    return kept[0] if kept is not None else {}


def _may_fetch(node: Node) -> bool:
    """Unknown keys do not make us ask the operator without end."""
    kept = node.state.get(STATE)
    return kept is None or not kept[1] <= node.clock.now() < kept[1] + FETCH_AGAIN_AFTER


def _fetch_keys(node: Node) -> dict[str, ECKey]:
    body = node.fetch(JWKS, to=node.own.operator).body
    try:
        listed = msgspec.json.decode(body, type=KeySet).keys
        keys = {str(jwk.get("kid", "")): ECKey.import_key(jwk) for jwk in listed if jwk.get("crv") == "P-256"}
    except (msgspec.DecodeError, JoseError, ValueError) as error:
        refuse("invalid_key", error)
    node.state[STATE] = (keys, node.clock.now())
    return keys


def _claims(node: Node, payload: bytes) -> SecurityEvent:
    try:
        tree = msgspec.json.decode(payload, type=dict[str, Any])
        event = _decode(tree, SecurityEvent)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        refuse("invalid_request", error, says="claims")
    if event.iss != node.settings.base_url_of(node.own.operator):
        refuse("invalid_issuer")
    if event.aud != node.spec.name:
        refuse("invalid_audience")
    if any(name in tree for name in NOT_HERE) or not event.events:
        refuse("invalid_request", says="exp, sub or no event")
    return event
