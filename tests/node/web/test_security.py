"""What every door holds back: callers without right, forged proofs, forms of others, headers, log."""

import json
from typing import Any

import pytest
import structlog
from litestar import Request
from litestar.testing import TestClient

from tegata.node.identity import ServiceKey, service_key
from tegata.node.node import Node
from tegata.node.oauth_proof import make_proof
from tegata.node.web.app import create_app
from tegata.node.web.decoding import one_header
from tegata.wire.problems import Refused
from tests.node.web.clients import ApiClient, Visitor
from tests.node.web.sample import SPEC
from tests.node.web.sample import api as sample_api


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_without_a_token_nobody_comes_in(client: TestClient[Any]) -> None:
    answer = client.get("/api/notes")
    assert refused(answer) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("DPoP")


@pytest.mark.parametrize(
    "authorization", ["Bearer x", "DPoP", "DPoP x", "DPoP a.b.c", "Basic eDp5", "DPoP " + "a" * 9000]
)
def test_what_is_no_token_of_ours_is_refused(api: ApiClient, authorization: str) -> None:
    headers = api.headers("GET", "/api/notes") | {"Authorization": authorization}
    assert refused(api.client.get("/api/notes", headers=headers))[0] == 401


def test_an_altered_token_is_refused(api: ApiClient) -> None:
    headers = api.headers("GET", "/api/notes")
    head, body, signature = headers["Authorization"].split(".")
    forged = f"{head}.{body[:-2]}{'AA' if body[-2:] != 'AA' else 'BB'}.{signature}"
    answer = api.client.get("/api/notes", headers=headers | {"Authorization": forged})
    assert refused(answer) == (401, "token-invalid")


def test_a_token_without_a_proof_is_worth_nothing(api: ApiClient) -> None:
    headers = api.headers("GET", "/api/notes")
    del headers["DPoP"]
    assert refused(api.client.get("/api/notes", headers=headers)) == (401, "dpop-proof-invalid")


def test_a_stolen_token_with_another_key_is_refused(api: ApiClient, node: Node) -> None:
    token = api.headers("GET", "/api/notes")["Authorization"].removeprefix("DPoP ")
    thief = ServiceKey.derive(b"thief" * 8, "thief")
    proof = make_proof(thief, method="GET", url=node.base_url + "/api/notes", at=node.clock.now(), token=token)
    answer = api.client.get("/api/notes", headers={"Authorization": f"DPoP {token}", "DPoP": proof})
    assert refused(answer) == (401, "dpop-proof-invalid")


def test_a_request_that_is_played_again_is_refused(api: ApiClient) -> None:
    headers = api.headers("GET", "/api/notes")
    assert api.client.get("/api/notes", headers=headers).status_code == 200
    assert refused(api.client.get("/api/notes", headers=headers)) == (401, "dpop-proof-replayed")


def test_a_proof_for_another_request_is_refused(api: ApiClient) -> None:
    assert refused(api.client.get("/api/notes/1", headers=api.headers("GET", "/api/notes"))) == (
        401,
        "dpop-proof-invalid",
    )
    assert refused(api.client.get("/api/notes", headers=api.headers("POST", "/api/notes"))) == (
        401,
        "dpop-proof-invalid",
    )


def test_a_header_that_stands_twice_is_refused() -> None:
    raw = [(b"dpop", b"one"), (b"dpop", b"two"), (b"other", b"one")]
    request = Request[Any, Any, Any]({"type": "http", "headers": raw})  # type: ignore[typeddict-item]
    assert one_header(request, "other") == "one"
    assert one_header(request, "absent") is None
    with pytest.raises(Refused, match="malformed"):
        one_header(request, "dpop")


def test_a_scope_that_was_not_granted_is_refused(api: ApiClient) -> None:
    answer = api.get("/api/secret")
    assert refused(answer) == (403, "scope-missing")
    assert answer.json()["detail"] == {"scope": "secret:read"}


def test_who_may_not_come_in_learns_nothing_about_the_body(client: TestClient[Any]) -> None:
    assert refused(client.post("/api/notes", content=b"{"))[1] == "unauthenticated"


