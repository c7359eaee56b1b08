"""May this certificate be issued, and for how long (rule FI-03; FACTS section 1).

In order: the applicant is a resident of the applying municipality; old enough for the usage; the card is still valid;
the public key is of the profile's kind.
"""

from dataclasses import dataclass
from datetime import date, datetime

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tegata.japan.dates import JST, age_on
from tegata.japan.four_attributes import BirthDate
from tegata.pki.authority import validity_end
from tegata.pki.profiles import PROFILES
from tegata.wire.certificates import KEY_NOT_ACCEPTED, NOT_RESIDENT, TOO_YOUNG, Usage
from tegata.wire.problems import INVALID, Refused

KEY_BITS = PROFILES.card.key_bits.value
EXPONENT = 65537


@dataclass(frozen=True)
class Applicant:
    """What J-LIS knows of the person: whether still a resident, and where."""

    birth_date: BirthDate
    municipality_code: str
    ended: bool


@dataclass(frozen=True)
class Validity:
    """From when to when a certificate is valid, both included, in whole seconds."""

    not_before: datetime
    not_after: datetime


def grant(
    applicant: Applicant | None, usage: Usage, municipality_code: str, card_expires_on: date, at: datetime
) -> Validity:
    """The validity of the certificate. Raises NOT_RESIDENT, TOO_YOUNG or INVALID."""
    if applicant is None or applicant.ended:
        raise Refused(NOT_RESIDENT)
    if applicant.municipality_code != municipality_code:
        raise Refused(NOT_RESIDENT, {"cause": "another-municipality"})
    check_age(applicant.birth_date, usage, at)
    not_before = at.replace(microsecond=0)
    not_after = validity_end(applicant.birth_date, not_before, card_expires_on)
    if not_after <= not_before:
        raise Refused(INVALID, {"field": "card_expires_on"})
    return Validity(not_before, not_after)


def check_age(birth_date: BirthDate, usage: Usage, at: datetime) -> None:
    """Raises TOO_YOUNG below the profile's age, and where the year of birth is unknown so that no age can be told."""
    minimum = PROFILES.of(usage).minimum_age.value
    if not minimum:
        return
    age = age_on(birth_date, at.astimezone(JST).date())
    if age is None or age < minimum:
        raise Refused(TOO_YOUNG, {"minimum_age": minimum, "age_known": age is not None})


def read_public_key(der: bytes) -> rsa.RSAPublicKey:
    """The key of a SubjectPublicKeyInfo; anything but RSA of exactly 2048 bits with e = 65537 is KEY_NOT_ACCEPTED."""
    try:
        key = load_der_public_key(der)
    except Exception as error:
        raise Refused(KEY_NOT_ACCEPTED, {"cause": "unreadable"}) from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise Refused(KEY_NOT_ACCEPTED, {"cause": "not-rsa"})
    if key.key_size != KEY_BITS or key.public_numbers().e != EXPONENT:
        raise Refused(KEY_NOT_ACCEPTED, {"cause": "wrong-size-or-exponent"})
    return key
