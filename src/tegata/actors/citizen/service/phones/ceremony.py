"""The two ceremonies of W3C WebAuthn, through the library ``webauthn``: options out, answers checked.

An answer is whatever a browser sends. The library's parsers raise what they stumble over, so anything that they raise
is an answer that is not accepted.
"""

from typing import NamedTuple

import msgspec
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, parse_client_data_json
from webauthn.helpers.structs import (
    AuthenticatorAttachment,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

LARGEST_ANSWER = 20_000
"""Characters of an authenticator's answer."""
TIMEOUT_MS = 120_000


class Place(NamedTuple):
    """Where the ceremonies take place: the relying party's id, and the one origin that it is served at."""

    rp_id: str
    origin: str


class Registered(NamedTuple):
    """A credential as an authenticator made it."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def registration_options(place: Place, *, challenge: bytes, user_id: bytes, name: str) -> str:
    """What a browser makes a credential from (JSON): in the device itself, and its user verified."""
    options = generate_registration_options(
        rp_id=place.rp_id,
        rp_name="Tegata",
        user_name=name,
        user_id=user_id,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            authenticator_attachment=AuthenticatorAttachment.PLATFORM,
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    return options_to_json(options)


def assertion_options(place: Place, *, challenge: bytes, credential_id: bytes) -> str:
    """What a browser asks the authenticator (JSON): this credential, and its user verified."""
    options = generate_authentication_options(
        rp_id=place.rp_id,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        allow_credentials=[PublicKeyCredentialDescriptor(id=credential_id)],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def challenge_in(answer: str) -> bytes | None:
    """The challenge that an answer says it is to; nothing of it is proved yet."""
    if len(answer) > LARGEST_ANSWER:
        return None
    try:
        client_data = msgspec.json.decode(answer)["response"]["clientDataJSON"]
        return bytes(parse_client_data_json(base64url_to_bytes(client_data)).challenge)
    except Exception:  # noqa: BLE001 - see above
        return None


def registered(place: Place, *, challenge: bytes, answer: str) -> Registered | None:
    """The credential of an answer to ``registration_options``; None where it is not accepted."""
    try:
        found = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - see above
        return None
    return Registered(found.credential_id, found.credential_public_key, found.sign_count)


def asserted(place: Place, credential: Registered, *, challenge: bytes, answer: str) -> int | None:
    """The new sign count of a credential that answered ``assertion_options``; None where it is not accepted."""
    try:
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            credential_public_key=credential.public_key,
            credential_current_sign_count=credential.sign_count,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - see above
        return None
    return verified.new_sign_count if verified.credential_id == credential.credential_id else None
