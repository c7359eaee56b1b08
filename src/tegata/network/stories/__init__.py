"""Stories: flows of the document, run end to end over the code that serves everybody else.

A story gives its messages and its outcome; :data:`STORIES` lists them by name.
"""

from tegata.network.stories.lost_phone import STORY as LOST_PHONE
from tegata.network.stories.move import STORY as MOVE
from tegata.network.stories.record import Progress, Story, StoryMessage, StoryRecord, diagram, run

STORIES: dict[str, Story] = {story.name: story for story in (MOVE, LOST_PHONE)}

__all__ = ["STORIES", "Progress", "Story", "StoryMessage", "StoryRecord", "diagram", "run"]
