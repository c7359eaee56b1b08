"""The app in Chromium, as on a phone: real WebAuthn with the browser's virtual authenticator; every page looked at."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page

from tests.actors.citizen.phones.site import PHONE_PASSWORD, PHONE_PIN, Site, site
from tests.actors.municipality.world import PASSWORD
from tests.browser.conftest import apart
from tests.browser.looks import overflow
from tests.fixtures.browser import accessibility_violations

PHONE, NARROW = {"width": 390, "height": 844}, {"width": 320, "height": 700}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    opened = site(tmp_path_factory.mktemp("phone-browser"))
    yield apart(opened.__enter__)
    apart(lambda: opened.__exit__(None, None, None))


@pytest.fixture
def handset(page: Page) -> Page:
    """A page of a phone's size."""
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    return page


class Finger:
    """The browser's virtual authenticator: built in, and its user verified or not."""

    def __init__(self, page: Page) -> None:
        self.cdp: CDPSession = page.context.new_cdp_session(page)
        self.cdp.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        self.id = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def verifies(self, verified: bool) -> None:
        """Whether the next look at the user is a good one."""
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": verified})

    @property
    def credentials(self) -> list[dict[str, Any]]:
        """What it holds."""
        return list(self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"])


def look(page: Page, heading: str) -> None:
    """The page is the one expected, accessible, and fits a phone and 320 px in both languages."""
    assert page.inner_text("main h1") == heading
    assert accessibility_violations(page) == [], page.url
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    assert overflow(page) <= 0, page.url
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert overflow(page) <= 0, page.url


def press(page: Page, word: str) -> None:
    with page.expect_navigation():
        page.locator("main .button", has_text=word).click()


def types(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.fill(f"#{name}", value)


@pytest.mark.rule("SP-01")
@pytest.mark.rule("SP-03")
def test_from_the_shelf_to_the_certificates_and_to_their_revocation(handset: Page, place: Site) -> None:
    page = handset
    page.goto(f"{place.base}/phones")
    look(page, "スマートフォン")
    press(page, "スマートフォンを手に入れる")
    look(page, "だれが、どの機種を使いますか")
    page.get_by_label("山田　花子").check()
    page.get_by_label("Tegata Phone Lite").check()
    press(page, "手に入れる")
    press(page, "アプリを開く")
    assert page.url.startswith(place.app)
    look(page, "スマホ用電子証明書")
    press(page, "申し込む")
    look(page, "申込み")
    press(page, "カードを読み取る")
    types(page, new=PHONE_PASSWORD, again="OTHER99")
    press(page, "次へ")
    look(page, "スマホ用のパスワードを決める")
    types(page, new=PHONE_PASSWORD, again=PHONE_PASSWORD)
    press(page, "次へ")
    look(page, "スマホ用の暗証番号を決める")
    types(page, new=PHONE_PIN, again=PHONE_PIN)
    press(page, "次へ")
    look(page, "内容の確認と署名")
    place.bureau.mood = "down"
    types(page, secret=PASSWORD)
    press(page, "署名して申し込む")
    look(page, "まだ終わっていません")
    place.bureau.mood = "well"
    press(page, "続ける")
    look(page, "申込みが終わりました")
    press(page, "ホームへ")
    look(page, "ロックを解除してください")
    types(page, secret=PHONE_PIN)
    press(page, "開く")
    look(page, "スマホ用電子証明書")
    for tab, heading in (("証明書", "証明書"), ("手続", "手続")):
        with page.expect_navigation():
            page.locator(".phone-tabs a", has_text=tab).click()
        look(page, heading)
    with page.expect_navigation():
        page.locator(".rows a", has_text="失効").first.click()
    look(page, "失効")
    page.get_by_label("下取・買取").check()
    press(page, "次へ")
    look(page, "失効する電子証明書を選ぶ")
    press(page, "次へ")
    look(page, "パスワードを入力してください")
    types(page, secret=PHONE_PASSWORD)
    press(page, "失効する")
    look(page, "失効が終わりました")


def test_every_other_page_of_the_app_in_both_languages(handset: Page, place: Site) -> None:
    page = handset
    phone_id = apart(place.phone)
    page.goto(f"{place.app}/phones/{phone_id}")
    types(page, secret="0000")
    press(page, "開く")
    look(page, "ロックを解除してください")
    types(page, secret=PHONE_PIN)
    press(page, "開く")
    apart(lambda: place.bureau.put(phone_id, "auth", "sign", state="suspended", reason="certificateHold"))
    pages = {
        "": "Certificates of this phone", "/resume": "Resume", "/resume/password?usage=sign": "Enter the password",
        "/pins/auth": "Change the PIN", "/pins/sign": "Change the password", "/biometrics": "Biometrics",
        "/lost": "Lost or stolen", "/forgotten": "Forgotten PIN or password", "/drawer": "Phone of 山田　花子",
        "/certificates": "Certificates", "/menu": "Menu", "/revoke": "Revoke", "/apply": "Apply",
    }  # fmt: skip
    for below, heading in pages.items():
        page.goto(f"{place.app}/phones/{phone_id}{below}{'&' if '?' in below else '?'}lang=en")
        look(page, heading)
    page.set_viewport_size({"width": 1280, "height": 900})
    assert accessibility_violations(page) == []
    assert overflow(page) <= 0


@pytest.mark.rule("SP-02")
def test_biometrics_by_webauthn_open_the_app_and_sign_in_at_the_reader(handset: Page, place: Site) -> None:
    page, phone_id = handset, apart(place.phone)
    page.goto(f"{place.base}/phones/{phone_id}/biometrics")  # at the IP address: it leads on to the host name
    assert page.url == f"{place.app}/phones/{phone_id}/biometrics"
    finger = Finger(page)
    types(page, secret=PHONE_PIN)
    press(page, "生体認証を使う")
    assert "生体認証を使えるようにしました" in page.inner_text("main")
    (credential,) = finger.credentials
    assert credential["rpId"] == "localhost"

    page.goto(f"{place.app}/phones/{phone_id}")
    look(page, "ロックを解除してください")
    finger.verifies(False)
    page.locator("main .button", has_text="生体認証で開く").click()
    page.locator("[data-says]", has_text="生体認証ができませんでした").wait_for()
    assert page.inner_text("main h1") == "ロックを解除してください"
    finger.verifies(True)
    press(page, "生体認証で開く")
    assert page.inner_text("main h1") == "スマホ用電子証明書"
    counted = finger.credentials[0]["signCount"]

    address = apart(lambda: place.asker.ask("by-finger", usage="auth"))
    page.goto(f"{place.base}/reader?request_uri={address}")
    page.locator(f"input[value={phone_id}]").check()
    press(page, "このカードを置く")
    look(page, "利用者証明用の暗証番号を入力してください")
    press(page, "スマートフォンの生体認証を使う")
    assert page.url.startswith(place.app)
    look(page, "利用者証明用の暗証番号を入力してください")
    with page.expect_request(lambda request: "/card-requests/by-finger/return" in request.url) as sent:
        page.locator("main .button", has_text="生体認証で確認する").click()
    assert "response=" in (sent.value.post_data or "")
    assert finger.credentials[0]["signCount"] > counted


@pytest.mark.rule("SP-02")
def test_without_script_the_pin_does(place: Site, browser: Any) -> None:
    phone_id = apart(place.phone)
    with browser.new_context(java_script_enabled=False, locale="ja-JP", viewport=PHONE) as context:
        page = context.new_page()
        page.goto(f"{place.app}/phones/{phone_id}/biometrics")
        types(page, secret=PHONE_PIN)
        page.locator("main .button", has_text="生体認証を使う").click()
        assert "JavaScript を使えるブラウザーで" in page.inner_text("main")
        page.goto(f"{place.app}/phones/{phone_id}")
        types(page, secret=PHONE_PIN)
        page.locator("main .button", has_text="開く").click()
        assert page.inner_text("main h1") == "スマホ用電子証明書"
