"""The consent screen as a customer meets it, from online banking to the card and back."""

import base64
import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from litestar.testing import TestClient

from tegata.actors.bank.service import collecting
from tegata.node.web.app import create_app
from tests.actors.bank.world import Banked, moved
from tests.actors.jlis.world import HANAKO, Resident
from tests.node.web.clients import Visitor


@pytest.fixture
def visitor(quick_bank: Banked) -> Iterator[Visitor]:
    with TestClient(create_app(quick_bank.node)) as client:
        yield Visitor(client)


def enter(quick_bank: Banked, visitor: Visitor) -> str:
    """Through the stand-in of online banking; the path of the consent screen."""
    answer = visitor.send("/banking", {"number": "1000001", "birth_date": HANAKO.birth_date})
    assert answer.status_code == 303
    return str(answer.headers["location"])


def to_card(visitor: Visitor, screen: str, items: list[str]) -> str:
    """Choose items, check them, go on to the card; the id of the request to sign."""
    checked = visitor.send(screen, {"items": items})
    assert checked.status_code == 303
    where = checked.headers["location"]
    text = visitor.open(where).text
    assert "署名する文" in text
    sent = visitor.send(where, {"items": items}, to=f"{screen}/sign")
    assert sent.status_code == 303
    to_reader = urlsplit(sent.headers["location"])
    assert to_reader.path == "/citizen/reader"
    (uri,) = parse_qs(to_reader.query)["request_uri"]
    return uri.rpartition("/")[2]


def back(visitor: Visitor, request_id: str, **fields: str) -> str:
    """The reader's form comes back; the text of the page that it leads to."""
    answer = visitor.client.post(
        f"/card-requests/{request_id}/return", data={"request_id": request_id} | fields, follow_redirects=False
    )
    assert answer.status_code == 303, answer.text[:800]
    return visitor.open(answer.headers["location"]).text


@pytest.mark.rule("FI-02")
def test_a_customer_consents_with_the_card(quick_bank: Banked, visitor: Visitor) -> None:
    quick_bank.add()
    person = quick_bank.holder()
    screen = enter(quick_bank, visitor)
    for language in ("en", "ja"):
        text = visitor.open(f"{screen}?lang={language}").text
    for word in (
        "お願いする人",
        "なぜ必要か",
        "いつまで",
        "何が行われるか",
        "取り消すには",
        "お問合せ",
        "提供する項目",
    ):
        assert word in text
    assert text.count('type="checkbox"') == 4
    request_id = to_card(visitor, screen, ["name", "address"])
    fetched = visitor.client.get(f"/card-requests/{request_id}").json()
    assert (fetched["usage"], fetched["return_url"].endswith(f"/card-requests/{request_id}/return")) == ("sign", True)
    done = back(visitor, request_id, response=quick_bank.signs(person, request_id))
    assert "同意を受け付けました" in done
    assert "氏名、住所" in done
    assert visitor.open(f"/consent-result/{request_id}?lang=en").status_code == 200
    again = visitor.client.post(
        f"/card-requests/{request_id}/return", data={"request_id": request_id, "response": "a.b.c"},
        headers={"Accept": "application/json"},
    )  # fmt: skip
    assert (again.status_code, again.json()["code"]) == (409, "card-request-used")
    assert "すでに同意をいただいています。" in visitor.open(f"{screen}?lang=ja").text


def test_at_least_one_item_is_chosen_and_only_what_is_asked_for(quick_bank: Banked, visitor: Visitor) -> None:
    quick_bank.add()
    screen = enter(quick_bank, visitor)
    for items in ([], ["my_number"]):
        answer = visitor.send(screen, {"items": items})
        assert (answer.status_code, "1つ以上選んでください" in answer.text) == (422, True)
    assert visitor.open(f"{screen}/check?items=my_number").status_code == 422
    assert visitor.open(f"{screen}/check").status_code == 422


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("cancelled", "署名を取りやめました"),
        ("blocked", "ロックされています"),
        ("no_certificate", "証明書がありません"),
    ],
)
def test_the_reader_comes_back_without_a_signature(
    quick_bank: Banked, visitor: Visitor, error: str, words: str
) -> None:
    quick_bank.add()
    request_id = to_card(visitor, enter(quick_bank, visitor), ["name"])
    text = back(visitor, request_id, error=error)
    assert "同意は登録されていません" in text
    assert words in text


def test_a_refused_signature_says_what_to_do(quick_bank: Banked, visitor: Visitor) -> None:
    quick_bank.add()
    request_id = to_card(visitor, enter(quick_bank, visitor), ["name"])
    text = back(visitor, request_id, response="a.b.c")
    assert "電子署名を確認できませんでした。" in text
    assert "consent-signature-invalid" in text


