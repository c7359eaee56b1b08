"""A phone's certificates from the application to their end, portal and J-LIS both real (SP-01, SP-03 to SP-05)."""

import base64

import httpx
import msgspec
import pytest
from cryptography import x509
from litestar.testing import TestClient

from tegata.node.web.app import create_app
from tegata.wire.certificates import CertificateState
from tegata.wire.endpoint import Page
from tegata.wire.phones import PhoneCertificates
from tests.actors.jlis.world import Phone
from tests.actors.portal.world import TARO, Holder, Portal, Visitor, _card_key

REVOKE = "/card/phone-revocation"


class Doors:
    """What a phone sends, to the portal's open doors."""

    def __init__(self, world: Portal, visitor: Visitor, holder: Holder) -> None:
        self.world, self.visitor, self.holder = world, visitor, holder
        holder.resident.keys = {
            usage: _card_key(holder.number * 2 + (usage == "sign")) for usage in ("auth", "sign")
        }  # fmt: skip
        self.phone = Phone(holder.resident, "phone-" + "0123456789abcdef" * 2)

    def applies(self) -> None:
        """The phone applies with the card, and keeps what it gets."""
        answer = self._post("/phones/applications", self.phone.applies())
        issued = msgspec.json.decode(answer.content, type=PhoneCertificates)
        for usage in ("sign", "auth"):
            der = base64.b64decode(getattr(issued, usage).certificate)
            self.phone.certificates[usage] = x509.load_der_x509_certificate(der)

    def orders(self, action: str, **changes: object) -> httpx.Response:
        """The phone revokes or resumes."""
        document = self.phone.signs(self.phone.order(action, **changes))
        return self.visitor.client.post("/phones/orders", json={"document": document})

    def states(self) -> dict[str, str]:
        """What the phone is told of its certificates."""
        answer = self.visitor.client.get(f"/phones/{self.phone.phone_id}/certificates")
        found = msgspec.json.decode(answer.content, type=Page[CertificateState]).items
        return {one.usage: one.state for one in found}

    def logs_in(self) -> httpx.Response:
        """A login with the phone on the reader."""
        self.visitor.client.cookies.clear()
        asked = self.visitor.asked(self.visitor.send("/card-login"))
        document = self.phone.signs(base64.b64decode(asked.payload), "auth")
        return self.visitor.comes_back(asked, response=document)

    def _post(self, path: str, body: msgspec.Struct) -> httpx.Response:
        answer = self.visitor.client.post(
            path, content=msgspec.json.encode(body), headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 200, answer.text
        return answer


@pytest.mark.rule("SP-04")
@pytest.mark.rule("SP-05")
def test_a_lost_phone_is_suspended_and_revoked_with_the_card(world: Portal) -> None:
    with TestClient(create_app(world.node)) as client:
        doors = Doors(world, Visitor(client, world.node), world.holder())
        visitor, holder = doors.visitor, doors.holder
        doors.applies()
        assert doors.states() == {"sign": "valid", "auth": "valid"}
        assert doors.logs_in().status_code == 303
        assert "スマートフォンと暗証番号による同意" in visitor.open("/accesses").text
        world.jlis.suspends(holder.resident)
        assert doors.states() == {"sign": "suspended", "auth": "suspended"}
        refused = doors.logs_in()
        assert (refused.status_code, "consent-certificate-not-valid" in refused.text) == (422, True)
        visitor.logs_in(holder)
        page = visitor.open("/card").text
        assert page.count("そのスマートフォンのアプリで、利用を再開してください") == 2
        assert "マイナンバー総合フリーダイヤル" in visitor.open("/accesses").text
        visitor.send(REVOKE, {"where": "gone"})
        assert visitor.signs(visitor.send(f"{REVOKE}/check"), holder).headers["location"] == f"{REVOKE}/done"
        assert "失効しました" in visitor.open(f"{REVOKE}/done").text
        assert doors.states() == {"sign": "revoked", "auth": "revoked"}
        assert "紛失などのため失効しました" in visitor.open("/card").text
        assert holder.resident.state("sign").state == "valid"


@pytest.mark.rule("SP-05")
def test_a_phone_that_came_back_is_resumed_on_it(quick_world: Portal, visitor: Visitor) -> None:
    doors = Doors(quick_world, visitor, quick_world.holder())
    doors.applies()
    not_held = doors.orders("resume")
    assert (not_held.status_code, not_held.json()["code"]) == (409, "certificate-not-suspended")
    quick_world.jlis.suspends(doors.holder.resident)
    assert doors.orders("resume").status_code == 200
    assert doors.states() == {"sign": "valid", "auth": "valid"}
    assert doors.logs_in().status_code == 303


@pytest.mark.rule("SP-03")
def test_a_phone_that_is_traded_in_is_revoked_on_it(quick_world: Portal, visitor: Visitor) -> None:
    doors = Doors(quick_world, visitor, quick_world.holder())
    doors.applies()
    assert doors.orders("revoke").status_code == 200
    assert doors.states() == {"sign": "revoked", "auth": "revoked"}
    visitor.logs_in(doors.holder)
    page = visitor.open("/card").text
    assert "失効の手続がされた" in page
    assert "もう一度使うときは、スマートフォンのアプリで申し込んでください" in page


@pytest.mark.rule("SP-01")
def test_after_a_move_the_card_comes_first_and_then_the_phone(quick_world: Portal, visitor: Visitor) -> None:
    doors = Doors(quick_world, visitor, quick_world.holder())
    doors.applies()
    doors.holder.resident.moves()
    visitor.logs_in(doors.holder)
    assert "まず、市区町村の窓口で、カードの新しい署名用電子証明書を受け取ってください" in visitor.open("/card").text
    home = visitor.open("/").text
    assert "カードの署名用電子証明書" in home
    assert "スマートフォンの署名用電子証明書" in home


def test_another_person_can_not_revoke_the_phone(quick_world: Portal, visitor: Visitor) -> None:
    """Neither with their own login, which shows them no such phone, nor with their own card at another's login."""
    doors = Doors(quick_world, visitor, quick_world.holder())
    doors.applies()
    other = quick_world.holder(TARO)
    visitor.logs_in(doors.holder)
    refused = visitor.signs(visitor.send(f"{REVOKE}/check"), other)
    assert (refused.status_code, "card-of-another-person" in refused.text) == (403, True)
    visitor.logs_in(other)
    assert "失効できるスマホ用電子証明書がありません" in visitor.open(f"{REVOKE}/check").text
    assert doors.states() == {"sign": "valid", "auth": "valid"}
