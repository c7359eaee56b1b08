"""The questions of the counter's procedures, one a page: what each asks, and what is checked before the next."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal, cast

import msgspec
from sqlalchemy.orm import Session

from tegata.actors.municipality.problems import ADDRESS_ELSEWHERE, NOTHING_CHANGES
from tegata.actors.municipality.rules import register, writing
from tegata.actors.municipality.rules.cards import usages_for
from tegata.actors.municipality.rules.register import Record
from tegata.actors.municipality.service import records
from tegata.actors.municipality.service.procedures import Case
from tegata.actors.municipality.tables import ResidentRow
from tegata.japan.addresses import by_postal_code, normalise_postal_code
from tegata.japan.four_attributes import Gender
from tegata.node.node import Node
from tegata.wire.certificates import Usage
from tegata.wire.endpoint import Identifier
from tegata.wire.problems import INVALID, Refused
from tegata.wire.residents import Event
from tegata.wire.text import Text

Line = Annotated[str, msgspec.Meta(max_length=200)]


class Who(msgspec.Struct):
    """Which members of the household."""

    who: list[Identifier]


class When(msgspec.Struct):
    """The day of the event."""

    effective_on: date


class Postal(msgspec.Struct):
    """The postal code of the new address."""

    postal_code: Annotated[str, msgspec.Meta(max_length=20)]


class Address(msgspec.Struct):
    """The town of the postal code, and the rest."""

    place: Line
    rest: Line


class Destination(msgspec.Struct):
    """Where somebody moves out to, in their own words."""

    destination: Line


class Name(msgspec.Struct):
    """A new name."""

    name: Line
    kana: Line
    former_name: Line = ""


class Newcomer(msgspec.Struct):
    """Somebody who is on no register yet."""

    name: Line
    kana: Line
    birth_date: date
    gender: Gender


class Child(msgspec.Struct):
    """A newborn."""

    name: Line
    kana: Line
    born_on: date
    gender: Gender


class Correction(msgspec.Struct):
    """The record as it should be. ``birth_date`` is text: its parts may be unknown."""

    name: Line
    kana: Line
    birth_date: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    gender: Gender
    address: Line
    reason: Line
    former_name: Line = ""


class Certificates(msgspec.Struct):
    """Which certificates are reissued."""

    usages: list[Literal["sign", "auth"]]


@dataclass(frozen=True)
class Subject:
    """A case with its person as they stand now, and the people whom it may be about."""

    case: Case
    resident: ResidentRow | None
    members: list[ResidentRow] = field(default_factory=list)

    @property
    def person(self) -> ResidentRow:
        """The person of a case that has one."""
        if self.resident is None:
            raise Refused(INVALID, {"field": "resident"})
        return self.resident

    @property
    def record(self) -> Record:
        """The person's record."""
        return records.record_in(self.person)

    def given(self, step: "Step") -> Any:
        """The answer to a step. Raises INVALID where it was not given."""
        return self.read(step.name, step.form)

    def read(self, name: str, form: type[msgspec.Struct]) -> Any:
        """The answer of a name. Raises INVALID."""
        try:
            return msgspec.convert(self.case.answers[name], form)
        except (KeyError, msgspec.ValidationError) as error:
            raise Refused(INVALID, {"field": name}) from error


Check = Callable[[Node, Subject, Any], None]


@dataclass(frozen=True)
class Step:
    """A question: ``name`` is its place in the address, ``text`` its name in the list of steps."""

    name: str
    text: Text
    question: Text
    form: type[msgspec.Struct]
    check: Check = lambda _node, _subject, _value: None
    options: Callable[[Node, Subject], dict[str, Any]] = lambda _node, _subject: {}
    first: Callable[[Subject], dict[str, Any]] = lambda _subject: {}


def subject_of(session: Session, case: Case) -> Subject:
    """A case with its person and their household."""
    if case.resident_id is None:
        return Subject(case, None)
    row = records.resident(session, case.resident_id)
    together = records.household(session, row.household_id) or [row]
    return Subject(case, row, [member for member in together if member.status == row.status])


def who_step(question: Text) -> Step:
    """Which members of the household it is about; nobody is chosen for a person who lives alone but they."""
    return Step(
        "who", Text("対象の方", "Who"), question, Who, check_who,
        options=lambda _node, subject: {"members": subject.members},
        first=lambda subject: {"who": [member.resident_id for member in subject.members]},
    )  # fmt: skip


def when_step(event: Event, question: Text) -> Step:
    """The day."""

    def check(node: Node, subject: Subject, value: When) -> None:
        record = records.record_in(subject.resident) if subject.resident else None
        born = record.attributes.birth_date if record else subject.read("newcomer", Newcomer).birth_date.isoformat()
        register.check_day(
            event, value.effective_on, birth_date=born, today=node.clock.now().date(),
            address_since=register.lived_there_since(record) if record else None,
        )  # fmt: skip

    return Step("when", Text("日付", "Day"), question, When, check)


def check_who(_node: Node, subject: Subject, value: Who) -> None:
    """Only members of the household."""
    if not set(value.who) <= {member.resident_id for member in subject.members}:
        raise Refused(INVALID, {"field": "who"})


