"""What a story is, and what it leaves: the messages that passed, with the answers that the figure numbers."""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec

from tegata.network.assembly import Network
from tegata.network.sequence import Lifeline, draw
from tegata.node.observer import Message
from tegata.wire.four_information import PASS_ON
from tegata.wire.text import Language, Text

CHECKED = Text("電子証明書の確認", "Certificate checked")
ANSWERED = Text("4情報", "Four attributes")


class StoryMessage(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from", "receiver": "to"}):
    """One message: when by the network's clock, from whom to whom, what, and how long it took in milliseconds.

    ``what_en`` is the same word in English; ``outcome`` is ok, not-modified or a refusal's code.
    """

    at: datetime
    sender: str
    receiver: str
    what: str
    what_en: str
    ms: float
    step: str = ""
    outcome: str = "ok"


class StoryRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What happened: ``facts`` are the story's own."""

    story: str
    outcome: str
    messages: list[StoryMessage]
    passed: list[Message]
    facts: dict[str, Any]

    def told(self) -> dict[str, Any]:
        """The record as one JSON object."""
        messages = [msgspec.to_builtins(message) for message in self.messages]
        return {"story": self.story, "messages": messages, "outcome": self.outcome, **msgspec.to_builtins(self.facts)}


class Progress(Protocol):
    """Whoever is told how far a story is."""

    def __call__(self, says: Text) -> None:
        """What happens now."""
        ...


@dataclass(frozen=True, kw_only=True)
class Story:
    """A flow of the document. ``tell`` runs it and gives its outcome and facts."""

    name: str
    title: Text
    summary: Text
    tell: Callable[[Network, Progress, str | None], tuple[str, dict[str, Any]]]


class Trace:
    """An observer that keeps messages with the order in which they were answered."""

    def __init__(self) -> None:
        self._answered: list[Message] = []
        self._lock = threading.Lock()

    def passed(self, message: Message) -> None:
        """Keep it."""
        with self._lock:
            self._answered.append(message)

    def messages(self) -> list[Message]:
        """The messages in the order in which they set out, each answer of the figure after what it answers."""
        with self._lock:
            answered = list(self._answered)
        return list(with_answers(answered))


def with_answers(answered: Iterable[Message]) -> Iterator[Message]:
    """Messages given in the order of their answers, told in the order of their setting out, ⑦ to ⑨ added.

    A question contains what set out after it and was answered before it.
    """
    order = list(answered)
    place = {message.number: index for index, message in enumerate(order)}
    open_ones: list[Message] = []
    for message in sorted(order, key=lambda one: one.number):
        while open_ones and place[open_ones[-1].number] < place[message.number]:
            yield from _answer(open_ones.pop())
        yield message
        open_ones.append(message)
    while open_ones:
        yield from _answer(open_ones.pop())


def _answer(question: Message) -> Iterator[Message]:
    if question.status >= 400 or question.step not in {"⑤", "⑥"}:
        return
    back = {"sender": question.receiver, "receiver": question.sender, "label": ANSWERED, "ms": 0.0}
    if question.step == PASS_ON.step:
        yield msgspec.structs.replace(question, sender=question.receiver, label=CHECKED, step="⑦", ms=0.0)
    yield msgspec.structs.replace(question, **back, step="⑧" if question.step == PASS_ON.step else "⑨")


def run(network: Network, story: Story, progress: Progress, person_id: str | None = None) -> StoryRecord:
    """Play a story in a network and record it. Raises what the story raises."""
    trace = Trace()
    stop = [node.observer.add(trace) for node in network.nodes.values()]
    try:
        outcome, facts = story.tell(network, progress, person_id)
    finally:
        for remove in stop:
            remove()
    passed = trace.messages()
    messages = [
        StoryMessage(
            at=message.at, sender=message.sender, receiver=message.receiver,
            what=message.label.ja, what_en=message.label.en,
            ms=round(message.ms, 1), step=message.step, outcome=message.outcome,
        )
        for message in passed
    ]  # fmt: skip
    return StoryRecord(story=story.name, outcome=outcome, messages=messages, passed=passed, facts=facts)


def diagram(network: Network, record: StoryRecord, title: Text, language: Language) -> str:
    """The record as a sequence diagram (SVG)."""
    order = ("citizen", "municipality", "call_centre", "jlis", "platform", "bank", "portal")
    lifelines = [
        Lifeline(name, network[name].spec.short_title.to(language), network[name].spec.colour)
        for name in order
        if name in network.nodes
    ]
    return draw(title.to(language), lifelines, record.passed, language)
