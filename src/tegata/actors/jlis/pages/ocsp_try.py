"""Trying OCSP: the question about one certificate, and the answer that any client would get."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.x509 import ocsp as x509_ocsp
from litestar import Request, get

from tegata.actors.jlis.pages.common import SEEN_BY_STAFF, read_wanted
from tegata.actors.jlis.service import authorities, figures, ocsp, status
from tegata.node.node import Node
from tegata.node.web.shell import Page, page
from tegata.pki.ocsp import encode_get
from tegata.pki.profiles import Usage


@dataclass(frozen=True)
class Tried:
    """What was asked and answered. ``state``: good, revoked or unknown; times are the answer's own."""

    state: str
    this_update: datetime
    next_update: datetime | None
    produced_at: datetime
    revoked_at: datetime | None
    reason: str | None
    size: int
    url: str


@get("/ocsp-try", guards=[SEEN_BY_STAFF], sync_to_thread=True)
def try_ocsp(request: Request[Any, Any, Any], node: Node) -> Page:
    """Ask about a certificate."""
    wanted = read_wanted(request)
    tried = None if wanted.serial is None else ask(node, wanted.usage, wanted.serial)
    return page(
        "ocsp.html",
        status=422 if wanted.form.errors else 200,
        form=wanted.form,
        wanted=wanted,
        tried=tried,
        usage_names=figures.USAGE_NAMES,
        minutes=node.own.ocsp_minutes,
    )


def ask(node: Node, usage: Usage, serial: int) -> Tried:
    """Ask our own responder, in the name of the generation that issued the certificate."""
    asked = status.request_for(node, usage, serial)
    der = ocsp.answer(node, usage, asked).der
    answer = x509_ocsp.load_der_ocsp_response(der)
    reason = answer.revocation_reason
    return Tried(
        state=answer.certificate_status.name.lower(),
        this_update=answer.this_update_utc,
        next_update=answer.next_update_utc,
        produced_at=answer.produced_at_utc,
        revoked_at=answer.revocation_time_utc,
        reason=reason.value if reason else None,
        size=len(der),
        url=f"{authorities.urls(node, usage).ocsp}/{encode_get(asked)}",
    )
