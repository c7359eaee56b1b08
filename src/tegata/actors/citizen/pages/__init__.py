"""What the citizen sees: the drawer, what is printed on a card, the reader, the phones."""

from tegata.actors.citizen.pages import drawer, phones, printed, reader

HANDLERS = (*drawer.HANDLERS, *printed.HANDLERS, *reader.HANDLERS, *phones.HANDLERS)
