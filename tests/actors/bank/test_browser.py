"""Every page of the bank in Chromium: held against axe, and no wider than its screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tegata.actors.bank.service import campaigns, collecting, imports
from tegata.node.staff import add_staff
from tegata.node.web.app import create_app
from tests.actors.bank.world import SPECS, Banked, moved, row_of
from tests.actors.jlis.world import HANAKO
from tests.browser.conftest import apart
from tests.fixtures.browser import accessibility_violations
from tests.node.web.running import running
from tests.support import TestNetwork

TARO = moved(HANAKO, name="山田　太郎", birth_date="1978-05-01", gender="male")
PASSWORD = "correct horse"


def at_work(banked: Banked) -> list[str]:
    """A bank with something on each of its pages; returns their paths."""
    person, _ = banked.with_consent()
    banked.add("1000002", TARO)
    other = banked.holder(moved(TARO, gender="female"))
    banked.collects(other, "1000002")
    banked.add("1000003", TARO)
    waiting = banked.holder(TARO)
    banked.collects(waiting, "1000003")
    banked.add("1000004", moved(HANAKO, address="東京都港区芝１番"))
    banked.collects(banked.holder(), "1000004")
    person.happens("name_change", moved(HANAKO, name="佐藤　花子"))
    person.gets("sign")
    waiting.moves()
    banked.to_next(7, 15)
    banked.add("1000005")
    campaign_id = campaigns.create(banked.node, title="秋のお願い", place="", most=5, items=["address"], who="x")
    lines = [",".join(row_of("1")), ",".join(row_of("7000001").values()), "1,2"]
    import_id = imports.start(
        banked.node, "\n".join(lines).encode(), file_name="顧客.csv", encoding="auto", headers=None, who="x"
    )
    for thread in banked.node.state[imports.THREADS]:
        thread.join(20)
    token = collecting.make_link(banked.node, "1000005", "x")
    with banked.node.database.begin() as tx:
        add_staff(tx, banked.node, login="chief", name="佐藤", password=PASSWORD,
                  roles=frozenset({"clerk", "supervisor"}))  # fmt: skip
    cases = [f"/changes/{case.case_id}" for case in banked.cases()]
    return [
        "/", "/changes", "/changes?show=waiting", "/changes?show=today", *cases, "/customers", "/customers?q=いない",
        "/customers/1000001", "/customers/1000004", "/customers/1000005", "/files", f"/files/{import_id}",
        "/campaigns", f"/campaigns/{campaign_id}", "/effect", "/settings", "/banking", f"/consent/{token}",
        f"/consent/{token}/check?items=name,address", "/consent/guess",
    ]  # fmt: skip


@pytest.fixture
def bank_at(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    network = apart(lambda: TestNetwork(SPECS, "", tmp_path))
    try:
        paths = apart(lambda: at_work(Banked(network)))
        with running(create_app(network["bank"])) as base_url:
            yield base_url, paths
    finally:
        apart(network.close)


def is_well(page: Page) -> None:
    assert accessibility_violations(page) == [], page.url
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, page.url


def test_every_page_is_accessible_and_fits(bank_at: tuple[str, list[str]], page: Page) -> None:
    base_url, paths = bank_at
    page.goto(f"{base_url}/login")
    page.fill("#login", "chief")
    page.fill("#password", PASSWORD)
    page.locator("main .button").click()
    for path in paths:
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(base_url + path)
            is_well(page)
    page.goto(f"{base_url}/customers/1000005")
    page.locator("main .button", has_text="同意の画面を案内する").click()
    is_well(page)
    assert page.locator(".qr svg").count() == 1
