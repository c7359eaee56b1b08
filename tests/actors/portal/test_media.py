"""わたしのカードとスマートフォン, and revocation with the card where the phone does not come back (SP-01, SP-05)."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar.testing import TestClient
from sqlalchemy import delete

from tegata.actors.portal.service import passing_on
from tegata.actors.portal.tables import CardRequestRow
from tegata.node.audit import entries_for
from tegata.node.web.app import create_app
from tegata.pki.documents import sign_document
from tegata.wire.certificates import CertificateState
from tegata.wire.holders import Access
from tegata.wire.phones import NOT_YOUR_PHONE, PhoneOrder, SignedOrder
from tegata.wire.problems import Refused
from tests.actors.portal.standing_jlis import PHONE, SPECS, SUB, Told, on_phone, state, told_of
from tests.actors.portal.world import Visitor
from tests.pki.support import auth_certificate, key, sign_certificate
from tests.support import START, TestNetwork

REVOKE = "/card/phone-revocation"
AUTH, SIGN = auth_certificate(7), sign_certificate(8)
CARD = [state(7, "auth"), state(8, "sign")]
HELD: dict[str, Any] = {"state": "suspended", "reason": "certificateHold", "revoked_at": START}


class Person:
    """Somebody who is logged in, with a card that signs."""

    def __init__(self, network: TestNetwork, client: TestClient[Any]) -> None:
        self.network, self.visitor = network, Visitor(client, network["portal"])
        self.told: Told = told_of(network)
        self.holds()
        self.signs(self.visitor.send("/card-login"), usage="auth")
        self.told.taken.clear()

    def holds(self, *phone: CertificateState, card: list[CertificateState] | None = None) -> None:
        """What J-LIS has on record of card and phone."""
        self.told.certificates = [*(CARD if card is None else card), *phone]

    def signs(self, to_reader: httpx.Response, usage: str = "sign", certificate: Any = None) -> httpx.Response:
        """The card signs what the portal asks."""
        asked = self.visitor.asked(to_reader)
        assert asked.usage == usage
        known = certificate or (AUTH if usage == "auth" else SIGN)
        document = sign_document(base64.b64decode(asked.payload), key("holder").sign, known)
        return self.visitor.comes_back(asked, response=document)

    def page(self, path: str = "/card") -> str:
        """A page's main part."""
        text = self.visitor.open(path).text
        return text[text.index("<main") :]


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    network = TestNetwork(SPECS, "", Path(tmp_path_factory.mktemp("media")))
    with TestClient(create_app(network["portal"])) as client:
        yield Person(network, client)
    network.close()


@pytest.fixture
def person(standing: Person) -> Person:
    """Somebody who is logged in, for one test; what another test left waiting is gone."""
    with standing.network["portal"].database.begin() as tx:
        tx.session.execute(delete(CardRequestRow))
    standing.told.refuses = None
    standing.told.taken.clear()
    standing.holds()
    standing.visitor.open("/?lang=ja")
    return standing


def suspended() -> tuple[CertificateState, CertificateState]:
    return on_phone(41, "sign", **HELD), on_phone(42, "auth", **HELD)


@pytest.mark.rule("SP-01")
def test_card_and_phone_are_told_apart(person: Person) -> None:
    person.holds(on_phone(41, "sign"), on_phone(42, "auth", state="revoked", reason="cessationOfOperation"))
    page = person.page()
    card, phone = page.split(">スマートフォン</h2>")
    assert card.count("何もする必要はありません") == 2
    assert phone.count("何もする必要はありません") == 1
    assert "Model A" in phone
    assert "失効の手続がされた" in phone
    assert "スマートフォンの電子証明書を失効する" in phone
    assert "以前の電子証明書" not in page
    assert "いま、することはありません" in person.page("/")


def test_where_nothing_was_applied_for_it_says_how(person: Person) -> None:
    page = person.page()
    assert "申し込まれていません" in page
    assert "スマートフォンのアプリで申し込んでください" in page
    assert REVOKE not in page


