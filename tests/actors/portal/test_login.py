"""Login with card and PIN: the request, the way over the reader, the session, and everything that may go wrong."""

import base64
from datetime import timedelta
from typing import get_args

import msgspec

from tegata.actors.portal.tables import CardRequestRow
from tegata.node.audit import entries_for
from tegata.wire.holders import LoginStatement
from tegata.wire.reader import ReaderError
from tests.actors.portal.world import TARO, Portal, Visitor


def test_a_card_opens_the_portal_and_what_it_signed_is_the_login(world: Portal) -> None:
    holder = world.holder()
    with world.browser() as visitor:
        to_reader = visitor.send("/card-login?next=/consents")
        request = visitor.asked(to_reader)
        statement = msgspec.json.decode(base64.b64decode(request.payload), type=LoginStatement)
        assert (request.usage, statement.kind, statement.audience) == ("auth", "login", "portal")
        assert statement.stated_at == world.now
        assert request.return_url.startswith(world.node.base_url + "/")
        result = visitor.signs(to_reader, holder)
        assert (result.status_code, result.headers["location"]) == (303, "/consents")
        page = visitor.open("/consents")
        assert page.status_code == 200
        assert "同意の提供状況" in page.text
        assert "山田" not in page.text


def test_a_page_that_needs_a_login_leads_there_and_back(quick_world: Portal, visitor: Visitor) -> None:
    away = visitor.open("/card")
    assert (away.status_code, away.headers["location"]) == (303, "/card-login?next=%2Fcard")
    assert visitor.logs_in(quick_world.holder(), then="/card").headers["location"] == "/card"


def test_the_same_person_has_the_same_handle_after_a_reissue(quick_world: Portal, visitor: Visitor) -> None:
    holder = quick_world.holder()
    visitor.logs_in(holder)
    holder.gets("auth")
    visitor.logs_in(holder)
    with quick_world.browser() as other:
        other.logs_in(quick_world.holder(TARO))
    with quick_world.node.database.read() as session:
        subs = [entry.sub for entry in session.query(CardRequestRow)]
    assert subs == [None, None, None]
    people = {
        entry.entry.subject for sub in _subs(quick_world) for entry in entries_for(quick_world.node.database, sub)
    }
    assert len(people) == 2


def _subs(world: Portal) -> list[str]:
    from tegata.actors.portal.tables import PersonRow

    with world.node.database.read() as session:
        return [row.sub for row in session.query(PersonRow)]


def test_an_answer_is_taken_once_and_its_page_may_be_loaded_again(quick_world: Portal, visitor: Visitor) -> None:
    holder = quick_world.holder()
    request = visitor.asked(visitor.send("/card-login"))
    document = holder.signs("auth", base64.b64decode(request.payload))
    assert visitor.comes_back(request, response=document).headers["location"] == "/"
    again = visitor.comes_back(request, response=document)
    assert again.status_code == 409
    assert "card-request-answered" in again.text
    assert visitor.open(f"/card-requests/{request.request_id}/result").headers["location"] == "/"
    assert visitor.client.get(f"/card-requests/{request.request_id}").status_code == 404


def test_the_document_is_forgotten_once_it_is_used(quick_world: Portal, visitor: Visitor) -> None:
    visitor.logs_in(quick_world.holder())
    with quick_world.node.database.read() as session:
        row = session.query(CardRequestRow).one()
    assert (row.document, row.outcome) == (None, "done")


def test_another_browser_can_not_use_the_answer(quick_world: Portal, visitor: Visitor) -> None:
    holder = quick_world.holder()
    request = visitor.asked(visitor.send("/card-login"))
    document = holder.signs("auth", base64.b64decode(request.payload))
    with quick_world.browser() as thief:
        stolen = thief.comes_back(request, response=document)
        assert (stolen.status_code, "card-request-of-another-browser" in stolen.text) == (403, True)
        assert thief.open("/consents").status_code == 303
    assert visitor.open(f"/card-requests/{request.request_id}/result").headers["location"] == "/"


def test_a_request_ends_after_its_time(quick_world: Portal, visitor: Visitor) -> None:
    holder = quick_world.holder()
    request = visitor.asked(visitor.send("/card-login"))
    document = holder.signs("auth", base64.b64decode(request.payload))
    quick_world.network.clock.advance(timedelta(minutes=10))
    late = visitor.comes_back(request, response=document)
    assert (late.status_code, "card-request-over" in late.text) == (410, True)
    assert visitor.client.get(f"/card-requests/{request.request_id}").status_code == 404


