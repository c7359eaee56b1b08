"""Whatever happens to a person's card and phone, in any order: what always holds of their certificates."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from tegata.actors.jlis.service import crls, four_information, records, revocations, status
from tegata.actors.jlis.service.ocsp.data import load
from tegata.actors.jlis.tables import CertificateRow, RevocationRow
from tegata.pki.crl import read_crl
from tegata.wire.certificates import CertificateState, RevocationRequest
from tegata.wire.problems import Refused
from tests.actors.jlis.world import Phone, Resident, World

USABLE = {"valid", "suspended"}
SEED = 1
"""Of the run that every test run has; forty others held as well when this was written."""
OFTEN = ["renew and apply"] * 4 + ["lost and found"] * 4 + ["call about the phone"] * 2
"""Else nearly everything would be refused: in each deck of all that can happen, these come more often."""


def at_town(person: Resident, random: Random) -> None:
    usage, medium = random.choice(["sign", "auth"]), random.choice(["card", "phone"])
    reason = random.choice(["certificateHold", "keyCompromise", "cessationOfOperation"])
    request = RevocationRequest(
        serial=person.state(usage, medium).serial, usage=usage, municipality_code=person.municipality, reason=reason
    )
    revocations.revoke(person.world.node, request, "municipality")


class Life:
    """A person with a card and, in time, several phones."""

    def __init__(self, world: World, random: Random) -> None:
        self.world, self.random, self.phones, self.deck = world, random, list[Phone](), list[str]()
        self.person = world.resident()
        self.person.gets("auth")
        self.person.gets("sign")
        self.phones.append(self.person.phone().gets())
        self.consent = self.phones[0].consents()
        world.passes(timedelta(days=1))

    def step(self) -> str:
        """One thing happens; what is refused changes nothing."""
        ways: dict[str, Any] = {
            "apply": lambda: self.phones.append(self.person.phone().gets()),
            "renew and apply": self.renew_and_apply,
            "lost and found": self.lost_and_found,
            "renew sign": lambda: self.person.gets("sign"),
            "renew auth": lambda: self.person.gets("auth"),
            "move": lambda: self.person.moves(address=f"東京都渋谷区神南１丁目{self.random.randrange(99)}番"),
            "call about the phone": lambda: self.world.suspends(self.person, "phone"),
            "call about the card": lambda: self.world.suspends(self.person, "card"),
            "resume": lambda: self.random.choice(self.phones[-2:]).orders("resume"),
            "revoke": lambda: self.random.choice(self.phones[-2:]).orders("revoke"),
            "revoke by card": lambda: self.phones[-1].carry_out(
                self.person.signs(self.phones[-1].order("revoke", occasion="lost"))
            ),
            "at the counter": lambda: at_town(self.person, self.random),
        }
        if not self.deck:
            self.deck = self.random.sample([*ways, *OFTEN], len(ways) + len(OFTEN))
        name = self.deck.pop()
        try:
            ways[name]()
        except Refused as refused:
            return f"{name}: {refused.code}"
        return name

    def renew_and_apply(self) -> None:
        """At the counter, and then at home."""
        self.person.gets("sign")
        self.phones.append(self.person.phone().gets())

    def lost_and_found(self) -> None:
        """A call, and soon after it the app."""
        self.world.suspends(self.person, "phone")
        self.phones[-1].orders("resume")

    def states(self) -> list[tuple[CertificateRow, str]]:
        """Every certificate with its state now."""
        with self.world.node.database.read() as session:
            rows = session.scalars(select(CertificateRow)).all()
            return [(row, records.state_now(session, row, self.world.now)) for row in rows]

    def check(self) -> None:
        """What always holds."""
        states = self.states()
        by_key = {(row.usage, row.serial): state for row, state in states}
        for medium in ("card", "phone"):
            for usage in ("sign", "auth"):
                mine = [(row, state) for row, state in states if (row.usage, row.medium) == (usage, medium)]
                usable = [row.serial for row, state in mine if state in USABLE]
                assert usable in ([], [max(row.serial for row, _ in mine)]), "only the newest can be used"
        for row, state in states:
            if row.medium == "phone":
                card = by_key["sign", row.hangs_on or 0]
                assert state == "revoked" or card in USABLE, "a phone's certificate outlived the card's"
        with self.world.node.database.read() as session:
            released = session.scalars(select(RevocationRow).where(RevocationRow.reason == "removeFromCRL")).all()
            on = {session.get_one(CertificateRow, (row.usage, row.serial)).medium for row in released}
        assert on <= {"phone"}, "a card's hold was released"

    def check_lists(self) -> None:
        """The list, the records and the responder say the same of every certificate."""
        node = self.world.node
        self.world.passes(timedelta(days=1))
        crls.issue_all(node, self.world.now)
        for usage in ("sign", "auth"):
            entries = read_crl(crls.newest(node, usage, "all", None).der).entries
            listed = {one.serial: str(one.reason) for one in entries}
            live = status.LiveStatus(node, usage)
            kept = load(node, usage, None).speakers[1].source
            for row, state in self.states():
                if row.usage == usage:
                    assert (row.serial in listed) == (state in {"suspended", "revoked"})
                    assert (listed.get(row.serial) == "certificateHold") == (state == "suspended")
                    assert live.status(row.serial) == kept.status(row.serial)

    def check_answer(self) -> None:
        """The question is answered exactly while the card's newest certificate is valid."""
        card: CertificateState = self.person.state("sign", "card")
        question = self.world.question(self.consent, known_serial=self.phones[0].certificates["sign"].serial_number)
        try:
            answer = four_information.ask(self.world.node, question, "platform")
        except Refused:
            assert card.state != "valid"
        else:
            assert (answer.serial, card.state) == (card.serial, "valid")
            assert answer.verified_claims.claims["address"] == {"formatted": self.person.attributes.address}


@pytest.mark.rule("SP-01")
@pytest.mark.rule("SP-05")
@pytest.mark.rule("FI-07")
def test_what_always_holds(quick_world: World) -> None:
    life = Life(quick_world, Random(SEED))
    happened = set()
    for number in range(44):
        happened.add(life.step())
        life.check()
        life.check_answer()
        if number % 10 == 9:
            life.check_lists()
    done = {name for name in happened if ":" not in name}
    assert {"renew and apply", "lost and found", "move"} <= done, f"too little: {sorted(happened)}"
    assert happened - done, "nothing was refused"
