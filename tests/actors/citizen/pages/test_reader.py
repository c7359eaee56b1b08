"""The reader, from the request to the answer that goes back."""

import base64
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tegata.actors.citizen.service import drawer
from tegata.actors.citizen.service import reader as reading
from tegata.actors.citizen.service.requests import LARGEST_BYTES
from tegata.node import audit
from tegata.pki.documents import read_document
from tegata.wire.text import Text
from tests.actors.citizen.desk import PAYLOAD, Asker, Reader, answer_in, hidden
from tests.actors.municipality.world import AUTH_PIN, PASSWORD, World


@pytest.mark.rule("FI-02")
def test_a_signature_by_the_card_goes_back_to_who_asked(quick_world: World, asker: Asker, reader: Reader) -> None:
    at = reader.begin(asker.ask())
    page = reader.open(at).text
    for shown in ("ポータル", "４情報の提供への同意", "氏名と住所", "山田　花子", "署名用電子証明書で署名します"):
        assert shown in page
    assert reader.lay(at).headers["location"] == f"{at}/pin"
    done = reader.type(at, PASSWORD)
    answer = answer_in(done)
    assert answer["request_id"] == "request-1"
    document = read_document(answer["response"])
    assert document.payload == PAYLOAD
    assert 'action="http://127.0.0.1:8000/portal/card-requests/request-1/return"' in done.text
    assert "http://127.0.0.1:8000" in done.headers["content-security-policy"]
    assert asker.fetched == ["request-1"]
    noted = [one.entry for one in audit.entries_for(quick_world.citizen.database, "P000002")]
    assert (noted[0].action, noted[0].detail["asker"], noted[0].detail["outcome"]) == ("signed", "portal", "done")


def test_a_login_takes_the_other_key_and_the_other_pin(asker: Asker, reader: Reader) -> None:
    at = reader.begin(asker.ask(usage="auth"))
    assert "氏名や住所は入っていません" in reader.open(at).text
    reader.lay(at, "card-3")
    assert read_document(answer_in(reader.type(at, AUTH_PIN))["response"]).payload == PAYLOAD


def test_a_wrong_pin_says_how_many_tries_are_left_and_the_last_asks_first(
    quick_world: World, asker: Asker, reader: Reader
) -> None:
    at = reader.begin(asker.ask(usage="auth"))
    reader.lay(at)
    for left in (2, 1):
        wrong = reader.type(at, "0000")
        assert wrong.status_code == 422
        assert "暗証番号が違います" in wrong.text
        assert f"<dd>{left}</dd>" in wrong.text
    unsure = reader.type(at, AUTH_PIN)
    assert unsure.status_code == 422
    assert "last-error" in unsure.text
    assert tries(quick_world, "auth") == 1
    blocked = reader.type(at, "0000", last="true")
    assert blocked.status_code == 422
    assert "ロックされています" in blocked.text
    assert "市区町村の窓口" in blocked.text
    assert reader.type(at, AUTH_PIN, last="true", attempt="9").status_code in (303, 422)
    assert tries(quick_world, "auth") == 0
    assert answer_in(reader.post(f"{at}/end", {"error": "blocked"}, on=f"{at}/pin")) == {
        "request_id": "request-1", "error": "blocked",
    }  # fmt: skip


def tries(world: World, usage: Any) -> int:
    opened = drawer.open_card(world.citizen, "card-2")
    return next(one.tries for one in opened.usages if one.usage == usage)


def test_the_right_pin_on_the_last_try_is_taken_and_gives_all_tries_back(
    quick_world: World, asker: Asker, reader: Reader
) -> None:
    at = reader.begin(asker.ask())
    reader.lay(at)
    for _ in range(4):
        reader.type(at, "WRONG1")
    assert tries(quick_world, "sign") == 1
    assert "response" in answer_in(reader.type(at, PASSWORD, last="true"))
    assert tries(quick_world, "sign") == 5


def test_a_form_that_is_sent_twice_spends_one_try(quick_world: World, asker: Asker, reader: Reader) -> None:
    at = reader.begin(asker.ask(usage="auth"))
    reader.lay(at)
    page = reader.open(f"{at}/pin").text
    sent = {"pin": "0000", **hidden(page, "attempt", "_csrf")}
    first, second = (reader.client.post(f"{at}/pin", data=sent, follow_redirects=False) for _ in range(2))
    assert first.status_code == 422
    assert (second.status_code, second.headers["location"]) == (303, f"{at}/pin")
    assert tries(quick_world, "auth") == 2


