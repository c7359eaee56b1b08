"""Applying, from the draft to the certificates in the element; and every place where it can break off."""

from typing import Any

import msgspec
import pytest

from tegata.actors.citizen.problems import PHONE_NOT_HERE
from tegata.actors.citizen.service import cards, memory, phones, signing
from tegata.actors.citizen.service.phones import applications, shelf, talk
from tegata.actors.citizen.service.phones.applications import begin, choose_pin, pass_on, sign
from tegata.actors.citizen.tables import PhoneApplicationRow
from tegata.card import Card, CardClient
from tegata.node import audit
from tegata.node.node import Node
from tegata.wire.certificates import NOT_RESIDENT, Usage
from tegata.wire.consents import CERTIFICATE_NOT_VALID
from tegata.wire.phones import APPLY
from tegata.wire.problems import NOT_FOUND, PEER_UNAVAILABLE, TOO_MANY, Refused
from tests.actors.citizen.phones.bureau import Bureau
from tests.actors.municipality.world import HANAKO, PASSWORD, World, certificate_of

PHONE_PASSWORD, PHONE_PIN = "PHONE77", "2580"


def had(world: World, model: str = "tegata-one") -> str:
    """Hanako gets a phone."""
    return phones.get(world.citizen, "P000002", model)


def applied(world: World, phone_id: str) -> phones.Outcome:
    return phones.apply(
        world.citizen, "P000002", phone_id, card_password=PASSWORD, password=PHONE_PASSWORD, pin=PHONE_PIN
    )


def drafted(node: Node, phone_id: str) -> None:
    begin(node, phone_id, "card-2")
    choose_pin(node, phone_id, "sign", PHONE_PASSWORD)
    choose_pin(node, phone_id, "auth", PHONE_PIN)


