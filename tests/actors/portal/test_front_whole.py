"""HAProxy, portal and J-LIS, all real: whose certificate opens the portal at which moment (SP-04; RFC 9440)."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from urllib.parse import urlencode

import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from litestar.testing import TestClient

from tegata.actors.jlis.service import authorities
from tegata.actors.portal.service import services
from tegata.actors.portal.settings import LoginService
from tegata.node.web.app import create_app
from tests.actors.jlis.world import Phone
from tests.actors.portal.front import Front, fronted, written
from tests.actors.portal.service_at import CALLBACK, parameters_of
from tests.actors.portal.world import SPECS, TARO, Holder, Portal, Visitor, _card_key
from tests.node.web.running import running
from tests.support import TestNetwork


class Door:
    """A portal behind HAProxy, a person with a card, and the way in with a certificate and its key."""

    def __init__(self, world: Portal, front: Front, visitor: Visitor) -> None:
        self.world, self.front, self.visitor, self.numbers = world, front, visitor, count(1)

    def person(self) -> Holder:
        """A resident with a name of their own, so that a call centre can tell whose call it is."""
        name = f"{TARO.name}{next(self.numbers)}"
        return self.world.holder(msgspec.structs.replace(TARO, name=name))

    def comes_in(self, certificate: x509.Certificate, key: object) -> httpx.Response:
        """From the login page over the front and back; the browser had no session before."""
        self.visitor.client.cookies.clear()
        door = self.visitor.send("/card-login", to="/certificate-login").headers["location"]
        with self.front.client(certificate, key) as client:
            back = client.get(door)
        assert back.status_code == 303, back.text
        return self.visitor.open(back.headers["location"])

    def uses(self, holder: Holder) -> httpx.Response:
        """With what is on a card: a key that is kept in software as well."""
        return self.comes_in(holder.certificate("auth"), _card_key(holder.number * 2))

    def lets_in(self, holder: Holder) -> bool:
        """Whether the card opens the portal; a refusal is told and opens nothing."""
        result = self.uses(holder)
        if result.status_code == 303:
            return self.visitor.open("/card").status_code == 200
        assert (result.status_code, "consent-certificate-not-valid" in result.text) == (422, True)
        assert self.visitor.open("/card").status_code == 303
        return False


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    front = written(tmp_path_factory.mktemp("front-whole"), [])
    settings = {"peers": {"portal": front.described.portal_url}, "actors": front.settings()}
    network = TestNetwork(SPECS, "", front.directory / "data", **settings)
    world = Portal(network)
    roots = authorities.roots(network["jlis"], "auth")
    (front.directory / "auth-roots.pem").write_bytes(b"".join(root.public_bytes(Encoding.PEM) for root in roots))
    app = create_app(world.node)
    with running(app, front.portal_port), fronted(front), TestClient(create_app(world.node)) as client:
        yield Door(world, front, Visitor(client, world.node))
    network.close()


def test_a_card_opens_the_portal_by_tls_until_it_is_suspended(door: Door) -> None:
    holder = door.person()
    assert door.lets_in(holder)
    assert "カードと暗証番号による同意" in door.visitor.open("/accesses").text
    door.world.jlis.suspends(holder.resident, "card")
    assert not door.lets_in(holder)


def test_a_card_that_was_revoked_opens_nothing_and_the_new_one_does(door: Door) -> None:
    holder = door.person()
    revoked = holder.certificate("auth")
    holder.gets("auth")
    assert door.comes_in(revoked, _card_key(holder.number * 2)).status_code == 422
    assert door.lets_in(holder)


def test_whose_holder_died_opens_nothing(door: Door) -> None:
    holder = door.person()
    holder.resident.happens("death", None)
    assert not door.lets_in(holder)


@pytest.mark.rule("SP-01")
@pytest.mark.rule("SP-04")
def test_a_phones_certificate_opens_it_as_the_cards_does_until_the_call(door: Door) -> None:
    holder = door.person()
    holder.resident.keys = {usage: _card_key(holder.number * 2 + (usage == "sign")) for usage in ("auth", "sign")}
    phone = Phone(holder.resident, f"phone-{holder.number}-" + "0123456789abcdef" * 2).gets()
    assert door.comes_in(phone.certificates["auth"], phone.keys["auth"]).status_code == 303
    assert "スマートフォンと暗証番号による同意" in door.visitor.open("/accesses").text
    door.world.jlis.suspends(holder.resident)
    assert door.comes_in(phone.certificates["auth"], phone.keys["auth"]).status_code == 422
    phone.orders("resume")
    assert door.comes_in(phone.certificates["auth"], phone.keys["auth"]).status_code == 303


def test_the_signature_certificate_opens_nothing(door: Door) -> None:
    """The front does not know its authority."""
    holder = door.person()
    with pytest.raises(httpx.TransportError):
        door.comes_in(holder.certificate("sign"), _card_key(holder.number * 2 + 1))


def test_a_service_gets_what_was_agreed_while_the_login_is_fresh(door: Door) -> None:
    holder = door.person()
    url = _asks(door)
    assert door.lets_in(holder)
    sent = door.visitor.send(door.visitor.open(url).headers["location"], {"decision": "allow"})
    assert "code" in parameters_of(sent.headers["location"])
    page = door.visitor.open("/accesses").text
    assert "氏名" in page
    door.world.network.clock.advance(timedelta(minutes=16))
    later = door.visitor.open(door.visitor.open(_asks(door)).headers["location"])
    assert later.headers["location"].startswith("/card-login?next=")


def test_at_the_end_of_its_time_it_opens_nothing(door: Door) -> None:
    """By the network's clock: the last test of the module, as time does not go back."""
    holder = door.person()
    assert door.lets_in(holder)
    door.world.network.clock.advance(timedelta(days=365 * 5))
    assert not door.lets_in(holder)


def _asks(door: Door) -> str:
    """Where a service sends the browser."""
    services.register(
        door.world.node,
        LoginService(id="shop", name_ja="お店", name_en="Shop", redirect_uris=(CALLBACK,), secret="s" * 32),
    )
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    query = {
        "client_id": "shop", "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid name",
        "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    return "/oidc/authorize?" + urlencode(query)
