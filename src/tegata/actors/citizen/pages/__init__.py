"""What the citizen sees: the drawer, the reader, the phones."""

from tegata.actors.citizen.pages import drawer, phones, reader

HANDLERS = (*drawer.HANDLERS, *reader.HANDLERS, *phones.HANDLERS)
