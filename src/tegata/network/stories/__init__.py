"""Stories: flows of the document, run end to end over the code that serves everybody else.

A story gives its messages and its outcome; :data:`STORIES` lists them by name.
"""

from tegata.network.stories.record import Story, StoryMessage, StoryRecord, diagram, run

STORIES: dict[str, Story] = {}

__all__ = ["STORIES", "Story", "StoryMessage", "StoryRecord", "diagram", "run"]
