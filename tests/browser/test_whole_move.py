"""The whole move by hand, as a newcomer does it in a browser: counter, card, clock, bank, portal; and a QR letter."""

import pytest
from playwright.sync_api import Page

from tegata.actors.bank.service import campaigns
from tegata.network.accounts import NEW_HOMES
from tegata.network.population import Person
from tests.browser.hands import follow, go_on, heading, log_in, log_in_by_card, use_card
from tests.browser.looks import check_page
from tests.whole import WholeNetwork

COUNTER = NEW_HOMES[0]
POSTAL_CODE, REST = "100-0005", "１丁目９番２号"


def mover(whole: WholeNetwork, place: int) -> Person:
    """A person with a consent who does not live where people move to in these tests."""
    people = [person for person in whole.holders() if person.municipality_code != COUNTER]
    return people[place]


def step_the_clock(page: Page, whole: WholeNetwork, *steps: str) -> None:
    """On the start page: press the buttons of the clock."""
    page.goto(whole.base_url)
    for step in steps:
        before = page.inner_text("#clock .clock-now")
        follow(page, page.get_by_role("button", name=step))
        assert page.inner_text("#clock .clock-now") != before


def move_in(page: Page, person: Person) -> None:
    """At the counter: find the newcomer, answer one question a page, check, record."""
    follow(page, page.get_by_role("link", name="転入する方を探す"))
    page.fill("#name", person.attributes.name)
    for part, value in zip(("year", "month", "day"), person.attributes.birth_date.split("-"), strict=True):
        page.fill(f"#birth_date-{part}", str(int(value)))
    go_on(page)
    check_page(page)
    follow(page, page.get_by_role("button", name="転入の手続を始める"))
    assert heading(page) == "どなたが転入しますか"
    check_page(page)
    for box in page.locator("input[name=who]").all():
        box.uncheck()
    page.get_by_label(person.attributes.name).check()
    go_on(page)
    assert heading(page) == "いつから住んでいますか"
    check_page(page)
    for part, value in (("year", "2023"), ("month", "9"), ("day", "24")):
        page.fill(f"#effective_on-{part}", value)
    go_on(page)
    check_page(page)
    page.fill("#postal_code", POSTAL_CODE)
    go_on(page)
    check_page(page)
    page.fill("#rest", REST)
    go_on(page)
    assert heading(page) == "この内容で記録しますか"
    check_page(page)
    go_on(page)
    assert heading(page) == "転入が終わりました"
    check_page(page)


def reissue(page: Page, person: Person) -> None:
    """Right after it: the certificate is issued anew, on the card that lies on the terminal."""
    go_on(page)
    assert heading(page) == "どの電子証明書を再発行しますか"
    check_page(page)
    go_on(page)
    check_page(page)
    for field in page.locator("main input[type=password]").all():
        field.fill(person.sign_password)
    go_on(page)
    assert heading(page) == "証明書の再発行が終わりました"
    check_page(page)


@pytest.mark.rule("FI-03")
@pytest.mark.rule("FI-07")
@pytest.mark.rule("FI-11")
def test_from_the_start_page_to_the_banks_record(page: Page, whole: WholeNetwork) -> None:
    person = mover(whole, 0)
    before = whole.customer(person).address
    page.goto(whole.base_url)
    check_page(page)
    follow(page, "a.map-box[data-actor=municipality]")
    assert heading(page) == "職員のログイン"
    check_page(page)
    page.fill("#login", f"counter-{COUNTER}")
    page.fill("#password", page.locator(".demonstration code").nth(1).inner_text())
    go_on(page)
    check_page(page)
    move_in(page, person)
    reissue(page, person)

    step_the_clock(page, whole, "次の 07:00 まで", "＋15分")
    log_in(page, whole, "bank", "clerk")
    follow(page, page.get_by_role("link", name="今日の変更"))
    follow(page, page.get_by_role("link", name="今日終わったもの"))
    check_page(page)
    follow(page, page.locator(".work-list a").first)
    check_page(page)
    assert person.attributes.name.partition("　")[0] in heading(page)
    changed = page.inner_text("main .case")
    assert "丸の内" in changed
    follow(page, page.get_by_role("link", name=whole.numbers[person.person_id]))
    check_page(page)
    assert page.get_by_role("heading", name="第2版").is_visible()
    shown = page.inner_text("main .case")
    assert before in shown
    assert whole.registered(person).address in shown
    assert whole.customer(person).address == whole.registered(person).address != before


