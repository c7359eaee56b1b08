"""What the operator's staff see: empty, with entries, in trouble; who may decide; nothing personal."""

from collections.abc import Iterator

import pytest
from litestar.testing import TestClient

from tegata.node.staff import add_staff
from tegata.node.web.app import create_app
from tests.actors.platform.world import Operated
from tests.node.web.clients import Visitor

PAGES = ("/", "/parties", "/parties/bank", "/lists", "/log/bank", "/questions", "/fees")


@pytest.fixture
def visitor(operated: Operated) -> Iterator[Visitor]:
    node = operated.node
    with node.database.begin() as tx:
        for role in ("operator", "auditor"):
            add_staff(tx, node, login=role, name="鈴木", password="correct horse", roles=frozenset({role}))
    with TestClient(create_app(node), base_url=node.base_url.rpartition("/")[0]) as client:
        yield Visitor(client)


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_for_staff(visitor: Visitor, path: str) -> None:
    answer = visitor.open(path)
    assert answer.status_code == 303
    assert "/login" in answer.headers["location"]


def test_every_page_opens_empty_and_with_entries_in_both_languages(operated: Operated, visitor: Visitor) -> None:
    visitor.log_in("auditor", then="/")
    for path in PAGES:
        assert visitor.open(path).status_code == 200, path
    consent = operated.consents(person := operated.holder())
    person.moves()
    operated.to_next(7, 10)
    operated.bank.state["mood"] = "refuses"
    operated.consents(operated.holder())
    operated.network.settle()
    visitor.log_in("auditor", then="/")
    for language in ("ja", "en"):
        for path in PAGES:
            shown = visitor.open(f"{path}?lang={language}").text
            assert f'<html lang="{language}">' in shown
            assert "Text(" not in shown
            for personal in (person.attributes.name, person.attributes.address, person.code):
                assert personal not in shown
    assert str(consent.serial) in visitor.open("/log/bank").text


def test_an_unknown_party_is_not_found(visitor: Visitor) -> None:
    visitor.log_in("operator", then="/")
    for path in ("/parties/nobody", "/log/nobody"):
        assert visitor.open(path).status_code == 404
    assert visitor.open("/log/bank?after=-5").status_code == 200
    assert visitor.open("/log/bank?after=x").status_code in {400, 422}


def test_rights_are_suspended_and_given_back_by_an_operator_only(operated: Operated, visitor: Visitor) -> None:
    visitor.log_in("auditor", then="/")
    refused = visitor.send("/parties/bank", {}, to="/parties/bank/suspend")
    assert refused.status_code == 403
    visitor.log_in("operator", then="/")
    assert visitor.send("/parties/bank", {}, to="/parties/bank/suspend").status_code == 303
    assert "停止中" in visitor.open("/parties/bank").text
    assert visitor.send("/parties/bank", {}, to="/parties/bank/resume").status_code == 303
    assert "停止中" not in visitor.open("/parties/bank").text


def test_a_parked_push_is_shown_and_sent_again(operated: Operated, visitor: Visitor) -> None:
    operated.bank.state["mood"] = "refuses"
    operated.consents(operated.holder())
    operated.network.settle()
    visitor.log_in("operator", then="/")
    number = operated.node.dispatcher.parked()[0].number
    assert "bank.1" in visitor.open("/parties/bank").text
    operated.bank.state["mood"] = "well"
    assert visitor.send("/parties/bank", {}, to=f"/parties/bank/pushes/{number}/resend").status_code == 303
    operated.network.settle()
    assert [change.number for change in operated.pushed()] == [1]
    again = visitor.send("/parties/bank", {}, to=f"/parties/bank/pushes/{number}/resend")
    assert again.status_code == 303


def test_the_lists_can_be_fetched_now_and_trouble_is_named(operated: Operated, visitor: Visitor) -> None:
    visitor.log_in("operator", then="/")
    visitor.send("/lists", {}, to="/lists/fetch")
    shown = visitor.open("/lists").text
    assert "まだ失効リスト (CRL) がありません。" in shown
    operated.to_next(7, 1)
    visitor.log_in("operator", then="/")
    visitor.send("/lists", {}, to="/lists/fetch")
    assert "受け入れました" in visitor.open("/lists").text
