"""The bank's pages, as a clerk, a supervisor and a customer meet them."""

import re
from collections.abc import Iterator

import pytest
from litestar.testing import TestClient

from tegata.actors.bank.service import campaigns, collecting, imports, questions
from tegata.node.staff import add_staff
from tegata.node.web.app import ActorApp, create_app
from tests.actors.bank.world import Banked, moved
from tests.actors.jlis.world import HANAKO
from tests.node.web.clients import Visitor

PASSWORD = "correct horse"


@pytest.fixture
def client(quick_bank: Banked) -> Iterator[TestClient[ActorApp]]:
    with quick_bank.node.database.begin() as tx:
        for login, roles in (("clerk", {"clerk"}), ("chief", {"clerk", "supervisor"})):
            add_staff(tx, quick_bank.node, login=login, name=login, password=PASSWORD, roles=frozenset(roles))
    with TestClient(create_app(quick_bank.node)) as made:
        yield made


@pytest.fixture
def clerk(client: TestClient[ActorApp]) -> Visitor:
    browser = Visitor(client)
    assert browser.log_in("clerk", PASSWORD, "/").status_code == 303
    return browser


def see(browser: Visitor, path: str) -> str:
    """A page in both languages; the Japanese one is given."""
    for language in ("en", "ja"):
        joint = "&" if "?" in path else "?"
        answer = browser.open(f"{path}{joint}lang={language}")
        assert answer.status_code == 200, (path, answer.text[:2000])
        assert "Undefined" not in answer.text
    return answer.text


def post(browser: Visitor, form_page: str, fields: dict[str, object], to: str | None = None) -> str:
    """Send a form that is taken; returns the path that it leads to."""
    answer = browser.send(form_page, fields, to=to)
    assert answer.status_code == 303, answer.text[:2000]
    return str(answer.headers["location"])


PAGES = ["/", "/changes", "/changes?show=waiting", "/changes?show=today", "/changes?show=nonsense", "/customers",
         "/files", "/campaigns", "/effect", "/settings"]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_an_empty_bank_says_so(clerk: Visitor, path: str) -> None:
    assert "Tegata" in see(clerk, path)


@pytest.mark.parametrize("path", PAGES)
def test_nobody_sees_a_page_of_staff_without_a_login(client: TestClient[ActorApp], path: str) -> None:
    answer = Visitor(client).open(path)
    assert (answer.status_code, "/login" in answer.headers.get("location", "")) == (303, True)


def test_a_clerk_decides_a_change_of_name_and_comes_to_the_next_case(quick_bank: Banked, clerk: Visitor) -> None:
    person, _ = quick_bank.with_consent()
    person.happens("name_change", moved(HANAKO, name="佐藤　花子"))
    person.gets("sign")
    quick_bank.to_next(7, 15)
    clerk.log_in("clerk", PASSWORD, "/")
    case = quick_bank.case(trigger="revoked")
    listed = see(clerk, "/changes")
    assert "氏名が変わっています。" in listed
    text = see(clerk, f"/changes/{case.case_id}")
    assert "<del>山田</del>" in text
    assert "<ins>佐藤</ins>" in text
    empty = clerk.send(f"/changes/{case.case_id}", {"choice": "take-over"})
    assert (empty.status_code, "更新する項目を選んでください。" in empty.text) == (422, True)
    where = post(
        clerk, f"/changes/{case.case_id}", {"choice": "take-over", "items": ["name"], "kana": "サトウ　ハナコ"}
    )
    assert where == "/changes"
    assert (quick_bank.customer().name, quick_bank.customer().kana) == ("佐藤　花子", "サトウ　ハナコ")
    assert "判断して更新" in see(clerk, "/changes?show=today")
    assert "更新した内容" in see(clerk, f"/changes/{case.case_id}")
    again = clerk.send(f"/changes/{case.case_id}", {"choice": "keep"})
    assert again.status_code == 303
    assert quick_bank.case(trigger="revoked").outcome == "decided"


def test_links_follow_the_place_where_the_bank_is_mounted(quick_bank: Banked, clerk: Visitor) -> None:
    person, _ = quick_bank.with_consent()
    person.happens("name_change", moved(HANAKO, name="佐藤　花子"))
    person.gets("sign")
    quick_bank.to_next(7, 15)
    with TestClient(create_app(quick_bank.node), root_path="/bank") as client:
        visitor = Visitor(client)
        visitor.send("/bank/login", {"login": "clerk", "password": PASSWORD})
        for path in ("/bank/changes", "/bank/customers", "/bank/customers/1000001"):
            hrefs = re.findall(r'(?:href|action)="(/[^"]*)"', visitor.open(path).text)
            assert hrefs
            assert all(href.startswith("/bank/") for href in hrefs), path


