"""What the citizen sees: the drawer, and the reader."""

from tegata.actors.citizen.pages import drawer, reader

HANDLERS = (*drawer.HANDLERS, *reader.HANDLERS)