def check_postal(_node: Node, subject: Subject, value: Postal) -> None:
    """A postal code that has places in this municipality."""
    if not places_of(value.postal_code, subject.case.municipality_code):
        raise Refused(ADDRESS_ELSEWHERE, {"field": "postal_code"})


def places_of(postal_code: str, municipality_code: str) -> list[str]:
    """The beginnings of addresses that a postal code stands for in a municipality; none for no postal code."""
    if normalise_postal_code(postal_code) is None:
        return []
    found = [one.text for one in by_postal_code(postal_code) if one.municipality_code == municipality_code]
    return list(dict.fromkeys(found))


def check_address(_node: Node, subject: Subject, value: Address) -> None:
    """An address of the postal code's places."""
    if value.place not in address_options(subject)["places"]:
        raise Refused(ADDRESS_ELSEWHERE, {"field": "place"})
    writing.address(value.place + value.rest, subject.case.municipality_code)


def address_options(subject: Subject) -> dict[str, Any]:
    """The towns to choose from."""
    return {"places": places_of(subject.read("postal", Postal).postal_code, subject.case.municipality_code)}


def address_of(subject: Subject) -> tuple[str, str]:
    """The address and the postal code that were answered."""
    value, postal = subject.given(ADDRESS), subject.given(POSTAL)
    return value.place + value.rest, cast(str, normalise_postal_code(postal.postal_code))


def check_destination(_node: Node, _subject: Subject, value: Destination) -> None:
    """An address anywhere."""
    writing.free_address(value.destination, "destination")


def check_name(_node: Node, subject: Subject, value: Name) -> None:
    """A name that can be written, and that is another one."""
    written = (writing.name(value.name), writing.kana(value.kana), writing.former_name(value.former_name))
    record = subject.record
    if written == (record.attributes.name, record.kana, record.former_name):
        raise Refused(NOTHING_CHANGES, {"field": "name"})


def check_newcomer(node: Node, _subject: Subject, value: Newcomer) -> None:
    """Somebody who has been born."""
    writing.name(value.name)
    writing.kana(value.kana)
    _check_born(value.birth_date, node, "birth_date")


def check_child(node: Node, _subject: Subject, value: Child) -> None:
    """Somebody who has been born."""
    writing.name(value.name)
    writing.kana(value.kana)
    _check_born(value.born_on, node, "born_on")


def check_correction(_node: Node, subject: Subject, value: Correction) -> None:
    """Texts that can be written."""
    writing.name(value.name)
    writing.kana(value.kana)
    writing.address(value.address, subject.case.municipality_code, "address")


def _check_born(day: date, node: Node, field_name: str) -> None:
    try:
        register.check_day("birth", day, birth_date=day.isoformat(), today=node.clock.now().date())
    except Refused as refused:
        raise Refused(refused.type, {"field": field_name}) from refused


def check_certificates(node: Node, subject: Subject, value: Certificates) -> None:
    """The signature certificate only from its age."""
    if not set(value.usages) <= set(usages_for(subject.record, node.clock.now().date())):
        raise Refused(INVALID, {"field": "usages"})


def wanted_usages(subject: Subject) -> list[Usage]:
    """The certificates to reissue, each once."""
    return list(dict.fromkeys(subject.given(CERTIFICATES).usages))


def _present_name(subject: Subject) -> dict[str, Any]:
    record = subject.record
    return {"name": record.attributes.name, "kana": record.kana, "former_name": record.former_name or ""}


def _present(subject: Subject) -> dict[str, Any]:
    four = subject.record.attributes
    return {
        **_present_name(subject), "birth_date": four.birth_date, "gender": four.gender, "address": four.address,
    }  # fmt: skip


POSTAL = Step(
    "postal", Text("郵便番号", "Postal code"), Text("新しい住所の郵便番号は何ですか", "What is the new postal code?"),
    Postal, check_postal,
)  # fmt: skip
ADDRESS = Step(
    "address", Text("住所", "Address"), Text("新しい住所はどこですか", "What is the new address?"), Address,
    check_address,
    options=lambda _node, subject: address_options(subject),
)  # fmt: skip
DESTINATION = Step(
    "destination", Text("転出先", "Destination"), Text("どこへ引っ越しますか", "Where do they move to?"), Destination,
    check_destination,
)  # fmt: skip
NAME = Step(
    "name", Text("新しい氏名", "New name"), Text("新しい氏名は何ですか", "What is the new name?"), Name, check_name,
    first=_present_name,
)  # fmt: skip
NEWCOMER = Step(
    "newcomer", Text("登録する方", "Person"), Text("どなたを登録しますか", "Who is to be registered?"), Newcomer,
    check_newcomer,
)  # fmt: skip
CHILD = Step(
    "child",
    Text("生まれた方", "Child"),
    Text("生まれた方について教えてください", "About the newborn"),
    Child,
    check_child,
)
CORRECTION = Step(
    "correction", Text("正しい内容", "Right content"), Text("正しい内容は何ですか", "What is right?"), Correction,
    check_correction, first=_present,
)  # fmt: skip
CERTIFICATES = Step(
    "certificates", Text("電子証明書", "Certificates"),
    Text("どの電子証明書を再発行しますか", "Which certificates are to be reissued?"), Certificates, check_certificates,
    first=lambda _subject: {"usages": ["sign"]},
)  # fmt: skip
