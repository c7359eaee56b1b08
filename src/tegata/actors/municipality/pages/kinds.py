"""The procedures of the counter: their steps, what they do in the end, and what is told about it."""

from collections.abc import Sequence
from typing import Any

from tegata.actors.municipality.pages import forms
from tegata.actors.municipality.pages.card_kinds import CARD_KINDS
from tegata.actors.municipality.pages.forms import Subject, When, Who, address_of, when_step, who_step
from tegata.actors.municipality.pages.kind import Kind
from tegata.actors.municipality.rules.register import Record, Sets, is_late, possible_events
from tegata.actors.municipality.rules.writing import address as written_address
from tegata.actors.municipality.rules.writing import former_name, kana, name
from tegata.actors.municipality.service import register
from tegata.actors.municipality.service.register import Newcomer, Recorded
from tegata.node.node import Node
from tegata.wire.problems import NOT_FOUND, Refused
from tegata.wire.text import Text


def _day(subject: Subject) -> Any:
    return subject.read("when", When).effective_on


def _who(subject: Subject) -> list[str]:
    return list(dict.fromkeys(subject.read("who", Who).who))


def _move_in(node: Node, subject: Subject) -> list[Recorded]:
    address, postal_code = address_of(subject)
    return register.move_in(
        node, subject.case.desk, _who(subject), address=address, postal_code=postal_code, effective_on=_day(subject),
        request_id=subject.case.procedure_id,
    )  # fmt: skip


def _move_within(node: Node, subject: Subject) -> list[Recorded]:
    address, postal_code = address_of(subject)
    return register.move_within(
        node, subject.case.desk, _who(subject), address=address, postal_code=postal_code, effective_on=_day(subject),
        request_id=subject.case.procedure_id,
    )  # fmt: skip


def _move_out(node: Node, subject: Subject) -> list[Recorded]:
    return register.move_out(
        node, subject.case.desk, _who(subject), destination=subject.given(forms.DESTINATION).destination,
        effective_on=_day(subject), request_id=subject.case.procedure_id,
    )  # fmt: skip


def _leave(node: Node, subject: Subject) -> list[Recorded]:
    return register.leave_country(
        node, subject.case.desk, _who(subject), effective_on=_day(subject), request_id=subject.case.procedure_id
    )


def _change_name(node: Node, subject: Subject) -> list[Recorded]:
    value = subject.given(forms.NAME)
    done = register.change_name(
        node, subject.case.desk, subject.person.resident_id, name=value.name, kana=value.kana,
        former_name=value.former_name, effective_on=_day(subject), request_id=subject.case.procedure_id,
    )  # fmt: skip
    return [done]


def _die(node: Node, subject: Subject) -> list[Recorded]:
    desk, case = subject.case.desk, subject.case
    return [
        register.die(node, desk, subject.person.resident_id, effective_on=_day(subject), request_id=case.procedure_id)
    ]


def _birth(node: Node, subject: Subject) -> list[Recorded]:
    value = subject.given(forms.CHILD)
    done = register.birth(
        node, subject.case.desk, subject.person.resident_id, name=value.name, kana=value.kana, born_on=value.born_on,
        gender=value.gender, request_id=subject.case.procedure_id,
    )  # fmt: skip
    return [done]


def _register(node: Node, subject: Subject) -> list[Recorded]:
    value = subject.given(forms.NEWCOMER)
    address, postal_code = address_of(subject)
    newcomer = Newcomer(value.name, value.kana, value.birth_date.isoformat(), value.gender)
    done = register.register(
        node, subject.case.desk, newcomer, address=address, postal_code=postal_code, effective_on=_day(subject),
        request_id=subject.case.procedure_id,
    )  # fmt: skip
    return [done]


def _correct(node: Node, subject: Subject) -> list[Recorded]:
    done = register.correct(
        node, subject.case.desk, subject.person.resident_id, corrected(subject),
        effective_on=node.clock.now().date(), request_id=subject.case.procedure_id,
    )  # fmt: skip
    return [done]


def corrected(subject: Subject) -> Sets:
    """What a correction sets: only what is other than the record says."""
    value, record = subject.given(forms.CORRECTION), subject.record
    four = record.attributes
    right = {
        "name": (name(value.name), four.name),
        "kana": (kana(value.kana), record.kana),
        "former_name": (former_name(value.former_name) or "", record.former_name or ""),
        "birth_date": (value.birth_date, four.birth_date),
        "gender": (value.gender, four.gender),
        "address": (written_address(value.address, subject.case.municipality_code, "address"), four.address),
    }
    differing: dict[str, Any] = {field: new for field, (new, old) in right.items() if new != old}
    return Sets(**differing, reason=value.reason)


