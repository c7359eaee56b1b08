"""The portal in Chromium, with the citizen's reader beside it: the whole way by letter, on a phone and on a desk.

Every page is held against axe and fits its width; the content security policies let each redirect through.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, Route

from tegata.actors.portal.service import invitations, services
from tegata.network.population import Person
from tests.actors.portal.world import letter
from tests.browser.conftest import apart
from tests.fixtures.browser import accessibility_violations
from tests.fixtures.whole_network import served
from tests.whole import WholeNetwork


@pytest.fixture(scope="module")
def network(network_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeNetwork]:
    opened = served(network_template, tmp_path_factory.mktemp("portal-browser") / "data")
    yield apart(opened.__enter__)
    apart(lambda: opened.__exit__(None, None, None))


def is_well(page: Page) -> None:
    """The page is accessible and fits."""
    assert accessibility_violations(page) == [], page.url
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, page.url


def goes_on(page: Page, words: str) -> None:
    """Press the button, or follow the link that looks like one."""
    is_well(page)
    page.locator("main .button", has_text=words).click()


def uses_card(page: Page, network: WholeNetwork, person: Person) -> None:
    """On the reader: choose the card, enter what its holder remembers, come back."""
    page.wait_for_url(f"{network.base_url}/citizen/reader/**")
    page.fill("#q", person.person_id)
    page.locator("main .button", has_text="探す").click()
    page.locator("main .button", has_text="このカードを置く").click()
    page.fill("#pin", page.inner_text(".pin-hint code"))
    page.locator("main form:has(#pin) .button").first.click()
    page.wait_for_url(f"{network.base_url}/portal/**")


def logs_in(page: Page, network: WholeNetwork, person: Person, then: str) -> None:
    page.goto(f"{network.base_url}/portal{then}")
    goes_on(page, "カードを読み取る")
    uses_card(page, network, person)
    page.wait_for_url(f"{network.base_url}/portal{then}")


@pytest.mark.rule("FI-09")
@pytest.mark.rule("FI-10")
@pytest.mark.parametrize("width", [1280, 320])
def test_from_the_letter_to_the_consent_and_its_withdrawal(page: Page, network: WholeNetwork, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    person = network.holders(consented=False)[0 if width == 320 else 1]
    made = letter(width, network.now)
    invitations.offer(network["portal"], [made], "bank")
    page.goto(f"{network.base_url}/portal/invitation/{made.code}")
    goes_on(page, "手続を始める")
    goes_on(page, "カードを読み取る")
    uses_card(page, network, person)
    page.uncheck("#items-4")
    goes_on(page, "次へ進む")
    goes_on(page, "この条件で次へ進む")
    assert "氏名、住所、生年月日" in page.inner_text("main")
    goes_on(page, "同意して署名する")
    uses_card(page, network, person)
    assert "同意しました" in page.inner_text("h1")
    goes_on(page, "同意の提供状況を見る")
    page.get_by_role("link", name=made.service_name).first.click()
    goes_on(page, "この同意を取り消す")
    goes_on(page, "取り消す（カードで署名する）")
    uses_card(page, network, person)
    assert "同意を取り消しました" in page.inner_text("h1")
    is_well(page)
    for path in ("/", "/consents", "/accesses", "/card", "/developers", "/consents?lang=en"):
        page.goto(f"{network.base_url}/portal{path}")
        is_well(page)


@pytest.mark.parametrize("width", [1280, 320])
def test_pages_for_everyone_and_mistakes_are_accessible(page: Page, network: WholeNetwork, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("/", "/card-login", "/invitation/UNKNOWN", "/oidc/authorize", "/developers"):
        page.goto(f"{network.base_url}/portal{path}")
        is_well(page)
    made = letter(5000 + width, network.now)
    invitations.offer(network["portal"], [made], "bank")
    logs_in(page, network, network.holders(consented=False)[2], f"/invitation/{made.code}/items")
    for number in range(1, 5):
        page.uncheck(f"#items-{number}")
    goes_on(page, "次へ進む")
    assert "１つ以上選んでください" in page.inner_text(".error-summary")
    is_well(page)
    page.goto(f"{network.base_url}/portal/card-login")
    page.locator("main .button", has_text="カードを読み取る").click()
    page.wait_for_url(f"{network.base_url}/citizen/reader/**")
    page.locator("main .button", has_text="やめて、もとのページに戻る").click()
    page.wait_for_url(f"{network.base_url}/portal/card-requests/*/result")
    assert "やめました" in page.inner_text("h1")
    is_well(page)


@pytest.mark.parametrize("width", [1280, 320])
def test_a_service_gets_its_code_through_every_redirect(page: Page, network: WholeNetwork, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    arrived: list[str] = []

    def callback(route: Route) -> None:
        arrived.append(route.request.url)
        route.fulfill(body="<title>shop</title>", content_type="text/html")

    page.route("http://127.0.0.1:9000/**", callback)
    sample = services.sample(network["portal"])
    parameters = {
        "client_id": sample.id, "redirect_uri": sample.redirect_uris[0], "response_type": "code", "state": "s-1",
        "scope": "openid name address", "code_challenge": "c" * 43, "code_challenge_method": "S256",
    }  # fmt: skip
    page.goto(f"{network.base_url}/portal/oidc/authorize?{urlencode(parameters)}")
    goes_on(page, "カードを読み取る")
    uses_card(page, network, network.holders(consented=False)[3])
    goes_on(page, "同意してログインする")
    page.wait_for_url("http://127.0.0.1:9000/callback?**")
    told = dict(parse_qsl(urlsplit(arrived[0]).query))
    assert (told["state"], told["iss"]) == ("s-1", f"{network.base_url}/portal")
    assert len(told["code"]) == 43
    page.goto(f"{network.base_url}/portal/oidc/authorize?{urlencode({**parameters, 'scope': 'openid'})}")
    goes_on(page, "やめる")
    page.wait_for_url("http://127.0.0.1:9000/callback?error=access_denied**")


def test_the_back_button_never_logs_out(page: Page, network: WholeNetwork) -> None:
    logs_in(page, network, network.holders(consented=False)[4], "/consents")
    page.goto(f"{network.base_url}/portal/card")
    page.go_back()
    assert "同意の提供状況" in page.inner_text("h1")
    page.go_back()
    page.goto(f"{network.base_url}/portal/card")
    assert "わたしのカード" in page.inner_text("h1")


def test_a_letter_lives_no_longer_than_it_says(page: Page, network: WholeNetwork) -> None:
    made = letter(9000, network.now - timedelta(days=100))
    invitations.offer(network["portal"], [made], "bank")
    page.goto(f"{network.base_url}/portal/invitation/{made.code}")
    assert "お手紙の期限が過ぎています" in page.inner_text("main")
    is_well(page)
