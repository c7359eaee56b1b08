"""The whole network, small: every actor in one process over real tokens, cards and certificates, its clock standing.

The people are those of the population. The fixtures are in ``tests/fixtures/whole_network.py``.
"""

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
from sqlalchemy import select

from tegata.actors.bank.service import collecting, customers
from tegata.actors.bank.tables import CaseRow, ConsentRow, CustomerRow
from tegata.actors.citizen.service import signing
from tegata.actors.municipality.rules.cards import Pins
from tegata.actors.municipality.service import cards, records, register
from tegata.actors.municipality.service.records import Desk
from tegata.japan.four_attributes import ITEMS, FourAttributes
from tegata.network import customers as customers_of_network
from tegata.network import setup
from tegata.network.actors import ORDER, specs
from tegata.network.assembly import Network
from tegata.network.phases import quiet
from tegata.network.population import Person, customer_numbers, generate
from tegata.network.running import open_all, open_one, settings_of, show_accounts
from tegata.network.site import Record, Site
from tegata.node.clock import NetworkClock
from tegata.node.node import Node
from tegata.node.observer import Recorder
from tegata.node.scheduler import Scheduler
from tegata.node.settings import Settings
from tegata.wire.consents import WITHDRAW, SignedStatement, WithdrawalStatement
from tests.support import QUICK_PASSWORDS, START

PEOPLE, CUSTOMERS, CONSENTS, SEED = 40, 60, 8, 1
BROWSER = "the browser of the test"
NEW_HOMES = {
    "131016": ("東京都千代田区丸の内１丁目９番２号", "1000005"),
    "271004": ("大阪府大阪市北区中之島１丁目３番２０号", "5300005"),
}
"""Where people of a test move to: address and postal code by the municipality's code."""


def make_template(directory: Path, base_url: str, **changed: Any) -> None:
    """Set a network up in a directory, as at ten o'clock of an ordinary Monday; ``changed`` are settings."""
    site = Site(directory)
    record = Record(
        state="making", people=PEOPLE, seed=SEED, customers=CUSTOMERS, on=setup.first_day(START), base_url=base_url
    )
    with site.held(), patch.object(customers_of_network, "CONSENTS", CONSENTS):
        setup.make(site, record, quick_settings(site, base_url, **changed), START, quiet)
    site.clock_file.unlink()


def quick_settings(site: Site, base_url: str, **changed: Any) -> Settings:
    """The settings of a site, quick where safety costs time and nothing is proved by it."""
    known = settings_of(site, base_url=base_url)
    quick = {"durable": False, "web": QUICK_PASSWORDS, "log_level": "error"}
    peers = {**known.peers, **changed.pop("peers", {})}
    return msgspec.structs.replace(known, **(quick | changed), peers=peers)


