"""A customer's record beside what the register says: the same, taken over by itself, or for a person to decide.

A person decides where one of these holds (in this order; all that hold are told):

1. the birth date differs                                                     birth-date-differs
2. the gender differs                                                         gender-differs
3. the name differs in more than width, spaces or forms of a character        name-differs
4. nobody has yet seen that the consent is this customer's, and the answer
   does not show name and birth date                                          identity-not-shown
5. the address differs only in a building that the register does not name:
   taken over, letters would no longer arrive                                 building-missing

Else the address is taken over if it is not the same, and the record stays if it is. A name that has other forms of the
same characters (髙 and 高) is the same person's; the bank's writing of it stays.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from tegata.japan.addresses import Part, normalise_address, same_address
from tegata.japan.four_attributes import ITEMS, FourAttributes, Item
from tegata.japan.likeness import Likeness
from tegata.japan.names import compare_names

Reason = Literal["birth-date-differs", "gender-differs", "name-differs", "identity-not-shown", "building-missing"]
Verdict = Literal["same", "take-over", "review"]

SHOWS_IDENTITY: frozenset[Item] = frozenset({"name", "birth_date"})
"""What tells one person from another."""


class Compared(msgspec.Struct, frozen=True):
    """One item: as the bank has it, as it was told, and how alike they are."""

    item: Item
    before: str
    after: str
    likeness: Likeness
    parts: tuple[Part, ...] = ()


class Decision(msgspec.Struct, frozen=True):
    """What becomes of an answer. ``take``: the items that the record takes over by itself."""

    verdict: Verdict
    compared: tuple[Compared, ...]
    take: dict[Item, str] = {}
    reasons: tuple[Reason, ...] = ()


def compare(held: FourAttributes, told: Mapping[Item, str]) -> tuple[Compared, ...]:
    """Each item that was told beside the record, in the order of the four attributes."""
    return tuple(_compare(item, getattr(held, item), told[item]) for item in ITEMS if item in told)


def _compare(item: Item, before: str, after: str) -> Compared:
    if item == "name":
        return Compared(item, before, after, compare_names(before, after))
    if item == "address":
        address = same_address(before, after)
        return Compared(item, before, after, address.grade, address.what)
    return Compared(item, before, after, Likeness.IDENTICAL if before == after else Likeness.DIFFERENT)


def decide(held: FourAttributes, told: Mapping[Item, str], *, identity_known: bool) -> Decision:
    """What becomes of the record. ``identity_known``: it was seen before that the consent is this customer's."""
    compared = compare(held, told)
    reasons = tuple(_reasons(compared, identity_known=identity_known))
    if reasons:
        return Decision("review", compared, reasons=reasons)
    take: dict[Item, str] = {
        each.item: each.after for each in compared if each.item == "address" and not each.likeness.is_same
    }
    return Decision("take-over" if take else "same", compared, take=take)


def other_person(held: FourAttributes, shown: FourAttributes) -> tuple[Reason, ...]:
    """Why a certificate may be another person's than the customer's; empty where it is the customer's."""
    told = shown.only(("name", "birth_date", "gender"))
    return tuple(_reasons(compare(held, told), identity_known=True))


def _reasons(compared: tuple[Compared, ...], *, identity_known: bool) -> list[Reason]:
    by_item = {each.item: each for each in compared}
    reasons: list[Reason] = []
    if _differs(by_item.get("birth_date")):
        reasons.append("birth-date-differs")
    if _differs(by_item.get("gender")):
        reasons.append("gender-differs")
    if _differs(by_item.get("name")):
        reasons.append("name-differs")
    if not identity_known and not by_item.keys() >= SHOWS_IDENTITY:
        reasons.append("identity-not-shown")
    if _loses_building(by_item.get("address")):
        reasons.append("building-missing")
    return reasons


def _differs(compared: Compared | None) -> bool:
    return compared is not None and compared.likeness is Likeness.DIFFERENT


def _loses_building(address: Compared | None) -> bool:
    """Whether the addresses differ in the building alone, and the register names none."""
    if address is None or address.parts != ("building",):
        return False
    # The form for comparing has the building, and nothing else, after a space.
    return " " not in normalise_address(address.after)
