"""The portal beside a real J-LIS, with residents whose cards sign, and browsers that they open the portal with."""

import base64
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from litestar.testing import TestClient

from tegata.actors import jlis, portal
from tegata.actors.portal.service import invitations
from tegata.card import Card, CardClient, Personaliser
from tegata.japan.four_attributes import FourAttributes
from tegata.node.node import Node
from tegata.node.web.app import create_app
from tegata.pki.documents import sign_document
from tegata.wire.certificates import Usage
from tegata.wire.invitations import Invitation
from tegata.wire.reader import SigningRequest
from tests.actors.jlis.world import CARD_END, HANAKO, Resident, World, fresh, spki
from tests.support import TestNetwork

SPECS = (jlis.SPEC, portal.SPEC)
ISSUER_KEY = bytes(range(32))
PINS: dict[Usage, str] = {"auth": "1234", "sign": "ABC123"}
HTML = "text/html,application/xhtml+xml"
TARO = FourAttributes(
    name="鈴木　太郎", address="東京都千代田区神田１丁目２番３号", birth_date="1975-05-05", gender="male"
)


@cache
def _card_key(number: int) -> rsa.RSAPrivateKey:
    """Keys of cards: they take long to make, and all of one person's cards may have the same."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Holder:
    """A resident with a card that signs."""

    resident: Resident
    number: int
    card: Card = field(default_factory=lambda: Card.blank(ISSUER_KEY))

    def gets(self, usage: Usage) -> None:
        """A certificate is issued and written on the card."""
        key = _card_key(self.number * 2 + (usage == "sign"))
        card_id = f"card-{self.number}"
        self.resident.gets(usage, public_key=spki(key), card_id=card_id, card_expires_on=CARD_END)
        counter = Personaliser(self.card.transmit, ISSUER_KEY)
        counter.authenticate()
        counter.install_key(usage, key)
        counter.write_certificate(usage, self.resident.cards[usage].public_bytes(Encoding.DER))
        counter.set_pin(usage, PINS[usage])
        self.card.reset()

    def signs(self, usage: Usage, payload: bytes) -> str:
        """A document signed by the card, through its APDUs."""
        client = CardClient(self.card.transmit)
        certificate = client.read_certificate(usage, PINS[usage] if usage == "sign" else None)
        return sign_document(payload, lambda data: client.sign(usage, PINS[usage], data), certificate)

    def certificate(self, usage: Usage) -> x509.Certificate:
        """The certificate on the card."""
        return self.resident.cards[usage]


class Visitor:
    """A browser at the portal; cookies are its own."""

    def __init__(self, client: TestClient[Any], node: Node) -> None:
        self.client, self.node = client, node

    def path(self, url: str) -> str:
        """A portal address as a path of the application under test."""
        return url.removeprefix(self.node.base_url)

    def open(self, path: str) -> httpx.Response:
        """A page; the answer is not followed."""
        return self.client.get(self.path(path), headers={"Accept": HTML}, follow_redirects=False)

    def send(self, form_page: str, fields: Mapping[str, Any] | None = None, to: str | None = None) -> httpx.Response:
        """Fill in a page's form and send it."""
        text = self.open(form_page).text
        main = text[text.index("<main") :]
        hidden: dict[str, Any] = {}
        for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', main):
            hidden.setdefault(name, []).append(unescape(value))
        path = to or form_page.partition("?")[0]
        return self.client.post(
            self.path(path), data={**hidden, **(fields or {})}, headers={"Accept": HTML}, follow_redirects=False
        )  # fmt: skip

    def asked(self, to_reader: httpx.Response) -> SigningRequest:
        """What the reader fetches after the browser was sent to it."""
        assert to_reader.status_code == 303, to_reader.text
        reader = urlsplit(to_reader.headers["location"])
        assert reader.path == "/citizen/reader"
        (request_uri,) = parse_qs(reader.query)["request_uri"]
        answer = self.client.get(self.path(request_uri))
        assert answer.status_code == 200, answer.text
        return msgspec.json.decode(answer.content, type=SigningRequest)

    def comes_back(self, request: SigningRequest, **answer: str) -> httpx.Response:
        """The reader's form comes from another site, without this browser's cookies; the result page has them."""
        fields = {"request_id": request.request_id, **answer}
        cookies = list(self.client.cookies.jar)
        self.client.cookies.clear()
        returned = self.client.post(
            self.path(request.return_url), data=fields, headers={"Accept": HTML}, follow_redirects=False
        )  # fmt: skip
        for cookie in cookies:
            self.client.cookies.jar.set_cookie(cookie)
        if returned.status_code != 303:
            return returned
        return self.open(returned.headers["location"])

    def signs(self, to_reader: httpx.Response, holder: Holder) -> httpx.Response:
        """The card signs what the portal asks; the answer is the portal's result."""
        request = self.asked(to_reader)
        document = holder.signs(request.usage, base64.b64decode(request.payload))
        return self.comes_back(request, response=document)

    def logs_in(self, holder: Holder, then: str = "/") -> httpx.Response:
        """A login with the card."""
        return self.signs(self.send(f"/card-login?next={then}"), holder)


@dataclass
class Portal:
    """Portal and J-LIS at work."""

    network: TestNetwork
    jlis: World = field(init=False)
    people: int = 0

    def __post_init__(self) -> None:
        self.jlis = World(self.network["jlis"], self.network.clock)

    @property
    def node(self) -> Node:
        """The portal."""
        return self.network["portal"]

    @property
    def now(self) -> datetime:
        """The network's time."""
        return self.network.clock.now()

    def holder(self, four: FourAttributes = HANAKO, usages: tuple[Usage, ...] = ("auth", "sign")) -> Holder:
        """A resident with a card."""
        self.people += 1
        made = Holder(self.jlis.resident(four), self.people)
        for usage in usages:
            made.gets(usage)
        return made

    @contextmanager
    def browser(self) -> Iterator[Visitor]:
        """A browser with no cookies yet."""
        with TestClient(create_app(self.node)) as client:
            yield Visitor(client, self.node)

    def letter(self, number: int = 1, **changes: Any) -> Invitation:
        """A letter of the bank, registered at the portal."""
        made = msgspec.structs.replace(letter(number, self.now), **changes)
        invitations.offer(self.node, [made], "bank")
        return made

    def gives(self, visitor: Visitor, holder: Holder, number: int = 1, items: str = "name,address") -> httpx.Response:
        """The person, logged in, consents by a letter; the answer is the portal's result."""
        code = self.letter(number).code
        return visitor.signs(visitor.send(f"/invitation/{code}/check?items={items}"), holder)


def letter(number: int, now: datetime) -> Invitation:
    """A letter, not registered yet."""
    code = base64.b32encode(number.to_bytes(16)).decode().rstrip("=")
    return Invitation(
        code=code, reference=fresh("customer"), service="account", service_name="普通預金",
        relying_party_name="てがた銀行", items=["name", "address", "birth_date", "gender"],
        purpose="お客さま情報の更新", contact="てがた銀行 お客さま窓口 0120-000-000",
        expires_at=now + timedelta(days=60),
    )  # fmt: skip
