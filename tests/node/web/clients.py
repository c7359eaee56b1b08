"""Two ways to come in: an organisation with its key, and a person with a browser."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

import httpx
from litestar.testing import TestClient

from tegata.node.identity import service_key
from tegata.node.node import Node
from tegata.node.oauth_client import Authenticator

HTML = "text/html,application/xhtml+xml"


class ApiClient:
    """Calls an actor as an organisation would, with tokens and proofs."""

    def __init__(self, client: TestClient[Any], node: Node) -> None:
        self.client = client
        self.base_url = node.base_url
        self.asked = 0
        self.authenticator = Authenticator("desk", service_key(node), node.clock.now, self.post_form)

    def post_form(self, peer: str, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        self.asked += 1
        answer = self.client.post(url.removeprefix(self.base_url), content=body, headers=headers)
        return answer.status_code, answer.content

    def headers(self, method: str, path: str) -> dict[str, str]:
        return self.authenticator.headers("desk", self.base_url, method, self.base_url + path)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers={**self.headers("GET", path), **headers})

    def post(self, path: str, body: object, *, key: str | None = "key-1", **headers: str) -> httpx.Response:
        with_key = {} if key is None else {"Idempotency-Key": key}
        return self.client.post(path, json=body, headers={**self.headers("POST", path), **with_key, **headers})


class Visitor:
    """Opens pages and sends their forms, with the hidden fields that they hold."""

    def __init__(self, client: TestClient[Any]) -> None:
        self.client = client

    def open(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers={"Accept": HTML, **headers}, follow_redirects=False)

    def send(
        self, form_page: str, fields: Mapping[str, Any], *, to: str | None = None, **options: Any
    ) -> httpx.Response:
        """Fill in the form of a page; the answer is not followed."""
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', self.open(form_page).text))
        filled = {name: unescape(value) for name, value in hidden.items()} | dict(fields)
        path = to or form_page.partition("?")[0]
        return self.client.post(path, data=filled, headers={"Accept": HTML}, follow_redirects=False, **options)

    def log_in(self, login: str = "suzuki", password: str = "correct horse", then: str = "/notes") -> httpx.Response:
        return self.send(f"/login?next={then}", {"login": login, "password": password})
