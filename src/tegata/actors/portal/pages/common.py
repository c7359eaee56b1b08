"""What several pages share."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Request
from litestar.response import Redirect

from tegata.actors.portal.service import card_requests
from tegata.actors.portal.service.people import KIND
from tegata.node.node import Node
from tegata.node.web.decoding import read_path
from tegata.node.web.guards import signed_in
from tegata.node.web.shell import Page, page
from tegata.node.web.visit import visit_of
from tegata.wire.endpoint import Identifier

CITIZEN: Final = [signed_in(KIND)]
LOGIN_PATH: Final = "/card-login"
CERTIFICATE_LOGIN_PATH: Final = "/certificate-login"
LOGIN: Final = {"login": LOGIN_PATH}
"""``opt=LOGIN``: who is not logged in is sent to the login with the card."""

REVOKE_PATH: Final = "/card/phone-revocation"
REVOKED_PATH: Final = f"{REVOKE_PATH}/done"

Browser = Request[Any, Any, Any]


class LoginForm(msgspec.Struct):
    """A button of the login page."""

    next: Annotated[str, msgspec.Meta(max_length=4000)] = "/"


def page_to_reader(node: Node, template: str, **context: Any) -> Page:
    """A page whose form leads to the citizen's reader."""
    return page(template, form_targets=[card_requests.reader(node)], **context)


def away(url: str) -> Redirect:
    """Go to another organisation's page."""
    return Redirect(url, status_code=303, headers={"Cache-Control": "no-store"})


def browser_of(request: Browser) -> str:
    """The browser's own id."""
    return visit_of(request).browser_id()


def known_form(text: str) -> str:
    """An id of an address, if it has the form of one. Raises NOT_FOUND."""
    return str(read_path(text, Identifier))
