"""A phone in the whole network: the drawer, the portal that passes on, J-LIS that decides (rules SP-01 to SP-05)."""

import base64
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient

from tegata.actors.citizen.service import phones
from tegata.actors.citizen.service.phones import applications, orders
from tegata.actors.jlis.service import callers
from tegata.actors.jlis.service.phones import of_phone
from tegata.network.population import Person
from tegata.node.web.app import create_app
from tegata.wire.certificates import Usage
from tegata.wire.problems import Refused
from tegata.wire.suspensions import CallerAnswers, SuspensionRequest
from tests.actors.portal.world import Visitor
from tests.network.doors import Door
from tests.whole import WholeNetwork

PHONE_PASSWORD, PHONE_PIN = "PHONE77", "2580"


class Holder:
    """A person with a phone."""

    def __init__(self, whole: WholeNetwork, person: Person, model: str = "tegata-one") -> None:
        self.whole, self.person, self.drawer = whole, person, whole["citizen"]
        self.phone_id = phones.get(self.drawer, person.person_id, model)

    def applies(self) -> phones.Outcome:
        """With the card, as it is now."""
        return phones.apply(
            self.drawer, self.person.person_id, self.phone_id, card_password=self.person.sign_password,
            password=PHONE_PASSWORD, pin=PHONE_PIN,
        )  # fmt: skip

    def states(self) -> dict[str, tuple[str, str | None]]:
        """How the certificates stand, as the phone hears it."""
        assert phones.hear(self.drawer, self.phone_id)
        held = phones.look(self.drawer, self.phone_id).held
        return {one.usage: (one.state.state, one.state.reason) for one in held if one.state is not None}

    def orders(self, action: Any, occasion: Any, *usages: Usage) -> phones.Outcome:
        """Revoke or resume, with the password."""
        return phones.order(
            self.drawer, self.phone_id, action, occasion=occasion, secret=PHONE_PASSWORD, usages=usages
        )  # fmt: skip

    def consents(self) -> str | None:
        """On the bank's screen, signed with the phone; the consent's id."""
        request_id, payload = self.whole.asked_to_sign(self.person)
        document = phones.sign_with_phone(self.drawer, self.person.person_id, "sign", PHONE_PASSWORD, payload)
        return self.whole.comes_back(request_id, document)

    def logs_in(self, visitor: Visitor) -> httpx.Response:
        """At the portal, with the phone's PIN."""
        asked = visitor.asked(visitor.send("/card-login?next=/"))
        payload = base64.b64decode(asked.payload)
        signed = phones.sign_with_phone(self.drawer, self.person.person_id, "auth", PHONE_PIN, payload)
        return visitor.comes_back(asked, response=signed)

    def calls(self) -> None:
        """The telephone: what is on the phone is suspended (SP-04)."""
        jlis, four = self.whole["jlis"], self.whole.registered(self.person)
        answers = CallerAnswers(call_id="call-1", name=four.name, birth_date=four.birth_date, address=four.address)
        found = callers.find(jlis, answers, "call_centre")
        callers.suspend(jlis, found.sub, SuspensionRequest(call_id="call-1", medium="phone"), "call_centre")


@pytest.mark.rule("SP-01")
@pytest.mark.rule("SP-03")
@pytest.mark.rule("SP-04")
@pytest.mark.rule("SP-05")
def test_the_whole_life_of_a_phones_certificates(whole: WholeNetwork) -> None:
    holder = Holder(whole, whole.holders(consented=False)[0])
    assert holder.applies().state == "done"
    assert holder.states() == {"auth": ("valid", None), "sign": ("valid", None)}
    assert holder.consents() is not None  # what a card's is good for, a phone's is

    phones.hand_over(holder.drawer, holder.phone_id, "lost")
    holder.calls()
    phones.come_back(holder.drawer, holder.phone_id)
    assert holder.states() == {"auth": ("suspended", "certificateHold"), "sign": ("suspended", "certificateHold")}
    with pytest.raises(Refused) as refused:
        holder.consents()
    assert refused.value.code == "consent-certificate-not-valid"

    assert holder.orders("resume", "found").state == "done"
    assert holder.states() == {"auth": ("valid", None), "sign": ("valid", None)}
    assert holder.orders("revoke", "trade-in", "sign").state == "done"
    assert holder.states()["sign"] == ("revoked", "cessationOfOperation")
    by_pin = phones.order(
        holder.drawer, holder.phone_id, "revoke", occasion="trade-in", secret=PHONE_PIN
    )  # fmt: skip
    assert by_pin.state == "done"
    assert {state for state, _ in holder.states().values()} == {"revoked"}
    assert not any(one.on_phone for one in phones.look(holder.drawer, holder.phone_id).held)
    assert holder.applies().state == "done"
    assert holder.consents() is not None