def test_an_answer_that_was_given_is_given_again_and_nothing_is_signed_twice(
    quick_world: World, asker: Asker, reader: Reader
) -> None:
    at = reader.begin(asker.ask())
    reader.lay(at)
    sent = {"pin": PASSWORD, **hidden(reader.open(f"{at}/pin").text, "attempt", "_csrf")}
    answers = [answer_in(reader.client.post(f"{at}/pin", data=sent)) for _ in range(2)]
    answers += [answer_in(reader.open(at)), answer_in(reader.open(f"{at}/pin"))]
    answers += [answer_in(reader.client.post(f"{at}/end", data={**sent, "error": "cancelled"}))]
    assert all(one == answers[0] for one in answers)
    signed = [one for one in audit.entries_for(quick_world.citizen.database, "P000002") if one.entry.action == "signed"]
    assert len(signed) == 1


def test_who_stops_goes_back_without_a_signature(asker: Asker, reader: Reader) -> None:
    at = reader.begin(asker.ask())
    assert answer_in(reader.post(f"{at}/end", {"error": "cancelled"}, on=at)) == {
        "request_id": "request-1", "error": "cancelled",
    }  # fmt: skip
    assert reader.open(f"{at}/end").headers["location"] == at
    for error in ("success", ""):
        other = reader.begin(asker.ask("request-2"))
        answer = reader.post(f"{other}/end", {"error": error}, on=other)
        assert (answer.status_code == 422) == bool(error)


def test_a_child_has_no_signature_certificate(asker: Asker, reader: Reader) -> None:
    at = reader.begin(asker.ask())
    assert "署名用電子証明書がありません" in reader.open(at).text
    answer = reader.lay(at, "card-3")
    assert answer.status_code == 422
    assert "電子証明書が入っていません" in answer.text


@pytest.mark.parametrize("card_id", ["", "card-99", "../card-2", "card-2\0"])
def test_a_card_that_is_none_is_not_laid(asking: Asker, kiosk: Reader, card_id: str) -> None:
    at = kiosk.begin(asking.ask())
    assert kiosk.lay(at, card_id).status_code in (404, 422)
    assert kiosk.open(f"{at}/pin").headers["location"] == at


@pytest.mark.parametrize("pin", ["", "12", "あいうえ", "1234567890123456789", "\0\0\0\0"])
def test_what_can_be_no_pin_spends_no_try(standing: World, asking: Asker, kiosk: Reader, pin: str) -> None:
    at = kiosk.begin(asking.ask(usage="auth"))
    kiosk.lay(at)
    assert kiosk.type(at, pin).status_code == 422
    assert tries(standing, "auth") == 3


@pytest.mark.parametrize("attempt", ["", "0", "-1", "x", "99", "99999999999999999999"])
def test_a_pin_form_with_another_number_spends_no_try(
    standing: World, asking: Asker, kiosk: Reader, attempt: str
) -> None:
    at = kiosk.begin(asking.ask(usage="auth"))
    kiosk.lay(at)
    answer = kiosk.post(f"{at}/pin", {"pin": "0000", "attempt": attempt}, on=f"{at}/pin")
    assert answer.status_code in (303, 422)
    assert tries(standing, "auth") == 3


FORGED = [
    "http://evil.example/portal/card-requests/request-1",
    "http://127.0.0.1:8000/municipality/card-requests/request-1",
    "http://127.0.0.1:8000/portal@evil.example/card-requests/request-1",
    "http://127.0.0.1:8000/portal/card-requests/request-1/../../health",
    "http://127.0.0.1:8000/portal/card-requests/request-1?next=x",
    "http://127.0.0.1:8000/portal/card-requests/..",
    "http://127.0.0.1:8000/portal/card-requests/",
    "http://127.0.0.1:8000/portalx/card-requests/request-1",
    "HTTP://127.0.0.1:8000/portal/card-requests/request-1",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "",
    "http://127.0.0.1:8000/portal/card-requests/" + "a" * 600,
]


