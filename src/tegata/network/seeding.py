"""The people of a network, put into the records of each actor that knows them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tegata.actors.citizen import seed as citizen
from tegata.actors.jlis import seed as jlis
from tegata.actors.jlis.service import authorities
from tegata.actors.municipality import seed as municipality
from tegata.actors.municipality.rules.cards import card_expiry
from tegata.actors.municipality.service.printing import text_issuer
from tegata.japan.dates import JST
from tegata.network import customers
from tegata.network.assembly import Network
from tegata.network.phases import Phases, counted
from tegata.network.population import Person, generate
from tegata.network.site import Record
from tegata.pki.profiles import USAGES, Usage
from tegata.wire.text import Text

COUNTER_TIME = time(10)
"""When on its day a card was handed over."""


@dataclass(frozen=True)
class Holder:
    """A person with a card: its dates, and the two keys of the pool that are on it."""

    person: Person
    card_id: str
    issued_at: datetime
    expires_on: date
    auth_key: rsa.RSAPrivateKey
    sign_key: rsa.RSAPrivateKey | None


def fill(network: Network, record: Record, phase: Phases) -> None:
    """Load the population into all actors."""
    with phase(Text("住民を決める", "People are made up"), record.people) as done:
        people = list(counted(generate(record.seed, record.people, on=record.on), done))
    with phase(Text("カードの鍵", "Keys of cards")):
        pool = citizen.key_pool(pool_size(sum(each.has_card for each in people)))
    holders = {one.person.person_id: one for one in _holders(people, pool)}
    registered_at = network.clock.now()
    with phase(Text("住民記録", "Resident register"), len(people)) as done:
        municipality.load(
            network["municipality"],
            counted((_resident(each, holders.get(each.person_id), registered_at) for each in people), done),
        )
    with phase(Text("電子証明書とカード", "Certificates and cards"), len(holders)) as done:
        cards = counted(_cards(network, people, holders, registered_at), done)
        citizen.load(network["citizen"], cards, issuer=text_issuer(network["municipality"]))
    customers.fill(network, record, people, phase)


def pool_size(cards: int) -> int:
    """How many keys the cards of a population share: a key for every two cards, in a small one."""
    return max(4, min(citizen.POOL, cards // 2))


def _holders(people: Iterable[Person], pool: Sequence[rsa.RSAPrivateKey]) -> Iterator[Holder]:
    for number, person in enumerate(each for each in people if each.has_card):
        assert person.card_issued_on is not None
        auth_key, sign_key = citizen.keys_for(pool, number)
        issued_at = datetime.combine(person.card_issued_on, COUNTER_TIME, JST)
        yield Holder(
            person, f"C{person.person_id}", issued_at, card_expiry(person.attributes.birth_date, issued_at), auth_key,
            sign_key if person.has_sign_certificate else None,
        )  # fmt: skip


def event_id(person: Person) -> str:
    """The id of the event with which a person's record begins, the same at the municipality and at J-LIS."""
    return f"population-{person.person_id}"


def _resident(person: Person, holder: Holder | None, registered_at: datetime) -> municipality.SeedResident:
    card = None
    if holder is not None:
        card = municipality.SeedCard(card_id=holder.card_id, issued_at=holder.issued_at, expires_on=holder.expires_on)
    return municipality.SeedResident(
        resident_code=person.resident_code, my_number=person.my_number, attributes=person.attributes,
        kana=person.kana, former_name=person.former_name, municipality_code=person.municipality_code,
        postal_code=person.postal_code, household_id=person.household_id, relationship=person.relationship,
        event_id=event_id(person), registered_at=registered_at, card=card,
    )  # fmt: skip


def _cards(
    network: Network, people: Iterable[Person], holders: dict[str, Holder], registered_at: datetime
) -> Iterator[citizen.SeedCard]:
    """Cards with the certificates that J-LIS issues for them, person by person."""
    spki: dict[int, bytes] = {}
    known = [_known(each, holders.get(each.person_id), spki, registered_at) for each in people]
    by_code = {holder.person.resident_code: holder for holder in holders.values()}
    roots = {usage: authorities.roots(network["jlis"], usage)[-1].public_bytes(Encoding.DER) for usage in USAGES}
    came: dict[str, dict[Usage, bytes]] = {}
    for issue in jlis.issue_for(network["jlis"], known):
        holder = by_code[issue.person.resident_code]
        certificates = came.setdefault(issue.person.resident_code, {})
        certificates[issue.usage] = issue.der
        if len(certificates) == (1 if holder.sign_key is None else 2):
            yield _card(holder, came.pop(issue.person.resident_code), roots)


def _known(person: Person, holder: Holder | None, spki: dict[int, bytes], registered_at: datetime) -> jlis.SeedPerson:
    card = None
    if holder is not None:
        card = jlis.SeedCard(
            card_id=holder.card_id, issued_at=holder.issued_at, expires_on=holder.expires_on,
            auth_key=_spki(holder.auth_key, spki),
            sign_key=None if holder.sign_key is None else _spki(holder.sign_key, spki),
        )  # fmt: skip
    return jlis.SeedPerson(
        resident_code=person.resident_code, municipality_code=person.municipality_code,
        attributes=person.attributes, event_id=event_id(person), registered_at=registered_at, card=card,
    )  # fmt: skip


def _spki(key: rsa.RSAPrivateKey, known: dict[int, bytes]) -> bytes:
    """The public key of a key of the pool, encoded once."""
    if id(key) not in known:
        known[id(key)] = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return known[id(key)]


def _card(holder: Holder, certificates: dict[Usage, bytes], roots: dict[Usage, bytes]) -> citizen.SeedCard:
    person = holder.person
    return citizen.SeedCard(
        person_id=person.person_id, resident_code=person.resident_code, attributes=person.attributes,
        my_number=person.my_number, card_id=holder.card_id, received_at=holder.issued_at, expires_on=holder.expires_on,
        auth_pin=person.auth_pin, text_pin=person.text_pin, sign_password=person.sign_password,
        auth_key=holder.auth_key, auth_certificate=certificates["auth"], auth_ca=roots["auth"],
        sign_key=holder.sign_key, sign_certificate=certificates.get("sign"),
        sign_ca=roots["sign"] if holder.sign_key is not None else None,
    )  # fmt: skip
