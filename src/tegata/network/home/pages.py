"""The pages of the start page."""

from datetime import date, datetime, time
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Response
from markupsafe import Markup

from tegata.japan.dates import JST
from tegata.network import stories
from tegata.network.conversation import Leap
from tegata.network.home import clock, plays
from tegata.network.home import map as picture
from tegata.network.home.messages import refusal
from tegata.network.home.state import Home, accounts_of, home_of
from tegata.network.home.work import Work
from tegata.node.node import Node
from tegata.node.web.forms import Form, empty_form, read_form
from tegata.node.web.shell import Page, page, redirect
from tegata.wire.problems import NOT_FOUND, Refused
from tegata.wire.text import Language, Text

SHOWN = 12
PAGE = 50
LONGEST_NUMBER = 18
PATIENCE_SECONDS = 8.0
"""How long a form waits for what it began before the page says how far it is."""

STEPS: dict[str, Leap] = {
    "quarter": Leap(seconds=15 * 60),
    "hour": Leap(seconds=3600),
    "morning": Leap(next="07:00"),
}


class StepForm(msgspec.Struct):
    """A button of the clock."""

    step: Literal["quarter", "hour", "morning"]


class TimeForm(msgspec.Struct):
    """A time to go to, in Japan."""

    day: date
    clock: Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", max_length=5)]


class StoryForm(msgspec.Struct):
    """A story to play."""

    story: str


@get("/", sync_to_thread=True)
def start_page(node: Node, lang: Language) -> Page:
    """The network as a picture."""
    home = home_of(node)
    return page(
        "home.html", boxes=picture.boxes(home, lang), edges=picture.edges(home), picture=picture,
        messages=home.journal.newest(SHOWN), work=plays.shown(home, lang), names=names(home), clock=clock.read(home),
        stories=stories.STORIES.values(), refusal=refusal,
    )  # fmt: skip


@get("/messages", sync_to_thread=True)
def messages_page(node: Node, request: Request[Any, Any, Any]) -> Page:
    """The log of messages."""
    home = home_of(node)
    given = str(request.query_params.get("before", ""))
    before = int(given) if given.isascii() and given.isdecimal() and len(given) <= LONGEST_NUMBER else None
    found = home.journal.newest(PAGE + 1, before=before)
    more = found[PAGE - 1].number if len(found) > PAGE else None
    return page("messages.html", messages=found[:PAGE], names=names(home), refusal=refusal, before=before, more=more)


@get("/messages/{number:int}", sync_to_thread=True)
def message_page(node: Node, number: FromPath[int]) -> Page:
    """One message whole, with personal data masked."""
    home = home_of(node)
    message = home.journal.find(number)
    if message is None:
        raise Refused(NOT_FOUND)
    body = message.body_masked
    shown = body if isinstance(body, str) else msgspec.json.format(msgspec.json.encode(body), indent=2).decode()
    return page(
        "message.html", message=message, why=refusal(message), names=names(home), body=shown if body is not None else ""
    )


@get("/clock", sync_to_thread=True)
def clock_page(node: Node) -> Page:
    """The clock and what comes next."""
    return _clock_page(home_of(node), empty_form())


def _clock_page(home: Home, form: Form[TimeForm], status: int = 200) -> Page:
    return page(
        "clock.html", status=status, clock=clock.read(home), form=form, names=names(home), work=home.works.running()
    )


@post("/clock", sync_to_thread=True)
def step_clock(request: Request[Any, Any, Any], node: Node) -> Response[Any]:
    """A step of the clock."""
    home = home_of(node)
    form = read_form(request, StepForm)
    if form.value is None:
        return _clock_page(home, empty_form(), status=422)
    return _wait(request, home, clock.move(home, STEPS[form.value.step]), "/")


@post("/clock/time", sync_to_thread=True)
def set_clock(request: Request[Any, Any, Any], node: Node) -> Response[Any]:
    """Go to a time."""
    home = home_of(node)
    form = read_form(
        request,
        TimeForm,
        messages={"clock": Text("時刻を 07:00 の形で入力してください。", "Enter a time such as 07:00.")},
    )
    if form.value is None:
        return _clock_page(home, form, status=422)
    to = datetime.combine(form.value.day, time.fromisoformat(form.value.clock), JST)
    try:
        work = clock.move(home, Leap(to=to))
    except Refused as refused:
        form.fail(
            "day",
            Text(
                f"{refused.type.title.ja}{refused.type.advice.ja}", f"{refused.type.title.en} {refused.type.advice.en}"
            ),
        )
        return _clock_page(home, form, status=422)
    return _wait(request, home, work, "/clock")


@get("/stories", sync_to_thread=True)
def stories_page(node: Node) -> Page:
    """The stories, and what was played."""
    home = home_of(node)
    return page("stories.html", stories=stories.STORIES.values(), played=home.works.of_kind("story"))


@post("/stories", sync_to_thread=True)
def play_story(request: Request[Any, Any, Any], node: Node) -> Response[Any]:
    """Play a story in this network."""
    home = home_of(node)
    form = read_form(request, StoryForm)
    plays.play(home, form.value.story if form.value is not None else "")
    return redirect(request, "/")


@get("/stories/{number:int}", sync_to_thread=True)
def story_page(node: Node, number: FromPath[int], lang: Language) -> Page:
    """A story while it is played, and afterwards."""
    home = home_of(node)
    work = home.works.find(number)
    if work is None or work.kind != "story":
        raise Refused(NOT_FOUND)
    record = work.result
    diagram = stories.diagram(home.network, record, work.title, lang) if record is not None else ""
    return page("story.html", work=work, record=record, names=names(home), diagram=Markup(diagram))  # noqa: S704


@get("/logins", sync_to_thread=True)
def logins_page(node: Node) -> Page:
    """Where one can log in, and as whom."""
    return page("logins.html", logins=logins(home_of(node)))


def names(home: Home) -> dict[str, Text]:
    """The actors' names for people."""
    return {name: node.spec.title for name, node in home.actors.items()}


def logins(home: Home) -> list[dict[str, Any]]:
    """Each actor with its address, and the accounts of a demonstration."""
    return [
        {
            "name": name, "title": node.spec.title, "role": node.spec.role, "href": node.base_url + "/",
            "accounts": accounts_of(node),
        }
        for name, node in home.actors.items()
    ]  # fmt: skip


def _wait(request: Request[Any, Any, Any], home: Home, work: Work, path: str) -> Response[Any]:
    home.works.wait(PATIENCE_SECONDS)
    if work.refusal is not None:
        raise Refused.from_details(work.refusal)
    notice = Text("時計を進めました。", "The clock was moved.") if work.state == "done" else None
    return redirect(request, path, notice=notice)


HANDLERS = (
    start_page, messages_page, message_page, clock_page, step_clock, set_clock, stories_page, play_story, story_page,
    logins_page,
)  # fmt: skip
