"""Stories, played in the running network."""

from typing import Any

import msgspec

from tegata.network import stories
from tegata.network.home.state import Home
from tegata.network.home.work import Work
from tegata.network.stories import StoryRecord
from tegata.wire.problems import NOT_FOUND, Refused
from tegata.wire.text import Language, Text

GOES_ON = Text("進んでいます。", "It is under way.")
LANGUAGES: tuple[Language, ...] = ("ja", "en")


def play(home: Home, name: str, person_id: str | None = None) -> Work:
    """Begin a story. Raises ``Refused``: not-found, network-busy."""
    story = stories.STORIES.get(name)
    if story is None:
        raise Refused(NOT_FOUND, {"story": name})

    def run(work: Work) -> StoryRecord:
        def progress(says: Text) -> None:
            work.says = says

        return stories.run(home.network, story, progress, person_id)

    return home.works.start("story", story.title, home.now(), run)


class Shown(msgspec.Struct, frozen=True):
    """The newest work, as the start page shows it while it runs and after a story has ended."""

    title: str
    says: str
    state: str
    path: str


def shown(home: Home, language: Language) -> Shown | None:
    """What runs now, or the story that ran last; None where there is neither."""
    work = home.works.newest()
    if work is None or (work.kind != "story" and work.state != "running"):
        return None
    says = work.says or GOES_ON
    if work.refusal is not None:
        says = Text(work.refusal.title, work.refusal.title_en)
    path = f"/stories/{work.number}" if work.kind == "story" else "/clock"
    return Shown(work.title.to(language), says.to(language), work.state, path)


def told(home: Home, title: Text, record: StoryRecord) -> dict[str, Any]:
    """A record as one JSON object, with its diagram in both languages."""
    diagrams = {language: stories.diagram(home.network, record, title, language) for language in LANGUAGES}
    return {**record.told(), "diagram": diagrams}