def test_every_answer_carries_the_headers_of_security(client: TestClient[Any]) -> None:
    for path in ("/", "/nowhere", "/api/notes", "/static/shell.css", "/health"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-request-id"]


def test_pages_hold_nothing_that_the_policy_would_refuse(visitor: Visitor) -> None:
    for path in ("/", "/login", "/nowhere"):
        html = visitor.open(path).text
        assert " style=" not in html
        assert "<style" not in html
        assert "<script" not in html
        assert " onclick=" not in html


def test_a_form_from_elsewhere_is_refused(visitor: Visitor) -> None:
    visitor.log_in()
    answer = visitor.client.post("/notes/new", data={"title": "x"}, headers={"Accept": "text/html"})
    assert answer.status_code == 403
    assert "期限が切れている" in answer.text


def test_a_token_of_another_session_is_refused(visitor: Visitor, client: TestClient[Any]) -> None:
    visitor.open("/login")
    before = visitor.open("/login").text
    visitor.log_in()
    stale = before.split('name="_csrf" value="')[1].split('"')[0]
    assert client.post("/notes/new", data={"title": "x", "_csrf": stale}).status_code == 403


def test_a_form_that_the_browser_calls_cross_site_is_refused(visitor: Visitor) -> None:
    html = visitor.open("/login").text
    token = html.split('name="_csrf" value="')[1].split('"')[0]
    sent = {"login": "suzuki", "password": "correct horse", "_csrf": token}
    answer = visitor.client.post("/login", data=sent, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.json()["code"] == "form-expired"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\nx"),
        ("multipart/form-data; boundary=b", b"--b\r\n" * 5000),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n\xff\r\n--b--'),
        ("application/x-www-form-urlencoded", b"\xff=%ff&&&=&_csrf=%00"),
        ("application/x-www-form-urlencoded", "_csrf=日本".encode()),
        ("application/json", b"{"),
        ("", b""),
    ],
)
def test_broken_forms_are_refused_and_break_nothing(visitor: Visitor, content_type: str, body: bytes) -> None:
    visitor.log_in()
    headers = {"Accept": "text/html", "Content-Type": content_type}
    answer = visitor.client.post("/notes/new", content=body, headers=headers)
    assert answer.status_code in {400, 403, 413}
    assert answer.headers["content-type"].startswith("text/html")
    assert visitor.open("/notes").status_code == 200


def test_a_handler_that_is_bound_in_another_way_takes_forms_of_others(client: TestClient[Any]) -> None:
    assert client.post("/reader-return", data={"x": "1"}, follow_redirects=False).status_code == 303


def test_a_failure_tells_and_logs_no_content(node: Node) -> None:
    from dataclasses import replace

    node.spec = replace(SPEC, handlers=[*SPEC.handlers, *sample_api.FAILING_HANDLERS])
    with TestClient(create_app(node)) as client, structlog.testing.capture_logs() as logs:
        answer = ApiClient(client, node).get("/api/fails")
    assert refused(answer) == (500, "internal")
    told = json.dumps(logs, ensure_ascii=False, default=str)
    assert "山田" not in answer.text
    assert "山田" not in told
    failure = next(line for line in logs if line["event"] == "failure")
    assert failure["kind"] == "RuntimeError"
    assert failure["request_id"] == answer.headers["x-request-id"]


def test_the_log_of_a_request_has_the_route_and_not_the_path(api: ApiClient) -> None:
    with structlog.testing.capture_logs() as logs:
        api.client.get("/api/notes/4711?name=山田", headers=api.headers("GET", "/api/notes/4711"))
    line = next(line for line in logs if line.get("route", "").startswith("/api/notes/"))
    assert line["route"] == "/api/notes/{number}"
    assert line["caller"] == "desk"
    assert "4711" not in str(line.values())
    assert "山田" not in str(line)


def test_the_public_key_is_published_without_its_private_part(client: TestClient[Any], node: Node) -> None:
    (key,) = client.get("/.well-known/jwks.json").json()["keys"]
    assert key["kid"] == service_key(node).thumbprint
    assert "d" not in key
