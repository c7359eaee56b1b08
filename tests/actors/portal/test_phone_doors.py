"""The doors for phones: passed on as it came, answered as J-LIS answers, counted by origin, noted without a person."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from litestar.testing import TestClient
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase

from tegata.actors import portal
from tegata.node.base import COLUMN_TYPES, metadata_for
from tegata.node.node import Node
from tegata.node.spec import ActorSpec
from tegata.node.tables import AuditRow
from tegata.node.web.app import create_app
from tegata.node.web.serving import serve
from tegata.wire import phones
from tegata.wire.certificates import CertificateState, Issued
from tegata.wire.endpoint import Page
from tegata.wire.phones import NOT_SUSPENDED, NOT_YOUR_PHONE, PhoneCertificates, SignedApplication, SignedOrder
from tegata.wire.problems import INVALID, NOT_FOUND, Refused
from tegata.wire.text import Text
from tests.fixtures.nodes import NetworkMaker
from tests.support import START, TestNetwork

PHONE = "phone-0123456789abcdef0123456789abcdef"
DOCUMENT = "eyJhIjoxfQ.eyJuYW1lIjoi5bGx55SwIn0.c2ln"
APPLICATION = SignedApplication(document=DOCUMENT, sign_proof="QUJD", auth_proof="REVG")
STATE = CertificateState(
    serial=41, usage="sign", card_id=PHONE, medium="phone", model="Model A", state="valid", not_before=START,
    not_after=START,
)  # fmt: skip


class _Base(DeclarativeBase):
    metadata = metadata_for("jlis")
    type_annotation_map = COLUMN_TYPES


def _issued(serial: int) -> Issued:
    made = base64.b64encode(b"der").decode()
    return Issued(serial=serial, certificate=made, ca_certificate=made, not_before=START, not_after=START)


def _takes(node: Node, data: Any) -> None:
    node.state.setdefault("taken", []).append(data)
    if "refuses" in node.state:
        raise Refused(*node.state["refuses"])


@serve(phones.PASS_ON_APPLICATION)
def _apply(node: Node, data: SignedApplication) -> PhoneCertificates:
    _takes(node, data)
    return PhoneCertificates(sign=_issued(41), auth=_issued(42))


@serve(phones.PASS_ON_ORDER)
def _order(node: Node, data: SignedOrder) -> Page[CertificateState]:
    _takes(node, data)
    return Page(items=[STATE])


@serve(phones.OF_PHONE)
def _states(node: Node, phone_id: str) -> Page[CertificateState]:
    _takes(node, phone_id)
    return Page(items=[STATE])


JLIS = ActorSpec(
    name="jlis", title=Text("受信", "Receiver"), role=Text("試験", "Test"), colour="#444444", base=_Base,
    handlers=[_apply, _order, _states],
)  # fmt: skip


class Doors:
    """A portal that passes on to a J-LIS whose mood the test sets."""

    def __init__(self, network: TestNetwork, client: TestClient[Any]) -> None:
        self.network, self.client = network, client
        self.told = network["jlis"].state

    def refuses(self, refused: Refused) -> None:
        """J-LIS refuses from now on."""
        self.told["refuses"] = (refused.type, refused.detail)

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
    network = make_network((JLIS, portal.SPEC), "")
    with TestClient(create_app(network["portal"])) as client:
        yield Doors(network, client)


@pytest.mark.rule("SP-01")
def test_an_application_is_passed_on_as_it_came_and_answered_with_the_certificates(doors: Doors) -> None:
    answer = doors.applies()
    assert answer.status_code == 200, answer.text
    assert msgspec.json.decode(answer.content, type=PhoneCertificates).auth.serial == 42
    assert doors.told["taken"] == [APPLICATION]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.rule("SP-03")
@pytest.mark.rule("SP-05")
def test_an_order_is_passed_on_and_answered_with_the_states(doors: Doors) -> None:
    answer = doors.orders()
    assert msgspec.json.decode(answer.content, type=Page[CertificateState]).items == [STATE]
    assert doors.told["taken"] == [SignedOrder(document=DOCUMENT)]


def test_who_knows_the_phone_may_ask_for_its_states(doors: Doors) -> None:
    answer = doors.asks()
    assert msgspec.json.decode(answer.content, type=Page[CertificateState]).items == [STATE]
    assert doors.told["taken"] == [PHONE]


def test_a_refusal_of_jlis_comes_back_unchanged(doors: Doors) -> None:
    for refused in (Refused(NOT_YOUR_PHONE, {"why": "other"}), Refused(NOT_SUSPENDED), Refused(NOT_FOUND)):
        doors.refuses(refused)
        for answer in (doors.applies(), doors.orders(DOCUMENT + refused.code.replace("-", "A")), doors.asks()):
            details = answer.json()
            assert (answer.status_code, details["code"]) == (refused.type.status, refused.code)
            assert details.get("detail", {}) == refused.detail


def test_where_jlis_does_not_answer_the_phone_is_told_so_and_nothing_counts_against_it(doors: Doors) -> None:
    doors.network.take_down("jlis")
    for _ in range(7):
        for answer in (doors.applies(), doors.orders(), doors.asks()):
            assert (answer.status_code, answer.json()["code"]) == (503, "peer-unavailable")
    doors.network.bring_up("jlis")
    assert [doors.applies().status_code, doors.orders().status_code, doors.asks().status_code] == [200] * 3


def test_refused_tries_are_limited_by_origin_and_right_ones_are_not(doors: Doors) -> None:
    assert {doors.asks().status_code for _ in range(60)} == {200}
    doors.refuses(Refused(NOT_FOUND))
    statuses = [doors.asks(f"{PHONE}{number}").status_code for number in range(51)]
    assert statuses == [404] * 50 + [429]
    taken = len(doors.told["taken"])
    assert doors.asks().status_code == 429
    assert len(doors.told["taken"]) == taken


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
    assert "taken" not in doors.told


def test_strange_requests_are_refused(doors: Doors) -> None:
    for path in ("/phones/applications", "/phones/orders"):
        for body in (b"", b"\xff", b"[]", b"{}", b'{"document": {}}', b"[" * 10_000):
            answer = doors.client.post(path, content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code in {400, 422}, (path, body[:20])
        assert doors.client.post(path, content=b"a=1").status_code == 415
    for phone_id in ("%00", "a" * 81, "a%2Fb", "%F0%9F%98%80", "..%2f.."):
        assert doors.asks(phone_id).status_code == 404, phone_id
    assert "taken" not in doors.told
