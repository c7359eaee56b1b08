"""What holds for every page: accessible, readable on a narrow screen, in both languages; and a walk through all."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from playwright.sync_api import APIResponse, Page

from tests.fixtures.browser import accessibility_violations

DESKTOP, PHONE, NARROW = 1280, 390, 320
HEIGHT = 900


def check_page(page: Page) -> None:
    """The page that is open has no axe violation on a desktop and on a phone, and fits into 320 px."""
    found = [f"{width} px: {fault}" for width in (DESKTOP, PHONE) for fault in _violations(page, width)]
    _set_width(page, NARROW)
    if (too_wide := overflow(page)) > 0:
        found.append(f"{NARROW} px: {too_wide} px too wide")
    _set_width(page, DESKTOP)
    assert not found, "\n".join([page.url, *found])


def _violations(page: Page, width: int) -> list[str]:
    _set_width(page, width)
    return accessibility_violations(page)


def _set_width(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": HEIGHT})


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def check_languages(page: Page) -> None:
    """The switch leads to the same page in English, which fits into 320 px as well, and back."""
    assert language(page) == "ja"
    japanese = page.inner_text("main")
    page.click(".band-tools a[hreflang=en]")
    assert language(page) == "en"
    _set_width(page, NARROW)
    assert overflow(page) <= 0, f"{page.url} in English"
    _set_width(page, DESKTOP)
    assert page.inner_text("main") != japanese
    page.click(".band-tools a[hreflang=ja]")
    assert language(page) == "ja"
    assert page.inner_text("main h1") in japanese


def language(page: Page) -> str | None:
    """The language that the page says it is in."""
    return page.get_attribute("html", "lang")


def walk(page: Page, start: str, *, other: Sequence[str] = ()) -> Iterator[str]:
    """Opens every page of an actor that links lead to from its first one, one of each kind; gives their addresses.

    Pages are of one kind where their addresses differ in what names a thing only. ``other`` are addresses below which
    other actors are. Fails where a link of this network leads nowhere.
    """
    waiting, seen, origin = [start], set[str](), "/".join(start.split("/")[:3]) + "/"
    while waiting:
        address = waiting.pop(0)
        if _kind(address) in seen:
            continue
        seen.add(_kind(address))
        if not _get(page, address).headers.get("content-type", "").startswith("text/html"):
            continue
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        links: list[str] = page.eval_on_selector_all("a[href]", LINKS)
        own = [link for link in links if link.startswith(start) and not link.startswith(tuple(other))]
        for link in {_kind(link): link for link in set(links) - set(own) if link.startswith(origin)}.values():
            assert _get(page, link).ok, f"{address} leads to {link}"
        waiting += own
        yield address


def _get(page: Page, address: str) -> APIResponse:
    """What a click would lead to; a page for staff leads to their login."""
    return page.request.get(address, headers={"Accept": "text/html"})


LINKS = """links => links.filter(link => !link.closest(".band-tools"))
    .map(link => new URL(link.getAttribute("href"), document.baseURI).href.split("#")[0])"""
"""Where links lead to, those of the map among them; the switch of the language is none."""


SWITCHES = ("show=", "usage=")
"""Parameters that choose between lists on one address; others name things, or where a list goes on."""
NAMES = re.compile(r"[0-9]|^(sign|auth|all|authority)$")
"""Parts of a path that name a thing."""


def _kind(address: str) -> str:
    parts = urlsplit(address)
    path = "/".join("*" if NAMES.search(part) else part for part in parts.path.rstrip("/").split("/"))
    return "&".join([path, *sorted(pair for pair in parts.query.split("&") if pair.startswith(SWITCHES))])
