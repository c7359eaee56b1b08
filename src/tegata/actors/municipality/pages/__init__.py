"""What the counter's staff see: one module a subject."""

from tegata.actors.municipality.pages import counter, pins, procedures

HANDLERS = (*counter.HANDLERS, *procedures.HANDLERS, *pins.HANDLERS)
