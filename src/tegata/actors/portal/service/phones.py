"""What phones send for J-LIS is passed on as it came, and its answer too (rules SP-01, SP-03, SP-05).

Nothing is decided here: J-LIS judges by the signatures. What was passed on is noted by a digest of what was signed, so
that a phone can show which entry is its own, and nobody else can tell whose it is.
"""

import hashlib
from collections.abc import Callable
from typing import Final, TypeVar

from tegata.node.login_attempts import attempt_succeeded, begin_attempt
from tegata.node.node import Node
from tegata.wire.certificates import CertificateState
from tegata.wire.endpoint import Page
from tegata.wire.phones import (
    OF_PHONE,
    PASS_ON_APPLICATION,
    PASS_ON_ORDER,
    PhoneCertificates,
    SignedApplication,
    SignedOrder,
)
from tegata.wire.problems import INVALID, Refused

AnswerT = TypeVar("AnswerT")
LONGEST_PROOF: Final = 1024
"""Characters of a proof: room for a key of 4,096 bits, so that J-LIS is the one to say which keys it takes."""


def apply(node: Node, application: SignedApplication, origin: str) -> PhoneCertificates:
    """Pass on an application. Raises what J-LIS refuses, PEER_UNAVAILABLE, TOO_MANY, INVALID for a proof too long."""
    for name in ("sign_proof", "auth_proof"):
        if len(getattr(application, name)) > LONGEST_PROOF:
            raise Refused(INVALID, {"field": name})
    digest = digest_of(application.document)
    issued = _counted(node, "phone application", digest, origin, lambda: node.call(PASS_ON_APPLICATION, application))
    _note(node, "phone-application-passed-on", digest, [issued.sign.serial, issued.auth.serial])
    return issued


def order(node: Node, signed: SignedOrder, origin: str) -> Page[CertificateState]:
    """Pass on an order to revoke or resume. Raises what J-LIS refuses, PEER_UNAVAILABLE, TOO_MANY."""
    digest = digest_of(signed.document)
    states = _counted(node, "phone order", digest, origin, lambda: node.call(PASS_ON_ORDER, signed))
    _note(node, "phone-order-passed-on", digest, [state.serial for state in states.items])
    return states


def send(node: Node, signed: SignedOrder) -> None:
    """Pass on an order that the card signed here. Raises what J-LIS refuses, PEER_UNAVAILABLE."""
    states = node.call(PASS_ON_ORDER, signed)
    _note(node, "phone-order-passed-on", digest_of(signed.document), [state.serial for state in states.items])


def states(node: Node, phone_id: str, origin: str) -> Page[CertificateState]:
    """The certificates of a phone. Raises what J-LIS refuses, PEER_UNAVAILABLE, TOO_MANY."""
    return _counted(node, "phone", phone_id, origin, lambda: node.call(OF_PHONE, path={"phone_id": phone_id}))


def digest_of(document: str) -> str:
    """What an entry of the audit log calls a document."""
    return hashlib.sha256(document.encode()).hexdigest()[:32]


def _counted(node: Node, door: str, subject: str, origin: str, ask: Callable[[], AnswerT]) -> AnswerT:
    """What J-LIS refuses counts against the origin; a J-LIS that does not answer is nobody's fault."""
    number = begin_attempt(node, door, subject, origin)
    try:
        answer = ask()
    except Refused as refused:
        if refused.type.status >= 500:
            attempt_succeeded(node, number)
        raise
    attempt_succeeded(node, number)
    return answer


def _note(node: Node, action: str, digest: str, serials: list[int]) -> None:
    with node.database.begin() as tx:
        tx.record(action, subject=None, who="citizen", to="jlis", detail={"document": digest, "serials": serials})