class WholeNetwork:
    """All actors at work. ``network["bank"]`` is a node; ``recorder`` holds the messages that passed.

    A directory that was opened before goes on where its clock stands. ``apart`` are actors that run by themselves and
    are reached over HTTP, where the settings' ``peers`` say; ``changed`` are settings other than usual.
    """

    def __init__(self, directory: Path, *, apart: Sequence[str] = (), **changed: Any) -> None:
        site = Site(directory)
        self.record = site.ready()
        self.clock = NetworkClock(site.clock_file, start=START, frozen=True)
        self.clock.freeze()
        settings = quick_settings(site, self.record.base_url, **changed)
        if apart:
            together = Network(specs(name for name in ORDER if name not in apart), settings, self.clock)
            self.networks = [together, *(open_one(name, settings, self.clock) for name in apart)]
            self.scheduler = Scheduler(self.nodes, self.clock)
        else:
            self.networks = [open_all(settings, self.clock)]
            self.scheduler = self.network.scheduler
            show_accounts(self.network, self.record)
        self.recorder = Recorder()
        for node in self.nodes:
            node.observer.add(self.recorder)

    @property
    def network(self) -> Network:
        """All actors, or all that are not apart."""
        return self.networks[0]

    @property
    def nodes(self) -> list[Node]:
        """Every node."""
        return [node for network in self.networks for node in network.nodes.values()]

    def __getitem__(self, name: str) -> Node:
        return next(node for node in self.nodes if node.spec.name == name)

    @property
    def base_url(self) -> str:
        """Where the network is reached."""
        return self.record.base_url

    @property
    def now(self) -> datetime:
        """The network's time."""
        return self.clock.now()

    def close(self) -> None:
        """Close everything."""
        for network in self.networks:
            network.close()

    # time and machines

    def advance(self, to: datetime | timedelta) -> int:
        """Move the clock to a time or by a step; returns how many job runs there were."""
        return self.scheduler.advance_to(to if isinstance(to, datetime) else self.now + to)

    def to_next(self, hour: int, minute: int = 0) -> None:
        """Time goes on to the next such time of day; jobs run on the way."""
        target = self.now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        self.advance(target if target > self.now else target + timedelta(days=1))

    def jump(self, to: datetime) -> None:
        """Time goes on to a moment without a step on the way; what was missed of each job is done once, as ever."""
        self.clock.set(to)
        self.scheduler.run_due()

    def settle(self) -> int:
        """Deliver what waits; returns how many messages were delivered."""
        return self.scheduler.settle()

    @contextmanager
    def switched_off(self, name: str) -> Iterator[None]:
        """An actor's machine is off: nobody reaches it, and nothing that the clock starts runs there.

        Afterwards it is on again, and does what it missed as the clock goes on.
        """
        self.scheduler = Scheduler([node for node in self.nodes if node.spec.name != name], self.clock)
        self.network.local.take_down(self[name].base_url)
        yield
        self.network.local.bring_up(self[name].base_url)
        self.scheduler = Scheduler(self.nodes, self.clock)

    def passed(self, label: str = "") -> list[tuple[str, str, str, str]]:
        """The messages so far (of one label): sender, receiver, English label, outcome."""
        told = [(m.sender, m.receiver, m.label.en, m.outcome) for m in self.recorder.messages]
        return [each for each in told if label in ("", each[2])]

    def waiting(self) -> list[tuple[str, str, str]]:
        """What is in the outboxes and not delivered: sender, receiver, state."""
        return [(node.spec.name, row.receiver, row.state) for node in self.nodes for row in node.dispatcher.counts()]

    # who there is

    @cached_property
    def people(self) -> list[Person]:
        """The population."""
        return list(generate(self.record.seed, self.record.people, on=self.record.on))

    @cached_property
    def numbers(self) -> dict[str, str]:
        """Customer numbers by person id."""
        return customer_numbers(self.record.people, self.record.seed, self.record.customers)

    @property
    def consents(self) -> dict[str, str]:
        """The newest consent of each customer who gave one: consent id by customer number."""
        query = select(ConsentRow.customer_number, ConsentRow.consent_id).order_by(ConsentRow.given_at)
        with self["bank"].database.read() as session:
            return {number: consent_id for number, consent_id in session.execute(query) if number is not None}

    def holders(self, *, consented: bool = True) -> list[Person]:
        """Customers whose cards can sign, with a consent or without."""
        known = self.consents
        return [
            person
            for person in self.people
            if person.has_sign_certificate
            and (number := self.numbers.get(person.person_id)) is not None
            and (number in known) == consented
        ]

    def consent_of(self, person: Person) -> str:
        """The consent that a person gave to the bank."""
        return self.consents[self.numbers[person.person_id]]

    # what the bank has

    def customer(self, person: Person) -> CustomerRow:
        """The bank's record of a person."""
        with self["bank"].database.read() as session:
            return customers.row_of(session, self.numbers[person.person_id])

    def versions(self, person: Person) -> list[tuple[str, str]]:
        """What brought each version of a person's record, and its address; oldest first."""
        with self["bank"].database.read() as session:
            history = customers.history(session, self.numbers[person.person_id])
        return [(row.source, row.address) for row in reversed(history)]

    def cases(self, person: Person) -> list[CaseRow]:
        """The bank's cases of a person, oldest first."""
        query = select(CaseRow).where(CaseRow.customer_number == self.numbers[person.person_id])
        with self["bank"].database.read() as session:
            return list(session.scalars(query.order_by(CaseRow.case_id)))

    # the counter

    def registered(self, person: Person) -> FourAttributes:
        """What the municipality's register says of a person now."""
        with self["municipality"].database.read() as session:
            return records.record_in(records.by_code(session, person.resident_code)).attributes

    def resident_id(self, person: Person) -> str:
        """The municipality's id of a person."""
        with self["municipality"].database.read() as session:
            return records.by_code(session, person.resident_code).resident_id

    def desk(self, person: Person) -> Desk:
        """The counter of the municipality that a person lives in now."""
        with self["municipality"].database.read() as session:
            return Desk(records.by_code(session, person.resident_code).municipality_code, "counter")

    def moves(self, person: Person) -> str:
        """A person moves in at another municipality; returns the new address."""
        code = next(code for code in NEW_HOMES if code != self.desk(person).municipality_code)
        address, postal_code = NEW_HOMES[code]
        register.move_in(
            self["municipality"], Desk(code, "counter"), [self.resident_id(person)], address=address,
            postal_code=postal_code, effective_on=self.now.date(),
        )  # fmt: skip
        self.settle()
        return self.registered(person).address

    def reissues(self, person: Person) -> int:
        """A person's signature certificate is issued anew, on the card; returns its serial number."""
        pins = Pins(sign=person.sign_password)
        written = cards.reissue(self["municipality"], self.desk(person), self.resident_id(person), ["sign"], pins)
        return written[0].serial

    # the card

    def signs(self, person: Person, payload: bytes) -> str:
        """A document signed by a person's card."""
        return signing.sign_with_card(self["citizen"], person.person_id, "sign", person.sign_password, payload)

    def asked_to_sign(self, person: Person) -> tuple[str, bytes]:
        """The bank's consent screen is opened for a person: the request's id, and what is to be signed."""
        bank = self["bank"]
        token = collecting.make_link(bank, self.numbers[person.person_id], "clerk")
        request_id = collecting.ask_to_sign(bank, collecting.link_of(bank, token), ITEMS, BROWSER)
        return request_id, base64.b64decode(collecting.signing_request(bank, request_id).payload)

    def comes_back(self, request_id: str, document: str) -> str | None:
        """The bank gets what was signed; the consent's id, or None while it waits for the operator."""
        return collecting.take_signed(self["bank"], request_id, document, BROWSER).consent_id

    def gives_consent(self, person: Person) -> str | None:
        """A person consents on the bank's screen."""
        request_id, payload = self.asked_to_sign(person)
        return self.comes_back(request_id, self.signs(person, payload))

    def withdraws(self, person: Person) -> None:
        """A person withdraws the consent at J-LIS, as the portal does it."""
        consent_id = self.consent_of(person)
        statement = WithdrawalStatement(statement_id=f"w-{consent_id}", consent_id=consent_id, stated_at=self.now)
        document = self.signs(person, msgspec.json.encode(statement))
        signed = SignedStatement(document=document, channel="portal")
        self["portal"].call(WITHDRAW, signed, path={"consent_id": consent_id})
