"""What people see at the portal: one question a page, and what happens next."""

from tegata.actors.portal.pages import authorize, card, certificate_login, consents, home, letters, media, record

HANDLERS = (
    *home.HANDLERS, *card.HANDLERS, *consents.HANDLERS, *letters.HANDLERS, *record.HANDLERS, *media.HANDLERS,
    *authorize.HANDLERS, *certificate_login.HANDLERS,
)  # fmt: skip
