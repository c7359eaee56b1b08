"""A browser at a counter."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import httpx
from litestar.testing import TestClient

from tegata.actors.municipality import seed
from tegata.node.web.app import create_app
from tests.actors.municipality.world import World

HTML = {"Accept": "text/html"}


class Counter:
    """Opens pages, follows where they lead, and sends their forms."""

    def __init__(self, client: TestClient[Any]) -> None:
        self.client = client

    def open(self, path: str) -> httpx.Response:
        """A page; not followed."""
        return self.client.get(path, headers=HTML, follow_redirects=False)

    def token(self, text: str) -> str:
        """The hidden token of a page."""
        found = re.search(r'name="_csrf" value="([^"]*)"', text)
        assert found is not None, "the page has no form"
        return unescape(found[1])

    def post(self, path: str, fields: dict[str, Any], *, on: str) -> httpx.Response:
        """Send a form that stands on the page ``on``; not followed."""
        data = {**fields, "_csrf": self.token(self.open(on).text)}
        return self.client.post(path, data=data, headers=HTML, follow_redirects=False)

    def log_in(self, login: str, password: str) -> None:
        """Log in as staff."""
        answer = self.post("/login", {"login": login, "password": password, "next": "/"}, on="/login")
        assert answer.status_code == 303, answer.text

    def begin(self, resident_id: str, kind: str, *, on: str | None = None) -> str:
        """Begin a procedure for a person; the path of its case."""
        page = on or f"/residents/{resident_id}"
        answer = self.post(f"/residents/{resident_id}/procedures", {"kind": kind}, on=page)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].rpartition("/")[0]

    def answer(self, case: str, step: str, fields: dict[str, Any]) -> str:
        """Answer a question; the name of the next page."""
        answer = self.post(f"{case}/{step}", fields, on=f"{case}/{step}")
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"].startswith(case)
        return str(answer.headers["location"].removeprefix(f"{case}/"))

    def record(self, case: str) -> httpx.Response:
        """Send the check page; the result page."""
        answer = self.post(f"{case}/record", {}, on=f"{case}/check")
        assert answer.status_code == 303, answer.text
        return self.open(answer.headers["location"])


def day(field: str, year: int, month: int, day_: int) -> dict[str, str]:
    """A date in its three fields."""
    return {f"{field}-year": str(year), f"{field}-month": str(month), f"{field}-day": str(day_)}


@contextmanager
def counter_of(world: World, municipality_code: str) -> Iterator[Counter]:
    """A clerk of a municipality, logged in."""
    account = seed.open_counter(world.node, municipality_code)
    with TestClient(create_app(world.node)) as client:
        counter = Counter(client)
        counter.log_in(account.login, account.password)
        yield counter
