"""What people do in this network's pages, by hand: log in, fill in a form, use the card at the reader."""

from playwright.sync_api import Locator, Page

from tegata.network.accounts import PASSWORD
from tegata.network.population import Person
from tests.browser.looks import check_page
from tests.whole import WholeNetwork


def log_in(page: Page, whole: WholeNetwork, actor: str, login: str) -> None:
    """A member of staff logs in."""
    page.goto(f"{whole[actor].base_url}/login")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    go_on(page)


def go_on(page: Page) -> None:
    """Press the one main button of the page."""
    follow(page, "main .button-primary")


def follow(page: Page, where: str | Locator) -> None:
    """Press a link or a button that leads to another page."""
    with page.expect_navigation():
        (page.locator(where) if isinstance(where, str) else where).click()


def heading(page: Page) -> str:
    """The page's heading, without the places where it may break."""
    return page.inner_text("main h1").replace("\u200b", "")


def use_card(page: Page, person: Person, pin: str, *, look: bool = False) -> None:
    """At the reader: find the person's card, lay it on, type the PIN, and go back to where one came from."""
    assert heading(page) == "どのカードを使いますか"
    page.fill("#q", person.person_id)
    follow(page, "main .button-secondary >> nth=0")
    page.check("input[name=card] >> nth=0")
    if look:
        check_page(page)
    go_on(page)
    if look:
        check_page(page)
    page.fill("#pin", pin)
    asker = page.url
    page.click("main .button-primary")
    # A script sends the last form, or a person presses its button.
    page.wait_for_url(lambda address: "/citizen/" not in address)
    assert page.url != asker


def log_in_by_card(page: Page, whole: WholeNetwork, person: Person, *, look: bool = False) -> None:
    """A citizen logs in to the portal."""
    page.goto(f"{whole['portal'].base_url}/card-login")
    go_on(page)
    use_card(page, person, person.auth_pin, look=look)
