"""What the citizen sees: the drawer, and the reader."""

from tegata.actors.citizen.pages import drawer, printed, reader

HANDLERS = (*drawer.HANDLERS, *printed.HANDLERS, *reader.HANDLERS)