def test_a_page_in_english_shows_dates_in_english(quick_bank: Banked, clerk: Visitor) -> None:
    person, _ = quick_bank.with_consent()
    person.happens("correction", moved(HANAKO, birth_date="1980-02-18"))
    person.gets("sign")
    quick_bank.to_next(7, 15)
    clerk.log_in("clerk", PASSWORD, "/")
    text = clerk.open(f"/changes/{quick_bank.case(state='review').case_id}?lang=en").text
    assert "<ins>8</ins> February 1980" in text
    assert "昭和" not in text


def test_a_customer_is_seen_with_consent_history_and_cases(quick_bank: Banked, clerk: Visitor) -> None:
    person, _ = quick_bank.with_consent()
    person.moves()
    person.gets("sign")
    quick_bank.to_next(7, 15)
    clerk.log_in("clerk", PASSWORD, "/")
    text = see(clerk, "/customers/1000001")
    assert "有効" in text
    assert "自動で更新" in text
    assert "第2版" in text
    assert "1000001" in see(clerk, "/customers?q=やまだ")
    assert "1000001" in see(clerk, "/customers?q=ﾔﾏﾀﾞ")
    assert "見つかりませんでした" in see(clerk, "/customers?q=いない")
    assert clerk.open("/customers/nobody").status_code == 404
    assert clerk.open("/changes/999999").status_code == 404
    assert "件（30日間）" in see(clerk, "/effect")


@pytest.mark.rule("FI-08")
def test_a_clerk_asks_at_any_hour(quick_bank: Banked, clerk: Visitor) -> None:
    quick_bank.with_consent()
    clerk.log_in("clerk", PASSWORD, "/")
    where = post(clerk, "/customers/1000001", {}, to="/customers/1000001/ask")
    assert re.fullmatch(r"/changes/\d+", where)
    assert quick_bank.case(trigger="manual").outcome == "same"
    assert "変更なし" in see(clerk, where)


def test_a_customer_at_the_counter_gets_a_way_for_their_own_device(quick_bank: Banked, clerk: Visitor) -> None:
    quick_bank.add()
    text = clerk.send("/customers/1000001", {}, to="/customers/1000001/screen").text
    (link,) = re.findall(r"http://[^<\s]+/consent/([\w-]+)", text)
    assert "<svg" in text
    assert collecting.link_of(quick_bank.node, link).customer_number == "1000001"


def test_asking_without_consent_says_what_to_do(quick_bank: Banked, clerk: Visitor) -> None:
    quick_bank.add()
    where = post(clerk, "/customers/1000001", {}, to="/customers/1000001/ask")
    assert "照会に使える同意がありません。" in clerk.open(where).text


def test_a_file_is_read_with_progress_and_a_report(quick_bank: Banked, clerk: Visitor) -> None:
    lines = ["顧客番号,契約者,フリガナ,郵便番号,住所,生年月日,性別"]
    lines += [
        f"{2000000 + number},山田 太郎,ヤマダ タロウ,1000005,東京都千代田区丸の内1-1-1,1980/2/17,男"
        for number in range(30)
    ]
    lines += ["2000100,山田 太郎,,,東京都,1980-02-30,男"]
    content = "\r\n".join(lines).encode("cp932")
    file = {"file": ("customers.csv", content, "text/csv")}
    wrong = clerk.send("/files", {"encoding": "auto", "headers": "契約者"}, files=file)
    assert (wrong.status_code, "を読み取れません" in wrong.text) == (422, True)
    answer = clerk.send("/files", {"encoding": "auto", "headers": "契約者=name"}, files=file)
    assert answer.status_code == 303
    where = answer.headers["location"]
    for thread in quick_bank.node.state[imports.THREADS]:
        thread.join(20)
    text = see(clerk, where)
    assert "実際にある年月日ではありません。" in text
    assert clerk.open(where).headers.get("refresh") is None
    report = clerk.open(f"{where}/report.csv")
    assert report.content.decode("utf-8-sig").splitlines()[1].startswith("32,生年月日,birth-date,")
    assert quick_bank.customer("2000000").name == "山田 太郎"
    exported = clerk.send("/customers", {"encoding": "cp932"}, to="/customers/export")
    assert exported.headers["content-type"] == "text/csv; charset=shift_jis"
    assert len(exported.content.decode("cp932").splitlines()) == 31


def test_a_page_of_a_file_that_is_still_read_loads_itself_again(quick_bank: Banked, clerk: Visitor) -> None:
    import_id = imports.begin(quick_bank.node, "big.csv", "clerk", "utf-8")
    answer = clerk.open(f"/files/{import_id}")
    assert (answer.headers["refresh"], "取込み中です" in answer.text) == ("1", True)


