"""Who answers a phone: the portal's open doors, with a J-LIS behind that keeps one list. It checks what it is sent.

The certificates are real, of the J-LIS of the world, and so are the checks of every signature; the whole of J-LIS
answers in tests/network/test_phone.py.
"""

import base64
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Literal

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from tegata.actors.jlis.service import authorities
from tegata.japan.municipalities import municipality
from tegata.pki.documents import read_document
from tegata.wire.certificates import CertificateState, Issued, Usage
from tegata.wire.endpoint import Page
from tegata.wire.phones import (
    NOT_SUSPENDED,
    PhoneApplication,
    PhoneCertificates,
    PhoneOrder,
    SignedApplication,
    SignedOrder,
)
from tegata.wire.problems import NOT_FOUND, PROBLEM_MEDIA_TYPE, ProblemType, Refused
from tests.actors.municipality.world import CHIYODA, HANAKO, World

Mood = Literal["well", "down", "answer-lost", "other-key", "rubbish"]
_serials = count(9001)


class Bureau:
    """``mood`` is what becomes of requests, ``refuses`` what it says to each; ``asked`` are the bodies it got."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.mood: Mood = "well"
        self.refuses: ProblemType | None = None
        self.asked: list[tuple[str, bytes]] = []
        self.issued: dict[str, PhoneCertificates] = {}
        self.states: dict[str, list[CertificateState]] = {}
        self.orders: dict[str, list[CertificateState]] = {}
        world.network.local.register(world.citizen.settings.base_url_of("portal"), self)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        path = scope["path"].removeprefix("/portal")
        self.asked.append((path, body))
        status, media_type, answer = self._answer(path, body)
        if self.mood == "answer-lost":
            raise ConnectionError
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", media_type)]})
        await send({"type": "http.response.body", "body": answer})

    def _answer(self, path: str, body: bytes) -> tuple[int, bytes, bytes]:
        if self.mood == "down":
            return 503, b"text/plain", b"down"
        if self.mood == "rubbish":
            return 200, b"application/json", b"{}"
        try:
            if self.refuses:
                raise Refused(self.refuses)
            return 200, b"application/json", msgspec.json.encode(self.does(path, body))
        except Refused as refused:
            return refused.type.status, PROBLEM_MEDIA_TYPE.encode(), msgspec.json.encode(refused.to_details())

    def does(self, path: str, body: bytes) -> object:
        """The answer to one request. Raises ``Refused``."""
        if path == "/phones/applications":
            return self.issues(msgspec.json.decode(body, type=SignedApplication))
        if path == "/phones/orders":
            return Page(items=self.obeys(msgspec.json.decode(body, type=SignedOrder)))
        phone_id = path.split("/")[2]
        if phone_id not in self.states:
            raise Refused(NOT_FOUND)
        return Page(items=self.states[phone_id])

    def issues(self, signed: SignedApplication) -> PhoneCertificates:
        """Certificates for a phone; the same again for the same application."""
        document = read_document(signed.document)
        _check(signed.document, document.certificate)
        assert document.certificate.subject != document.certificate.issuer
        application = msgspec.json.decode(document.payload, type=PhoneApplication)
        keys: dict[Usage, tuple[str, str]] = {
            "sign": (application.sign_key, signed.sign_proof), "auth": (application.auth_key, signed.auth_proof),
        }  # fmt: skip
        for key, proof in keys.values():
            public = load_der_public_key(base64.b64decode(key))
            assert isinstance(public, rsa.RSAPublicKey)
            assert public.key_size == 2048
            public.verify(base64.b64decode(proof), document.payload, padding.PKCS1v15(), SHA256())
        assert application.sign_key != application.auth_key
        if application.application_id not in self.issued:
            made = {usage: self._issue(usage, key) for usage, (key, _) in keys.items()}
            self.issued[application.application_id] = PhoneCertificates(sign=made["sign"], auth=made["auth"])
            for before in list(self.states):
                self.put(before, "sign", "auth", state="revoked", reason="superseded")
            self.states[application.phone_id] = [
                *self.states.get(application.phone_id, []),
                *(self._state(application, usage, one) for usage, one in made.items()),
            ]
        return self.issued[application.application_id]

    def obeys(self, signed: SignedOrder) -> list[CertificateState]:
        """What became of an order's certificates; the same again for the same order."""
        document = read_document(signed.document)
        _check(signed.document, document.certificate)
        order = msgspec.json.decode(document.payload, type=PhoneOrder)
        if order.order_id not in self.orders:
            mine = {one.serial for one in self.states[order.phone_id]}
            assert document.certificate.serial_number in mine
            if order.action == "resume":
                if not all(self.newest(order.phone_id, usage).state == "suspended" for usage in order.usages):
                    raise Refused(NOT_SUSPENDED)
                self.put(order.phone_id, *order.usages, state="valid", reason=None)
            else:
                reason = "keyCompromise" if order.occasion == "lost" else "cessationOfOperation"
                self.put(order.phone_id, *order.usages, state="revoked", reason=reason)
            self.orders[order.order_id] = [self.newest(order.phone_id, usage) for usage in order.usages]
        return self.orders[order.order_id]

    def put(self, phone_id: str, *usages: Usage, state: Any, reason: Any) -> None:
        """The newest certificates of a phone stand otherwise from now on."""
        newest = [self.newest(phone_id, usage).serial for usage in usages]
        self.states[phone_id] = [
            msgspec.structs.replace(one, state=state, reason=reason) if one.serial in newest else one
            for one in self.states[phone_id]
        ]

    def newest(self, phone_id: str, usage: Usage) -> CertificateState:
        """The newest certificate of a usage."""
        return [one for one in self.states[phone_id] if one.usage == usage][-1]

    def orders_sent(self) -> list[PhoneOrder]:
        """The orders that came in, in order."""
        bodies = [body for path, body in self.asked if path == "/phones/orders"]
        documents = [read_document(msgspec.json.decode(body, type=SignedOrder).document) for body in bodies]
        return [msgspec.json.decode(document.payload, type=PhoneOrder) for document in documents]

    def _issue(self, usage: Usage, key: str) -> Issued:
        authority = authorities.newest(self.world.jlis, usage).authority
        named = load_der_public_key(base64.b64decode(key))
        public = authority.certificate.public_key() if self.mood == "other-key" else named
        assert isinstance(public, rsa.RSAPublicKey)
        now: datetime = self.world.clock.now()
        place, end, number = municipality(CHIYODA), now + timedelta(days=900), next(_serials)
        name = f"ABCDEFGHIJKLMN{place.code5}{number % 1000:03}A"
        if usage == "auth":
            made = authority.issue_auth(number, public, place, now, end, name)
        else:
            holder = self.world.record(HANAKO).attributes
            made = authority.issue_sign(number, public, holder, place, now, end, name)
        return Issued(
            serial=number, certificate=_base64(made), ca_certificate=_base64(authority.certificate), not_before=now,
            not_after=end,
        )  # fmt: skip

    def _state(self, application: PhoneApplication, usage: Usage, one: Issued) -> CertificateState:
        return CertificateState(
            serial=one.serial, usage=usage, card_id=application.phone_id, medium="phone", model=application.model,
            state="valid", not_before=one.not_before, not_after=one.not_after,
        )  # fmt: skip


def _base64(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()


def _check(document: str, certificate: x509.Certificate) -> None:
    head, payload, signature = document.split(".")
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    key.verify(raw, f"{head}.{payload}".encode(), padding.PKCS1v15(), SHA256())
