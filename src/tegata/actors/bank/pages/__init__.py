"""What the bank's staff and its customers see."""

from tegata.actors.bank.pages import campaigns, changes, consent, customers, effect, files, monitor, settings

HANDLERS = (
    *monitor.HANDLERS, *changes.HANDLERS, *customers.HANDLERS, *files.HANDLERS, *consent.HANDLERS, *campaigns.HANDLERS,
    *effect.HANDLERS, *settings.HANDLERS,
)  # fmt: skip
