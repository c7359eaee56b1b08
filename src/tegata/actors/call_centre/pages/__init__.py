"""What operators and callers see."""

from tegata.actors.call_centre.pages import calls, desk

HANDLERS = (*desk.HANDLERS, *calls.HANDLERS)
