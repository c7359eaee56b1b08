"""Biometrics on the app's pages, and the reader that a phone is laid on (rules SP-01, SP-02)."""

import json

import pytest
from litestar.testing import TestClient

from tegata.actors.citizen.service import phones
from tegata.actors.citizen.service.phones import biometrics
from tegata.node.node import Node
from tegata.node.web.app import create_app
from tegata.pki.documents import read_document
from tests.actors.citizen.desk import PAYLOAD, Asker, answer_in, hidden
from tests.actors.citizen.phones.bureau import Bureau
from tests.actors.citizen.phones.hand import ORIGIN, Hand, finger, options
from tests.actors.citizen.phones.site import PHONE_PASSWORD, PHONE_PIN
from tests.actors.municipality.world import AUTH_PIN, PASSWORD, World


@pytest.mark.rule("SP-02")
def test_biometrics_open_the_app_and_are_turned_off_again(hand: Hand, node: Node, phone: str) -> None:
    at = f"/phones/{phone}"
    assert hand.send(f"{at}/biometrics", {"secret": PHONE_PIN, "answer": ""}).status_code == 422
    assert hand.send(f"{at}/biometrics", {"secret": PHONE_PIN, "answer": "{}"}).status_code == 422
    made = finger(hand, phone)
    for answer in ("", "{}", "x" * 30_000):
        refused = hand.send(f"{at}/unlock", {"answer": answer}, on=at)
        assert refused.status_code == 422
        assert 'id="answer"' in refused.text
    good = made.answers(options(hand, f"{at}/unlock", on=at))
    assert "使えます" in hand.follow(hand.send(f"{at}/unlock", {"answer": good}, on=at))
    assert hand.open(f"{at}/unlock").headers["location"] == at
    assert "使わないようにしました" in hand.follow(hand.send(f"{at}/biometrics/off", {}, on=f"{at}/biometrics"))
    hand.send(f"{at}/lock", {}, on=at)
    assert hand.send(f"{at}/unlock", {"answer": good}, on=at).status_code == 422
    assert "生体認証で開く" not in hand.open(at).text


@pytest.mark.rule("SP-02")
def test_a_model_that_can_not_says_so(hand: Hand, node: Node, bureau: Bureau) -> None:
    lite = phones.get(node, "P000002", "tegata-lite")
    phones.apply(node, "P000002", lite, card_password=PASSWORD, password=PHONE_PASSWORD, pin=PHONE_PIN)
    assert "この機種では、生体認証を使えません" in hand.open(f"/phones/{lite}").text
    assert "この機種では、生体認証を使えません" in hand.open(f"/phones/{lite}/biometrics").text
    token = hidden(hand.open(f"/phones/{lite}").text, "_csrf")["_csrf"]
    for below in ("biometrics", "unlock"):
        answer = hand.client.post(f"/phones/{lite}/{below}/challenge", headers={"x-csrf-token": token})
        assert (answer.status_code, answer.json()["code"]) == (409, "biometrics-not-possible")


# the reader


@pytest.fixture
def asker(quick_world: World, bureau: Bureau) -> Asker:
    return Asker(quick_world, "bank")


@pytest.mark.rule("SP-01")
def test_the_reader_takes_a_phone_for_a_login_and_for_a_signature(hand: Hand, asker: Asker, phone: str) -> None:
    for usage, secret, request_id in (("auth", PHONE_PIN, "one"), ("sign", PHONE_PASSWORD, "two")):
        at = hand.begin(asker.ask(request_id, usage=usage))
        page = hand.open(at).text
        assert "スマートフォン：" in page
        assert "カード：" in page
        assert hand.lay(at, phone).headers["location"] == f"{at}/pin"
        assert "<dt>スマートフォン</dt>" in hand.open(f"{at}/pin").text
        document = read_document(answer_in(hand.type(at, secret))["response"])
        assert document.payload == PAYLOAD
        assert document.certificate.serial_number > 9000


def test_the_reader_says_how_many_tries_a_phone_has_and_what_to_do_then(
    hand: Hand, asker: Asker, node: Node, phone: str
) -> None:
    at = hand.begin(asker.ask("three", usage="auth"))
    hand.lay(at, phone)
    for left in (2, 1):
        assert f"<dd>{left}</dd>" in hand.type(at, "0000").text
    assert "last-error" in hand.type(at, PHONE_PIN).text
    blocked = hand.type(at, "0000", last="true")
    assert "このスマートフォンの暗証番号は、ロックされています" in blocked.text
    assert "カードを使って申し込み直して" in blocked.text


