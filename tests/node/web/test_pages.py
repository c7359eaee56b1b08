"""Pages in the shell: languages, the notice, navigation, refusals for people, forms that come back."""

from typing import Any

import pytest
from litestar.testing import TestClient

from tegata.node.node import Node
from tegata.node.web.app import below, create_app, read_cookies
from tegata.node.web.login import safe_target
from tegata.node.web.shell import current_place, origin_of_url, page
from tests.node.web.clients import Visitor
from tests.node.web.sample import SPEC

GOOD = {"title": "転入", "kind": "move-in", "born-year": "1980", "born-month": "２", "born-day": "17", "place": "13101"}


def test_every_page_begins_with_the_notice(visitor: Visitor) -> None:
    for path in ("/", "/login", "/nowhere"):
        html = visitor.open(path).text
        assert html.index("これは公式のサービスではありません。") < html.index("見本の窓口</span>")


def test_the_shell_tells_whose_desk_it_is_and_the_networks_time(visitor: Visitor) -> None:
    html = visitor.open("/").text
    assert "部品の見本と試験のための役" in html
    assert "令和５年" in html
    assert 'datetime="2023-09-25T10:00:00+09:00"' in html


def test_the_clock_leads_to_its_control_where_there_is_one(visitor: Visitor, node: Node) -> None:
    assert "進める" not in visitor.open("/").text
    node.state["clock-page"] = "http://127.0.0.1:8000/clock"
    assert '<a href="http://127.0.0.1:8000/clock">進める</a>' in visitor.open("/").text


def test_the_other_language_is_kept(visitor: Visitor) -> None:
    assert 'lang="ja"' in visitor.open("/").text
    english = visitor.open("/?lang=en")
    assert english.headers["content-language"] == "en"
    assert 'lang="en"' in english.text
    assert "Sample desk" in visitor.open("/login").text
    assert "見本の窓口" in visitor.open("/login?lang=ja").text


def test_the_link_to_the_other_language_keeps_the_query(visitor: Visitor) -> None:
    assert 'href="/?after=%3C5%3E&amp;lang=en"' in visitor.open("/?after=<5>&lang=ja").text


def test_an_unknown_language_is_none(visitor: Visitor) -> None:
    assert 'html lang="ja"' in visitor.open("/?lang=fr").text


def test_links_follow_the_path_that_the_actor_is_mounted_at(node: Node) -> None:
    with TestClient(create_app(node), root_path="/desk") as client:
        html = client.get("/desk/login", headers={"Accept": "text/html"}).text
        assert 'action="/desk/login"' in html
        assert 'href="/desk/static/shell.css?v=' in html
        away = client.get("/desk/notes", headers={"Accept": "text/html"}, follow_redirects=False)
        assert away.headers["location"] == "/desk/login?next=%2Fnotes"


@pytest.mark.parametrize(
    ("root", "path", "expected"),
    [("/bank", "/bank/x", "/x"), ("/bank", "/x", "/x"), ("/bank", "/banks/x", "/banks/x"), ("/bank", "/bank", "/"),
     ("", "/bank/x", "/bank/x"), ("/bank", "/x/bank/y", "/x/bank/y")],
)  # fmt: skip
def test_the_path_below_the_root(root: str, path: str, expected: str) -> None:
    assert below(root, path) == expected


def test_a_page_that_is_not_there_is_told_in_words(visitor: Visitor) -> None:
    answer = visitor.open("/nowhere")
    assert answer.status_code == 404
    assert "見つかりませんでした。" in answer.text
    assert "<code>not-found</code>" in answer.text
    assert answer.headers["x-request-id"] in answer.text


def test_programs_are_told_as_problem_details(client: TestClient[Any]) -> None:
    answer = client.get("/nowhere")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"


def test_who_may_not_see_a_page_is_told_so(visitor: Visitor) -> None:
    visitor.log_in()
    answer = visitor.open("/chief")
    assert answer.status_code == 403
    assert "この操作を行う権限がありません。" in answer.text


