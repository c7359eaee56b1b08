"""What may happen in a call: a function of what was asked and done in it so far (rules SP-04, SP-06).

1. A call that was ended takes nothing more.
2. A caller who is not identified gets nothing done; after so many wrong sets of answers the call has to end.
3. Nothing is suspended that has no valid certificate; what was suspended is not suspended again.
4. A suspension whose answer did not come keeps the call open: it is repeated until it is known what became of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from tegata.actors.call_centre.problems import ATTEMPTS_USED, CALL_ENDED, NOT_IDENTIFIED, SUSPENSION_UNCERTAIN
from tegata.actors.call_centre.rules.menus import MenuKind
from tegata.wire.certificates import CertificateState, Medium, State, Usage
from tegata.wire.problems import CONFLICT, Refused
from tegata.wire.suspensions import NOTHING_TO_SUSPEND

MEDIA: tuple[Medium, ...] = ("card", "phone")

Result = Literal["draft", "unanswered", "matched", "not-matched", "barred"]
"""Of one set of answers: not sent yet, sent without an answer of J-LIS, and what J-LIS said.

``barred``: J-LIS takes no more sets in this call; it counts those too whose answer was lost on the way.
"""

Stage = Literal["asking", "reading-back", "refused", "identified", "uncertain", "suspended", "enquiry", "ended"]

Outcome = Literal[
    "suspended", "not-identified", "nothing-to-suspend", "caller-stopped", "dropped",
    "answered", "referred", "moved-to-loss",
]  # fmt: skip
"""How a call ended. ``dropped``: the line broke. ``referred``: to the counter of the municipality."""


class Held(msgspec.Struct, frozen=True):
    """All that an operator sees of a certificate, and all that is kept of it: no serial number, date or model."""

    medium: Medium
    usage: Usage
    state: State


@dataclass(frozen=True)
class Facts:
    """What is known of a call. ``results`` of its sets of answers in order, ``asked`` and ``done`` the suspensions."""

    kind: MenuKind
    results: Sequence[Result] = ()
    asked: frozenset[Medium] = frozenset()
    done: frozenset[Medium] = frozenset()
    ended: bool = False

    @property
    def identified(self) -> bool:
        """Whether a set of answers fitted."""
        return "matched" in self.results

    @property
    def wrong(self) -> int:
        """How many sets of answers did not fit."""
        return sum(result == "not-matched" for result in self.results)

    @property
    def uncertain(self) -> frozenset[Medium]:
        """What was asked to be suspended, without an answer yet."""
        return self.asked - self.done


def stage(facts: Facts, most: int) -> Stage:
    """Where a call stands; ``most`` is how many sets of answers a caller has."""
    if facts.ended:
        return "ended"
    if facts.kind == "enquiry":
        return "enquiry"
    if facts.uncertain:
        return "uncertain"
    if facts.identified:
        return "suspended" if facts.done else "identified"
    if facts.wrong >= most or "barred" in facts.results:
        return "refused"
    waiting = bool(facts.results) and facts.results[-1] in ("draft", "unanswered")
    return "reading-back" if waiting else "asking"


def may_ask(facts: Facts, most: int) -> None:
    """Whether the caller may be asked (again). Raises CALL_ENDED, CONFLICT or ATTEMPTS_USED."""
    now = stage(facts, most)
    if now == "ended":
        raise Refused(CALL_ENDED)
    if now == "refused":
        raise Refused(ATTEMPTS_USED, {"attempts": most})
    if now not in ("asking", "reading-back"):
        raise Refused(CONFLICT, {"stage": now})


def seen(certificates: Iterable[CertificateState]) -> list[Held]:
    """What is kept of J-LIS's answer."""
    return [Held(one.medium, one.usage, one.state) for one in certificates]


def newest(told: Iterable[Sequence[Held]]) -> list[Held]:
    """What is known of the certificates after several answers: the later one counts for what it names."""
    known = {(one.medium, one.usage): one for answer in told for one in answer}
    return sorted(known.values(), key=lambda one: (MEDIA.index(one.medium), one.usage != "sign"))


def suspendable(held: Sequence[Held]) -> list[Medium]:
    """The media with a valid certificate, the card first."""
    return [medium for medium in MEDIA if any(one.medium == medium and one.state == "valid" for one in held)]


def may_suspend(facts: Facts, held: Sequence[Held], medium: Medium, most: int) -> None:
    """Whether the certificates on a medium may be suspended now; asking again for what was asked is allowed.

    Raises CALL_ENDED, NOT_IDENTIFIED or NOTHING_TO_SUSPEND.
    """
    if stage(facts, most) == "ended":
        raise Refused(CALL_ENDED)
    if facts.kind != "loss" or not facts.identified:
        raise Refused(NOT_IDENTIFIED)
    if medium not in facts.asked and medium not in suspendable(held):
        raise Refused(NOTHING_TO_SUSPEND, {"medium": medium})


def outcomes(facts: Facts, held: Sequence[Held], most: int) -> list[Outcome]:
    """The ways in which a call may be ended now, the likely one first; none while a suspension is uncertain."""
    match stage(facts, most):
        case "enquiry":
            return ["answered", "referred", "dropped"]
        case "asking" | "reading-back":
            before: list[Outcome] = ["not-identified"] if facts.results else []
            return ["caller-stopped", "dropped", *before]
        case "refused":
            return ["not-identified", "dropped"]
        case "identified":
            rest: list[Outcome] = ["caller-stopped", "dropped"]
            return rest if suspendable(held) else ["nothing-to-suspend", *rest]
        case "suspended":
            return ["suspended"]
        case _:
            return []


def may_end(facts: Facts, held: Sequence[Held], outcome: Outcome, most: int) -> None:
    """Whether a call may be ended in this way. Raises SUSPENSION_UNCERTAIN, CALL_ENDED or CONFLICT."""
    if facts.ended:
        raise Refused(CALL_ENDED)
    if facts.uncertain:
        raise Refused(SUSPENSION_UNCERTAIN)
    if outcome not in outcomes(facts, held, most):
        raise Refused(CONFLICT, {"outcome": outcome})