def test_the_reader_takes_no_phone_without_a_certificate_and_none_that_is_gone(
    hand: Hand, asker: Asker, node: Node, phone: str
) -> None:
    bare = phones.get(node, "P000002", "tegata-one")
    at = hand.begin(asker.ask("four", usage="auth"))
    refused = hand.lay(at, bare)
    assert refused.status_code == 422
    assert "このスマートフォンには、必要な電子証明書が入っていません" in refused.text
    assert hand.lay(at, phone).status_code == 303
    phones.hand_over(node, phone, "lost")
    assert hand.type(at, PHONE_PIN).status_code == 409
    assert hand.lay(at, phone).status_code == 422
    assert phone not in hand.open(at).text
    assert answer_in(hand.post(f"{at}/end", {"error": "cancelled"}, on=at))["error"] == "cancelled"


@pytest.mark.rule("SP-02")
def test_biometrics_stand_in_for_the_pin_at_the_reader_and_never_for_the_password(
    hand: Hand, asker: Asker, node: Node, phone: str
) -> None:
    made = finger(hand, phone)
    at = hand.begin(asker.ask("five", usage="auth"))
    hand.lay(at, phone)
    page = hand.open(f"{at}/pin").text
    assert "生体認証で確認する" in page
    attempt = hidden(page, "attempt")
    for answer in ("", "{}", made.answers(biometrics.assertion_options(node, phone, biometrics.UNLOCK))):
        refused = hand.send(f"{at}/biometrics", {"answer": answer, **attempt}, on=f"{at}/pin")
        assert refused.status_code == 422
    good = made.answers(options(hand, f"{at}/biometrics", on=f"{at}/pin"))
    done = hand.send(f"{at}/biometrics", {"answer": good}, on=f"{at}/pin")
    assert read_document(answer_in(done)["response"]).payload == PAYLOAD
    again = hand.send(f"{at}/biometrics", {"answer": good}, on="/phones/new")
    assert answer_in(again) == answer_in(done)
    assert hand.open(f"{at}/biometrics").headers["location"] == f"{at}/pin"

    at = hand.begin(asker.ask("six", usage="sign"))
    hand.lay(at, phone)
    assert "生体認証で確認する" not in hand.open(f"{at}/pin").text
    token = hidden(hand.open(f"{at}/pin").text, "_csrf")["_csrf"]
    refused = hand.client.post(f"{at}/biometrics/challenge", headers={"x-csrf-token": token})
    assert refused.json()["code"] == "biometrics-not-possible"
    unlock = made.answers(biometrics.assertion_options(node, phone, biometrics.UNLOCK))
    assert hand.send(f"{at}/biometrics", {"answer": unlock}, on=f"{at}/pin").status_code == 422


@pytest.mark.rule("SP-02")
def test_at_the_actors_own_address_the_reader_leads_to_the_phones_address_for_biometrics(
    hand: Hand, asker: Asker, node: Node, phone: str
) -> None:
    finger(hand, phone)
    at = hand.begin(asker.ask("seven", usage="auth"))
    hand.lay(at, phone)
    with TestClient(create_app(node), base_url="http://127.0.0.1:8000") as client:
        page = client.get(f"{at}/pin").text
    assert f'href="{ORIGIN}/citizen{at}/pin"' in page
    assert "data-biometrics" not in page


def test_the_drawer_lists_phones_and_leads_to_their_pages(hand: Hand, phone: str) -> None:
    listed = hand.open("/", q="花子").text
    assert f"/phones/{phone}/drawer" in listed
    assert "スマートフォン（Tegata Phone 1）" in listed
    assert hand.open(f"/cards/{phone}").headers["location"] == f"/phones/{phone}/drawer"
    pins = {"usage": "auth", "old": PHONE_PIN, "new": "1111", "again": "1111"}
    assert hand.send(f"/cards/{phone}/pin", pins, on="/cards/card-2").status_code == 404
    assert AUTH_PIN not in json.dumps(pins)
