"""May this question be answered, and with what (⑦; rule FI-07): every refusal has its own reason.

1. the relying party is registered with the operator that asks     else relying-party-not-registered
2. there is a consent to this relying party                        else no-consent
3. it is not withdrawn                                             else consent-withdrawn
4. its term has begun                                              else consent-not-yet-valid
5. its term has not ended                                          else consent-expired
6. the serial asked about is one of this person's certificates     else unknown-serial
7. the newest certificate of the card is not revoked: after a
   change of a four-attribute a new one will come                  else changed-not-yet-available
   after any other revocation, or the end of residence, none will  else certificate-revoked
8. the newest certificate is within its validity                   else certificate-expired

The card's newest certificate decides, whatever the state of a phone's: it is what the municipality reissues after a
change, so it tells whether the newest attributes are the person's own word yet, and a phone's certificates hang on it.
A phone that is suspended, traded in or renewed says nothing about the attributes.

Then the consented items of the newest attributes are given, at any hour and whether or not something changed (FI-08).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tegata.actors.jlis.rules.revocation import RevocationFact, state_of
from tegata.japan.four_attributes import ITEMS, FourAttributes, Item
from tegata.wire.consents import NOT_A_RELYING_PARTY
from tegata.wire.four_information import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_REVOKED,
    CONSENT_EXPIRED,
    CONSENT_NOT_YET_VALID,
    CONSENT_WITHDRAWN,
    NO_CONSENT,
    NOT_YET_AVAILABLE,
    UNKNOWN_SERIAL,
)
from tegata.wire.problems import ProblemType

CHANGE_REASONS = frozenset({"affiliationChanged", "superseded"})
"""Reasons after which a new certificate is to be expected."""


@dataclass(frozen=True)
class ConsentFacts:
    """A consent: to whom, which items, its term, and when it was withdrawn."""

    relying_party: str
    items: frozenset[Item]
    valid_from: datetime
    valid_until: datetime
    withdrawn_at: datetime | None = None


@dataclass(frozen=True)
class CertificateFacts:
    """A signature certificate of the person's card."""

    serial: int
    not_after: datetime
    revocation: RevocationFact | None = None


@dataclass(frozen=True)
class QuestionFacts:
    """All that the decision rests on.

    ``registered``: the relying party is one of the asking operator's. ``chain``: the serials of all signature
    certificates of the person who consented, each with the card's certificate that it is or hangs on; ``newest``: the
    last one of the card. ``attributes``: the newest of the register, unchanged since ``attributes_since``.
    """

    relying_party: str
    registered: bool
    known_serial: int
    consent: ConsentFacts | None
    chain: Mapping[int, int] = field(default_factory=dict)
    newest: CertificateFacts | None = None
    residence_ended: bool = False
    attributes: FourAttributes | None = None
    attributes_since: datetime | None = None


@dataclass(frozen=True)
class Given:
    """The answer: the consented items, the certificate that holds them, and whether it is newer than the known one."""

    serial: int
    newer: bool
    items: Mapping[Item, str]
    since: datetime


@dataclass(frozen=True)
class Denied:
    """The refusal, with a detail that holds no personal data."""

    problem: ProblemType
    detail: dict[str, Any] = field(default_factory=dict)


Decision = Given | Denied


def decide(facts: QuestionFacts, at: datetime) -> Decision:
    """Steps 1 to 8, then the answer."""
    denied = _by_consent(facts, at) or _by_certificate(facts, at)
    return denied or _give(facts)


def _by_consent(facts: QuestionFacts, at: datetime) -> Denied | None:
    consent = facts.consent
    if not facts.registered:
        return Denied(NOT_A_RELYING_PARTY)
    # Whether somebody else has a consent of this name is not told.
    if consent is None or consent.relying_party != facts.relying_party:
        return Denied(NO_CONSENT)
    if consent.withdrawn_at is not None and consent.withdrawn_at <= at:
        return Denied(CONSENT_WITHDRAWN, {"withdrawn_at": consent.withdrawn_at.isoformat()})
    if at < consent.valid_from:
        return Denied(CONSENT_NOT_YET_VALID, {"valid_from": consent.valid_from.isoformat()})
    if consent.valid_until < at:
        return Denied(CONSENT_EXPIRED, {"valid_until": consent.valid_until.isoformat()})
    return None


def _by_certificate(facts: QuestionFacts, at: datetime) -> Denied | None:
    newest = facts.newest
    if facts.known_serial not in facts.chain or newest is None:
        return Denied(UNKNOWN_SERIAL)
    state = state_of(newest.not_after, newest.revocation, at)
    if state == "expired":
        return Denied(CERTIFICATE_EXPIRED, {"not_after": newest.not_after.isoformat()})
    if state == "valid" or newest.revocation is None:
        return None
    reason = newest.revocation.reason
    comes = reason in CHANGE_REASONS and not facts.residence_ended
    return Denied(
        NOT_YET_AVAILABLE if comes else CERTIFICATE_REVOKED,
        {"revoked_at": newest.revocation.at.isoformat(), "reason": reason},
    )


def _give(facts: QuestionFacts) -> Decision:
    # A certificate stands on a resident on record: facts without attributes are a fault of whoever gathered them.
    if facts.consent is None or facts.newest is None or facts.attributes is None or facts.attributes_since is None:
        raise ValueError("an answer needs consent, certificate and attributes")
    items = facts.attributes.only(item for item in ITEMS if item in facts.consent.items)
    newer = facts.newest.serial != facts.chain[facts.known_serial]
    return Given(facts.newest.serial, newer, items, facts.attributes_since)
