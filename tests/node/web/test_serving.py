"""The handler that a declaration becomes: what it lets in, what it answers, what it documents."""

from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from tegata.node.clock import ManualClock
from tegata.node.node import Node
from tegata.node.web.serving import describe, serve
from tests.node.web.clients import ApiClient
from tests.node.web.sample import conversation as wire


def code_of(answer: Any) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["code"])


def test_a_change_is_answered_with_the_declared_status_and_type(api: ApiClient) -> None:
    answer = api.post("/api/notes", {"title": "転入", "about": "朝"})
    assert answer.status_code == 201
    assert msgspec.json.decode(answer.content, type=wire.Note).about == "desk: 朝"
    assert api.get(f"/api/notes/{answer.json()['id']}").json()["title"] == "転入"


def test_a_change_that_arrives_twice_is_done_once(api: ApiClient) -> None:
    first = api.post("/api/notes", {"title": "一度だけ"}, key="same")
    again = api.post("/api/notes", {"title": "一度だけ"}, key="same")
    assert again.json() == first.json()
    assert again.status_code == 201
    assert again.headers["idempotency-replayed"] == "true"
    assert len(api.get("/api/notes").json()["items"]) == 1


def test_a_key_with_another_content_is_refused(api: ApiClient) -> None:
    api.post("/api/notes", {"title": "一"}, key="same")
    answer = api.post("/api/notes", {"title": "二"}, key="same")
    assert (answer.status_code, code_of(answer)) == (422, "idempotency-key-reused")


@pytest.mark.parametrize("key", [None, "", "x" * 201, "with space", "tab\tinside"])
def test_a_change_without_a_usable_key_is_refused(api: ApiClient, key: str | None) -> None:
    answer = api.post("/api/notes", {"title": "鍵なし"}, key=key)
    assert (answer.status_code, code_of(answer)) == (400, "idempotency-key-missing")
    assert api.get("/api/notes").json()["items"] == []


def test_a_refused_change_may_be_sent_again_with_its_key(api: ApiClient) -> None:
    assert code_of(api.post("/api/notes", {"title": "conflict"}, key="again")) == "conflict"
    assert api.post("/api/notes", {"title": "今度は"}, key="again").status_code == 201


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed"),
        (b"{", 400, "malformed"),
        (b'{"title": "\xff"}', 400, "malformed"),
        (b'{"title": "\\ud800"}', 400, "malformed"),
        (b"[" * 100_000, 400, "malformed"),
        (b"[]", 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b'{"title": 1}', 422, "invalid"),
        (b'{"title": ""}', 422, "invalid"),
        (b'{"title": "a\\u0000b"}', 422, "invalid"),
        (b'{"title": "a", "kind": "unheard of"}', 422, "invalid"),
        (b'{"title": "a", "day": "2023-02-29"}', 422, "invalid"),
    ],
)
def test_broken_bodies_are_refused_by_name(api: ApiClient, body: bytes, status: int, code: str) -> None:
    headers = {**api.headers("POST", "/api/notes"), "Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = api.client.post("/api/notes", content=body, headers=headers)
    assert (answer.status_code, code_of(answer)) == (status, code)


def test_a_backslash_u0000_that_is_only_text_is_kept(api: ApiClient) -> None:
    assert api.post("/api/notes", {"title": "\\u0000"}).json()["title"] == "\\u0000"


def test_an_invalid_body_says_where(api: ApiClient) -> None:
    detail = api.post("/api/notes", {"title": 1}).json()["detail"]
    assert detail["in"] == "body"
    assert "$.title" in detail["says"]


def test_another_media_type_is_refused(api: ApiClient) -> None:
    headers = {**api.headers("POST", "/api/notes"), "Idempotency-Key": "k", "Content-Type": "text/plain"}
    answer = api.client.post("/api/notes", content=b"{}", headers=headers)
    assert (answer.status_code, code_of(answer)) == (415, "unsupported-media-type")


def test_too_large_a_body_is_refused(api: ApiClient) -> None:
    answer = api.post("/api/notes", {"title": "x", "about": "x" * 10_000_001})
    assert (answer.status_code, code_of(answer)) == (413, "too-large")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?limit=0", 422, "invalid"),
        ("?limit=1001", 422, "invalid"),
        ("?limit=many", 422, "invalid"),
        ("?limit=1&limit=2", 422, "invalid"),
        ("?limti=5", 422, "invalid"),
        ("?cursor=%00", 422, "invalid"),
        ("?cursor=%ff", 400, "malformed"),
        ("?" + "a=1&" * 60, 400, "malformed"),
    ],
)
def test_broken_queries_are_refused(api: ApiClient, query: str, status: int, code: str) -> None:
    answer = api.client.get("/api/notes" + query, headers=api.headers("GET", "/api/notes"))
    assert (answer.status_code, code_of(answer)) == (status, code)


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", str(2**63), "9" * 50, "%00", "%31%00"])
def test_a_path_that_names_nothing_is_not_found(api: ApiClient, number: str) -> None:
    answer = api.client.get(f"/api/notes/{number}", headers=api.headers("GET", f"/api/notes/{number}"))
    assert (answer.status_code, code_of(answer)) == (404, "not-found")


