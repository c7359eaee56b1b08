"""A call in Chromium, by hand: every step is accessible, fits a narrow screen, and reads in both languages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tegata.node.web.app import create_app
from tests.actors.call_centre.world import ANSWERS, HANAKO, PASSWORD, SPECS, World
from tests.browser.conftest import apart
from tests.browser.hands import follow, go_on, heading
from tests.browser.looks import check_languages, check_page
from tests.node.web.running import free_port, running
from tests.support import TestNetwork


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A call centre behind a port."""
    port, folder = free_port(), Path(tmp_path_factory.mktemp("centre"))
    peers = {"call_centre": f"http://127.0.0.1:{port}"}
    made = apart(lambda: World(TestNetwork(SPECS, "", folder, peers=peers)))
    with running(create_app(made.node), port):
        yield made
    apart(made.network.close)


@pytest.fixture
def desk(page: Page, world: World) -> Page:
    """An operator's browser."""
    page.goto(f"{world.node.base_url}/login")
    page.fill("#login", "sato")
    page.fill("#password", PASSWORD)
    go_on(page)
    return page


def looks_well(page: Page) -> None:
    check_page(page)
    check_languages(page)


@pytest.mark.rule("SP-04")
def test_a_lost_phone_is_suspended_by_hand(desk: Page, world: World) -> None:
    looks_well(desk)
    go_on(desk)
    assert heading(desk) == "ご本人の確認"
    go_on(desk)
    errors = desk.locator(".error-summary a").all_inner_texts()
    assert [error.partition("：")[0] for error in errors] == ["氏名", "住所", "生年月日"]
    check_page(desk)
    for field in ("name", "year", "month", "day", "address"):
        desk.fill(f"#{field}", ANSWERS[field])
    go_on(desk)
    assert heading(desk) == "復唱してください"
    assert HANAKO.name in desk.inner_text("main")
    looks_well(desk)
    go_on(desk)
    assert heading(desk) == "なくしたもの"
    looks_well(desk)
    desk.get_by_label("スマートフォン").check()
    go_on(desk)
    assert heading(desk) == "スマートフォンの電子証明書を停止します"
    check_page(desk)
    apart(lambda: world.network.take_down("jlis"))
    go_on(desk)
    assert heading(desk) == "停止の結果を、まだ確かめられていません"
    check_page(desk)
    apart(lambda: world.network.bring_up("jlis"))
    go_on(desk)
    assert heading(desk) == "停止しました。この後のことを伝えてください"
    looks_well(desk)
    go_on(desk)
    assert "受付番号" in heading(desk)
    looks_well(desk)
    assert [medium for _, medium in world.suspended] == ["phone"]


@pytest.mark.rule("SP-06")
def test_an_enquiry_is_answered_by_hand(desk: Page) -> None:
    follow(desk, ".menu-card .button-secondary")
    check_page(desk)
    follow(desk, desk.get_by_role("link", name="パスワードや暗証番号を忘れた"))
    looks_well(desk)
    go_on(desk)
    assert "案内した" in desk.inner_text("main")
    desk.get_by_role("link", name="今日の状況").click()
    check_page(desk)


def test_a_caller_who_is_not_identified_leads_to_the_counter(desk: Page) -> None:
    go_on(desk)
    for _ in range(3):
        for field in ("name", "month", "day", "address"):
            desk.fill(f"#{field}", ANSWERS[field])
        desk.select_option("#calendar", "western")
        desk.fill("#year", "1981")
        go_on(desk)
        go_on(desk)
    assert heading(desk) == "本人と確認できませんでした"
    check_page(desk)
