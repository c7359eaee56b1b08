"""What the check page of a procedure says: the answers, and the four attributes before and after."""

from typing import Any

import msgspec

from tegata.actors.municipality.pages import forms, words
from tegata.actors.municipality.pages.forms import Subject, address_of
from tegata.actors.municipality.pages.kind import Kind
from tegata.actors.municipality.pages.kinds import corrected
from tegata.actors.municipality.rules import writing


def summary(kind: Kind, subject: Subject) -> list[tuple[Any, Any, str]]:
    """What was answered: label, value, and the step where it can be changed."""
    rows: list[tuple[Any, Any, str]] = []
    for step in kind.steps:
        value = subject.given(step)
        for field in msgspec.structs.fields(step.form):
            shown = _shown(field.name, getattr(value, field.name), subject)
            if field.name != "certificates" and shown not in ("", None):
                rows.append((words.FIELDS[field.name], shown, step.name))
    return rows


def _shown(field: str, value: Any, subject: Subject) -> Any:
    if field == "who":
        names = {member.resident_id: member.name for member in subject.members}
        return "、".join(names[each] for each in value if each in names)
    if field == "gender":
        return words.GENDERS[value]
    if field in words.ANSWERS:
        return words.ANSWERS[field][value]
    return value


def changes(kind: Kind, subject: Subject) -> list[dict[str, Any]]:
    """The four attributes before and after, for what changes any."""
    if subject.resident is None:
        return []
    before = subject.record
    if kind.event in ("move_in", "move_within"):
        address, _ = address_of(subject)
        after = writing.address(address, subject.case.municipality_code)
        return [{"label": words.FIELDS["address"], "before": before.attributes.address, "after": after}]
    if kind.event == "name_change":
        value = subject.given(forms.NAME)
        return [{"label": words.FIELDS["name"], "before": before.attributes.name, "after": writing.name(value.name)}]
    if kind.event == "correction":
        return [
            _corrected_row(field, new, subject)
            for field, new in msgspec.structs.asdict(corrected(subject)).items()
            if new is not None and field != "reason"
        ]
    return []


def _corrected_row(field: str, new: str, subject: Subject) -> dict[str, Any]:
    before = getattr(subject.person, field) or ""
    if field == "gender":
        before, new = words.GENDERS[before].ja, words.GENDERS[new].ja
    return {"label": words.FIELDS[field], "before": before, "after": new}