def events_of(outcome: Sequence[Recorded]) -> dict[str, Any]:
    """What a case keeps of what it recorded."""
    return {
        "residents": [one.resident_id for one in outcome],
        "changed": sorted({item for one in outcome for item in one.changed}),
    }


def is_late_case(kind: Kind, subject: Subject, node: Node) -> bool:
    """Whether it is notified after its 14 days."""
    today = node.clock.now().date()
    if kind.event == "birth" and "child" in subject.case.answers:
        return is_late("birth", subject.given(forms.CHILD).born_on, today)
    return kind.event is not None and "when" in subject.case.answers and is_late(kind.event, _day(subject), today)


_MOVED = Text("いつから住んでいますか", "Since when do they live there?")
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "move_in", Text("転入", "Move in"), Text("ほかの市区町村や国外から引っ越してきた方", "From elsewhere"),
            (
                who_step(Text("どなたが転入しますか", "Who moves in?")), when_step("move_in", _MOVED), forms.POSTAL,
                forms.ADDRESS,
            ),
            "move_in", _move_in,
        ),
        Kind(
            "move_within", Text("転居", "Move within"), Text("この市区町村の中での引越し", "Within the municipality"),
            (
                who_step(Text("どなたが転居しますか", "Who moves?")), when_step("move_within", _MOVED), forms.POSTAL,
                forms.ADDRESS,
            ),
            "move_within", _move_within,
        ),
        Kind(
            "move_out", Text("転出", "Move out"), Text("ほかの市区町村への引越し", "To another municipality"),
            (
                who_step(Text("どなたが転出しますか", "Who moves out?")),
                when_step("move_out", Text("いつ転出しますか", "When do they move out?")), forms.DESTINATION,
            ),
            "move_out", _move_out,
        ),
        Kind(
            "name_change", Text("氏名変更", "Change of name"),
            Text("婚姻や離婚などによる変更、旧氏", "By marriage or the like"),
            (forms.NAME, when_step("name_change", Text("いつ変わりましたか", "When did it change?"))),
            "name_change", _change_name,
        ),
        Kind(
            "birth", Text("出生", "Birth"), Text("この方の世帯に子が生まれたとき", "A child of this household"),
            (forms.CHILD,), "birth", _birth,
        ),
        Kind(
            "death", Text("死亡", "Death"), Text("この方が亡くなったとき", "This person has died"),
            (when_step("death", Text("いつ亡くなりましたか", "When did the person die?")),), "death", _die,
        ),
        Kind(
            "left_country", Text("国外転出", "Leaving the country"), Text("国外へ引っ越すとき", "To live abroad"),
            (
                who_step(Text("どなたが国外へ転出しますか", "Who leaves?")),
                when_step("left_country", Text("いつ転出しましたか", "When did they leave?")),
            ),
            "left_country", _leave,
        ),
        Kind(
            "correction", Text("職権修正", "Correction"), Text("記録の誤りを直すとき", "The record is wrong"),
            (forms.CORRECTION,), "correction", _correct,
        ),
        Kind(
            "registered", Text("新規登録", "First registration"),
            Text("どの市区町村にも記録のない方（国外から初めて来た方など）", "On no register yet"),
            (
                forms.NEWCOMER, when_step("registered", _MOVED), forms.POSTAL, forms.ADDRESS,
            ),
            "registered", _register,
        ),
        *CARD_KINDS,
    )
}  # fmt: skip
WITHOUT_PERSON = ("registered",)


def kinds_for(record: Record, municipality_code: str, about_card: Sequence[str]) -> list[Kind]:
    """What can be done today for a person at this municipality; ``about_card`` as the rules of cards say."""
    events = possible_events(record, municipality_code)
    here = record.municipality_code == municipality_code
    found = [kind for kind in KINDS.values() if kind.event in events]
    if here and record.status == "resident":
        found.append(KINDS["birth"])
    return found + ([KINDS[name] for name in about_card] if here else [])


def carry_out(kind: Kind, node: Node, subject: Subject) -> dict[str, Any]:
    """Do it; returns what the case keeps of it. Raises ``Refused``: NOT_FOUND where no check page ends it."""
    if kind.act is not None:
        return kind.act(node, subject)
    if kind.run is None:
        raise Refused(NOT_FOUND)
    return {**events_of(kind.run(node, subject)), "late": is_late_case(kind, subject, node)}