@pytest.mark.rule("SP-05")
def test_a_suspended_phone_leads_to_the_app_or_to_revocation(person: Person) -> None:
    person.holds(*suspended())
    page = person.page()
    assert page.count("一時利用停止") >= 2
    assert "そのスマートフォンのアプリで、利用を再開してください" in page
    assert REVOKE in page
    home = person.page("/")
    assert "スマートフォンの署名用電子証明書" in home
    assert "カードの署名用電子証明書" not in home


def test_a_suspended_card_leads_to_the_counter_and_to_no_release(person: Person) -> None:
    person.holds(card=[state(7, "auth", **HELD), state(8, "sign", **HELD)])
    page = person.page()
    assert "元に戻せません" in page
    assert "同じカードに、新しい電子証明書が発行されます" in page
    assert "解除" not in page
    assert "カードの利用者証明用電子証明書" in person.page("/")


@pytest.mark.rule("SP-05")
def test_the_card_revokes_what_is_on_a_phone_that_does_not_come_back(person: Person) -> None:
    person.holds(*suspended())
    assert person.visitor.send(REVOKE, {"where": "gone"}).headers["location"] == f"{REVOKE}/check"
    check = person.page(f"{REVOKE}/check")
    for said in ("内容の確認", "Model A", "元に戻すことはできません", "紛失・盗難"):
        assert said in check
    result = person.signs(person.visitor.send(f"{REVOKE}/check"))
    assert result.headers["location"] == f"{REVOKE}/done"
    (sent,) = person.told.taken
    order = msgspec.json.decode(base64.urlsafe_b64decode(sent.document.split(".")[1] + "=="), type=PhoneOrder)
    assert (order.phone_id, order.action, order.occasion, sorted(order.usages)) == (
        PHONE, "revoke", "lost", ["auth", "sign"],
    )  # fmt: skip
    assert order.stated_at == person.network.clock.now()
    done = person.page(f"{REVOKE}/done")
    assert "失効しました" in done
    assert "新しいスマートフォンでは、アプリで申し込むと" in done
    assert REVOKE not in person.page()
    actions = [each.entry.action for each in entries_for(person.network["portal"].database, SUB)]
    assert "phone-revocation-passed-on" in actions


@pytest.mark.rule("SP-05")
def test_what_is_on_a_phone_that_is_back_is_resumed_there(person: Person) -> None:
    person.holds(*suspended())
    answered = person.visitor.send(REVOKE, {"where": "here"})
    back = person.page(answered.headers["location"])
    assert "アプリを開き、「利用再開」を選びます" in back
    assert person.told.taken == []
    person.holds(on_phone(41, "sign"))
    assert "停止していません" in person.page(f"{REVOKE}/back")


@pytest.mark.parametrize("fields", [{}, {"where": ""}, {"where": "elsewhere"}, {"where": "\0"}])
def test_without_an_answer_the_question_is_asked_again(person: Person, fields: dict[str, str]) -> None:
    person.holds(*suspended())
    answer = person.visitor.send(REVOKE, fields)
    assert (answer.status_code, "どちらかを選んでください" in answer.text) == (422, True)


def test_where_nothing_can_be_revoked_nothing_is_asked(person: Person) -> None:
    for phone in ((on_phone(41, "sign", state="revoked"), on_phone(42, "auth", state="expired")), ()):
        person.holds(*phone)
        for path in (REVOKE, f"{REVOKE}/check"):
            assert "失効できるスマホ用電子証明書がありません" in person.page(path)
    refused = person.visitor.send("/card-login", to=f"{REVOKE}/check")
    assert (refused.status_code, "no-phone-certificate-to-revoke" in refused.text) == (409, True)
    assert "失効していません" in person.page(f"{REVOKE}/done")


