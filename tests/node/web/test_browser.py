"""The shell in a real browser: every part accessible, at 1280 and at 320 px, by keyboard, without a script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tegata.node.identity_settings import DemonstrationAccount
from tegata.node.staff import add_staff
from tegata.node.web.app import create_app
from tests.fixtures.browser import accessibility_violations
from tests.node.web.running import free_port, running
from tests.node.web.sample import SPEC
from tests.support import make_node


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    node = make_node(
        SPEC, "", data_dir=Path(tmp_path_factory.mktemp("browser")), peers={"desk": f"http://127.0.0.1:{port}"}
    )
    node.state["demonstration-accounts"] = [DemonstrationAccount(login="suzuki", password="correct horse", name="鈴木")]
    with node.database.begin() as tx:
        add_staff(tx, node, login="suzuki", name="鈴木", password="correct horse", roles=frozenset({"clerk"}))
    with running(create_app(node), port) as url:
        yield url
    node.close()


def log_in(page: Page, server: str) -> None:
    page.goto(f"{server}/login?next=/notes")
    page.fill("#login", "suzuki")
    page.fill("#password", "correct horse")
    page.click("main .button-primary")
    page.wait_for_url(f"{server}/notes")


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("path", ["/", "/?lang=en", "/login", "/notes", "/notes/new", "/chief", "/nowhere"])
def test_every_page_is_accessible_and_fits(page: Page, server: str, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    if path.startswith(("/notes", "/chief")):
        log_in(page, server)
    page.goto(server + path)
    assert accessibility_violations(page) == []
    assert overflow(page) <= 0


@pytest.mark.parametrize("width", [1280, 320])
def test_a_form_with_errors_leads_to_them(page: Page, server: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page, server)
    page.goto(f"{server}/notes/new")
    page.click("main .button-primary")
    assert page.locator(".error-summary li").count() == 4
    assert accessibility_violations(page) == []
    page.click(".error-summary a >> nth=0")
    assert page.evaluate("document.activeElement.id") == "title"
    assert page.locator("#title").get_attribute("aria-invalid") == "true"


def test_a_form_is_filled_in_by_keyboard(page: Page, server: str) -> None:
    log_in(page, server)
    page.goto(f"{server}/notes/new")
    page.focus("#title")
    for key in ("件名", "Tab", "Space", "Tab", "1980", "Tab", "2", "Tab", "17", "Tab", "東", "Tab"):
        if key in {"Tab", "Space"}:
            page.keyboard.press(key)
        else:
            page.keyboard.type(key)
    page.select_option("#place", "13101")
    page.focus("main .button-primary")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server}/notes")
    assert "受け付けました。" in page.inner_text("[role=status]")


def test_the_first_tab_leads_past_the_header(page: Page, server: str) -> None:
    page.goto(server)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_focus_is_seen(page: Page, server: str) -> None:
    page.goto(f"{server}/login")
    page.focus("#login")
    style = "getComputedStyle(document.activeElement)"
    assert page.evaluate(f"{style}.outlineWidth + ' ' + {style}.outlineOffset") == "4px 2px"
    assert page.evaluate(f"{style}.outlineColor") == "rgb(0, 0, 0)"


def test_nothing_is_lost_at_a_zoom_of_400_percent(page: Page, server: str) -> None:
    page.set_viewport_size({"width": 320, "height": 256})
    page.goto(server)
    assert overflow(page) <= 0
    assert page.locator("h1").is_visible()


def test_forced_colours_keep_what_matters(page: Page, server: str) -> None:
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    page.goto(server)
    assert accessibility_violations(page) == []
    border = page.evaluate("getComputedStyle(document.querySelector('.button-primary')).borderTopWidth")
    assert border == "3px"


def test_the_back_button_does_not_log_out(page: Page, server: str) -> None:
    log_in(page, server)
    page.goto(f"{server}/notes/new")
    page.go_back()
    page.reload()
    assert page.url == f"{server}/notes"
    assert page.get_by_role("button", name="ログアウト").is_visible()


def test_lists_of_numbers_stand_behind_every_chart(page: Page, server: str) -> None:
    page.goto(server)
    for chart in page.locator("figure.chart").all():
        chart.locator("summary").click()
        assert chart.locator("table tbody tr").count() >= 5
    assert accessibility_violations(page) == []
