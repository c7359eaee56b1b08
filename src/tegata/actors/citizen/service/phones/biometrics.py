"""Biometrics stand in for the four digits of the phone's auth key, by WebAuthn (rule SP-02).

Turned on: the model can, the PIN is proven to the element, and a platform authenticator that verified its user gave a
credential. From then on the phone's keystore keeps the PIN sealed, and an accepted assertion uses it. Never for the
password of the signature key. In order of checks of an answer: the challenge was given by us, to this phone, for this
purpose, not long ago, and is spent by this look; then what W3C WebAuthn (sections 7.1 and 7.2) asks for: type,
challenge, origin, RP ID, user present and verified, signature, and a sign count that goes up.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import delete

from tegata.actors.citizen.problems import BIOMETRICS_REFUSED, NO_BIOMETRICS, PIN_BLOCKED, WRONG_PIN
from tegata.actors.citizen.service import cards, signing
from tegata.actors.citizen.service.phones import ceremony, origin, shelf
from tegata.actors.citizen.service.phones.ceremony import Place, Registered
from tegata.actors.citizen.service.phones.models import model_of
from tegata.actors.citizen.tables import ChallengeRow, CredentialRow
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.wire.problems import Refused

LIVES = timedelta(minutes=2)
"""How long a challenge is good."""
REGISTER, UNLOCK = "register", "unlock"
"""Purposes of a challenge; a signature at the reader has one of its own (:func:`for_reading`)."""


def for_reading(reading_id: str) -> str:
    """The purpose of a challenge for one request on the reader."""
    return f"reading {reading_id}"


def possible(node: Node, model_id: str) -> bool:
    """Whether biometrics can be had: by the model, and at this address (an RP ID is a domain, no IP address)."""
    model = model_of(model_id)
    return model is not None and model.biometrics and origin.takes_webauthn(node)


def registration_options(node: Node, phone_id: str) -> str:
    """What the browser makes a credential from (JSON). Raises NOT_FOUND, PHONE_NOT_HERE, NO_BIOMETRICS."""
    challenge = _challenge(node, phone_id, REGISTER)
    name = shelf.look(node, phone_id).model.name
    return ceremony.registration_options(_place(node), challenge=challenge, user_id=phone_id.encode(), name=name)


def turn_on(node: Node, phone_id: str, pin: str, answer: str) -> None:
    """Turn biometrics on. Raises ``Refused``: biometrics-not-accepted, biometrics-not-possible, and of the PIN."""
    with node.database.begin() as tx:
        if not possible(node, shelf.here(tx.session, phone_id).model):
            raise Refused(NO_BIOMETRICS)
        challenge = _take(tx, phone_id, REGISTER, answer)
    made = challenge and ceremony.registered(_place(node), challenge=challenge, answer=answer)
    if not made:
        raise Refused(BIOMETRICS_REFUSED)

    def keep(tx: Transaction, _outcome: None) -> None:
        row = shelf.here(tx.session, phone_id)
        shelf.forget_biometrics(tx, row)
        row.kept_pin = pin
        tx.session.add(CredentialRow(phone_id=phone_id, made_at=tx.now, **made._asdict()))

    signing.use(
        node, phone_id, lambda client: client.verify_pin("auth", pin), action="biometrics-on", detail={}, then=keep
    )


def turn_off(node: Node, phone_id: str) -> None:
    """Turn biometrics off. Raises NOT_FOUND, PHONE_NOT_HERE."""
    with node.database.begin() as tx:
        shelf.forget_biometrics(tx, shelf.here(tx.session, phone_id))


def assertion_options(node: Node, phone_id: str, purpose: str) -> str:
    """What the browser asks the authenticator (JSON). Raises NOT_FOUND, PHONE_NOT_HERE, NO_BIOMETRICS."""
    with node.database.read() as session:
        credential = session.get(CredentialRow, phone_id)
    if credential is None:
        raise Refused(NO_BIOMETRICS)
    challenge = _challenge(node, phone_id, purpose)
    return ceremony.assertion_options(_place(node), challenge=challenge, credential_id=credential.credential_id)


def pin_for(node: Node, phone_id: str, purpose: str, answer: str) -> str:
    """The PIN that the phone keeps, for an accepted assertion.

    Raises ``Refused``: biometrics-not-accepted, biometrics-not-possible, not-found, phone-not-here.
    """
    with node.database.begin() as tx:
        kept = shelf.here(tx.session, phone_id).kept_pin
        challenge = _take(tx, phone_id, purpose, answer)  # spent, whatever comes of it
        credential = tx.session.get(CredentialRow, phone_id)
        accepted = credential is not None and challenge is not None and _accept(node, tx, credential, challenge, answer)
        outcome = "accepted" if accepted else "refused"
        person = cards.card_row(tx.session, phone_id).person_id
        tx.record("biometrics", subject=person, who="holder", detail={"phone": phone_id, "outcome": outcome})
    if credential is None or kept is None:
        raise Refused(NO_BIOMETRICS)
    if not accepted:
        raise Refused(BIOMETRICS_REFUSED)
    return kept


def unlock(node: Node, phone_id: str, answer: str) -> None:
    """Open the app by biometrics: the kept PIN is proven to the element. Raises as :func:`pin_for`, and of the PIN."""
    pin = pin_for(node, phone_id, UNLOCK, answer)
    with off_where_wrong(node, phone_id):
        signing.use(node, phone_id, lambda client: client.verify_pin("auth", pin), action="unlocked", detail={})


@contextmanager
def off_where_wrong(node: Node, phone_id: str) -> Iterator[None]:
    """Turn biometrics off where the element does not take the PIN that is kept: it would only spend its tries."""
    try:
        yield
    except Refused as refused:
        if refused.type in (WRONG_PIN, PIN_BLOCKED):
            turn_off(node, phone_id)
        raise


def _place(node: Node) -> Place:
    return Place(origin.rp_id(node), origin.of(node))


def _challenge(node: Node, phone_id: str, purpose: str) -> bytes:
    challenge = secrets.token_bytes(32)
    with node.database.begin() as tx:
        if not possible(node, shelf.here(tx.session, phone_id).model):
            raise Refused(NO_BIOMETRICS)
        tx.session.execute(delete(ChallengeRow).where(ChallengeRow.expires_at < tx.now))
        row = ChallengeRow(challenge=challenge, phone_id=phone_id, purpose=purpose, expires_at=tx.now + LIVES)
        tx.session.add(row)
    return challenge


def _take(tx: Transaction, phone_id: str, purpose: str, answer: str) -> bytes | None:
    """The challenge that an answer is to, if it is one of ours for this; it is good no second time."""
    challenge = ceremony.challenge_in(answer)
    row = tx.session.get(ChallengeRow, challenge) if challenge else None
    if row is None:
        return None
    tx.session.delete(row)
    fits = row.phone_id == phone_id and row.purpose == purpose and row.expires_at > tx.now
    return challenge if fits else None


def _accept(node: Node, tx: Transaction, row: CredentialRow, challenge: bytes, answer: str) -> bool:
    credential = Registered(row.credential_id, row.public_key, row.sign_count)
    count = ceremony.asserted(_place(node), credential, challenge=challenge, answer=answer)
    if count is None:
        return False
    row.sign_count, row.used_at = count, tx.now
    return True