def test_the_navigation_has_what_the_person_may_use(visitor: Visitor) -> None:
    assert "今日の仕事" not in visitor.open("/login").text
    visitor.log_in()
    html = visitor.open("/notes").text
    assert '<a href="/notes" aria-current="page">今日の仕事</a>' in html
    assert "鈴木 さん" in html


@pytest.mark.parametrize(
    ("path", "place"),
    [("/", "/"), ("/notes", "/notes"), ("/notes/7", "/notes"), ("/notes/new", "/notes/new"), ("/else", "")],
)
def test_one_entry_of_the_navigation_is_current(path: str, place: str) -> None:
    assert current_place(list(SPEC.navigation), path) == place


def test_a_form_comes_back_with_what_was_entered_and_what_is_wrong(visitor: Visitor) -> None:
    visitor.log_in()
    answer = visitor.send("/notes/new", GOOD | {"title": "<b>" * 10, "born-day": "31", "place": "99999"})
    assert answer.status_code == 422
    assert "件名を20文字以内で入力してください。" in answer.text
    assert "実際にある日付を" in answer.text
    assert 'value="&lt;b&gt;' in answer.text
    assert '<a href="#born">生年月日：' in answer.text
    assert 'aria-describedby="title-error title-help" aria-invalid="true"' in answer.text


def test_after_a_form_the_next_page_tells_once_what_happened(visitor: Visitor) -> None:
    visitor.log_in()
    answer = visitor.send("/notes/new", GOOD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/notes")
    assert "受け付けました。" in visitor.open("/notes").text
    assert "受け付けました。" not in visitor.open("/notes").text


def test_a_notice_that_was_made_elsewhere_is_not_shown(visitor: Visitor) -> None:
    for forged in ("x", "eyJqYSI6IuWBvSIsImVuIjoieCJ9.00", "a.b.c", "."):
        visitor.client.cookies.set("tegata_notice", forged)
        assert "banner-done" not in visitor.open("/login").text


def test_broken_cookies_are_none(client: TestClient[Any]) -> None:
    assert client.get("/", headers={"Cookie": "tegata_session=x; =; \x01;; tegata_lang"}).status_code == 200
    assert read_cookies("a=1; b=2") == {"a": "1", "b": "2"}


def test_of_two_cookies_of_one_name_the_one_with_the_longer_path_counts() -> None:
    sent = "tegata_session=of-the-bank; tegata_lang=en; tegata_session=of-the-start-page"
    assert read_cookies(sent) == {"tegata_session": "of-the-bank", "tegata_lang": "en"}


def test_static_files_are_served_by_version(visitor: Visitor) -> None:
    html = visitor.open("/").text
    for name in ("tokens.css", "shell.css", "forms.css", "things.css"):
        address = html.split(f'href="/static/{name}')[1].split('"')[0]
        assert visitor.open(f"/static/{name}{address}").headers["content-type"].startswith("text/css")


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/nothing.css", "/static/"])
def test_nothing_else_is_served_as_a_static_file(client: TestClient[Any], path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_actors_colour_comes_as_a_style_sheet(client: TestClient[Any]) -> None:
    answer = client.get("/actor.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "--actor-colour: #0f6e6e; --actor-edge: #0f6e6e; --actor-text: #ffffff;" in answer.text


@pytest.mark.parametrize(
    ("target", "goes_to"),
    [("/notes?a=1", "/notes?a=1"), ("//evil.example", "/"), ("https://evil.example", "/"), ("/\\evil.example", "/"),
     ("/a\nb", "/"), ("", "/"), ("javascript:x", "/"), ("/\tx", "/")],
)  # fmt: skip
def test_a_login_leads_only_to_pages_of_the_actor(target: str, goes_to: str) -> None:
    assert safe_target(target) == goes_to


def test_a_page_may_name_where_its_form_ends() -> None:
    made = page("note.html", form_targets=["https://client.example:8443/callback?x=1"])
    assert "form-action 'self' https://client.example:8443;" in made.headers["Content-Security-Policy"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a.example; script-src *", "https://", "http://*/"])
def test_a_form_target_can_not_widen_the_policy(url: str) -> None:
    with pytest.raises(ValueError, match="HTTP URL"):
        origin_of_url(url)