def test_what_was_not_asked_for_is_refused_and_the_request_stays_open(quick_world: Portal, visitor: Visitor) -> None:
    holder = quick_world.holder()
    request = visitor.asked(visitor.send("/card-login"))
    statement = msgspec.json.decode(base64.b64decode(request.payload), type=LoginStatement)
    other = msgspec.json.encode(msgspec.structs.replace(statement, nonce="another"))
    wrong = visitor.comes_back(request, response=holder.signs("auth", other))
    assert (wrong.status_code, "consent-statement-wrong" in wrong.text) == (422, True)
    document = holder.signs("auth", base64.b64decode(request.payload))
    assert visitor.comes_back(request, response=document).status_code == 303


def test_a_login_signed_with_the_signature_key_is_refused(quick_world: Portal, visitor: Visitor) -> None:
    holder = quick_world.holder()
    request = visitor.asked(visitor.send("/card-login"))
    result = visitor.comes_back(request, response=holder.signs("sign", base64.b64decode(request.payload)))
    assert (result.status_code, "consent-signature-invalid" in result.text) == (422, True)
    assert visitor.open("/consents").status_code == 303


def test_a_forged_signature_is_refused(quick_world: Portal, visitor: Visitor) -> None:
    holder = quick_world.holder()
    request = visitor.asked(visitor.send("/card-login"))
    document = holder.signs("auth", base64.b64decode(request.payload))
    head, payload, signature = document.split(".")
    broken = ".".join([head, payload, ("B" if signature[0] == "A" else "A") + signature[1:]])
    result = visitor.comes_back(request, response=broken)
    assert (result.status_code, "consent-signature-invalid" in result.text) == (422, True)


def test_the_card_of_someone_who_died_opens_nothing(quick_world: Portal, visitor: Visitor) -> None:
    holder = quick_world.holder()
    holder.resident.happens("death", None)
    result = visitor.logs_in(holder)
    assert (result.status_code, "consent-certificate-not-valid" in result.text) == (422, True)


def test_each_error_of_the_reader_is_told_with_what_to_do(visitor: Visitor) -> None:
    told = {
        "cancelled": "やめました", "blocked": "ロック", "no_certificate": "電子証明書がありません",
        "wrong_card": "別のカード",
    }  # fmt: skip
    assert set(told) == set(get_args(ReaderError))
    for error, says in told.items():
        request = visitor.asked(visitor.send("/card-login"))
        result = visitor.comes_back(request, error=error)
        assert (result.status_code, says in result.text) == (200, True), error
        assert f"<code>{error}</code>" in result.text
        assert "/card-login" in result.text


def test_a_broken_answer_is_refused(visitor: Visitor) -> None:
    answers: tuple[dict[str, str], ...] = (
        {}, {"error": "no such error"}, {"response": "a.b"}, {"response": "a.b.c", "error": "cancelled"},
    )  # fmt: skip
    request = visitor.asked(visitor.send("/card-login"))
    for answer in answers:
        assert visitor.comes_back(request, **answer).status_code == 404, answer
        assert visitor.open(f"/card-requests/{request.request_id}/result").status_code == 404


def test_an_unreadable_document_is_refused(visitor: Visitor) -> None:
    request = visitor.asked(visitor.send("/card-login"))
    result = visitor.comes_back(request, response="e30.e30.e30")
    assert (result.status_code, "consent-signature-invalid" in result.text) == (422, True)


def test_many_wrong_answers_are_slowed_down(visitor: Visitor) -> None:
    request = visitor.asked(visitor.send("/card-login"))
    statuses = [visitor.comes_back(request, response="e30.e30.e30").status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


def test_where_jlis_does_not_answer_the_card_need_not_be_read_again(quick_world: Portal, visitor: Visitor) -> None:
    holder = quick_world.holder()
    to_reader = visitor.send("/card-login")
    quick_world.network.take_down("jlis")
    down = visitor.signs(to_reader, holder)
    assert (down.status_code, "peer-unavailable" in down.text) == (503, True)
    quick_world.network.bring_up("jlis")
    request_id = down.url.path.split("/")[2]
    assert visitor.open(f"/card-requests/{request_id}/result").headers["location"] == "/"


def test_logout_ends_the_session(quick_world: Portal, visitor: Visitor) -> None:
    visitor.logs_in(quick_world.holder())
    page = visitor.open("/").text
    token = page[page.index('name="_csrf" value="') + 20 :].split('"')[0]
    visitor.client.post("/logout", data={"_csrf": token}, follow_redirects=False)
    assert visitor.open("/consents").status_code == 303


def test_the_login_goes_to_no_other_site_afterwards(quick_world: Portal, visitor: Visitor) -> None:
    result = visitor.logs_in(quick_world.holder(), then="//evil.example/")
    assert result.headers["location"] == "/"
