"""A drawer with cards, an organisation that asks for signatures, and a browser at the reader."""

import base64
import re
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import msgspec
from litestar.testing import TestClient

from tegata.node.web.app import create_app
from tegata.wire.reader import FETCH_PATH, RETURN_PATH, SigningRequest
from tegata.wire.text import Text
from tests.actors.municipality.world import World

HTML = {"Accept": "text/html"}
PAYLOAD = b'{"kind":"consent"}'


class Asker:
    """The portal, or another ``peer``, as far as the reader meets it: requests by id, and how often each was got."""

    def __init__(self, world: World, peer: str = "portal") -> None:
        self.base_url = world.citizen.settings.base_url_of(peer)
        self.now = world.clock.now
        self.requests: dict[str, bytes] = {}
        self.fetched: list[str] = []
        world.network.local.register(self.base_url, self)

    def ask(self, request_id: str = "request-1", **changes: Any) -> str:
        """Keep a request; its address."""
        request = SigningRequest(
            request_id=request_id, usage="sign", asker=Text("ポータル", "Portal"),
            title=Text("４情報の提供への同意", "Consent"), summary=[Text("氏名と住所", "Name and address")],
            payload=base64.b64encode(PAYLOAD).decode(), expires_at=self.now() + timedelta(minutes=10),
            return_url=self.base_url + RETURN_PATH.format(request_id=request_id),
        )  # fmt: skip
        self.requests[request_id] = msgspec.json.encode(msgspec.structs.replace(request, **changes))
        return self.address(request_id)

    def address(self, request_id: str) -> str:
        """Where a request is fetched."""
        return self.base_url + FETCH_PATH.format(request_id=request_id)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request_id = scope["path"].rpartition("/")[2]
        self.fetched.append(request_id)
        body = self.requests.get(request_id)
        found = body is not None
        problem = b'{"type":"urn:tegata:problem:not-found","title":"-","status":404,"code":"not-found"}'
        media_type = b"application/json" if found else b"application/problem+json"
        headers = [(b"content-type", media_type)]
        await send({"type": "http.response.start", "status": 200 if found else 404, "headers": headers})
        await send({"type": "http.response.body", "body": body if found else problem})


class Reader:
    """A browser at the reader's pages."""

    def __init__(self, client: TestClient[Any]) -> None:
        self.client = client

    def open(self, path: str, **query: str) -> httpx.Response:
        """A page; not followed."""
        return self.client.get(path, params=query or None, headers=HTML, follow_redirects=False)

    def post(self, path: str, fields: dict[str, Any], *, on: str) -> httpx.Response:
        """Send a form of the page ``on``; not followed."""
        return self.client.post(
            path, data={**fields, **hidden(self.open(on).text, "_csrf")}, headers=HTML, follow_redirects=False
        )

    def begin(self, address: str) -> str:
        """Come from the asker's page; the path of the request on the reader."""
        answer = self.open("/reader", request_uri=address)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def lay(self, at: str, card_id: str = "card-2") -> httpx.Response:
        """Choose a card."""
        return self.post(at, {"card": card_id}, on=at)

    def type(self, at: str, pin: str, **fields: str) -> httpx.Response:
        """Type a PIN on the form as it stands."""
        attempt = hidden(self.open(f"{at}/pin").text, "attempt")
        return self.post(f"{at}/pin", {"pin": pin, **attempt, **fields}, on=f"{at}/pin")


def hidden(text: str, *names: str) -> dict[str, str]:
    """Hidden fields of a page's forms."""
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', text)
    return {name: unescape(value) for name, value in found if name in names}


def answer_in(response: httpx.Response) -> dict[str, str]:
    """What the page takes back to who asked."""
    assert response.status_code == 200, response.text
    assert "data-back" in response.text
    return hidden(response.text, "request_id", "response", "error")


def reader_of(world: World) -> TestClient[Any]:
    """The drawer's pages."""
    return TestClient(create_app(world.citizen))