@pytest.mark.rule("SP-04")
@pytest.mark.parametrize("after", [timedelta(0), timedelta(minutes=16)], ids=["at-once", "after-the-next-ocsp-data"])
def test_a_suspended_phone_is_told_what_is_wrong_and_what_to_do(
    quick_bank: Banked, visitor: Visitor, after: timedelta
) -> None:
    quick_bank.add()
    phone = quick_bank.holder().phone().gets()
    quick_bank.jlis.suspends(phone.owner)
    quick_bank.network.advance(after)
    request_id = to_card(visitor, enter(quick_bank, visitor), ["name"])
    document = phone.signs(base64.b64decode(collecting.signing_request(quick_bank.node, request_id).payload))
    text = back(visitor, request_id, response=document)
    assert "署名に使われた電子証明書は有効ではありません" in text
    assert "アプリで利用を再開してください" in text
    assert "consent-certificate-not-valid" in text


def test_another_persons_card_is_told_that_a_clerk_looks(quick_bank: Banked, visitor: Visitor) -> None:
    quick_bank.add()
    person: Resident = quick_bank.holder(moved(HANAKO, name="山田　太郎", gender="male"))
    request_id = to_card(visitor, enter(quick_bank, visitor), ["name"])
    assert "担当者が確認します" in back(visitor, request_id, response=quick_bank.signs(person, request_id))


def test_the_operator_is_away_and_nobody_has_to_sign_again(quick_bank: Banked, visitor: Visitor) -> None:
    quick_bank.add()
    person = quick_bank.holder()
    request_id = to_card(visitor, enter(quick_bank, visitor), ["name"])
    document = quick_bank.signs(person, request_id)
    quick_bank.network.take_down("platform")
    assert "もう一度署名する必要はありません" in back(visitor, request_id, response=document)


def test_another_browser_brings_and_sees_nothing(quick_bank: Banked, visitor: Visitor) -> None:
    quick_bank.add()
    person = quick_bank.holder()
    request_id = to_card(visitor, enter(quick_bank, visitor), ["name"])
    with TestClient(create_app(quick_bank.node)) as client:
        other = Visitor(client)
        answer = client.post(
            f"/card-requests/{request_id}/return",
            data={"request_id": request_id, "response": quick_bank.signs(person, request_id)},
            headers={"Accept": "application/json"},
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "card-request-of-another-browser")
        assert other.open(f"/consent-result/{request_id}").status_code == 404


@pytest.mark.parametrize(
    "fields", [{}, {"request_id": "other"}, {"request_id": "bad id"}, {"request_id": "{id}", "error": "strange"},
               {"request_id": "{id}", "response": "not a token"}]
)  # fmt: skip
def test_a_broken_answer_of_the_reader_is_refused(quick_bank: Banked, visitor: Visitor, fields: dict[str, str]) -> None:
    quick_bank.add()
    request_id = to_card(visitor, enter(quick_bank, visitor), ["name"])
    filled = {name: value.format(id=request_id) for name, value in fields.items()}
    answer = visitor.client.post(f"/card-requests/{request_id}/return", data=filled, follow_redirects=False)
    assert answer.status_code in {404, 422}
    assert collecting.signing_request(quick_bank.node, request_id).request_id == request_id


def test_online_banking_is_limited_as_a_login_is(quick_bank: Banked, visitor: Visitor) -> None:
    quick_bank.add()
    wrong = {"number": "1000001", "birth_date": "1999-01-01"}
    codes = [visitor.send("/banking", wrong).status_code for _ in range(6)]
    assert codes == [422, 422, 422, 422, 422, 429]
    bad = visitor.send("/banking", {"number": "1000001", "birth_date": "1980"})
    assert (bad.status_code, "1980-02-17 のように" in bad.text) == (422, True)


def test_outside_a_demonstration_there_is_no_stand_in(quick_bank: Banked) -> None:
    import msgspec

    quick_bank.node.settings = msgspec.structs.replace(quick_bank.node.settings, demonstration=False)
    with TestClient(create_app(quick_bank.node)) as client:
        assert client.get("/banking").status_code == 404


def test_a_wrong_link_says_where_to_start_again(visitor: Visitor) -> None:
    answer = visitor.open("/consent/guess")
    assert (answer.status_code, "この同意の画面は、開けない" in answer.text) == (404, True)
    assert visitor.open("/card-requests/guess").status_code == 404
    assert re.search("オンラインバンキングから、もう一度", answer.text)
