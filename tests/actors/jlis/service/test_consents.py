"""Consents: verified before they are kept, withdrawn, expired, fed to operators by number."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import func, select

from tegata.actors.jlis.service import consents, relying_parties
from tegata.actors.jlis.settings import RelyingParty
from tegata.actors.jlis.tables import ConsentEventRow, ConsentRow
from tegata.node import audit
from tegata.node.tables import AuditRow
from tegata.pki.keys import SoftwareSigner
from tegata.wire import consents as wire
from tegata.wire.consents import ConsentRecord, SignedStatement
from tegata.wire.endpoint import AfterQuery
from tegata.wire.problems import NOT_FOUND, ProblemType, Refused
from tests.actors.jlis.world import Resident, World, open_world

DAY = timedelta(days=1)


@pytest.fixture
def person(world: World) -> Resident:
    made = world.resident()
    made.gets("sign")
    made.gets("auth")
    return made


@pytest.fixture
def quick_person(quick_world: World) -> Resident:
    made = quick_world.resident()
    made.gets("sign")
    made.gets("auth")
    return made


def refusal(person: Resident, document: str, caller: str = "platform", channel: Any = "relying_party") -> ProblemType:
    """The refusal of a document that is given as a consent; nothing is kept, and the refusal is in the audit."""
    with pytest.raises(Refused) as refused:
        consents.give(person.world.node, SignedStatement(document=document, channel=channel), caller)
    with person.world.node.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ConsentRow)) == 0
        newest = session.scalars(select(AuditRow).order_by(AuditRow.number.desc())).first()
    assert newest is not None
    assert newest.action == "consent-refused"
    assert newest.detail["outcome"] == refused.value.code
    return refused.value.type


def events(world: World, after: int = 0) -> list[tuple[int, str, str]]:
    page = consents.feed(world.node, AfterQuery(after=after))
    return [(event.number, event.kind, event.consent.state) for event in page.items]


@pytest.mark.rule("FI-02")
def test_a_consent_is_kept_as_it_was_signed(world: World, person: Resident) -> None:
    record = person.consents(items=["address", "birth_date"], reference="customer-9")
    assert (record.state, record.items, record.reference) == ("active", ["address", "birth_date"], "customer-9")
    assert record.serial == person.cards["sign"].serial_number
    assert record.valid_from.isoformat() == "2023-09-26T00:00:00+09:00"
    assert record.valid_until.isoformat() == "2033-09-25T23:59:59+09:00"
    assert events(world) == [(1, "given", "active")]


@pytest.mark.rule("FI-02")
def test_the_same_consent_again_is_kept_once(world: World, person: Resident) -> None:
    signed = SignedStatement(document=person.signs(person.statement()))
    first = consents.give(world.node, signed, "platform")
    assert consents.give(world.node, signed, "platform") == first
    assert len(events(world)) == 1


def test_another_statement_under_the_same_id_is_refused(world: World, person: Resident) -> None:
    statement = person.statement()
    consents.give(world.node, SignedStatement(document=person.signs(statement)), "platform")
    other = person.signs(msgspec.structs.replace(statement, items=["gender"]))
    with pytest.raises(Refused) as refused:
        consents.give(world.node, SignedStatement(document=other), "platform")
    assert (refused.value.type, refused.value.detail) == (wire.WRONG_STATEMENT, {"field": "statement_id"})


@pytest.mark.rule("FI-02")
def test_a_signature_that_does_not_fit_is_refused(quick_person: Resident) -> None:
    head, payload, signature = quick_person.signs(quick_person.statement()).split(".")
    changed = ("B" if payload[40] != "B" else "C").join([payload[:40], payload[41:]])
    assert refusal(quick_person, f"{head}.{changed}.{signature}") is wire.BAD_SIGNATURE
    assert refusal(quick_person, f"{head}.{payload}.{signature[:-8]}AAAAAAAA") is wire.BAD_SIGNATURE


@pytest.mark.rule("FI-02")
@pytest.mark.parametrize("document", ["a.b.c", "e30.e30.e30", "eyJhbGciOiJub25lIn0.e30.AA"])
def test_what_is_no_document_is_refused(quick_person: Resident, document: str) -> None:
    assert refusal(quick_person, document) is wire.BAD_SIGNATURE


@pytest.mark.rule("FI-02")
def test_the_authentication_certificate_gives_no_consent(quick_person: Resident) -> None:
    assert refusal(quick_person, quick_person.signs(quick_person.statement(), "auth")) is wire.BAD_SIGNATURE


@pytest.mark.rule("FI-02")
def test_a_certificate_of_a_strange_authority_gives_no_consent(
    person: Resident, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own root has our name and another key."""
    strange = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    monkeypatch.setattr(SoftwareSigner, "generate_rsa", lambda: SoftwareSigner(strange))
    with open_world("", tmp_path / "elsewhere") as elsewhere:
        stranger = elsewhere.resident()
        stranger.gets("sign")
        document = stranger.signs(stranger.statement())
    assert refusal(person, document) is wire.BAD_SIGNATURE


