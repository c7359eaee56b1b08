"""The doors for phones: passed on as it came, answered as J-LIS answers, counted by origin, noted without a person."""

from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from litestar.testing import TestClient
from sqlalchemy import select

from tegata.node.tables import AuditRow
from tegata.node.web.app import create_app
from tegata.pki.documents import sign_document
from tegata.wire.certificates import CertificateState
from tegata.wire.endpoint import Page
from tegata.wire.phones import (
    NOT_SUSPENDED,
    NOT_YOUR_PHONE,
    PhoneCertificates,
    PhoneOrder,
    SignedApplication,
    SignedOrder,
)
from tegata.wire.problems import INVALID, NOT_FOUND, Refused
from tests.actors.portal.standing_jlis import PHONE, SPECS, on_phone, told_of
from tests.fixtures.nodes import NetworkMaker
from tests.pki.support import key, sign_certificate
from tests.support import START, TestNetwork

ORDER = PhoneOrder(
    order_id="order-1", phone_id=PHONE, action="revoke", usages=["sign"], occasion="repair", stated_at=START
)
DOCUMENT = sign_document(msgspec.json.encode(ORDER), key("holder").sign, sign_certificate())
APPLICATION = SignedApplication(document=DOCUMENT, sign_proof="QUJD", auth_proof="REVG")
STATE = on_phone(41, "sign")


class Doors:
    """A portal that passes on to a J-LIS whose mood the test sets."""

    def __init__(self, network: TestNetwork, client: TestClient[Any]) -> None:
        self.network, self.client = network, client
        self.told = told_of(network)
        self.told.certificates = [STATE]

    def applies(self, **changes: Any) -> httpx.Response:
        """A phone applies."""
        return self._post("/phones/applications", {**msgspec.to_builtins(APPLICATION), **changes})

    def orders(self, document: str = DOCUMENT) -> httpx.Response:
        """A phone revokes or resumes."""
        return self._post("/phones/orders", {"document": document})

    def asks(self, phone_id: str = PHONE) -> httpx.Response:
        """A phone asks for the state of its certificates."""
        return self.client.get(f"/phones/{phone_id}/certificates")

    def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return self.client.post(path, json=body)

    def noted(self) -> list[AuditRow]:
        """The entries about phones in the portal's audit log."""
        with self.network["portal"].database.read() as session:
            return list(session.scalars(select(AuditRow).where(AuditRow.action.like("phone-%"))))


@pytest.fixture
def doors(make_network: NetworkMaker) -> Iterator[Doors]:
    network = make_network(SPECS, "")
    with TestClient(create_app(network["portal"])) as client:
        yield Doors(network, client)


@pytest.mark.rule("SP-01")
def test_an_application_is_passed_on_as_it_came_and_answered_with_the_certificates(doors: Doors) -> None:
    answer = doors.applies()
    assert answer.status_code == 200, answer.text
    assert msgspec.json.decode(answer.content, type=PhoneCertificates).auth.serial == 42
    assert doors.told.taken == [APPLICATION]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.rule("SP-03")
@pytest.mark.rule("SP-05")
def test_an_order_is_passed_on_and_answered_with_the_states(doors: Doors) -> None:
    answer = doors.orders()
    (after,) = msgspec.json.decode(answer.content, type=Page[CertificateState]).items
    assert (after.serial, after.state) == (41, "revoked")
    assert doors.told.taken == [SignedOrder(document=DOCUMENT)]


def test_who_knows_the_phone_may_ask_for_its_states(doors: Doors) -> None:
    answer = doors.asks()
    assert msgspec.json.decode(answer.content, type=Page[CertificateState]).items == [STATE]
    assert doors.told.taken == [PHONE]


def test_a_refusal_of_jlis_comes_back_unchanged(doors: Doors) -> None:
    for refused in (Refused(NOT_YOUR_PHONE, {"why": "other"}), Refused(NOT_SUSPENDED), Refused(NOT_FOUND)):
        doors.told.refuses = refused
        for answer in (doors.applies(), doors.orders(DOCUMENT + refused.code.replace("-", "A")), doors.asks()):
            details = answer.json()
            assert (answer.status_code, details["code"]) == (refused.type.status, refused.code)
            assert details.get("detail", {}) == refused.detail


def test_where_jlis_does_not_answer_the_phone_is_told_so_and_nothing_counts_against_it(doors: Doors) -> None:
    doors.network.take_down("jlis")
    for answer in (doors.applies(), doors.orders(), *(doors.asks() for _ in range(6))):
        assert (answer.status_code, answer.json()["code"]) == (503, "peer-unavailable")
    doors.network.bring_up("jlis")
    assert [doors.applies().status_code, doors.orders().status_code, doors.asks().status_code] == [200] * 3


def test_refused_tries_are_limited_by_origin_and_right_ones_are_not(doors: Doors) -> None:
    assert {doors.asks().status_code for _ in range(60)} == {200}
    doors.told.refuses = Refused(NOT_FOUND)
    statuses = [doors.asks(f"{PHONE}{number}").status_code for number in range(51)]
    assert statuses == [404] * 50 + [429]
    taken = len(doors.told.taken)
    assert doors.asks().status_code == 429
    assert len(doors.told.taken) == taken


def test_what_is_noted_names_serials_and_no_person(doors: Doors) -> None:
    doors.applies()
    doors.orders()
    doors.asks()
    rows = doors.noted()
    assert [(row.action, row.subject, row.detail["serials"]) for row in rows] == [
        ("phone-application-passed-on", None, [41, 42]), ("phone-order-passed-on", None, [41]),
    ]  # fmt: skip
    for row in rows:
        assert PHONE not in repr(row.detail)
        assert DOCUMENT not in repr(row.detail)


@pytest.mark.parametrize(
    "changes",
    [
        {"document": "no document"}, {"document": "a." * 40_000 + "b"}, {"document": None}, {"sign_proof": "A" * 1028},
        {"auth_proof": "A" * 1028}, {"auth_proof": "?"}, {"sign_proof": 7}, {"document": "\0.\0.\0"},
    ],
)  # fmt: skip
def test_what_is_no_application_does_not_reach_jlis(doors: Doors, changes: dict[str, Any]) -> None:
    answer = doors.applies(**changes)
    assert (answer.status_code, answer.json()["code"]) == (INVALID.status, INVALID.code)
    assert doors.told.taken == []


def test_strange_requests_are_refused(doors: Doors) -> None:
    for path in ("/phones/applications", "/phones/orders"):
        for body in (b"", b"\xff", b"[]", b"{}", b'{"document": {}}', b"[" * 10_000):
            answer = doors.client.post(path, content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code in {400, 422}, (path, body[:20])
        assert doors.client.post(path, content=b"a=1").status_code == 415
    for phone_id in ("%00", "a" * 81, "a%2Fb", "%F0%9F%98%80", "..%2f.."):
        assert doors.asks(phone_id).status_code == 404, phone_id
    assert doors.told.taken == []
