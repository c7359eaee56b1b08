"""The people of a network, put into the records of each actor that knows them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tegata.actors.citizen import seed as citizen
from tegata.actors.jlis import seed as jlis
from tegata.actors.jlis.service import authorities
from tegata.actors.municipality import seed as municipality
from tegata.actors.municipality.rules.cards import card_expiry
from tegata.actors.municipality.service.printing import text_issuer
from tegata.japan.dates import JST
from tegata.japan.four_attributes import FourAttributes
from tegata.network import customers
from tegata.network.assembly import Network
from tegata.network.phases import Phases, counted
from tegata.network.population import Before, Person, generate_with_before
from tegata.network.site import Record
from tegata.pki.profiles import USAGES, Usage
from tegata.wire.text import Text

COUNTER_TIME = time(10)
"""When on its day a card was handed over, and a certificate took another's place."""

REVOKED = 0.025
"""The share of holders, when a network is made, whose first certificates were revoked before it begins."""

Known = tuple[Person, Before | None]


@dataclass(frozen=True)
class Holder:
    """A person's card: its dates, and the public keys of the pool that are on it; None for no certificate."""

    card_id: str
    issued_at: datetime
    expires_on: date
    auth_key: bytes
    sign_key: bytes | None


def fill(network: Network, record: Record, phase: Phases) -> None:
    """Load the population into all actors."""
    with phase(Text("住民を決める", "People are made up"), record.people) as done:
        everybody = generate_with_before(record.seed, REVOKED, on=record.on)
        known = list(counted(islice(everybody, record.people), done))
    with phase(Text("カードの鍵", "Keys of cards")):
        cards = sum(person.has_card for person, _ in known)
        pool = citizen.kept_pool(network["citizen"], pool_size(cards))
    public = public_keys(pool)
    registered_at = network.clock.now()
    with phase(Text("住民記録", "Resident register"), len(known)) as done:
        people = (resident(person, holder(person, public), registered_at) for person, _ in known)
        municipality.load(network["municipality"], counted(people, done))
    with phase(Text("電子証明書とカード", "Certificates and cards"), cards) as done:
        made = counted(_cards(network, known, pool, registered_at), done)
        citizen.load(network["citizen"], made, issuer=text_issuer(network["municipality"]))
    customers.fill(network, record, [person for person, _ in known], phase)


def pool_size(cards: int) -> int:
    """How many keys the cards of a population share: a key for every two cards, in a small one."""
    return max(4, min(citizen.POOL, cards // 2))


def public_keys(pool: Iterable[rsa.RSAPrivateKey]) -> list[bytes]:
    """The public keys of a pool, DER."""
    return [key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for key in pool]


def holder(person: Person, public: Sequence[bytes]) -> Holder | None:
    """The card of a person with keys of a pool; None for somebody without one."""
    if person.card_issued_on is None:
        return None
    auth_key, sign_key = citizen.keys_for(public, _number(person))
    issued_at = _at_the_counter(person.card_issued_on)
    return Holder(
        f"C{person.person_id}", issued_at, card_expiry(person.attributes.birth_date, issued_at), auth_key,
        sign_key if person.has_sign_certificate else None,
    )  # fmt: skip


def event_id(person_id: str) -> str:
    """The id of the event with which a person's record begins, the same at the municipality and at J-LIS."""
    return f"population-{person_id}"


def resident(person: Person, held: Holder | None, registered_at: datetime) -> municipality.SeedResident:
    """A person as the municipality is told of them."""
    card = None
    if held is not None:
        card = municipality.SeedCard(card_id=held.card_id, issued_at=held.issued_at, expires_on=held.expires_on)
    return municipality.SeedResident(
        resident_code=person.resident_code, my_number=person.my_number, attributes=person.attributes,
        kana=person.kana, former_name=person.former_name, municipality_code=person.municipality_code,
        postal_code=person.postal_code, household_id=person.household_id, relationship=person.relationship,
        event_id=event_id(person.person_id), registered_at=registered_at, card=card,
    )  # fmt: skip


def applicant(person: Person, before: Before | None, held: Holder | None, registered_at: datetime) -> jlis.SeedPerson:
    """A person as J-LIS is told of them."""
    card = None
    if held is not None:
        card = jlis.SeedCard(
            card_id=held.card_id, issued_at=held.issued_at, expires_on=held.expires_on, auth_key=held.auth_key,
            sign_key=held.sign_key,
        )  # fmt: skip
    return jlis.SeedPerson(
        resident_code=person.resident_code, municipality_code=person.municipality_code,
        attributes=person.attributes, event_id=event_id(person.person_id), registered_at=registered_at, card=card,
        earlier=None if before is None else _earlier(person, before),
    )  # fmt: skip


def _earlier(person: Person, before: Before) -> jlis.SeedEarlier:
    four = person.attributes
    was = FourAttributes(name=four.name, address=before.address, birth_date=four.birth_date, gender=four.gender)
    return jlis.SeedEarlier(
        until=_at_the_counter(before.until), reason=before.reason, attributes=was,
        municipality_code=before.municipality_code,
    )  # fmt: skip


def _at_the_counter(day: date) -> datetime:
    return datetime.combine(day, COUNTER_TIME, JST)


def _number(person: Person) -> int:
    return int(person.person_id[1:])


def _cards(
    network: Network, known: Sequence[Known], pool: Sequence[rsa.RSAPrivateKey], registered_at: datetime
) -> Iterator[citizen.SeedCard]:
    """Cards with the certificates that J-LIS issues for them, person by person."""
    public = public_keys(pool)
    told = (applicant(person, before, holder(person, public), registered_at) for person, before in known)
    people = {person.resident_code: person for person, _ in known}
    roots = {usage: authorities.roots(network["jlis"], usage)[-1].public_bytes(Encoding.DER) for usage in USAGES}
    came: dict[str, dict[Usage, bytes]] = {}
    for issue in jlis.issue_for(network["jlis"], told):
        person, held = people[issue.person.resident_code], issue.person.card
        certificates = came.setdefault(person.resident_code, {})
        certificates[issue.usage] = issue.der
        if held is not None and len(certificates) == (1 if held.sign_key is None else 2):
            yield card(person, held, citizen.keys_for(pool, _number(person)), came.pop(person.resident_code), roots)


def card(
    person: Person,
    held: jlis.SeedCard,
    keys: tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey],
    certificates: dict[Usage, bytes],
    roots: dict[Usage, bytes],
) -> citizen.SeedCard:
    """A person's card with all that is written on it."""
    signs = "sign" in certificates
    return citizen.SeedCard(
        person_id=person.person_id, resident_code=person.resident_code, attributes=person.attributes,
        my_number=person.my_number, card_id=held.card_id, received_at=held.issued_at, expires_on=held.expires_on,
        auth_pin=person.auth_pin, text_pin=person.text_pin, sign_password=person.sign_password,
        auth_key=keys[0], auth_certificate=certificates["auth"], auth_ca=roots["auth"],
        sign_key=keys[1] if signs else None, sign_certificate=certificates.get("sign"),
        sign_ca=roots["sign"] if signs else None,
    )  # fmt: skip