def test_only_what_is_open_on_the_newest_phone_is_revoked(person: Person) -> None:
    person.holds(
        on_phone(31, "sign", card_id="phone-old", state="revoked"), on_phone(32, "auth", card_id="phone-old"),
        on_phone(41, "sign", not_before=START.replace(hour=11)),
        on_phone(42, "auth", not_before=START.replace(hour=11), state="revoked"),
    )  # fmt: skip
    person.signs(person.visitor.send(f"{REVOKE}/check"))
    (sent,) = person.told.taken
    order = msgspec.json.decode(base64.urlsafe_b64decode(sent.document.split(".")[1] + "=="), type=PhoneOrder)
    assert (order.phone_id, order.usages) == (PHONE, ["sign"])


def test_a_card_that_can_not_sign_is_sent_to_the_counter(person: Person) -> None:
    person.holds(on_phone(41, "sign"), card=[state(7, "auth"), state(8, "sign", **HELD)])
    page = person.page(f"{REVOKE}/check")
    assert "市区町村の窓口で、失効を申し出てください" in page
    assert "<form" not in page


def test_another_persons_card_revokes_nothing(person: Person) -> None:
    person.holds(*suspended())
    result = person.signs(person.visitor.send(f"{REVOKE}/check"), certificate=sign_certificate(99))
    assert (result.status_code, "card-of-another-person" in result.text) == (403, True)
    assert f'href="{REVOKE}"' in result.text
    assert person.told.taken == []


def test_what_jlis_refuses_is_told_with_a_way_back(person: Person) -> None:
    person.holds(*suspended())
    person.told.refuses = Refused(NOT_YOUR_PHONE)
    result = person.signs(person.visitor.send(f"{REVOKE}/check"))
    assert (result.status_code, "phone-of-another-person" in result.text) == (403, True)
    assert f'href="{REVOKE}"' in result.text


def test_where_jlis_does_not_answer_the_order_waits_and_is_sent_later(person: Person) -> None:
    person.holds(*suspended())
    to_reader = person.visitor.send(f"{REVOKE}/check")
    person.network.take_down("jlis")
    assert "署名をお預かりしました" in person.signs(to_reader).text
    assert "署名したスマートフォンの失効" in person.page("/")
    person.network.bring_up("jlis")
    person.network.scheduler.run_job("portal", "pass-on")
    assert isinstance(person.told.taken[-1], SignedOrder)
    assert passing_on.waiting(person.network["portal"]) == []
    assert "失効しました" in person.page(f"{REVOKE}/done")


def test_a_refusal_that_came_later_is_told_on_the_first_page(person: Person) -> None:
    person.holds(*suspended())
    to_reader = person.visitor.send(f"{REVOKE}/check")
    person.network.take_down("jlis")
    person.signs(to_reader)
    person.network.bring_up("jlis")
    person.network.clock.advance(timedelta(minutes=2))
    person.told.refuses = Refused(NOT_YOUR_PHONE)
    person.network.scheduler.run_job("portal", "pass-on")
    person.told.refuses = None
    home = person.page("/")
    assert "署名したスマートフォンの失効" in home
    assert "本人だけです" in home


@pytest.mark.rule("SP-04")
def test_a_call_at_the_call_centre_is_on_the_record_in_words(person: Person) -> None:
    told: dict[str, Any] = {"items": [], "who_name": "call_centre", "outcome": "given"}
    person.told.accesses = [
        Access(at=START, who="call_centre", purpose="suspension", basis="call:c-1", **told),
        Access(at=START, who="portal", purpose="login", basis="phone", **told),
    ]
    page = person.page("/accesses")
    for said in ("マイナンバー総合フリーダイヤル", "電話での本人の確認", "電話での申出", "スマートフォンと暗証番号"):
        assert said in page
    assert "call_centre" not in page
    assert "call:c-1" not in page


def test_every_page_is_in_english_too(person: Person) -> None:
    person.holds(*suspended())
    person.visitor.open("/?lang=en")
    said = {
        "/card": "My card and my phone", REVOKE: "Do you have the phone again?",
        f"{REVOKE}/check": "Revoke the certificates on the phone?", f"{REVOKE}/back": "Use the app on the phone",
        f"{REVOKE}/done": "The certificates on the phone are not revoked",
    }  # fmt: skip
    for path, words in said.items():
        assert words in person.page(path), path
