"""The clock, the stories and the messages for programs, and the messages live (SSE)."""

from collections.abc import AsyncIterator
from typing import Any

import anyio.to_thread
import msgspec
from litestar import get
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from tegata.network import conversation as wire
from tegata.network.conversation import ClockAnswer, Leap, MessageAnswer, Order, WorkAnswer
from tegata.network.home import clock, plays
from tegata.network.home.messages import refusal, short_time, told
from tegata.network.home.state import Home, figures, home_of
from tegata.network.home.work import Work
from tegata.network.stories import StoryRecord
from tegata.node.node import Node
from tegata.node.observer import Message
from tegata.node.web.serving import serve
from tegata.wire.endpoint import Identifier, Page, PageQuery
from tegata.wire.problems import INVALID, NOT_FOUND, Refused
from tegata.wire.text import Language

HEARTBEAT_SECONDS = 1.0


@serve(wire.CLOCK)
def read_clock(node: Node) -> ClockAnswer:
    """The network's time and what comes next."""
    return clock.read(home_of(node))


@serve(wire.MOVE_CLOCK)
def move_clock(node: Node, data: Leap) -> WorkAnswer:
    """Begin to move the clock forward."""
    home = home_of(node)
    return answer_of(home, clock.move(home, data))


@serve(wire.PLAY)
def play(node: Node, name: Identifier, data: Order) -> WorkAnswer:
    """Begin a story in the running network."""
    home = home_of(node)
    return answer_of(home, plays.play(home, name, data.person_id))


@serve(wire.WORK)
def work(node: Node, number: int) -> WorkAnswer:
    """How far a piece of work is."""
    home = home_of(node)
    found = home.works.find(number)
    if found is None:
        raise Refused(NOT_FOUND)
    return answer_of(home, found)


@serve(wire.MESSAGES)
def messages(node: Node, query: PageQuery) -> Page[MessageAnswer]:
    """The newest messages, page by page; the cursor is a message's number."""
    if query.cursor is not None and not (query.cursor.isascii() and query.cursor.isdecimal()):
        raise Refused(INVALID, {"query": ["cursor"]})
    before = int(query.cursor) if query.cursor else None
    found = home_of(node).journal.newest(query.limit + 1, before=before)
    shown = found[: query.limit]
    more = str(shown[-1].number) if len(found) > query.limit else None
    return Page(items=[told(message) for message in shown], next_cursor=more)


def answer_of(home: Home, found: Work) -> WorkAnswer:
    """A piece of work as it is told over HTTP."""
    result = found.result
    return WorkAnswer(
        number=found.number, kind=found.kind, state=found.state, says=found.says, refusal=found.refusal,
        result=plays.told(home, found.title, result) if isinstance(result, StoryRecord) else result,
    )  # fmt: skip


@get("/events", opt={"machine": True})
async def events(node: Node, lang: Language) -> ServerSentEvent:
    """Messages as they pass, the clock, and the living figures."""
    return ServerSentEvent(_events(home_of(node), lang), headers={"Cache-Control": "no-store"})


async def _events(home: Home, lang: Language) -> AsyncIterator[ServerSentEventMessage]:
    with home.journal.watch() as watch:
        yield await _state(home, lang)
        work = plays.shown(home, lang)
        news = False
        async for batch in watch.batches(HEARTBEAT_SECONDS):
            for message in batch:
                yield _event("message", live(message, lang), str(message.number))
            if work != (work := plays.shown(home, lang)):
                yield _event("work", work)
            if news and not batch:
                yield await _state(home, lang)
            elif not batch:
                yield _event("clock", clock.shown(home, lang))
            news = bool(batch)


async def _state(home: Home, lang: Language) -> ServerSentEventMessage:
    now_figures = await anyio.to_thread.run_sync(figures, home, lang)
    return _event("state", {**clock.shown(home, lang), "figures": now_figures})


def _event(kind: str, data: Any, number: str | None = None) -> ServerSentEventMessage:
    return ServerSentEventMessage(data=msgspec.json.encode(data).decode(), event=kind, id=number)


def live(message: Message, lang: Language) -> dict[str, Any]:
    """A message as the map needs it, in the language of the page."""
    answer, why = told(message), refusal(message)
    return {
        "number": answer.number, "at": answer.at, "time": short_time(answer.at, lang), "sender": answer.sender,
        "receiver": answer.receiver, "step": answer.step, "what": answer.what.to(lang), "ms": answer.ms,
        "status": answer.status, "outcome": answer.outcome, "why": why.to(lang) if why is not None else "",
    }  # fmt: skip


HANDLERS = (read_clock, move_clock, play, work, messages, events)