def test_a_query_is_read_into_its_type(api: ApiClient) -> None:
    for index in range(3):
        api.post("/api/notes", {"title": str(index)}, key=str(index))
    answer = api.client.get("/api/notes?limit=2", headers=api.headers("GET", "/api/notes"))
    assert [item["title"] for item in answer.json()["items"]] == ["0", "1"]


def test_an_open_endpoint_needs_no_token_and_gives_raw_bytes(client: TestClient[Any]) -> None:
    answer = client.get("/api/export/all")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text == "name,count\r\nall,0\r\n"


@pytest.mark.parametrize("named", ['"all-0"', 'W/"all-0"', '"other", "all-0"', "*"])
def test_the_body_is_not_sent_again_to_whoever_has_it(client: TestClient[Any], named: str) -> None:
    answer = client.get("/api/export/all", headers={"If-None-Match": named})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", '"all-0"')


def test_another_etag_gets_the_body(client: TestClient[Any]) -> None:
    assert client.get("/api/export/all", headers={"If-None-Match": '"all-9"'}).status_code == 200


def test_a_method_that_is_not_served_is_answered_with_those_that_are(client: TestClient[Any]) -> None:
    answer = client.delete("/api/notes")
    assert (answer.status_code, code_of(answer)) == (405, "method-not-allowed")
    assert {"GET", "POST"} <= {method.strip() for method in answer.headers["allow"].split(",")}


@pytest.mark.parametrize("path", ["/", "/api/export/all", "/nowhere", "/static/shell.css"])
def test_head_is_answered_as_get_without_a_body(client: TestClient[Any], path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    assert client.head("/logout").status_code == 405


def test_a_change_can_not_go_around_the_inbox() -> None:
    async def write(data: wire.NewNote) -> wire.Note:
        raise NotImplementedError(data)

    with pytest.raises(TypeError, match="inbox"):
        describe(wire.WRITE, write)


def test_options_names_every_method_of_a_path(client: TestClient[Any]) -> None:
    assert client.options("/api/notes").headers["allow"] == "GET, OPTIONS, POST"
    assert client.options("/api/notes/5").headers["allow"] == "GET, OPTIONS"


def test_tokens_are_asked_for_once_until_they_end(api: ApiClient, clock: ManualClock) -> None:
    from datetime import timedelta

    assert api.get("/api/notes").status_code == 200
    assert api.get("/api/notes").status_code == 200
    assert api.asked == 1
    clock.advance(timedelta(minutes=10))
    assert api.get("/api/notes").status_code == 200
    assert api.asked == 2


def test_a_function_that_asks_for_something_unknown_is_an_error_at_once() -> None:
    def strange(weather: str) -> wire.Note:
        raise NotImplementedError(weather)

    with pytest.raises(TypeError, match="weather"):
        describe(wire.READ, strange)


def test_path_parameters_keep_the_types_of_the_function() -> None:
    def read(node: Node, number: int) -> wire.Note:
        raise NotImplementedError

    assert serve(wire.READ)(read).opt["endpoint"].path_types == {"number": int}
