"""Who heads a household, and how its members are related to the head (続柄), after someone has come or gone.

Where the head is gone, the spouse follows, else the oldest; who lives on is then described from the new head.
"""

from collections.abc import Sequence

import msgspec

from tegata.japan.four_attributes import BirthDate, Gender

HEAD = "世帯主"
SPOUSES = ("夫", "妻")
CHILD = "子"
PARENTS = ("父", "母")
RELATED = "縁故者"
"""Someone related in a way that no simpler word says."""

GRANDPARENT = {"父": "祖父", "母": "祖母"}


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A member of a household; ``relationship`` is to the head that it has, or had."""

    resident_id: str
    relationship: str
    gender: Gender
    birth_date: BirthDate


def settle(members: Sequence[Member]) -> tuple[Member, ...]:
    """The same people with a head among them and everybody's relationship to that head; nobody for nobody."""
    if not members or any(member.relationship == HEAD for member in members):
        return tuple(members)
    head = next_head(members)
    return tuple(
        msgspec.structs.replace(member, relationship=HEAD if member is head else seen_from(head, member))
        for member in members
    )


def next_head(members: Sequence[Member]) -> Member:
    """The spouse of the former head, else the oldest."""
    return min(members, key=lambda member: (member.relationship not in SPOUSES, member.birth_date, member.resident_id))


def seen_from(head: Member, other: Member) -> str:
    """How ``other`` is related to the new head, both described from the former one."""
    if head.relationship in SPOUSES:
        former = "妻" if head.relationship == "夫" else "夫"
        return CHILD if other.relationship == CHILD else f"{former}の{other.relationship}"
    if head.relationship == CHILD:
        return _seen_from_child(head, other)
    if head.relationship in PARENTS:
        return _seen_from_parent(other)
    return RELATED


def relationship_of_child(parent: str) -> str:
    """A newborn's relationship to the head, by the parent's."""
    return CHILD if parent in (HEAD, *SPOUSES) else f"{parent}の子"


def _seen_from_child(head: Member, other: Member) -> str:
    if other.relationship in SPOUSES:
        return {"夫": "父", "妻": "母"}[other.relationship]
    if other.relationship in PARENTS:
        return GRANDPARENT[other.relationship]
    if other.relationship == CHILD:
        older = other.birth_date < head.birth_date
        return {("male", True): "兄", ("male", False): "弟", ("female", True): "姉", ("female", False): "妹"}.get(
            (other.gender, older), "きょうだい"
        )
    return RELATED


def _seen_from_parent(other: Member) -> str:
    if other.relationship in PARENTS:
        return {"父": "夫", "母": "妻"}[other.relationship]
    return {CHILD: "孫", "夫": "子の夫", "妻": "子の妻"}.get(other.relationship, RELATED)
