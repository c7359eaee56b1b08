"""Every page of every actor, with something on it: without axe violation, on narrow screens, in both languages."""

import io
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tegata.actors.bank.service import campaigns, imports
from tegata.actors.call_centre.rules.menus import menu_of
from tegata.actors.call_centre.service import calls
from tegata.actors.municipality.service import procedures, register
from tegata.japan.four_attributes import ITEMS
from tegata.network.accounts import NEW_HOMES, PASSWORD
from tegata.node.node import Node
from tegata.node.staff import check_password
from tests.browser.conftest import apart
from tests.browser.hands import follow, go_on, heading, log_in, log_in_by_card
from tests.browser.looks import check_languages, check_page, walk
from tests.whole import WholeNetwork

STAFF = {
    "jlis": "operator", "platform": "operator", "bank": "supervisor", "municipality": f"counter-{NEW_HOMES[0]}",
    "call_centre": "operator",
}  # fmt: skip
KINDS = {
    "network": 6,
    "jlis": 7,
    "platform": 7,
    "bank": 13,
    "portal": 7,
    "municipality": 6,
    "call_centre": 5,
    "citizen": 3,
}
"""At least so many kinds of pages are found."""


@pytest.fixture(scope="module")
def busy(whole: WholeNetwork) -> WholeNetwork:
    """A day on which everything happened."""
    apart(lambda: fill(whole))
    return whole


def fill(whole: WholeNetwork) -> None:
    """Moves with and without a new certificate, a new name, a leaving, open cases, letters, a file with a bad row."""
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
    for kind in ("give_up_card", "pins"):
        procedures.open_case(counter, whole.desk(moving), kind, whole.resident_id(moving))
    campaigns.offer(bank, campaigns.create(bank, title="秋のお願い", place="", most=5, items=ITEMS, who="clerk"))
    imports.import_csv(bank, io.BytesIO("顧客番号,氏名,住所,生年月日,性別\n1,,,x,y\n".encode()), file_name="a.csv")
    whole.to_next(8, 30)
    take_calls(whole["call_centre"])


def take_calls(centre: Node) -> None:
    """A call that is open, and one that has ended."""
    operator = check_password(centre, "operator", PASSWORD)
    assert operator is not None
    for _ in range(2):
        call_id = calls.take(centre, operator, menu_of(2))
    calls.end(centre, operator, call_id, "dropped")


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
        "/call_centre/before-calling",
        "/nowhere",
    ],
)
def test_a_page_before_any_login(page: Page, busy: WholeNetwork, path: str) -> None:
    page.goto(busy.base_url + path)
    check_page(page)
    check_languages(page)


@pytest.mark.rule("SP-05")
def test_a_card_is_lost_and_found_at_the_counter(page: Page, busy: WholeNetwork) -> None:
    """The pages that no link leads to: the questions, the check, the person with a stopped card, and the results."""
    resident = f"{busy['municipality'].base_url}/residents/{busy.resident_id(busy.holders()[1])}"
    log_in(page, busy, "municipality", STAFF["municipality"])
    page.goto(resident)
    follow(page, page.get_by_role("button", name="紛失の届出"))
    page.check("input[value=asked]")
    go_on(page)
    assert heading(page) == "カードはどうなりましたか"
    check_page(page)
    page.check("input[value=stolen]")
    go_on(page)
    assert heading(page) == "この内容で記録しますか"
    check_page(page)
    go_on(page)
    assert heading(page) == "紛失の届出が終わりました"
    check_page(page)
    page.goto(resident)
    assert "このカードは紛失の届出により" in page.inner_text("main")
    check_page(page)
    go_on(page)
    page.check("input[value=card]")
    go_on(page)
    check_page(page)
    go_on(page)
    assert heading(page) == "一時停止の解除が終わりました"
    check_page(page)
