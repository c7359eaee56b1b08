"""Phones: on the shelf of the drawer, and the app on each of them."""

from tegata.actors.citizen.pages.phones import app, applying, drawer, lock, ordering, settings

HANDLERS = (
    *drawer.HANDLERS, *app.HANDLERS, *lock.HANDLERS, *applying.HANDLERS, *ordering.HANDLERS, *settings.HANDLERS,
)  # fmt: skip
