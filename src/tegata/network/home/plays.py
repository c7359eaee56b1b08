"""Stories, played in the running network."""

from typing import Any

from tegata.network import stories
from tegata.network.home.state import Home
from tegata.network.home.work import Work
from tegata.network.stories import StoryRecord
from tegata.wire.problems import NOT_FOUND, Refused
from tegata.wire.text import Language, Text

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


def told(home: Home, title: Text, record: StoryRecord) -> dict[str, Any]:
    """A record as one JSON object, with its diagram in both languages."""
    diagrams = {language: stories.diagram(home.network, record, title, language) for language in LANGUAGES}
    return {**record.told(), "diagram": diagrams}