@pytest.mark.parametrize("address", FORGED)
def test_an_address_of_nobody_known_is_never_fetched(asking: Asker, kiosk: Reader, address: str) -> None:
    asking.ask()
    before = list(asking.fetched)
    answer = kiosk.open("/reader", request_uri=address)
    assert answer.status_code == 400
    assert "signing-request-not-taken" in answer.text
    assert asking.fetched == before
    assert kiosk.open("/reader").status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"return_url": "http://evil.example/card-requests/request-1/return"},
        {"return_url": "http://127.0.0.1:8000/portalx/return"},
        {"return_url": "http://127.0.0.1:8000/bank/card-requests/request-1/return"},
        {"return_url": "javascript:alert(1)"},
        {"return_url": "http://127.0.0.1:8000/portal/a b"},
        {"return_url": "http://127.0.0.1:8000/portal/\\evil"},
        {"request_id": "request-2"},
        {"payload": ""},
        {"payload": "AAA"},
        {"summary": [Text("あ" * 3000, "a")]},
        {"title": Text("あ", "a" * 3000)},
    ],
)
def test_a_request_that_is_not_right_is_not_shown(asking: Asker, kiosk: Reader, changes: dict[str, Any]) -> None:
    address = asking.ask()
    tree = msgspec.json.decode(asking.requests["request-1"])
    asking.requests["request-1"] = msgspec.json.encode({**tree, **msgspec.to_builtins(changes)})
    answer = kiosk.open("/reader", request_uri=address)
    assert answer.status_code == 400
    assert "signing-request-not-taken" in answer.text


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[1]", b"\xff\xfe", b"{" * 5000, b" " * (LARGEST_BYTES + 1), b'"text"', b"null"]
)
def test_a_request_that_is_none_is_not_taken(asking: Asker, kiosk: Reader, body: bytes) -> None:
    address = asking.ask()
    asking.requests["request-1"] = body
    assert kiosk.open("/reader", request_uri=address).status_code == 400


def test_a_request_without_an_offset_in_its_time_is_not_taken(asker: Asker, reader: Reader) -> None:
    address = asker.ask()
    tree = msgspec.json.decode(asker.requests["request-1"])
    asker.requests["request-1"] = msgspec.json.encode({**tree, "expires_at": "2033-01-01T00:00:00"})
    assert reader.open("/reader", request_uri=address).status_code == 400


def test_a_request_that_is_over_can_not_be_signed(quick_world: World, asker: Asker, reader: Reader) -> None:
    gone = reader.open("/reader", request_uri=asker.address("request-9"))
    assert (gone.status_code, "signing-request-over" in gone.text) == (410, True)
    at = reader.begin(asker.ask())
    reader.lay(at)
    form = {"pin": PASSWORD, **hidden(reader.open(f"{at}/pin").text, "attempt", "_csrf")}
    quick_world.clock.advance(timedelta(minutes=11))
    for answer in (reader.open(at), reader.open(f"{at}/pin"), reader.client.post(f"{at}/pin", data=form)):
        assert answer.status_code == 410
    assert reader.open("/reader", request_uri=asker.address("request-1")).status_code == 410
    assert reader.open("/reader/unknown").status_code == 404


def test_when_the_asker_does_not_answer_nothing_is_shown(quick_world: World, asker: Asker, reader: Reader) -> None:
    address = asker.ask()
    quick_world.network.local.take_down(asker.base_url)
    assert reader.open("/reader", request_uri=address).status_code == 503


def test_old_requests_are_thrown_away(quick_world: World, asker: Asker, reader: Reader) -> None:
    first = reader.begin(asker.ask())
    quick_world.clock.advance(timedelta(days=2))
    reader.begin(asker.ask("request-2"))
    assert reader.open(first).status_code == 404


def test_the_last_used_card_lies_on_top(asker: Asker, reader: Reader) -> None:
    at = reader.begin(asker.ask())
    reader.lay(at, "card-2")
    reader.type(at, PASSWORD)
    again = reader.open(reader.begin(asker.ask("request-2"))).text
    assert again.index("山田　花子") < again.index("山田　太郎")


def test_a_hint_is_shown_in_a_demonstration_only(
    quick_world: World, asker: Asker, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = reader.begin(asker.ask())
    reader.lay(at)
    assert f"<code>{PASSWORD}</code>" in reader.open(f"{at}/pin").text
    settings = msgspec.structs.replace(quick_world.citizen.settings, demonstration=False)
    monkeypatch.setattr(quick_world.citizen, "settings", settings)
    assert PASSWORD not in reader.open(f"{at}/pin").text


def test_what_is_shown_is_never_markup(asker: Asker, reader: Reader) -> None:
    hostile = Text("<script>alert(1)</script>", "<script>alert(1)</script>")
    at = reader.begin(asker.ask(asker=hostile, title=hostile, summary=[hostile]))
    assert "<script>alert" not in reader.open(at).text


def test_what_is_signed_are_the_very_bytes(quick_world: World, asker: Asker, reader: Reader) -> None:
    payload = bytes(range(256)) * 40
    one = reading.open_reading(quick_world.citizen, asker.ask(payload=base64.b64encode(payload).decode()))
    reading.choose_card(quick_world.citizen, one.reading_id, "card-2")
    done = reading.enter_pin(quick_world.citizen, one.reading_id, 1, PASSWORD)
    assert done.answer is not None
    assert done.answer.response is not None
    assert read_document(done.answer.response).payload == payload
