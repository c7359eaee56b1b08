"""A hand at the phone: its pages opened, its forms filled in."""

import re
from typing import Any

import httpx

from tegata.actors.citizen.service import cards, signing
from tegata.node.node import Node
from tests.actors.citizen.desk import Reader, hidden
from tests.actors.citizen.phones.authenticator import Authenticator
from tests.actors.citizen.phones.site import PHONE_PIN

ORIGIN = "http://localhost:8000"


class Hand(Reader):
    """A browser at the phone's address."""

    def send(self, path: str, fields: dict[str, Any], *, on: str = "") -> httpx.Response:
        """Fill in the form of a page as it stands, and send it."""
        text = self.open(on or path).text
        main = text[text.index("<main") :]
        return self.client.post(
            path, data={**hidden(main, "_csrf", "attempt"), **fields}, headers={"Accept": "text/html"},
            follow_redirects=False,
        )  # fmt: skip

    def follow(self, answer: httpx.Response) -> str:
        """The page that an answer leads to."""
        assert answer.status_code == 303, answer.text
        return self.open(answer.headers["location"]).text


def tries(node: Node, card_id: str, usage: Any) -> int:
    with node.database.read() as session:
        return signing.tries_left(cards.card_row(session, card_id), usage)


def text_of(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", page)


def unlocked(hand: Hand, phone_id: str) -> None:
    assert hand.send(f"/phones/{phone_id}", {"secret": PHONE_PIN}).status_code == 303


def finger(hand: Hand, phone_id: str) -> Authenticator:
    """Biometrics turned on by hand."""
    at, made = f"/phones/{phone_id}/biometrics", Authenticator(ORIGIN)
    answer = made.makes(options(hand, at))
    assert "使えるようにしました" in hand.follow(hand.send(at, {"secret": PHONE_PIN, "answer": answer}))
    return made


def options(hand: Hand, at: str, *, on: str = "") -> str:
    token = hidden(hand.open(on or at).text, "_csrf")["_csrf"]
    answer = hand.client.post(f"{at}/challenge", headers={"x-csrf-token": token})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.text
