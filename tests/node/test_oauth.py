"""The token endpoint and the calling side: who gets a token, for what, and what is refused."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest
from joserfc import jwt

from tegata.node.clock import ManualClock
from tegata.node.identity import ServiceKey, service_key
from tegata.node.node import Node
from tegata.node.oauth import (
    ASSERTION_TYPE,
    TOKEN_PATH,
    TokenRefused,
    authenticate,
    deactivate_client,
    grant,
    read_token,
    register_client,
)
from tegata.node.oauth_client import Authenticator
from tegata.node.oauth_proof import make_proof
from tegata.node.web.oauth_api import read_token_form
from tegata.wire.problems import Refused
from tests.node.web.sample import SPEC
from tests.support import START, make_node

BANK = ServiceKey.derive(b"bank" * 8, "bank")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def node(database_url: str, tmp_path: Path, clock: ManualClock) -> Iterator[Node]:
    made = make_node(SPEC, database_url, clock, data_dir=tmp_path)
    with made.database.begin() as tx:
        register_client(tx, "bank", BANK.public_jwk, {"notes:read", "notes:write"})
    yield made
    made.close()


def assertion(node: Node, key: ServiceKey = BANK, header: dict[str, Any] | None = None, **claims: Any) -> str:
    now = int(node.clock.now().timestamp())
    body = {"iss": "bank", "sub": "bank", "aud": node.base_url, "jti": "1", "iat": now, "exp": now + 60} | claims
    return jwt.encode({"alg": "ES256", **(header or {})}, body, key.key, algorithms=["ES256"])


def form(node: Node, **changed: str) -> dict[str, str]:
    fields = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": changed.pop("client_assertion", "") or assertion(node),
    }
    return fields | changed


def proof(node: Node, key: ServiceKey = BANK) -> str:
    return make_proof(key, method="POST", url=node.base_url + TOKEN_PATH, at=node.clock.now())


def refusal(node: Node, fields: dict[str, str], made: str | None = None) -> tuple[str, int]:
    with pytest.raises(TokenRefused) as caught:
        grant(node, fields, made or proof(node))
    return caught.value.error, caught.value.status


def test_a_token_is_bound_to_the_callers_key_and_its_scopes(node: Node) -> None:
    answer = grant(node, form(node), proof(node))
    assert (answer.token_type, answer.expires_in, answer.scope) == ("DPoP", 600, "notes:read notes:write")
    claims = read_token(node, answer.access_token)
    assert claims.cnf == {"jkt": BANK.thumbprint}
    assert (claims.client_id, claims.iss) == ("bank", node.base_url)


def test_fewer_scopes_may_be_asked_for_and_no_others(node: Node) -> None:
    assert grant(node, form(node, scope="notes:read"), proof(node)).scope == "notes:read"
    again = form(node, scope="notes:read admin", client_assertion=assertion(node, jti="2"))
    assert refusal(node, again) == ("invalid_scope", 400)


def test_a_proof_that_one_process_took_is_refused_by_another(
    database_url: str, tmp_path: Path, clock: ManualClock
) -> None:
    here, there = (make_node(SPEC, database_url, clock, data_dir=tmp_path, processes=2) for _ in range(2))
    with here.database.begin() as tx:
        register_client(tx, "bank", BANK.public_jwk, {"notes:read"})
    token = grant(here, form(here), proof(here)).access_token
    url = f"{here.base_url}/notes"
    sent = {
        "authorization": f"DPoP {token}",
        "proof": make_proof(BANK, method="GET", url=url, at=clock.now(), token=token),
        "method": "GET",
        "path": "/notes",
        "scope": "notes:read",
    }
    assert authenticate(there, **sent).client_id == "bank"
    with pytest.raises(Refused, match="dpop-proof-replayed"):
        authenticate(here, **sent)
    here.close()
    there.close()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": "none"}, "invalid_client"),
        ({"client_assertion": "x"}, "invalid_client"),
        ({"client_assertion": "a.b.c"}, "invalid_client"),
        ({"client_assertion": "a" * 9000}, "invalid_client"),
        ({"client_id": "another"}, "invalid_client"),
    ],
)
def test_forms_that_authenticate_nobody_are_refused(node: Node, changed: dict[str, str], error: str) -> None:
    assert refusal(node, form(node, **changed))[0] == error


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "another"},
        {"sub": "another"},
        {"sub": "bank\x00"},
        {"sub": 5},
        {"aud": "http://127.0.0.1:8000/jlis"},
        {"aud": []},
        {"exp": int(START.timestamp())},
        {"exp": int(START.timestamp()) + 3600},
        {"exp": "soon"},
        {"iat": int(START.timestamp()) + 120},
        {"nbf": int(START.timestamp()) + 120},
        {"jti": None},
    ],
)
def test_assertions_that_do_not_fit_are_refused(node: Node, claims: dict[str, Any]) -> None:
    assert refusal(node, form(node, client_assertion=assertion(node, **claims))) == ("invalid_client", 401)


def test_an_assertion_by_another_key_is_refused(node: Node) -> None:
    thief = ServiceKey.derive(b"thief" * 8, "bank")
    assert refusal(node, form(node, client_assertion=assertion(node, thief))) == ("invalid_client", 401)


def test_an_assertion_is_taken_once_until_it_ends(node: Node, clock: ManualClock) -> None:
    fields = form(node)
    grant(node, fields, proof(node))
    assert refusal(node, fields) == ("invalid_client", 401)
    clock.advance(timedelta(minutes=2))
    assert refusal(node, fields) == ("invalid_client", 401)
    grant(node, form(node), proof(node))


def test_an_assertion_with_a_refused_scope_is_used_up(node: Node) -> None:
    fields = form(node, scope="admin")
    assert refusal(node, fields) == ("invalid_scope", 400)
    assert refusal(node, fields | {"scope": ""}) == ("invalid_client", 401)


def test_without_a_proof_there_is_no_token(node: Node) -> None:
    with pytest.raises(TokenRefused, match="invalid_dpop_proof"):
        grant(node, form(node), None)
    made = make_proof(BANK, method="GET", url=node.base_url + TOKEN_PATH, at=node.clock.now())
    assert refusal(node, form(node, client_assertion=assertion(node, jti="2")), made) == ("invalid_dpop_proof", 400)


def test_a_client_that_is_put_out_gets_no_more_tokens(node: Node) -> None:
    with node.database.begin() as tx:
        deactivate_client(tx, "bank")
        deactivate_client(tx, "nobody")
    assert refusal(node, form(node)) == ("invalid_client", 401)


def test_a_client_may_change_its_key(node: Node) -> None:
    other = ServiceKey.derive(b"other" * 8, "bank")
    with node.database.begin() as tx:
        register_client(tx, "bank", other.public_jwk, {"notes:read"})
    assert refusal(node, form(node)) == ("invalid_client", 401)
    renewed = form(node, client_assertion=assertion(node, other))
    assert grant(node, renewed, proof(node, other)).scope == "notes:read"


@pytest.mark.parametrize(
    "jwk", [{}, {"crv": "P-384"}, dict(BANK.key.as_dict(private=True)), {"crv": "P-256", "kty": "EC"}]
)
def test_only_public_keys_are_registered(node: Node, jwk: dict[str, Any]) -> None:
    with node.database.begin() as tx, pytest.raises(ValueError, match=r"P-256|can not be read"):
        register_client(tx, "bank", jwk, set())


def test_a_token_ends(node: Node, clock: ManualClock) -> None:
    token = grant(node, form(node), proof(node)).access_token
    clock.advance(timedelta(seconds=599))
    assert read_token(node, token).client_id == "bank"
    clock.advance(timedelta(seconds=1))
    with pytest.raises(Refused, match="token-invalid"):
        read_token(node, token)


@pytest.mark.parametrize("header", [{"typ": "JWT"}, {"typ": "dpop+jwt"}])
def test_another_kind_of_jwt_is_no_token(node: Node, header: dict[str, str]) -> None:
    token = grant(node, form(node), proof(node)).access_token
    claims = jwt.decode(token, service_key(node).key, algorithms=["ES256"]).claims
    other = jwt.encode({"alg": "ES256", **header}, claims, service_key(node).key, algorithms=["ES256"])
    with pytest.raises(Refused, match="token-invalid"):
        read_token(node, other)


def test_the_caller_authenticates_itself_and_keeps_its_token(node: Node, clock: ManualClock) -> None:
    asked: list[str] = []

    def post_form(peer: str, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        asked.append(peer)
        assert url == node.base_url + TOKEN_PATH
        return 200, msgspec.json.encode(grant(node, dict(parse_qsl(body.decode())), headers["DPoP"]))

    authenticator = Authenticator("bank", BANK, clock.now, post_form)

    def enter() -> str:
        headers = authenticator.headers("desk", node.base_url, "GET", node.base_url + "/api/notes?limit=5")
        return authenticate(
            node, authorization=headers["Authorization"], proof=headers["DPoP"], method="GET", path="/api/notes",
            scope="notes:read",
        ).client_id  # fmt: skip

    assert [enter(), enter()] == ["bank", "bank"]
    assert asked == ["desk"]
    authenticator.forget("desk")
    enter()
    clock.advance(timedelta(seconds=570))
    enter()
    assert asked == ["desk"] * 3


@pytest.mark.parametrize(
    ("status", "code"), [(500, "peer-unavailable"), (400, "unauthenticated"), (401, "unauthenticated")]
)
def test_a_peer_that_grants_nothing_is_told_as_a_refusal(clock: ManualClock, status: int, code: str) -> None:
    authenticator = Authenticator("bank", BANK, clock.now, lambda *_: (status, b"{}"))
    with pytest.raises(Refused, match=code):
        authenticator.headers("desk", "http://x", "GET", "http://x/y")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("", b"a=1"),
        ("application/x-www-form-urlencoded", b"a=1&a=2"),
        ("application/x-www-form-urlencoded", b"a=%ff"),
        ("application/x-www-form-urlencoded", b"\xff"),
        ("application/x-www-form-urlencoded", b"a=1&" * 30),
        ("application/x-www-form-urlencoded", b"a" * 20_001),
    ],
)
def test_requests_that_are_no_form_are_refused(content_type: str, body: bytes) -> None:
    with pytest.raises(TokenRefused, match="invalid_request"):
        read_token_form(content_type, body)


def test_a_form_is_read() -> None:
    read = read_token_form("application/x-www-form-urlencoded; charset=utf-8", b"scope=a+b")
    assert read == {"scope": "a b"}
