"""An operator between a real J-LIS and a receiver of events that can fail."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy.orm import DeclarativeBase

from tegata.actors import jlis, platform
from tegata.node.base import COLUMN_TYPES, metadata_for
from tegata.node.node import Node
from tegata.node.spec import ActorSpec
from tegata.node.web.serving import serve
from tegata.wire import changes
from tegata.wire.changes import SET_REFUSED, Change, SecurityEvent
from tegata.wire.consents import ConsentRecord, SignedStatement
from tegata.wire.endpoint import Empty
from tegata.wire.four_information import Question
from tegata.wire.problems import PEER_UNAVAILABLE, Refused
from tegata.wire.text import Text
from tests.actors.jlis.world import Resident, World
from tests.support import TestNetwork

SERVICE = "accounts"
SETTINGS = {
    "relying_parties": [{"id": "bank", "name_ja": "銀行", "name_en": "Bank", "services": [SERVICE]}],
    "crls_kept": 3,
}
RIGHTS = ("revocation:read", "consents:write", "consents:read", "changes:read", "four-information:read")


class _Base(DeclarativeBase):
    metadata = metadata_for("bank")
    type_annotation_map = COLUMN_TYPES


@serve(changes.PUSH)
def _take(node: Node, data: bytes) -> Empty:
    mood: str = node.state.get("mood", "well")
    if mood == "down":
        raise Refused(PEER_UNAVAILABLE)
    if mood == "refuses":
        raise Refused(SET_REFUSED)
    node.state.setdefault("taken", []).append(data)
    return Empty()


RECEIVER = ActorSpec(
    name="bank", title=Text("受信", "Receiver"), role=Text("試験", "Test"), colour="#444444", base=_Base,
    handlers=[_take], outgoing=[("platform", RIGHTS)],
)  # fmt: skip


def claims_of(token: bytes | str) -> dict[str, Any]:
    """The claims of a token, its signature not looked at."""
    import base64

    part = (token if isinstance(token, str) else token.decode()).split(".")[1]
    return dict(msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


@dataclass
class Operated:
    """J-LIS, operator and receiver at work in one process."""

    network: TestNetwork
    jlis: World = field(init=False)

    def __post_init__(self) -> None:
        self.jlis = World(self.network["jlis"], self.network.clock)

    @property
    def node(self) -> Node:
        """The operator."""
        return self.network["platform"]

    @property
    def bank(self) -> Node:
        """The receiver, who asks as well."""
        return self.network["bank"]

    @property
    def now(self) -> datetime:
        """The network's time."""
        return self.network.clock.now()

    def holder(self) -> Resident:
        """A resident with a signature certificate."""
        person = self.jlis.resident()
        person.gets("sign")
        return person

    def consents(self, person: Resident, **changed: Any) -> ConsentRecord:
        """A person's consent, collected by the party and given to the operator over the wire."""
        from tegata.wire.consents import GIVE_TO_OPERATOR

        document = person.signs(person.statement(service=SERVICE, **changed))
        return self.bank.call(GIVE_TO_OPERATOR, SignedStatement(document=document))

    def to_next(self, hour: int, minute: int = 0) -> None:
        """Time goes on to the next such time of day; jobs run on the way."""
        target = self.now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        self.network.advance(target if target > self.now else target + timedelta(days=1))

    def pushed(self) -> list[Change]:
        """The changes that the receiver took, in the order in which they came."""
        events = [msgspec.convert(claims_of(token), SecurityEvent) for token in self.bank.state.get("taken", [])]
        return [change for event in events if (change := changes.change_of(event)) is not None]

    def log(self) -> list[Change]:
        """The party's log, read by the feed."""
        from tegata.wire.endpoint import AfterQuery

        return self.bank.call(changes.FEED, query=AfterQuery()).items

    def question(self, consent: ConsentRecord, **changed: Any) -> Question:
        """A question for a consent's person."""
        return msgspec.structs.replace(Question(consent_id=consent.consent_id), **changed)


on_both = pytest.mark.parametrize("operated", ["sqlite", "postgresql"], indirect=True)
"""For a test whose world is to run on either database."""

SPECS = (jlis.SPEC, platform.SPEC, RECEIVER)