def test_a_file_that_can_not_be_read_says_why(quick_bank: Banked, clerk: Visitor) -> None:
    answer = clerk.send("/files", {"encoding": "auto"}, files={"file": ("x.csv", b"a,b\n1,2\n", "text/csv")})
    where = answer.headers["location"]
    for thread in quick_bank.node.state[imports.THREADS]:
        thread.join(20)
    assert "ファイルに必要な列がない" in see(clerk, where)


def test_changes_are_written_into_a_file(quick_bank: Banked, clerk: Visitor) -> None:
    person, _ = quick_bank.with_consent()
    person.moves()
    person.gets("sign")
    quick_bank.to_next(7, 15)
    clerk.log_in("clerk", PASSWORD, "/")
    day = quick_bank.now
    fields = {f"since-{part}": getattr(day, part) for part in ("year", "month", "day")}
    fields |= {f"until-{part}": getattr(day, part) for part in ("year", "month", "day")}
    answer = clerk.send("/changes", fields | {"encoding": "utf-8"}, to="/changes/export")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in lines[1:]] == ["postal_code", "address"]
    backwards = clerk.send("/changes", fields | {"until-year": 2001, "encoding": "utf-8"}, to="/changes/export")
    assert (backwards.status_code, "開始日より後の日" in backwards.text) == (422, True)


def test_only_a_supervisor_changes_the_settings(quick_bank: Banked, clerk: Visitor) -> None:
    assert "変えられるのは責任者だけです。" in see(clerk, "/settings")
    refused = clerk.send("/settings", {"delivery": "poll"})
    assert refused.status_code == 403
    clerk.log_in("chief", PASSWORD, "/")
    assert post(clerk, "/settings", {"delivery": "poll", "match_itself": "true"}) == "/settings"
    assert "poll / enabled" in see(clerk, "/settings")
    post(clerk, "/settings", {"delivery": "push"})
    post(clerk, "/settings", {}, to="/settings/verify")
    quick_bank.network.settle()
    assert "通知の確認" in see(clerk, "/settings")
    assert quick_bank.node.kept("stream verified")["verified_at"]
    assert post(clerk, "/settings", {}, to="/settings/learn") == "/settings"
    quick_bank.network.take_down("platform")
    assert "プラットフォーム事業者の設定を確かめられません。" in see(clerk, "/settings")
    down = clerk.send("/settings", {"delivery": "feed"})
    assert (down.status_code, "応答がありません" in down.text) == (422, True)


def test_the_list_is_matched_from_the_page(quick_bank: Banked, clerk: Visitor) -> None:
    quick_bank.with_consent()
    clerk.log_in("clerk", PASSWORD, "/")
    where = post(clerk, "/settings", {}, to="/settings/match")
    assert "1件の電子証明書を突合し、失効は0件" in clerk.open(where).text
    assert "最後の突合" in see(clerk, "/settings")


@pytest.mark.rule("FI-10")
def test_letters_are_made_and_wait_for_the_portal(quick_bank: Banked, clerk: Visitor) -> None:
    quick_bank.add()
    where = post(clerk, "/campaigns", {"title": "秋のお願い", "most": "10", "items": ["name", "address"]})
    text = see(clerk, where)
    assert "登録を待っています" in text
    assert (
        "お手紙のコードが、まだマイナポータルに登録されていません。"
        in clerk.open(post(clerk, where, {}, to=f"{where}/letters")).text
    )
    preview = clerk.open(f"{where}/preview.svg")
    assert preview.content.startswith(b"<svg")
    assert "秋のお願い" in see(clerk, "/campaigns")
    nobody = clerk.send("/campaigns", {"title": "もう一度", "most": "10", "items": ["name"], "place": "青森"})
    assert (nobody.status_code, "お客さまがいません" in nobody.text) == (422, True)
    assert campaigns.count_to_ask(quick_bank.node) == 0
    assert clerk.open("/campaigns/77").status_code == 404


def test_what_is_due_is_asked_from_the_page(quick_bank: Banked, clerk: Visitor) -> None:
    person, _ = quick_bank.with_consent()
    person.moves()
    person.gets("sign")
    quick_bank.news_of_the_morning()
    clerk.log_in("clerk", PASSWORD, "/")
    assert "照会中" in see(clerk, "/changes?show=waiting")
    quick_bank.network.take_down("platform")
    where = post(clerk, "/changes?show=waiting", {}, to="/changes/ask")
    assert "応答がありません" in clerk.open(where).text
    quick_bank.network.bring_up("platform")
    where = post(clerk, "/changes?show=waiting", {}, to="/changes/ask")
    assert "1件を照会しました。" in clerk.open(where).text
    assert questions.ask_due(quick_bank.node) == 0
