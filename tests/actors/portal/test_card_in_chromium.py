"""Chromium logs in with the certificate of a card on a PC/SC reader, by TLS, through OpenSC.

Everything is the real thing: Chromium and NSS, OpenSC's PKCS#11 module, pcscd and the virtual reader, HAProxy, the
portal and J-LIS. The card signs the handshake; its PIN is typed into the browser's own window.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import Page

from tegata.actors.jlis.service import authorities
from tegata.card import Card
from tegata.node.web.app import create_app
from tests.actors.portal.desktop import Hands, chromium, desktop, make_home
from tests.actors.portal.front import Front, fronted, haproxy, written
from tests.actors.portal.world import PINS, SPECS, Portal
from tests.browser.conftest import apart
from tests.fixtures.pcsc import VirtualReader
from tests.node.web.running import running
from tests.support import TestNetwork

VERIFY, SIGN = "0020", "802a"


class Watched:
    """A card whose commands are noted, with the status words that it answered; the data of commands is not."""

    atr: ClassVar[bytes] = Card.atr

    def __init__(self, card: Card) -> None:
        self.card = card
        self.done: list[tuple[str, str]] = []

    def reset(self) -> bytes:
        """The card's own."""
        return self.card.reset()

    def transmit(self, apdu: bytes) -> bytes:
        """The card's own."""
        answer = self.card.transmit(apdu)
        has_data = len(apdu) > 5
        if has_data and apdu[:2].hex() in {VERIFY, SIGN}:
            self.done.append((apdu[:2].hex(), answer[-2:].hex()))
        return answer


@contextmanager
def behind_front(directory: Path) -> Iterator[tuple[Portal, Front]]:
    """Portal and J-LIS, served behind HAProxy."""
    front = written(directory / "front", [])
    settings = {"peers": {"portal": front.described.portal_url}, "actors": front.settings()}
    network = TestNetwork(SPECS, "", directory / "data", **settings)
    roots = authorities.roots(network["jlis"], "auth")
    (front.directory / "auth-roots.pem").write_bytes(b"".join(root.public_bytes(Encoding.PEM) for root in roots))
    with running(create_app(network["portal"]), front.portal_port), fronted(front):
        yield Portal(network), front
    network.close()


def presses(page: Page, front: Front) -> None:
    """The second button of the login page."""
    page.goto(f"{front.described.portal_url}/card-login?next=/card")
    page.get_by_text("ブラウザーの証明書でログインする").click()


@pytest.mark.rule("SP-04")
def test_chromium_logs_in_with_the_card(tmp_path: Path, virtual_reader: VirtualReader) -> None:
    haproxy()
    with behind_front(tmp_path) as (world, front), desktop() as hands:
        holder = world.holder()
        card = Watched(holder.card)
        with virtual_reader.holding(card):
            make_home(tmp_path / "home", front.directory / "server-ca.pem")
            with chromium(tmp_path / "home", hands) as context:
                page = context.pages[0]
                types_pins(page, front, hands, "9999", PINS["auth"])
                assert page.url == f"{front.described.portal_url}/card"
                assert "わたしのカードとスマートフォン" in page.inner_text("h1")
                assert card.done == [(VERIFY, "63c2"), (VERIFY, "9000"), (SIGN, "9000")]
                apart(lambda: world.jlis.suspends(holder.resident, "card"))
                context.clear_cookies()
                presses(page, front)
                assert "consent-certificate-not-valid" in page.inner_text("main")
                assert card.done.count((SIGN, "9000")) == 2, "each login is a handshake, and the card stays unlocked"


def types_pins(page: Page, front: Front, hands: Hands, *pins: str) -> None:
    """A login; the browser's own windows are answered meanwhile."""

    def answer() -> None:
        hands.chooses()
        hands.unlocks(*pins)

    with ThreadPoolExecutor(1) as elsewhere:
        answering = elsewhere.submit(answer)
        presses(page, front)
        answering.result()
    page.wait_for_load_state()