@pytest.mark.rule("FI-02")
def test_a_revoked_or_expired_certificate_gives_no_consent(person: Resident) -> None:
    document = person.signs(person.statement())
    person.moves()
    assert refusal(person, document) is wire.CERTIFICATE_NOT_VALID
    person.gets()
    person.world.passes(2000 * DAY)
    assert refusal(person, person.signs(person.statement())) is wire.CERTIFICATE_NOT_VALID


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b"null",
        b"{}",
        b'{"kind":"consent"}',
        b"\xff\xfe",
        b'{"kind":["consent"]}',
        b"[" * 3000,
        b'{"kind":"\\ud800"}',
    ],
)
def test_what_says_no_consent_is_refused(quick_person: Resident, payload: bytes) -> None:
    assert refusal(quick_person, quick_person.signs(payload)) is wire.WRONG_STATEMENT


@pytest.mark.parametrize(
    "changes",
    [
        {"items": ["name", "name"]},
        {"items": []},
        {"items": ["my_number"]},
        {"kind": "withdrawal"},
        {"purpose": "a\0b"},
        {"purpose": "x" * 401},
        {"relying_party": "no such/thing"},
        {"stated_at": "2023-09-25T10:00:00"},
        {"stated_at": "0001-01-01T00:00:00+09:00"},
        {"stated_at": "9999-12-31T23:59:59-09:00"},
    ],
    ids=lambda changes: str(changes)[:30],
)
def test_a_statement_with_a_wrong_part_is_refused(quick_person: Resident, changes: dict[str, Any]) -> None:
    tree = msgspec.to_builtins(quick_person.statement()) | changes
    assert refusal(quick_person, quick_person.signs(msgspec.json.encode(tree))) is wire.WRONG_STATEMENT


def test_a_statement_without_its_kind_is_refused(quick_person: Resident) -> None:
    tree = msgspec.to_builtins(quick_person.statement())
    del tree["kind"]
    assert refusal(quick_person, quick_person.signs(msgspec.json.encode(tree))) is wire.WRONG_STATEMENT


def test_an_old_statement_is_refused(quick_person: Resident) -> None:
    document = quick_person.signs(quick_person.statement())
    quick_person.world.passes(8 * DAY)
    assert refusal(quick_person, document) is wire.WRONG_STATEMENT


def test_only_for_registered_relying_parties_and_by_their_operator(person: Resident) -> None:
    node = person.world.node
    stranger = person.signs(person.statement(relying_party="stranger"))
    assert refusal(person, stranger) is wire.NOT_A_RELYING_PARTY
    assert refusal(person, stranger, "portal", "portal") is wire.NOT_A_RELYING_PARTY
    assert refusal(person, person.signs(person.statement()), "other-platform") is wire.NOT_A_RELYING_PARTY
    relying_parties.register(
        node, RelyingParty(id="stranger", operator="other-platform", name_ja="証券", name_en="Broker")
    )
    assert person.consents(caller="other-platform", relying_party="stranger").relying_party == "stranger"
    assert person.consents(caller="portal", channel="portal").channel == "portal"


@pytest.mark.rule("FI-09")
def test_a_withdrawal_counts_at_once(world: World, person: Resident) -> None:
    given = person.consents()
    world.passes(timedelta(hours=1))
    record = consents.withdraw(world.node, given.consent_id, person.withdrawal(given.consent_id), "portal")
    assert (record.state, record.withdrawn_at) == ("withdrawn", world.now)
    assert events(world) == [(1, "given", "withdrawn"), (2, "withdrawn", "withdrawn")]


@pytest.mark.rule("FI-09")
def test_a_withdrawal_again_changes_nothing(world: World, person: Resident) -> None:
    given = person.consents()
    signed = person.withdrawal(given.consent_id)
    first = consents.withdraw(world.node, given.consent_id, signed, "portal")
    world.passes(DAY)
    assert consents.withdraw(world.node, given.consent_id, signed, "portal") == first
    assert len(events(world)) == 2


def refused_withdrawal(person: Resident, consent_id: str, signed: SignedStatement) -> ProblemType:
    with pytest.raises(Refused) as refused:
        consents.withdraw(person.world.node, consent_id, signed, "portal")
    return refused.value.type


