"""A phone's certificates: applied for with the card, revoked and resumed by their holder (SP-01, SP-03, SP-05).

An application, in order:

1. it is fresh, and names a phone by enough random characters           else consent-statement-wrong
2. the certificate that signed is the card's signature certificate      else card-certificate-needed
3. the phone is nobody else's                                           else phone-of-another-person
4. the applicant is a resident                                          else not-a-resident
5. both keys are of the profile's kind, apart from each other and from
   those of the card, and the phone has proved that it holds them       else public-key-not-accepted

Who may order what, of the certificates of one phone:

==============================================  ========  ======  ===============================
signed by                                       revoke    resume  which certificates
==============================================  ========  ======  ===============================
the phone's signature certificate, also held    yes       yes     both
the phone's authentication certificate, as well yes       yes     the authentication certificate
the card's signature certificate, valid         yes       no      both
any other                                       no        no      none: phone-of-another-person
==============================================  ========  ======  ===============================
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tegata.actors.jlis.rules.consent import check_time
from tegata.actors.jlis.rules.revocation import RELEASE, EntryReason
from tegata.wire.certificates import KEY_NOT_ACCEPTED, NOT_RESIDENT, Medium, State, Usage
from tegata.wire.consents import CERTIFICATE_NOT_VALID, WRONG_STATEMENT
from tegata.wire.phones import (
    CARD_CERTIFICATE_ONLY,
    NOT_SUSPENDED,
    NOT_YOUR_PHONE,
    Occasion,
    PhoneApplication,
    PhoneOrder,
)
from tegata.wire.problems import Refused

PHONE_ID_LENGTH = 22
"""Characters that 128 random bits take in base64url, the densest way to write them."""


@dataclass(frozen=True)
class Signer:
    """The certificate that signed: whose, on what, for what, and its state now."""

    person_id: str
    medium: Medium
    usage: Usage
    device: str
    state: State


@dataclass(frozen=True)
class Keys:
    """The key pairs that a phone made: their public halves."""

    sign: rsa.RSAPublicKey
    auth: rsa.RSAPublicKey


def check_application(
    application: PhoneApplication, signer: Signer, owner: str | None, *, ended: bool, at: datetime, lifetime: timedelta
) -> None:
    """Steps 1 to 4. ``owner``: the person to whom certificates of this phone were issued before, if any."""
    check_time(application.stated_at, at, lifetime)
    if len(application.phone_id) < PHONE_ID_LENGTH:
        raise Refused(WRONG_STATEMENT, {"field": "phone_id"})
    if signer.medium != "card":
        raise Refused(CARD_CERTIFICATE_ONLY)
    if owner is not None and owner != signer.person_id:
        raise Refused(NOT_YOUR_PHONE)
    if ended:
        raise Refused(NOT_RESIDENT)


def check_keys(keys: Keys, on_card: Collection[rsa.RSAPublicKey]) -> None:
    """Step 5, first half: a key of its own for each use. Raises KEY_NOT_ACCEPTED."""
    if keys.sign == keys.auth or keys.sign in on_card or keys.auth in on_card:
        raise Refused(KEY_NOT_ACCEPTED, {"cause": "not-its-own-key"})


def check_proof(key: rsa.RSAPublicKey, proof: bytes, payload: bytes, usage: Usage) -> None:
    """Step 5, second half: the signature over the payload by the private key. Raises KEY_NOT_ACCEPTED."""
    try:
        key.verify(proof, payload, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise Refused(KEY_NOT_ACCEPTED, {"cause": "no-proof-of-possession", "usage": usage}) from error


def check_order(order: PhoneOrder, signer: Signer, owner: str, at: datetime, lifetime: timedelta) -> None:
    """Whether this signer may order this now. ``owner``: whose phone it is.

    Raises WRONG_STATEMENT, NOT_YOUR_PHONE, or CERTIFICATE_NOT_VALID where a hold is in the way.
    """
    check_time(order.stated_at, at, lifetime)
    if len(set(order.usages)) != len(order.usages):
        raise Refused(WRONG_STATEMENT, {"field": "usages"})
    if (order.action == "resume") != (order.occasion == "found"):
        raise Refused(WRONG_STATEMENT, {"field": "occasion"})
    if signer.person_id != owner or not _is_in_the_table(order, signer):
        raise Refused(NOT_YOUR_PHONE)
    if signer.medium == "card" and signer.state != "valid":
        raise Refused(CERTIFICATE_NOT_VALID, {"cause": signer.state})


def _is_in_the_table(order: PhoneOrder, signer: Signer) -> bool:
    if signer.medium == "card":
        return signer.usage == "sign" and order.action == "revoke"
    if signer.device != order.phone_id:
        return False
    return signer.usage == "sign" or order.usages == ["auth"]


def reason_for(order: PhoneOrder) -> EntryReason:
    """The entry that an order makes: lost for good is a compromised key, any other end one that is not needed."""
    if order.action == "resume":
        return RELEASE
    reasons: dict[Occasion, EntryReason] = {"lost": "keyCompromise"}
    return reasons.get(order.occasion, "cessationOfOperation")


def check_resumable(states: Sequence[State]) -> None:
    """A resumption needs something that is suspended: of several certificates one will do. Raises NOT_SUSPENDED."""
    if "suspended" not in states:
        raise Refused(NOT_SUSPENDED, {"states": list(states)})
