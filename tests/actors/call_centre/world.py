"""The call centre beside a J-LIS that knows a few people, and operators at their screens.

The J-LIS here serves the two messages over the real web application, tokens and idempotency keys; who is whom it
compares letter by letter. With the real one: tests/actors/call_centre/test_with_jlis.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import httpx
import msgspec
from litestar.testing import TestClient
from sqlalchemy.orm import DeclarativeBase

from tegata.actors.call_centre import SPEC
from tegata.actors.call_centre.rules.caller import Said
from tegata.actors.call_centre.rules.menus import menu_of
from tegata.actors.call_centre.service import callers, calls
from tegata.actors.call_centre.service.calls import Call
from tegata.node.base import COLUMN_TYPES, metadata_for
from tegata.node.node import Node
from tegata.node.spec import ActorSpec
from tegata.node.staff import Staff, add_staff, check_password
from tegata.node.tables import AuditRow
from tegata.node.transport import NoAnswer, RawAnswer, Request, Sink, Transport
from tegata.node.web.app import create_app
from tegata.node.web.serving import serve
from tegata.wire.certificates import CertificateState, Medium, State, Usage
from tegata.wire.endpoint import Page
from tegata.wire.problems import NOT_FOUND, TOO_MANY, Refused
from tegata.wire.suspensions import (
    CALLER_NOT_IDENTIFIED,
    FIND_CALLER,
    NOTHING_TO_SUSPEND,
    SUSPEND,
    CallerAnswers,
    IdentifiedCaller,
    SuspensionRequest,
)
from tegata.wire.text import Text
from tests.node.web.clients import Visitor
from tests.support import START, TestNetwork

HANAKO = Said(name="山田　花子", birth_date="1980-02-17", address="東京都千代田区丸の内１丁目１番１号")
WRONG = msgspec.structs.replace(HANAKO, address="東京都千代田区丸の内１丁目１番２号")
PASSWORD = "hold the line"
SERIAL, PHONE_MODEL = 987654321, "Model of the phone"


class _Base(DeclarativeBase):
    metadata = metadata_for("jlis")
    type_annotation_map = COLUMN_TYPES


def certificate(medium: Medium, usage: Usage, state: State = "valid") -> CertificateState:
    """A certificate of the person whom the stand-in knows."""
    return CertificateState(
        serial=SERIAL, usage=usage, card_id=f"{medium}-1", medium=medium, model=PHONE_MODEL, state=state,
        not_before=START - timedelta(days=400), not_after=START + timedelta(days=400),
    )  # fmt: skip


def _holdings(node: Node) -> list[CertificateState]:
    held: list[CertificateState] = node.state.setdefault(
        "held", [certificate(medium, usage) for medium in ("card", "phone") for usage in ("sign", "auth")]
    )
    return held


@serve(FIND_CALLER)
def _find(node: Node, data: CallerAnswers) -> IdentifiedCaller:
    node.state.setdefault("asked", []).append(data)
    if limit := node.state.get("too-many"):
        raise Refused(TOO_MANY, {"limit": limit})
    if Said(name=data.name, birth_date=data.birth_date, address=data.address) != HANAKO:
        raise Refused(CALLER_NOT_IDENTIFIED)
    return IdentifiedCaller(sub="hanako-here", certificates=_holdings(node))


@serve(SUSPEND)
def _suspend(node: Node, sub: str, data: SuspensionRequest) -> Page[CertificateState]:
    if sub != "hanako-here":
        raise Refused(NOT_FOUND)
    held = _holdings(node)
    if not any(one.medium == data.medium and one.state == "valid" for one in held):
        raise Refused(NOTHING_TO_SUSPEND)
    node.state.setdefault("suspended", []).append((data.call_id, data.medium))
    with node.database.begin():
        pass  # its answer is kept with what it changes
    node.state["held"] = [
        msgspec.structs.replace(one, state="suspended") if one.medium == data.medium and one.state == "valid" else one
        for one in held
    ]
    return Page(items=[one for one in node.state["held"] if one.medium == data.medium])


JLIS = ActorSpec(
    name="jlis", title=Text("照合", "Stand-in"), role=Text("試験", "Test"), colour="#444444", base=_Base,
    handlers=[_find, _suspend],
)  # fmt: skip
SPECS = (JLIS, SPEC)


class LosingTransport:
    """Delivers requests and loses the answers of those whose path ends so."""

    def __init__(self, real: Transport, path_end: str) -> None:
        self._real, self._path_end = real, path_end

    def send(self, request: Request, into: Sink | None = None) -> RawAnswer:
        """Send it; nothing comes back."""
        answer = self._real.send(request, into)
        if request.url.endswith(self._path_end):
            raise NoAnswer("the answer was lost")
        return answer

    def close(self) -> None:
        """The real one is closed by its owner."""


class World:
    """The call centre at work. ``sato`` and ``mori`` are operators, ``chief`` a supervisor."""

    def __init__(self, network: TestNetwork) -> None:
        self.network = network
        self.node, self.jlis = network["call_centre"], network["jlis"]
        self.sato = self._hire("sato", "佐藤", "operator")
        self.mori = self._hire("mori", "森", "operator")
        self.chief = self._hire("chief", "主任", "supervisor")
        self._hire("nobody", "無権限")

    def _hire(self, login: str, name: str, *roles: str) -> Staff:
        with self.node.database.begin() as tx:
            add_staff(tx, self.node, login=login, name=name, password=PASSWORD, roles=frozenset(roles))
        staff = check_password(self.node, login, PASSWORD)
        assert staff is not None
        return staff

    @property
    def now(self) -> datetime:
        """The network's time."""
        return self.network.clock.now()

    def takes(self, menu: int = 2, who: Staff | None = None) -> str:
        """A call comes in; its id."""
        return calls.take(self.node, who or self.sato, menu_of(menu))

    def call(self, call_id: str) -> Call:
        """A call as it stands, as its operator sees it."""
        with self.node.database.read() as session:
            return calls.seen(session, self.node, self.chief, call_id)

    def says(self, call_id: str, said: Said = HANAKO) -> int:
        """The caller answers; the number of the set."""
        callers.write_down(self.node, self.sato, call_id, said)
        return self.call(call_id).answers[-1].number

    def compares(self, call_id: str, said: Said = HANAKO) -> None:
        """The caller answers, and J-LIS compares."""
        callers.compare(self.node, self.sato, call_id, self.says(call_id, said))

    def identified(self) -> str:
        """A call whose caller is identified."""
        call_id = self.takes()
        self.compares(call_id)
        return call_id

    @property
    def asked(self) -> list[CallerAnswers]:
        """What J-LIS was asked."""
        return list(self.jlis.state.get("asked", ()))

    @property
    def suspended(self) -> list[tuple[str, str]]:
        """What J-LIS suspended: call and medium."""
        return list(self.jlis.state.get("suspended", ()))

    @contextmanager
    def answers_lost(self, path_end: str) -> Iterator[None]:
        """J-LIS hears what is sent to a path, and its answers do not come back."""
        peers: Any = self.node.peers
        with patch.object(peers, "_transport", LosingTransport(peers._transport, path_end)):
            yield

    def audit(self) -> list[AuditRow]:
        """The audit log, oldest first."""
        with self.node.database.read() as session:
            return list(session.query(AuditRow).order_by(AuditRow.number))

    @contextmanager
    def browser(self, login: str = "") -> Iterator["Screen"]:
        """A browser, logged in as one of the staff."""
        with TestClient(create_app(self.node), raise_server_exceptions=False) as client:
            screen = Screen(client)
            if login:
                answer = screen.log_in(login, PASSWORD, "/")
                assert answer.status_code == 303, answer.text
            yield screen


class Screen(Visitor):
    """An operator's browser."""

    def takes(self, menu: int = 2) -> str:
        """Take a call; the path of its page."""
        answer = self.send("/", {"menu": str(menu)}, to="/calls")
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def post(self, path: str, action: str, fields: dict[str, Any] | None = None, on: str = "/") -> httpx.Response:
        """Send a form to a call; not followed."""
        return self.send(on, fields or {}, to=f"{path}/{action}")

    def answers(self, path: str, **changes: str) -> httpx.Response:
        """Send what the caller said."""
        return self.post(path, "answers", ANSWERS | changes)

    def identifies(self, path: str) -> None:
        """Ask, read back, compare."""
        assert self.answers(path).status_code == 303
        number = "1"
        assert self.post(path, "compare", {"number": number}).status_code == 303


ANSWERS = {
    "name": HANAKO.name, "calendar": "Showa", "year": "55", "month": "2", "day": "17", "address": HANAKO.address,
}  # fmt: skip
