import asyncio
import contextvars
import io
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tegata.node import transport
from tegata.node.transport import Carrier, HttpTransport, LocalApps, NoAnswer, RawAnswer, Request
from tests.node.http import Server, reply

BASE = "http://127.0.0.1:8000/beta"


@pytest.fixture
def local() -> Iterator[LocalApps]:
    apps = LocalApps()
    yield apps
    apps.close()


def get(path: str = "/x", **headers: str) -> Request:
    return Request(method="GET", url=BASE + path, headers=headers)


async def say(send: Any, body: bytes, status: int = 200, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers or []})
    await send({"type": "http.response.body", "body": body})


def test_an_application_sees_what_a_server_would_show_it(local: LocalApps) -> None:
    seen: dict[str, Any] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope, body=(await receive())["body"])
        await say(send, b"hello", 201, [(b"ETag", b'"1"')])

    local.register(BASE + "/", app)
    request = Request(method="POST", url=f"{BASE}/a%2Fb/c?q=1&r=%20", headers={"x-a": "1"}, content=b"{}")
    answer = local.send(BASE, request)
    assert answer == RawAnswer(status=201, headers={"etag": '"1"'}, body=b"hello")
    assert (seen["method"], seen["scheme"], seen["server"]) == ("POST", "http", ("127.0.0.1", 8000))
    assert (seen["root_path"], seen["path"], seen["raw_path"]) == ("/beta", "/beta/a/b/c", b"/beta/a%2Fb/c")
    assert (seen["query_string"], seen["body"]) == (b"q=1&r=%20", b"{}")
    assert (b"host", b"127.0.0.1:8000") in seen["headers"]
    assert (b"x-a", b"1") in seen["headers"]
    assert (b"content-length", b"2") in seen["headers"]


def test_the_longest_base_url_serves(local: LocalApps) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None: ...

    local.register("http://h", app)
    local.register("http://h/bank", app)
    assert local.find("http://h/bank/x") == "http://h/bank"
    assert local.find("http://h/bank") == "http://h/bank"
    assert local.find("http://h/bankrupt") == "http://h"
    assert local.find("http://hh/bank") is None