@pytest.mark.rule("FI-09")
def test_only_the_person_can_withdraw(world: World, person: Resident) -> None:
    given = person.consents()
    other = world.resident()
    other.gets()
    assert refused_withdrawal(person, given.consent_id, other.withdrawal(given.consent_id)) is wire.NOT_YOURS
    assert refused_withdrawal(person, given.consent_id, person.withdrawal("other")) is wire.WRONG_STATEMENT
    assert refused_withdrawal(person, "none", person.withdrawal("none")) is NOT_FOUND
    consent = SignedStatement(document=person.signs(person.statement()))
    assert refused_withdrawal(person, given.consent_id, consent) is wire.WRONG_STATEMENT
    assert events(world) == [(1, "given", "active")]


@pytest.mark.rule("FI-09")
def test_a_consent_survives_a_reissue_and_its_serial_follows(world: World, person: Resident) -> None:
    given = person.consents()
    person.moves()
    reissued = person.gets()
    assert consents.feed(world.node, AfterQuery()).items[0].consent.serial == reissued.serial
    record = consents.withdraw(world.node, given.consent_id, person.withdrawal(given.consent_id), "portal")
    assert record.serial == reissued.serial != given.serial


def test_a_consent_expires_once(world: World, person: Resident) -> None:
    given = person.consents()
    world.passes(given.valid_until - world.now)
    assert consents.expire(world.node) == 0
    world.passes(timedelta(seconds=1))
    assert [consents.expire(world.node), consents.expire(world.node)] == [1, 0]
    assert events(world) == [(1, "given", "expired"), (2, "expired", "expired")]


def test_a_withdrawn_consent_does_not_expire(world: World, person: Resident) -> None:
    given = person.consents()
    consents.withdraw(world.node, given.consent_id, person.withdrawal(given.consent_id), "portal")
    world.passes(5000 * DAY)
    assert consents.expire(world.node) == 0


def test_a_newer_consent_to_the_same_service_takes_the_place_of_the_older(world: World, person: Resident) -> None:
    old = person.consents(items=["name"])
    world.passes(10 * DAY)
    new = person.consents(items=["address"])
    other = person.consents(service="loans", service_name="ローン")
    now = {event.consent.consent_id: event.consent for event in consents.feed(world.node, AfterQuery()).items}
    assert now[old.consent_id].state == "active"
    assert now[old.consent_id].valid_until + timedelta(seconds=1) == new.valid_from
    world.passes(DAY)
    assert consents.expire(world.node) == 1
    assert {number: kind for number, kind, _ in events(world)}[4] == "expired"
    later = {event.consent.consent_id: event.consent.state for event in consents.feed(world.node, AfterQuery()).items}
    assert later == {old.consent_id: "expired", new.consent_id: "active", other.consent_id: "active"}
    third = person.consents()
    with world.node.database.read() as session:
        assert session.get_one(ConsentRow, third.consent_id).replaces == new.consent_id


def test_the_feed_is_numbered_without_gaps_and_read_in_parts(world: World, person: Resident) -> None:
    for number in range(5):
        person.consents(service=f"s{number}")
    first = consents.feed(world.node, AfterQuery(limit=2))
    assert ([event.number for event in first.items], first.next_cursor) == ([1, 2], "2")
    rest = consents.feed(world.node, AfterQuery(after=2, limit=3))
    assert ([event.number for event in rest.items], rest.next_cursor) == ([3, 4, 5], None)
    assert consents.feed(world.node, AfterQuery(after=5)).items == []


def test_records_hold_nothing_personal(person: Resident) -> None:
    record: ConsentRecord = person.consents()
    assert not any(
        value in msgspec.json.encode(record).decode() for value in person.attributes.only(["name", "address"]).values()
    )


def test_what_is_done_with_consents_is_in_the_audit(world: World, person: Resident) -> None:
    given = person.consents()
    consents.withdraw(world.node, given.consent_id, person.withdrawal(given.consent_id), "portal")
    with world.node.database.read() as session:
        row = session.get_one(ConsentRow, given.consent_id)
        assert session.scalar(select(func.count()).select_from(ConsentEventRow)) == 2
    entries = [numbered.entry for numbered in audit.entries_for(world.node.database, row.person_id)]
    assert [entry.action for entry in entries[:2]] == ["consent-withdrawn", "consent-given"]
    assert (entries[1].basis, entries[1].to, entries[1].items) == (given.consent_id, "bank", ["name", "address"])
    assert audit.verify(world.node.database).ok
