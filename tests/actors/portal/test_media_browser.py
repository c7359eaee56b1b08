"""The pages about card and phone in Chromium: held against axe, at the width of a phone and of a desk."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from litestar.testing import TestClient
from playwright.sync_api import Page

from tegata.node.web.app import create_app
from tests.actors.portal.front import written
from tests.actors.portal.standing_jlis import SPECS, on_phone, state
from tests.actors.portal.test_browser import is_well
from tests.actors.portal.test_media import HELD, REVOKE, Person
from tests.browser.conftest import apart
from tests.node.web.running import running
from tests.pki.support import authority
from tests.support import START, TestNetwork

GONE = {"state": "revoked", "revoked_at": START, "reason": "affiliationChanged"}


class Served:
    """A portal on loopback, with somebody logged in."""

    def __init__(self, person: Person, url: str) -> None:
        self.person, self.url = person, url

    def opens(self, page: Page) -> None:
        """The browser has the session."""
        for one in self.person.visitor.client.cookies.jar:
            page.context.add_cookies([{"name": one.name, "value": one.value or "", "url": self.url}])


@contextmanager
def serving(directory: Path) -> Iterator[Served]:
    front = written(directory, [authority("auth").certificate])
    peers = {"portal": front.described.portal_url}
    network = TestNetwork(SPECS, "", directory / "data", peers=peers, actors=front.settings())
    with running(create_app(network["portal"]), front.portal_port) as url:
        with TestClient(create_app(network["portal"])) as client:
            person = Person(network, client)
        yield Served(person, url)
    network.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    opened = serving(Path(tmp_path_factory.mktemp("media-browser")))
    yield apart(opened.__enter__)
    apart(lambda: opened.__exit__(None, None, None))


@pytest.mark.rule("SP-05")
@pytest.mark.parametrize("width", [1280, 320])
def test_every_page_about_card_and_phone_is_well(page: Page, served: Served, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    served.opens(page)
    served.person.holds(on_phone(41, "sign", **HELD), on_phone(42, "auth", **HELD))
    for path in ("/card", "/", f"{REVOKE}/back", f"{REVOKE}/check", "/card-login"):
        page.goto(served.url + path)
        is_well(page)
    page.goto(served.url + REVOKE)
    page.locator("main .button", has_text="次へ進む").click()
    assert "どちらかを選んでください" in page.inner_text("main")
    is_well(page)
    page.check("text=手元に戻らない")
    page.locator("main .button", has_text="次へ進む").click()
    assert page.url == f"{served.url}{REVOKE}/check"
    served.person.holds(
        on_phone(41, "sign", **GONE),
        card=[state(7, "auth", **HELD), state(8, "sign", **HELD), state(3, "sign", **GONE)],
    )
    for path in ("/card", REVOKE, f"{REVOKE}/check", f"{REVOKE}/done"):
        page.goto(served.url + path)
        is_well(page)
