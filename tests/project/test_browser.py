"""The browser that page tests use: it draws Japanese, runs script, and axe finds what is wrong."""

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.fixtures.browser import accessibility_violations, open_page

GOOD = """<!doctype html><html lang="ja"><title>転入</title>
<main><h1>転入の届出</h1><form><label for="name">氏名</label><input id="name"></form></main></html>"""


def test_a_good_page_has_no_violation(page: Page) -> None:
    page.set_content(GOOD)
    assert page.get_by_label("氏名").is_visible()
    assert accessibility_violations(page) == []


def test_a_field_without_a_label_is_a_violation(page: Page) -> None:
    page.set_content(GOOD.replace('<label for="name">氏名</label>', "氏名"))
    assert [found.partition(":")[0] for found in accessibility_violations(page)] == ["label"]


def test_the_browser_is_in_japan(page: Page) -> None:
    page.set_content(GOOD)
    assert page.evaluate("[navigator.language, new Date('2023-09-30T15:00:00Z').getDate()]") == ["ja-JP", 1]


DRAWN = """letter => {
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    pen.font = "32px sans-serif";
    pen.fillText(letter, 0, 40);
    return canvas.toDataURL();
}"""


def test_japanese_letters_are_drawn_apart(page: Page) -> None:
    """Without a Japanese font each letter is the same empty box."""
    page.set_content(GOOD)
    assert len({page.evaluate(DRAWN, letter) for letter in "あ転髙﨑"}) == 4


def answer(route: Route) -> None:
    name = route.request.url.rpartition("/")[2]
    style, script = '<link rel="stylesheet" href="/missing.css">', "<script>nothing.at.all</script>"
    parts = {"style": (200, style), "script": (200, script), "refused": (422, "")}
    status, part = parts.get(name, (404, ""))
    route.fulfill(status=status, content_type="text/html", body=GOOD + part)


def visit(browser: Browser, path: str) -> None:
    with open_page(browser) as opened:
        opened.route("**/*", answer)
        opened.goto(f"http://127.0.0.1/{path}")


@pytest.mark.parametrize(("path", "fault"), [("style", "404 .*missing.css"), ("script", "nothing is not defined")])
def test_a_page_with_a_fault_is_found(browser: Browser, path: str, fault: str) -> None:
    with pytest.raises(AssertionError, match=fault):
        visit(browser, path)


def test_a_refused_form_is_no_fault(page: Page) -> None:
    page.route("**/*", answer)
    assert (response := page.goto("http://127.0.0.1/refused"))
    assert response.status == 422
