"""What the ``tegata`` command and scripts ask of a running network. Open to all: the server listens on loopback only.

A change takes a JSON body, which no page of another site can send here without being asked first.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from tegata.node.scheduler import CLOCK_WOULD_GO_BACK
from tegata.wire.endpoint import Endpoint, Identifier, Page, PageQuery
from tegata.wire.problems import INVALID, NOT_FOUND, ProblemDetails, problem
from tegata.wire.text import Text

LONGEST_LEAP_DAYS = 366

BUSY = problem(
    "network-busy", 409,
    ja="ほかの操作が進んでいます。", en="Another operation is still running.",
    do_ja="終わってから、もう一度操作してください。", do_en="Try again when it has ended.",
)  # fmt: skip
LEAP_TOO_LONG = problem(
    "clock-leap-too-long", 422,
    ja="一度に進められるのは366日までです。", en="The clock moves by at most 366 days at a time.",
    do_ja="何回かに分けて進めてください。", do_en="Move it in several steps.",
)  # fmt: skip


class Next(msgspec.Struct, frozen=True):
    """A job that comes next."""

    at: datetime
    actor: str
    job: str
    title: Text


class ClockAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The network's time, whether it passes by itself, and what comes next."""

    now: datetime
    ticking: bool
    upcoming: list[Next]


class Leap(msgspec.Struct, frozen=True, kw_only=True):
    """Where the clock is to go: a time with offset, a step in seconds, or the next time that a name stands for."""

    to: datetime | None = None
    seconds: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_LEAP_DAYS * 86_400)] | None = None
    next: Literal["07:00"] | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The beginning of a story. ``person_id``: whose; chosen by the story if not given."""

    person_id: Identifier | None = None


class WorkAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How far a leap or a story is, and what it gave."""

    number: int
    kind: str
    state: Literal["running", "done", "failed"]
    says: Text | None = None
    result: Any = None
    refusal: ProblemDetails | None = None


class MessageAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A message that passed, with personal data masked."""

    number: int
    at: datetime
    sender: str
    receiver: str
    step: str
    what: Text
    method: str
    path: str
    status: int
    outcome: str
    ms: float
    body: Any = None


CLOCK: Endpoint[None, ClockAnswer] = Endpoint(
    to="network", method="GET", path="/api/clock", request=None, response=ClockAnswer, scope="",
    label=Text("時計", "Clock"),
)  # fmt: skip
MOVE_CLOCK: Endpoint[Leap, WorkAnswer] = Endpoint(
    to="network", method="POST", path="/api/clock", request=Leap, response=WorkAnswer, scope="", status=202,
    label=Text("時計を進める", "Clock moved"), raises=(CLOCK_WOULD_GO_BACK, LEAP_TOO_LONG, BUSY, INVALID),
)  # fmt: skip
PLAY: Endpoint[Order, WorkAnswer] = Endpoint(
    to="network", method="POST", path="/api/stories/{name}", request=Order, response=WorkAnswer, scope="", status=202,
    label=Text("流れを見る", "Story played"), raises=(NOT_FOUND, BUSY),
)  # fmt: skip
WORK: Endpoint[None, WorkAnswer] = Endpoint(
    to="network", method="GET", path="/api/works/{number}", request=None, response=WorkAnswer, scope="",
    label=Text("進みぐあい", "Progress"), raises=(NOT_FOUND,),
)  # fmt: skip
MESSAGES: Endpoint[None, Page[MessageAnswer]] = Endpoint(
    to="network", method="GET", path="/api/messages", request=None, response=Page[MessageAnswer], query=PageQuery,
    scope="", label=Text("やりとりの記録", "Messages"), raises=(INVALID,),
)  # fmt: skip
