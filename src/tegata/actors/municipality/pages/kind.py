"""What a procedure of the counter is: its steps, and what it does in the end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tegata.actors.municipality.pages.forms import Step, Subject
from tegata.actors.municipality.service.register import Recorded
from tegata.node.node import Node
from tegata.wire.problems import INVALID, PEER_UNAVAILABLE, Refused
from tegata.wire.residents import Event
from tegata.wire.text import Text

Run = Callable[[Node, Subject], list[Recorded]]
Act = Callable[[Node, Subject], dict[str, Any]]


@dataclass(frozen=True)
class Kind:
    """A procedure. ``event`` is what it records; None for those about the card. ``about`` explains it in a line.

    It ends on a check page with ``run`` (the register) or ``act`` (cards and phones; it returns what the case keeps),
    or, where ``writes``, with the page on which the holder types PINs and the card is written.
    """

    name: str
    title: Text
    about: Text
    steps: Sequence[Step]
    event: Event | None = None
    run: Run | None = None
    act: Act | None = None
    writes: bool = False

    @property
    def changes_attributes(self) -> bool:
        """Whether the four attributes may be others afterwards."""
        return self.event in ("move_in", "move_within", "name_change", "correction")

    @property
    def ends_residence(self) -> bool:
        """Whether residence ends with it."""
        return self.event in ("death", "left_country")

    @property
    def last(self) -> str:
        """The name of the page that ends it."""
        return "pins" if self.writes else "check"

    @property
    def first(self) -> str:
        """The name of its first page."""
        return self.steps[0].name if self.steps else self.last

    def following(self, step: Step) -> str:
        """The name of the page after a step."""
        names = [one.name for one in self.steps]
        place = names.index(step.name) + 1
        return names[place] if place < len(names) else self.last


def recheck(node: Node, kind: Kind, subject: Subject) -> None:
    """Every answer is there and still fits the others: one of them may have been changed since.

    Raises INVALID with the step that has to be answered anew.
    """
    for step in kind.steps:
        value = subject.given(step)
        try:
            step.check(node, subject, value)
        except Refused as refused:
            if refused.type is PEER_UNAVAILABLE:
                raise
            raise Refused(INVALID, {"field": step.name}) from refused