def refusal(work: Any, *arguments: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        work(*arguments)
    return refused.value


def applications_sent(bureau: Bureau) -> list[bytes]:
    return [body for path, body in bureau.asked if path == "/phones/applications"]


@pytest.mark.rule("SP-01")
def test_a_phone_gets_certificates_of_its_own(world: World) -> None:
    Bureau(world)
    phone_id = had(world)
    assert applied(world, phone_id).state == "done"
    seen = phones.look(world.citizen, phone_id)
    assert [(one.usage, one.on_phone, one.state and one.state.state) for one in seen.held] == [
        ("auth", True, "valid"), ("sign", True, "valid"),
    ]  # fmt: skip
    assert seen.open_application is None
    secrets: dict[Usage, str] = {"sign": PHONE_PASSWORD, "auth": PHONE_PIN}
    by_phone = [
        phones.sign_with_phone(world.citizen, "P000002", usage, secret, b"x", asker="bank")
        for usage, secret in secrets.items()
    ]
    serials = {certificate_of(document).serial_number for document in by_phone}
    assert serials == {one.state.serial for one in seen.held if one.state}
    assert certificate_of(world.card_signs(HANAKO)).serial_number not in serials
    noted = [one.entry for one in audit.entries_for(world.citizen.database, "P000002")]
    assert {"phone-received", "phone-certificates-received"} <= {entry.action for entry in noted}
    with world.citizen.database.read() as session:
        assert memory.remembered(session, phone_id, "sign") == PHONE_PASSWORD
        row = session.query(PhoneApplicationRow).one()
        assert (row.state, row.pins, row.element, row.document) == ("done", None, None, None)


def test_an_id_of_a_phone_can_not_be_guessed_and_the_terminal_opens_no_phone(quick_world: World) -> None:
    first, second = had(quick_world), had(quick_world)
    assert len({first, second}) == 2
    assert len(first) == 33
    assert refusal(cards.connect, quick_world.citizen, first).code == "not-found"
    assert refusal(phones.get, quick_world.citizen, "P000002", "no-such-model").code == "invalid"
    assert refusal(phones.get, quick_world.citizen, "P000002", "tegata-two").code == "invalid"
    assert refusal(phones.get, quick_world.citizen, "nobody", "tegata-one").code == "not-found"


@pytest.mark.parametrize("mood", ["down", "answer-lost"])
def test_silence_costs_nothing_and_it_is_taken_up_again_under_the_same_id(
    quick_world: World, bureau: Bureau, mood: Any
) -> None:
    node, phone_id = quick_world.citizen, had(quick_world)
    bureau.mood = mood
    assert applied(quick_world, phone_id).state == "waiting"
    waiting = phones.look(node, phone_id)
    assert not any(one.on_phone for one in waiting.held)
    assert waiting.open_application is not None
    bureau.mood = "well"
    assert pass_on(node, waiting.open_application.application_id).state == "done"
    assert pass_on(node, waiting.open_application.application_id).state == "done"
    assert len(set(applications_sent(bureau))) == 1
    assert len(bureau.issued) == 1
    assert all(one.on_phone for one in phones.look(node, phone_id).held)


def test_killed_after_the_card_signed_or_before_the_answer_is_written_it_goes_on(
    quick_world: World, bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, phone_id = quick_world.citizen, had(quick_world)
    drafted(node, phone_id)
    application_id = sign(node, phone_id, PASSWORD)  # the process dies here, nothing was sent
    assert bureau.asked == []

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(applications, "_done", dies)
        with pytest.raises(KeyboardInterrupt):
            pass_on(node, application_id)
    assert not any(one.on_phone for one in phones.look(node, phone_id).held)
    assert pass_on(node, application_id).state == "done"
    assert len(bureau.issued) == 1


def test_until_it_is_done_the_phone_works_with_what_it_had(quick_world: World, bureau: Bureau) -> None:
    node, phone_id = quick_world.citizen, had(quick_world)
    applied(quick_world, phone_id)
    before = certificate_of(phones.sign_with_phone(node, "P000002", "sign", PHONE_PASSWORD, b"x"))
    bureau.mood = "down"
    again = phones.apply(node, "P000002", phone_id, card_password=PASSWORD, password="OTHER99", pin="1357")
    assert again.state == "waiting"
    assert certificate_of(phones.sign_with_phone(node, "P000002", "sign", PHONE_PASSWORD, b"x")) == before
    bureau.mood = "well"
    waiting = phones.look(node, phone_id).open_application
    assert waiting is not None
    assert pass_on(node, waiting.application_id).state == "done"
    assert certificate_of(phones.sign_with_phone(node, "P000002", "sign", "OTHER99", b"x")) != before
    refused = refusal(phones.sign_with_phone, node, "P000002", "sign", PHONE_PASSWORD, b"x")
    assert refused.code == "card-wrong-pin"


@pytest.mark.parametrize("problem", [TOO_MANY, NOT_FOUND, PEER_UNAVAILABLE])
def test_what_is_no_answer_of_jlis_leaves_it_open(quick_world: World, bureau: Bureau, problem: Any) -> None:
    bureau.refuses = problem
    phone_id = had(quick_world)
    assert applied(quick_world, phone_id).state == "waiting"
    many = msgspec.structs.replace(APPLY, raises=(*APPLY.raises, TOO_MANY))
    assert not talk.is_final(Refused(TOO_MANY), many)
    assert talk.is_final(Refused(NOT_FOUND), msgspec.structs.replace(APPLY, raises=(NOT_FOUND,)))


@pytest.mark.parametrize("problem", [CERTIFICATE_NOT_VALID, NOT_RESIDENT])
def test_a_refusal_ends_it_and_the_phone_is_as_it_was(quick_world: World, bureau: Bureau, problem: Any) -> None:
    node, phone_id = quick_world.citizen, had(quick_world)
    bureau.refuses = problem
    outcome = applied(quick_world, phone_id)
    assert (outcome.state, outcome.refusal) == ("refused", problem)
    seen = phones.look(node, phone_id)
    assert seen.open_application is None
    assert not any(one.on_phone for one in seen.held)
    bureau.refuses = None
    assert applied(quick_world, phone_id).state == "done"


@pytest.mark.parametrize("mood", ["other-key", "rubbish"])
def test_what_does_not_fit_the_keys_is_not_written(quick_world: World, bureau: Bureau, mood: Any) -> None:
    node, phone_id = quick_world.citizen, had(quick_world)
    drafted(node, phone_id)
    application_id = sign(node, phone_id, PASSWORD)
    bureau.mood = mood
    if mood == "rubbish":
        assert pass_on(node, application_id).state == "waiting"
    else:
        assert refusal(pass_on, node, application_id).code == "peer-misunderstood"
    assert not any(one.on_phone for one in phones.look(node, phone_id).held)


def test_the_cards_own_refusals_spend_its_tries_and_leave_the_draft(quick_world: World, bureau: Bureau) -> None:
    node, phone_id = quick_world.citizen, had(quick_world)
    drafted(node, phone_id)
    wrong = refusal(sign, node, phone_id, "WRONG1")
    assert (wrong.code, wrong.detail) == ("card-wrong-pin", {"tries_left": 4})
    assert refusal(sign, node, phone_id, "x").code == "card-malformed-pin"
    with node.database.read() as session:
        assert signing.tries_left(cards.card_row(session, "card-2"), "sign") == 4
    assert bureau.asked == []
    assert pass_on(node, sign(node, phone_id, PASSWORD)).state == "done"


def test_what_is_not_to_be_had_is_refused(quick_world: World, bureau: Bureau) -> None:
    node, phone_id, other = quick_world.citizen, had(quick_world), had(quick_world)
    assert refusal(begin, node, phone_id, "card-1").code == "not-found"  # of another person
    assert refusal(begin, node, phone_id, other).code == "not-found"  # a phone is no card
    assert refusal(begin, node, phone_id, "nothing").code == "not-found"
    assert refusal(begin, node, "p" + "0" * 32, "card-2").code == "not-found"
    assert refusal(sign, node, phone_id, PASSWORD).code == "conflict"
    assert refusal(choose_pin, node, phone_id, "auth", "1234").code == "conflict"
    begin(node, phone_id, "card-2")
    for usage, pin in (("auth", "123"), ("auth", "12a4"), ("sign", "SHORT"), ("sign", "lower77"), ("sign", "A" * 17)):
        assert refusal(choose_pin, node, phone_id, usage, pin).code == "card-malformed-pin"
    choose_pin(node, phone_id, "auth", PHONE_PIN)
    assert refusal(sign, node, phone_id, PASSWORD).code == "conflict"
    assert refusal(pass_on, node, "nothing").code == "not-found"
    draft = phones.look(node, phone_id).open_application
    assert draft is not None
    assert refusal(pass_on, node, draft.application_id).code == "conflict"
    choose_pin(node, phone_id, "sign", PHONE_PASSWORD)
    bureau.mood = "down"
    sign(node, phone_id, PASSWORD)
    assert refusal(begin, node, phone_id, "card-2").code == "phone-has-something-open"
    shelf.hand_over(node, phone_id, "lost")
    assert refusal(pass_on, node, draft.application_id).type is PHONE_NOT_HERE
    assert refusal(applications.of_phone, node, other, draft.application_id).code == "not-found"


def test_a_child_without_a_signature_certificate_can_not_apply(quick_world: World) -> None:
    phone_id = phones.get(quick_world.citizen, "P000003", "tegata-one")
    assert refusal(begin, quick_world.citizen, phone_id, "card-3").code == "card-without-certificate"
    unready = refusal(phones.sign_with_phone, quick_world.citizen, "P000003", "auth", "1234", b"x")
    assert unready.code == "phone-without-certificate"


@pytest.mark.rule("SP-01")
def test_the_private_keys_are_made_in_the_element_and_stay_there(quick_world: World, bureau: Bureau) -> None:
    phone_id = had(quick_world)
    applied(quick_world, phone_id)
    with quick_world.citizen.database.read() as session:
        image = cards.card_row(session, phone_id).image
        client = CardClient(Card.load(image).transmit)
        assert client.token_info() == "JPKIAPGPSETOKEN"
        assert client.read_certificate("sign-ca").subject
        stored = session.connection().exec_driver_sql("SELECT image FROM card WHERE medium = 'phone'").scalar()
        assert image not in bytes(stored or b"")
    for _, body in bureau.asked:
        assert b"PRIVATE" not in body
        assert PHONE_PASSWORD.encode() not in body
