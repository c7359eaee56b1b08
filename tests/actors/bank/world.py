"""The bank between a real J-LIS and a real operator, with customers who are residents."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import select

from tegata.actors import bank, jlis, platform
from tegata.actors.bank import seed
from tegata.actors.bank.service import collecting
from tegata.actors.bank.tables import CaseRow, ConsentRow, CustomerRow
from tegata.actors.jlis.service.crls import issue_all
from tegata.japan.four_attributes import ITEMS, FourAttributes, Item
from tegata.node.node import Node
from tegata.wire.consents import ConsentRecord
from tests.actors.jlis.world import HANAKO, Resident, World
from tests.support import TestNetwork

SPECS = (jlis.SPEC, platform.SPEC, bank.SPEC)
BROWSER = "the browser of the customer"


def row_of(number: str, four: FourAttributes = HANAKO, **changes: str) -> dict[Any, str]:
    """A customer as the bank wrote them down."""
    row = {
        "customer_number": number, "name": four.name, "kana": "ヤマダ　ハナコ", "postal_code": "1000005",
        "address": four.address, "birth_date": four.birth_date, "gender": four.gender,
    }  # fmt: skip
    return row | changes


@dataclass
class Banked:
    """J-LIS, operator and bank at work in one process."""

    network: TestNetwork
    jlis: World = field(init=False)

    def __post_init__(self) -> None:
        self.jlis = World(self.network["jlis"], self.network.clock)

    @property
    def node(self) -> Node:
        """The bank."""
        return self.network["bank"]

    @property
    def now(self) -> datetime:
        """The network's time."""
        return self.network.clock.now()

    def to_next(self, hour: int, minute: int = 0) -> None:
        """Time goes on to the next such time of day; jobs run on the way."""
        target = self.now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        self.network.advance(target if target > self.now else target + timedelta(days=1))

    def news_of_the_morning(self) -> None:
        """The list of the next morning reaches the operator, and its news the bank; nothing is asked yet."""
        self.to_next(6, 59)
        self.network.clock.advance(timedelta(minutes=2))
        issue_all(self.jlis.node, self.now.replace(minute=0))
        self.network.scheduler.run_job("platform", "crl")

    def add(self, number: str = "1000001", four: FourAttributes = HANAKO, **changes: str) -> str:
        """A customer; returns the reference."""
        return seed.load_customers(self.node, [row_of(number, four, **changes)])[number]

    def customer(self, number: str = "1000001") -> CustomerRow:
        """A customer as the bank has them now."""
        with self.node.database.read() as session:
            return session.get_one(CustomerRow, number)

    def holder(self, four: FourAttributes = HANAKO) -> Resident:
        """A resident with a signature certificate."""
        person = self.jlis.resident(four)
        person.gets("sign")
        return person

    def asks(self, number: str = "1000001", items: tuple[Item, ...] = ITEMS) -> str:
        """A customer opens the consent screen and goes on to the card; returns the id of the request to sign."""
        link = collecting.link_of(self.node, collecting.make_link(self.node, number, "customer"))
        return collecting.ask_to_sign(self.node, link, items, BROWSER)

    def signs(self, person: Resident, request_id: str) -> str:
        """The reader fetches what is to be signed, and the card signs it."""
        import base64

        request = collecting.signing_request(self.node, request_id)
        return person.signs(base64.b64decode(request.payload))

    def collects(self, person: Resident, number: str = "1000001", items: tuple[Item, ...] = ITEMS) -> ConsentRow:
        """A consent on the bank's screen, signed and passed on."""
        request_id = self.asks(number, items)
        result = collecting.take_signed(self.node, request_id, self.signs(person, request_id), BROWSER)
        assert result.consent_id is not None
        return self.consent(result.consent_id)

    def consents_in_portal(self, person: Resident, reference: str, **changes: Any) -> ConsentRecord:
        """A consent that was given in the portal: the bank learns of it by the operator's log."""
        return person.consents(caller="portal", channel="portal", reference=reference, service="account", **changes)

    def consent(self, consent_id: str) -> ConsentRow:
        """A consent as the bank has it."""
        with self.node.database.read() as session:
            return session.get_one(ConsentRow, consent_id)

    def cases(self, **wanted: object) -> list[CaseRow]:
        """Cases with some values, oldest first."""
        with self.node.database.read() as session:
            return list(session.scalars(select(CaseRow).filter_by(**wanted).order_by(CaseRow.case_id)))

    def case(self, **wanted: object) -> CaseRow:
        """The one case with some values."""
        (row,) = self.cases(**wanted)
        return row

    def with_consent(self, four: FourAttributes = HANAKO, **changes: str) -> tuple[Resident, ConsentRow]:
        """A customer with a consent that counts already (two days later)."""
        self.add(four=four, **changes)
        person = self.holder(four)
        consent = self.collects(person)
        self.to_next(9)
        return person, consent


def moved(four: FourAttributes, **changes: Any) -> FourAttributes:
    """The attributes with some changed."""
    return msgspec.structs.replace(four, **changes)


def told_of(four: FourAttributes) -> Mapping[Item, str]:
    """All four items."""
    return four.only(ITEMS)