@pytest.mark.rule("SP-01")
@pytest.mark.rule("SP-04")
def test_a_phone_logs_in_to_the_portal_and_a_suspended_one_does_not(whole: WholeNetwork) -> None:
    holder = Holder(whole, whole.holders()[0])
    assert holder.applies().state == "done"
    with TestClient(create_app(whole["portal"])) as client:
        visitor = Visitor(client, whole["portal"])
        assert holder.logs_in(visitor).status_code == 303
        assert visitor.open("/consents").status_code == 200
    holder.calls()
    with TestClient(create_app(whole["portal"])) as client:
        visitor = Visitor(client, whole["portal"])
        assert holder.logs_in(visitor).status_code >= 400
        assert visitor.open("/consents").status_code == 303  # to the login


@pytest.mark.rule("SP-01")
@pytest.mark.parametrize("silent", ["portal", "jlis"])
def test_whoever_is_silent_an_application_and_an_order_are_taken_up_again(whole: WholeNetwork, silent: str) -> None:
    holder = Holder(whole, whole.holders()[0])
    with whole.switched_off(silent):
        assert holder.applies().state == "waiting"
        assert not phones.hear(holder.drawer, holder.phone_id) or True
    waiting = phones.look(holder.drawer, holder.phone_id).open_application
    assert waiting is not None
    assert applications.pass_on(holder.drawer, waiting.application_id).state == "done"
    with whole.switched_off(silent):
        assert not phones.hear(holder.drawer, holder.phone_id)
        assert holder.orders("revoke", "repair").state == "waiting"
    order = phones.look(holder.drawer, holder.phone_id).open_order
    assert order is not None
    assert {state for state, _ in holder.states().values()} == {"valid"}
    assert orders.pass_on(holder.drawer, order.order_id).state == "done"
    assert {state for state, _ in holder.states().values()} == {"revoked"}


@pytest.mark.parametrize("at", ["portal", "jlis"])
def test_an_answer_that_is_lost_is_given_again_and_one_pair_is_issued(whole: WholeNetwork, at: str) -> None:
    holder, node = Holder(whole, whole.holders()[0]), whole[at]
    door = Door(whole.network._apps[at], "/phones/applications")
    whole.network.local.register(node.base_url, door)
    door.mood = "answer-lost"
    assert holder.applies().state == "waiting"
    first = {one.serial for one in _issued(whole, holder)}
    door.mood = "well"
    waiting = phones.look(holder.drawer, holder.phone_id).open_application
    assert waiting is not None
    assert applications.pass_on(holder.drawer, waiting.application_id).state == "done"
    held = phones.look(holder.drawer, holder.phone_id).held
    assert {one.state.serial for one in held if one.state} == first == {one.serial for one in _issued(whole, holder)}


def _issued(whole: WholeNetwork, holder: Holder) -> Any:
    return of_phone(whole["jlis"], holder.phone_id).items


@pytest.mark.rule("SP-03")
def test_a_new_phone_a_move_and_a_new_card_certificate(whole: WholeNetwork) -> None:
    person = whole.holders()[0]
    old = Holder(whole, person)
    assert old.applies().state == "done"
    new = Holder(whole, person, "tegata-lite")
    assert new.applies().state == "done"
    assert old.states() == {"auth": ("revoked", "superseded"), "sign": ("revoked", "superseded")}
    assert orders.allowed(old.drawer, old.phone_id, "revoke") == []
    whole.moves(person)
    assert new.states()["sign"] == ("revoked", "affiliationChanged")
    refused = new.applies()
    assert refused.state == "refused"
    assert refused.refusal is not None
    assert refused.refusal.code == "consent-certificate-not-valid"
    whole.reissues(person)
    assert new.applies().state == "done"
    assert {state for state, _ in new.states().values()} == {"valid"}


def test_the_phone_of_another_person_can_not_be_taken_over(whole: WholeNetwork) -> None:
    first, second = (Holder(whole, person) for person in whole.holders()[:2])
    assert first.applies().state == "done"
    second.phone_id, theirs = first.phone_id, second.phone_id
    with pytest.raises(Refused) as refused:
        second.applies()
    assert refused.value.code == "not-found"  # the drawer lays no other person's card on a phone
    second.phone_id = theirs
    assert second.applies().state == "done"
    assert first.states() == {"auth": ("valid", None), "sign": ("valid", None)}
