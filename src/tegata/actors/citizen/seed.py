"""Cards of a population, personalised through APDUs as at the counter, in few transactions.

Making an RSA key takes long, so the cards of a population share the keys of a pool (docs/actors/citizen.md); every card
that is handed over or reissued at the counter makes keys of its own.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import insert

from tegata.actors.citizen.service.cards import name_key
from tegata.actors.citizen.tables import CardRow, PersonRow, RememberedRow
from tegata.card import Card, Holder, Personaliser, TextIssuer, write_holder
from tegata.japan.dates import JST
from tegata.japan.four_attributes import FourAttributes
from tegata.node.card_issuer import card_issuer_key, security_code
from tegata.node.node import Node
from tegata.pki.keys import SoftwareSigner

T = TypeVar("T")
BATCH = 500
THREADS = 2
POOL = 64


@dataclass(frozen=True, kw_only=True)
class SeedCard:
    """A card and its holder. Certificates are DER; without ``sign_certificate`` the card has no signature key either.

    ``auth_key`` and ``sign_key`` are keys of the pool that the certificates are for.
    """

    person_id: str
    resident_code: str
    attributes: FourAttributes
    my_number: str
    card_id: str
    received_at: datetime
    expires_on: date
    auth_pin: str
    text_pin: str
    sign_password: str
    auth_key: rsa.RSAPrivateKey
    auth_certificate: bytes
    auth_ca: bytes
    sign_key: rsa.RSAPrivateKey | None = None
    sign_certificate: bytes | None = None
    sign_ca: bytes | None = None


def key_pool(n: int = POOL) -> tuple[rsa.RSAPrivateKey, ...]:
    """``n`` fresh RSA-2048 keys. Raises ``ValueError`` for fewer than two: a card has two keys that differ."""
    if n < 2:
        raise ValueError("a pool has two keys at least")
    with ThreadPoolExecutor(THREADS) as makers:
        return tuple(makers.map(lambda _: rsa.generate_private_key(public_exponent=65537, key_size=2048), range(n)))


def kept_pool(node: Node, n: int) -> tuple[rsa.RSAPrivateKey, ...]:
    """The first ``n`` keys of the drawer's pool; those that are not there yet are made, and kept encrypted."""
    store = node.signer_store
    known = {number: store.load(f"pool-{number}") for number in range(n)}
    missing = [number for number, signer in known.items() if signer is None]
    for number, key in zip(missing, key_pool(max(2, len(missing))) if missing else (), strict=False):
        known[number] = store.load_or_create(f"pool-{number}", partial(SoftwareSigner, key))
    keys = (signer.private_key for signer in known.values() if signer is not None)
    return tuple(key for key in keys if isinstance(key, rsa.RSAPrivateKey))


def keys_for(pool: Sequence[T], number: int) -> tuple[T, T]:
    """The authentication and the signature key of the ``number``-th card; never the same one twice."""
    return pool[2 * number % len(pool)], pool[(2 * number + 1) % len(pool)]


def load(node: Node, cards: Iterable[SeedCard], issuer: TextIssuer | None = None) -> int:
    """Write people and their cards; returns how many. A card's PINs are remembered in a demonstration.

    ``issuer`` signs the text files.
    """
    waiting, count = iter(cards), 0
    while part := list(islice(waiting, BATCH)):
        images = [_personalised(node, card, issuer) for card in part]
        with node.database.begin() as tx:
            tx.session.execute(insert(PersonRow), [_person(card) for card in part])
            tx.session.execute(insert(CardRow), [_card(*pair) for pair in zip(part, images, strict=True)])
            if node.settings.demonstration:
                tx.session.execute(insert(RememberedRow), [row for card in part for row in _remembered(card)])
            tx.record("population-loaded", subject=None, who="citizen", detail={"cards": len(part)})
        count += len(part)
    return count


def _personalised(node: Node, card: SeedCard, issuer: TextIssuer | None) -> bytes:
    key = card_issuer_key(node, card.card_id)
    blank = Card.blank(key)
    counter = Personaliser(blank.transmit, key)
    counter.authenticate()
    counter.install_key("auth", card.auth_key)
    counter.write_certificate("auth", card.auth_certificate)
    counter.write_certificate("auth-ca", card.auth_ca)
    if card.sign_key is not None and card.sign_certificate is not None and card.sign_ca is not None:
        counter.install_key("sign", card.sign_key)
        counter.write_certificate("sign", card.sign_certificate)
        counter.write_certificate("sign-ca", card.sign_ca)
        counter.set_pin("sign", card.sign_password)
    counter.set_pin("auth", card.auth_pin)
    counter.set_pin("text", card.text_pin)
    counter.set_pin("resident-register", card.text_pin)
    write_holder(counter, _holder(node, card), issuer)
    return blank.dump()


def _holder(node: Node, card: SeedCard) -> Holder:
    return Holder(
        attributes=card.attributes, my_number=card.my_number, resident_code=card.resident_code,
        card_number=card.card_id, security_code=security_code(node, card.card_id),
        issued_on=card.received_at.astimezone(JST).date(), expires_on=card.expires_on,
    )  # fmt: skip


def _person(card: SeedCard) -> dict[str, Any]:
    name = card.attributes.name
    return {
        "person_id": card.person_id, "resident_code": card.resident_code, "name": name, "name_key": name_key(name),
    }  # fmt: skip


def _card(card: SeedCard, image: bytes) -> dict[str, Any]:
    return {
        "card_id": card.card_id, "person_id": card.person_id, "image": image, "version": 1,
        "received_at": card.received_at, "used_at": None,
    }  # fmt: skip


def _remembered(card: SeedCard) -> list[dict[str, str]]:
    pins = {"auth": card.auth_pin, "text": card.text_pin}
    if card.sign_certificate is not None:
        pins["sign"] = card.sign_password
    return [{"card_id": card.card_id, "which": which, "pin": pin} for which, pin in pins.items()]
