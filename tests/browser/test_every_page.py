"""Every page of every actor, with something on it: without axe violation, on narrow screens, in both languages."""

import io
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tegata.actors.bank.service import campaigns, imports
from tegata.actors.municipality.service import register
from tegata.japan.four_attributes import ITEMS
from tegata.network.accounts import NEW_HOMES
from tests.browser.conftest import apart
from tests.browser.hands import log_in, log_in_by_card
from tests.browser.looks import check_languages, check_page, walk
from tests.whole import WholeNetwork

STAFF = {"jlis": "operator", "platform": "operator", "bank": "supervisor", "municipality": f"counter-{NEW_HOMES[0]}"}
KINDS = {"network": 6, "jlis": 7, "platform": 7, "bank": 13, "portal": 7, "municipality": 4, "citizen": 3}
"""At least so many kinds of pages are found."""


@pytest.fixture(scope="module")
def busy(whole: WholeNetwork) -> WholeNetwork:
    """A day on which everything happened."""
    apart(lambda: fill(whole))
    return whole


def fill(whole: WholeNetwork) -> None:
    """Moves with and without a new certificate, a new name, somebody who leaves, letters, a file with a bad row."""
    counter, bank, today = whole["municipality"], whole["bank"], whole.now.date()
    moving, waiting, renamed, leaving = whole.holders()[:4]
    for person in (moving, waiting):
        whole.moves(person)
    whole.reissues(moving)
    register.change_name(
        counter, whole.desk(renamed), whole.resident_id(renamed), name="改名　新太郎", kana="カイメイ　シンタロウ",
        former_name="", effective_on=today,
    )  # fmt: skip
    whole.reissues(renamed)
    register.leave_country(counter, whole.desk(leaving), [whole.resident_id(leaving)], effective_on=today)
    campaigns.offer(bank, campaigns.create(bank, title="秋のお願い", place="", most=5, items=ITEMS, who="clerk"))
    imports.import_csv(bank, io.BytesIO("顧客番号,氏名,住所,生年月日,性別\n1,,,x,y\n".encode()), file_name="a.csv")
    whole.to_next(8, 30)


@pytest.mark.parametrize("actor", list(KINDS))
def test_every_page(page: Page, busy: WholeNetwork, actor: str) -> None:
    if actor in STAFF:
        log_in(page, busy, actor, STAFF[actor])
    elif actor == "portal":
        log_in_by_card(page, busy, busy.holders()[0])
    start = busy[actor].base_url + "/"
    seen = []
    others = [node.base_url for node in busy.nodes if node.spec.name not in (actor, "network")]
    for address in walk(page, start, other=others):
        check_page(page)
        check_languages(page)
        seen.append(urlsplit(address).path)
    assert len(seen) >= KINDS[actor], seen


@pytest.mark.parametrize(
    "path",
    [
        "/bank/login",
        "/portal/",
        "/portal/card-login",
        "/portal/invitation/unknown",
        "/bank/consent/unknown",
        "/nowhere",
    ],
)
def test_a_page_before_any_login(page: Page, busy: WholeNetwork, path: str) -> None:
    page.goto(busy.base_url + path)
    check_page(page)
    check_languages(page)