def test_calls_of_calls_of_calls_from_many_threads_come_back(local: LocalApps) -> None:
    depth = 6

    def call(level: int) -> bytes:
        return local.send(BASE, get(f"/{level}")).body

    async def app(scope: Any, receive: Any, send: Any) -> None:
        level = int(scope["path"].rpartition("/")[2])
        below = b"end" if level == depth else await asyncio.to_thread(call, level + 1)
        await say(send, b"%d %s" % (level, below))

    local.register(BASE, app)
    results: list[bytes] = []
    threads = [threading.Thread(target=lambda: results.append(call(1))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert results == [b"1 2 3 4 5 6 end"] * 20


def test_nothing_of_the_sender_is_seen_by_the_receiver(local: LocalApps) -> None:
    user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await say(send, (user.get() + await asyncio.to_thread(user.get)).encode())

    local.register(BASE, app)
    user.set("sender")
    assert local.send(BASE, get()).body == b"nobodynobody"
    assert user.get() == "sender"


def test_a_body_in_parts_is_put_together_and_the_client_stays_until_the_end(local: LocalApps) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        gone = asyncio.ensure_future(receive())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for part in (b"a", b"b"):
            await send({"type": "http.response.body", "body": part, "more_body": True})
            assert not gone.done()
        await send({"type": "http.response.body"})
        assert (await gone)["type"] == "http.disconnect"

    local.register(BASE, app)
    assert local.send(BASE, get()).body == b"ab"


@pytest.mark.parametrize(("status", "kept", "written"), [(200, b"", b"ab"), (404, b"ab", b""), (503, b"ab", b"")])
def test_the_body_of_a_success_goes_into_a_file(local: LocalApps, status: int, kept: bytes, written: bytes) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        await send({"type": "http.response.body", "body": b"b"})

    local.register(BASE, app)
    server = Server(lambda handler, body: reply(handler, status, b"ab"))
    carrier = Carrier(local, 5.0)
    for url in (BASE + "/x", server.url + "/x"):
        file = io.BytesIO()
        answer = carrier.send(Request(method="GET", url=url, headers={}), file)
        assert (answer.status, answer.body, file.getvalue()) == (status, kept, written)
    carrier.close()
    server.close()


def test_an_application_that_fails_or_says_nothing_has_not_answered(local: LocalApps) -> None:
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    async def silent(scope: Any, receive: Any, send: Any) -> None: ...

    for app, says in ((fails, "ZeroDivisionError"), (silent, "no response")):
        local.register(BASE, app)
        with pytest.raises(NoAnswer, match=says):
            local.send(BASE, get())


def test_an_application_can_be_taken_down_and_brought_up(local: LocalApps) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await say(send, b"up")

    local.register(BASE, app)
    local.take_down(BASE)
    with pytest.raises(NoAnswer):
        local.send(BASE, get())
    local.bring_up(BASE)
    assert local.send(BASE, get()).body == b"up"


def test_a_call_that_ends_after_the_close_leaves_nothing_open() -> None:
    local = LocalApps()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        local.close()
        await say(send, b"late")

    local.register(BASE, app)
    assert local.send(BASE, get()).body == b"late"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("in-process")]


def test_over_http_the_answer_is_the_same() -> None:
    server = Server(lambda handler, body: reply(handler, 201, b"<" + body + b">", {"ETag": '"1"'}))
    http = HttpTransport(5.0)
    answer = http.send(Request(method="POST", url=server.url + "/a?b=c", headers={"x-a": "1"}, content=b"hi"))
    assert (answer.status, answer.body, answer.headers["etag"]) == (201, b"<hi>", '"1"')
    method, path, headers = server.requests[0]
    assert (method, path, headers["x-a"]) == ("POST", "/a?b=c", "1")
    http.close()
    server.close()


def test_a_redirect_is_not_followed() -> None:
    server = Server(lambda handler, body: reply(handler, 302, headers={"Location": "/elsewhere"}))
    http = HttpTransport(5.0)
    assert http.send(Request(method="GET", url=server.url + "/x", headers={})).status == 302
    assert len(server.requests) == 1
    http.close()
    server.close()


def breaks_off(handler: Any, body: bytes) -> None:
    reply(handler, 200, b"half", {"content-length": "100"})
    handler.close_connection = True


def talks_nonsense(handler: Any, body: bytes) -> None:
    handler.wfile.write(b"nonsense\r\n\r\n")
    handler.close_connection = True


def falls_asleep(handler: Any, body: bytes) -> None:
    threading.Event().wait(0.5)
    handler.close_connection = True


@pytest.mark.parametrize("answer", [breaks_off, talks_nonsense, falls_asleep])
def test_half_an_answer_or_none_is_no_answer(answer: Any) -> None:
    server = Server(answer)
    http = HttpTransport(0.2)
    with pytest.raises(NoAnswer):
        http.send(Request(method="GET", url=server.url + "/", headers={}))
    http.close()
    server.close()


@pytest.mark.parametrize(("limit", "file"), [("MAX_ANSWER_BYTES", None), ("MAX_FILE_BYTES", io.BytesIO())])
def test_an_answer_that_is_too_large_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, limit: str, file: io.BytesIO | None
) -> None:
    monkeypatch.setattr(transport, limit, 10)
    server = Server(lambda handler, body: reply(handler, 200, b"x" * 11))
    http = HttpTransport(5.0)
    with pytest.raises(NoAnswer, match="too large"):
        http.send(Request(method="GET", url=server.url + "/", headers={}), file)
    http.close()
    server.close()


def test_nobody_there_is_no_answer() -> None:
    server = Server(lambda handler, body: reply(handler, 200))
    server.close()
    http = HttpTransport(5.0)
    with pytest.raises(NoAnswer, match="ConnectError"):
        http.send(Request(method="GET", url=server.url + "/", headers={}))
    http.close()


def test_a_peer_of_this_process_is_called_here_and_any_other_over_http(local: LocalApps) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await say(send, b"here")

    local.register(BASE, app)
    server = Server(lambda handler, body: reply(handler, 200, b"there"))
    carrier = Carrier(local, 5.0)
    assert carrier.send(get()).body == b"here"
    assert carrier.send(Request(method="GET", url=server.url + "/", headers={})).body == b"there"
    carrier.close()
    server.close()