@pytest.mark.rule("FI-09")
def test_a_citizen_sees_who_saw_what_and_withdraws(page: Page, whole: WholeNetwork) -> None:
    person = mover(whole, 1)
    log_in(page, whole, "bank", "clerk")
    page.goto(f"{whole['bank'].base_url}/customers/{whole.numbers[person.person_id]}")
    follow(page, page.get_by_role("button", name="最新の４情報を照会する"))
    log_in_by_card(page, whole, person, look=True)
    assert heading(page) == "いますること"
    follow(page, page.get_by_role("link", name="誰が見たか", exact=True))
    assert "てがた銀行" in page.inner_text("main")
    assert "氏名" in page.inner_text("main")
    follow(page, page.get_by_role("link", name="同意の提供状況", exact=True))
    follow(page, page.locator("main h2 a").first)
    check_page(page)
    follow(page, page.get_by_role("link", name="この同意を取り消す"))
    assert heading(page) == "この同意を取り消しますか"
    check_page(page)
    follow(page, "main .button-danger")
    use_card(page, person, person.sign_password)
    assert heading(page) == "同意を取り消しました"
    check_page(page)
    step_the_clock(page, whole, "＋15分")
    log_in(page, whole, "bank", "clerk")
    page.goto(f"{whole['bank'].base_url}/customers/{whole.numbers[person.person_id]}")
    assert "取消し" in page.inner_text("main h3 .status >> nth=0")


@pytest.mark.rule("FI-02")
def test_a_customer_consents_on_the_banks_screen(page: Page, whole: WholeNetwork) -> None:
    person = whole.holders(consented=False)[0]
    page.goto(f"{whole['bank'].base_url}/banking")
    check_page(page)
    page.fill("#number", whole.numbers[person.person_id])
    page.fill("#birth_date", person.attributes.birth_date)
    go_on(page)
    check_page(page)
    go_on(page)
    check_page(page)
    go_on(page)
    use_card(page, person, person.sign_password, look=True)
    assert heading(page) == "同意を受け付けました"
    check_page(page)
    assert whole.consent_of(person) in page.inner_text("main")


@pytest.mark.rule("FI-10")
def test_a_letter_with_a_qr_code_leads_to_a_consent(page: Page, whole: WholeNetwork) -> None:
    log_in(page, whole, "bank", "clerk")
    follow(page, page.get_by_role("link", name="同意のお願い"))
    page.fill("#title", "秋のお願い")
    page.fill("#most", "60")
    go_on(page)
    check_page(page)
    with page.expect_download() as download:
        page.click("main .button-primary")
    assert download.value.path().read_bytes().startswith(b"%PDF-")

    person = whole.holders(consented=False)[1]
    page.goto(f"{whole['portal'].base_url}/invitation/{code_for(whole, person)}")
    assert heading(page) == "てがた銀行 から、情報の提供のお願いです"
    check_page(page)
    go_on(page)
    assert heading(page) == "カードまたはスマートフォンでログイン", "who is not logged in does so on the way"
    go_on(page)
    use_card(page, person, person.auth_pin)
    for expected in ("どの情報の提供に同意しますか", "次の条件でよいですか", "内容の確認"):
        assert heading(page) == expected
        check_page(page)
        go_on(page)
    use_card(page, person, person.sign_password)
    assert heading(page) == "同意しました"
    check_page(page)
    step_the_clock(page, whole, "＋15分")
    log_in(page, whole, "bank", "clerk")
    page.goto(f"{whole['bank'].base_url}/customers/{whole.numbers[person.person_id]}")
    assert "マイナポータル" in page.inner_text("main")


def code_for(whole: WholeNetwork, person: Person) -> str:
    """The code of the newest letter to a person, as their phone reads it."""
    with whole["bank"].database.read() as session:
        newest = campaigns.all_campaigns(session)[0].campaign_id
        letters = campaigns.letters_of(session, newest)
    return next(letter.code for letter, customer in letters if customer.number == whole.numbers[person.person_id])
