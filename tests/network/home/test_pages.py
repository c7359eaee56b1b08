"""The start page: what it shows, the clock that it moves, the stories that it plays."""

import re

import pytest

from tegata.actors.municipality.service.holders import certificates_of
from tegata.network.home import map as picture
from tegata.network.home.state import Home
from tegata.wire.revocation import CRL
from tests.node.web.clients import Visitor
from tests.whole import WholeNetwork

ACTORS = ("citizen", "municipality", "call_centre", "jlis", "platform", "bank", "portal")


def shown_clock(visitor: Visitor) -> str:
    return re.findall(r'class="clock-now"><time[^>]* datetime="([^"]+)"', visitor.open("/clock").text)[0]


def test_every_actor_is_on_the_map_with_a_living_figure(reader: Visitor, still: WholeNetwork) -> None:
    html = reader.open("/").text
    for name in ACTORS:
        assert f'href="/{name}/" data-actor="{name}"' in html
        assert still[name].spec.title.ja in html
    figures = re.findall(r'class="map-figure"[^>]*>([^<]+)<', html)
    assert len(figures) == len(ACTORS)
    assert "—" not in figures


def test_every_line_of_the_map_joins_two_boxes() -> None:
    for edge in picture.EDGES:
        assert {edge.one, edge.other} <= picture.PLACES.keys()


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("path", ["/", "/messages", "/clock", "/stories", "/logins"])
def test_pages_open_in_both_languages(reader: Visitor, path: str, language: str) -> None:
    answer = reader.open(f"{path}?lang={language}")
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text


def test_the_accounts_are_those_that_work(reader: Visitor, still: WholeNetwork) -> None:
    from tegata.node.staff import check_password

    html = reader.open("/logins").text
    pairs = re.findall(r"<code>([^<]+)</code> / <code>([^<]+)</code>", html)
    assert {"counter-131016", "operator", "clerk"} <= {login for login, _ in pairs}
    for login, password in set(pairs):
        nodes = [still[name] for name in ACTORS]
        assert any(check_password(node, login, password) for node in nodes), login


def test_messages_are_shown_with_personal_data_masked(visitor: Visitor, whole: WholeNetwork) -> None:
    person = whole.holders()[0]
    address = whole.moves(person)
    whole.reissues(person)
    certificates_of(whole["municipality"], person.resident_code)
    html = visitor.open("/messages").text
    links = re.findall(r'href="(/messages/\d+)">([^<]+)</a>', html)
    assert any("② 失効情報・4情報" in words for _, words in links)
    pages = [visitor.open(link).text for link, _ in links]
    assert any("/residents/events" in page for page in pages)
    assert any("/residents/●●●/certificates" in page for page in pages)
    for page in pages:
        assert person.attributes.name not in page
        assert address not in page
        assert person.resident_code not in page
        assert person.sign_password not in page


def test_the_log_has_pages(visitor: Visitor, whole: WholeNetwork) -> None:
    for _ in range(30):
        whole["platform"].fetch(CRL, path={"usage": "sign", "partition": "all"})
        whole["platform"].fetch(CRL, path={"usage": "auth", "partition": "all"})
    first = visitor.open("/messages").text
    more = re.findall(r'href="/messages\?before=(\d+)"', first)[0]
    numbers = [int(n) for n in re.findall(r'href="/messages/(\d+)"', visitor.open(f"/messages?before={more}").text)]
    assert numbers
    assert max(numbers) < int(more)


@pytest.mark.parametrize("path", ["/messages/0", "/messages/999999", "/messages/x", "/stories/99", "/nothing"])
def test_what_is_not_there_is_not_found(reader: Visitor, path: str) -> None:
    assert reader.open(path).status_code == 404


def test_hostile_places_in_the_log_are_the_beginning(reader: Visitor) -> None:
    for before in ("-1", "x", "１", "9" * 40, "9" * 5000, "%00"):
        assert reader.open(f"/messages?before={before}").status_code == 200


@pytest.mark.parametrize(("step", "at"), [("quarter", "10:15"), ("hour", "11:00"), ("morning", "07:00")])
def test_buttons_move_the_clock(visitor: Visitor, whole: WholeNetwork, step: str, at: str) -> None:
    answer = visitor.send("/", {"step": step}, to="/clock")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "時計を進めました。" in visitor.open("/").text
    assert f"T{at}" in shown_clock(visitor)
    assert f"{whole.now:%H:%M}" == at


def test_the_clock_goes_to_a_time_and_does_what_is_due_on_the_way(visitor: Visitor, whole: WholeNetwork) -> None:
    fields = {"day-year": "2023", "day-month": "9", "day-day": "26", "clock": "07:10"}
    assert visitor.send("/clock", fields, to="/clock/time").status_code == 303
    assert shown_clock(visitor).startswith("2023-09-26T07:10")
    assert ("platform", "jlis", "CRL", "ok") in whole.passed("CRL")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"day-year": "2023", "day-month": "9", "day-day": "24", "clock": "07:00"},
            "時計を過去に戻すことはできません。",
        ),
        ({"day-year": "2030", "day-month": "1", "day-day": "1", "clock": "07:00"}, "366日"),
        ({"day-year": "2023", "day-month": "2", "day-day": "30", "clock": "07:00"}, "実際にある日付"),
        ({"day-year": "2023", "day-month": "9", "day-day": "26", "clock": "25:00"}, "07:00 の形"),
        ({"day-year": "2023", "day-month": "9", "day-day": "26", "clock": "\0"}, "07:00 の形"),
        ({}, "入力してください。"),
    ],
)
def test_times_that_can_not_be_gone_to_are_explained(
    reader: Visitor, still: WholeNetwork, fields: dict[str, str], words: str
) -> None:
    before = still.now
    answer = reader.send("/clock", fields, to="/clock/time")
    assert answer.status_code == 422
    assert words in answer.text
    assert still.now == before


def test_a_step_that_is_none_changes_nothing(reader: Visitor, still: WholeNetwork) -> None:
    before = still.now
    assert reader.send("/", {"step": "century"}, to="/clock").status_code == 422
    assert reader.client.post("/clock", data={"step": "hour"}).status_code == 403, "no form of this page"
    assert still.now == before


def test_a_story_is_played_from_the_page(visitor: Visitor, home: Home) -> None:
    answer = visitor.send("/stories", {"story": "move"}, to="/stories")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    place = "/stories/1"
    assert f'href="{place}"' in visitor.open("/").text
    assert home.works.wait(60)
    assert 'class="banner banner-done" role="status" data-work>' in visitor.open("/").text
    html = visitor.open(place).text
    assert "終わりました。" in html
    assert html.count("<svg") == 1
    assert "東京都千代田区" in re.sub("<[^>]+>", "", html)
    assert place in visitor.open("/stories").text


def test_a_story_that_can_not_go_on_says_why(visitor: Visitor, home: Home, whole: WholeNetwork) -> None:
    whole.network.local.take_down(whole["jlis"].base_url)
    visitor.send("/stories", {"story": "move"}, to="/stories")
    assert home.works.wait(60)
    html = visitor.open("/stories/1").text
    assert "http-equiv" not in html
    assert home.works.of_kind("story")[0].state == "failed"
    assert home.works.of_kind("story")[0].refusal.title in html


def test_a_story_that_is_none_is_not_found(visitor: Visitor, home: Home) -> None:
    for name in ("", "nothing", "../move", "\0"):
        assert visitor.send("/stories", {"story": name}, to="/stories").status_code == 404
    assert home.works.of_kind("story") == []
