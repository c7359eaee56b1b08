"""A municipality with J-LIS and the citizens' drawer around it, and a small household with cards."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from tegata.actors import citizen, jlis, municipality
from tegata.actors.citizen import seed as citizen_seed
from tegata.actors.citizen.service import signing
from tegata.actors.jlis import api as jlis_api
from tegata.actors.jlis import seed as jlis_seed
from tegata.actors.jlis.service import authorities
from tegata.actors.jlis.tables import CertificateRow, Person, RegisterRow, RevocationRow
from tegata.actors.municipality import seed
from tegata.actors.municipality.rules.cards import card_expiry
from tegata.actors.municipality.rules.register import Record
from tegata.actors.municipality.service import records
from tegata.actors.municipality.service.records import Desk
from tegata.actors.municipality.tables import EntryRow, ResidentRow
from tegata.japan import my_number, resident_code
from tegata.japan.dates import JST
from tegata.japan.four_attributes import FourAttributes, Gender
from tegata.node.node import Node
from tegata.pki.keys import SoftwareSigner
from tests.fixtures.nodes import NetworkMaker
from tests.support import START, TestNetwork

JLIS = replace(jlis.SPEC, handlers=jlis_api.HANDLERS)
"""J-LIS without its pages."""

SPECS = [municipality.SPEC, JLIS, citizen.SPEC]

CHIYODA, SHIBUYA = "131016", "131130"
HERE, THERE = Desk(CHIYODA, "千代田区窓口"), Desk(SHIBUYA, "渋谷区窓口")
HOME = "東京都千代田区丸の内１丁目１番１号"
NEW_HOME = "東京都渋谷区神南１丁目１９番１１号"
REGISTERED = datetime(2021, 4, 1, 9, 0, tzinfo=JST)
AUTH_PIN, TEXT_PIN, PASSWORD = "1234", "5678", "ABC123"


@cache
def pool() -> tuple[rsa.RSAPrivateKey, ...]:
    """A few keys: they take long to make."""
    return citizen_seed.key_pool(2)


def code(number: int) -> str:
    """A valid resident code."""
    ten = f"{number:010}"
    return f"{ten}{resident_code.check_digit(ten)}"


def number_of(number: int) -> str:
    """A valid My Number."""
    eleven = f"{number:011}"
    return f"{eleven}{my_number.check_digit(eleven)}"


def person(
    number: int,
    name: str,
    kana: str,
    birth_date: str,
    gender: Gender,
    relationship: str = "世帯主",
    *,
    household: str = "H1",
    place: str = CHIYODA,
    address: str = HOME,
    card: bool = True,
    former_name: str | None = None,
) -> seed.SeedResident:
    """Somebody of the population."""
    issued = REGISTERED + timedelta(days=300)
    held = seed.SeedCard(card_id=f"card-{number}", issued_at=issued, expires_on=card_expiry(birth_date, issued))
    return seed.SeedResident(
        resident_code=code(number), my_number=number_of(number), kana=kana, former_name=former_name,
        attributes=FourAttributes(name=name, address=address, birth_date=birth_date, gender=gender),
        municipality_code=place, postal_code="1000005", household_id=household, relationship=relationship,
        event_id=f"population-{number}", registered_at=REGISTERED, card=held if card else None,
    )  # fmt: skip


TARO = person(1, "山田　太郎", "ヤマダ　タロウ", "1978-05-01", "male")
HANAKO = person(2, "山田　花子", "ヤマダ　ハナコ", "1980-02-17", "female", "妻", former_name="髙橋")
SAKURA = person(3, "山田　さくら", "ヤマダ　サクラ", "2012-03-31", "female", "子")
KENJI = person(4, "田中　健二", "タナカ　ケンジ", "1965-12-24", "male", household="H2", card=False)
FAMILY = (TARO, HANAKO, SAKURA, KENJI)


class World:
    """The three actors at work; people are named by the entries of the population."""

    def __init__(self, network: TestNetwork, people: Sequence[seed.SeedResident] = FAMILY) -> None:
        self.network = network
        self.node, self.jlis, self.citizen = network["municipality"], network["jlis"], network["citizen"]
        self.clock = network.clock
        seed.load(self.node, people)
        certificates = _certify(self.jlis, people)
        citizen_seed.load(self.citizen, _cards(self.jlis, people, certificates))

    @property
    def today(self) -> date:
        """The day by the network's clock."""
        return self.clock.now().date()

    def id_of(self, who: seed.SeedResident | str) -> str:
        """The municipality's id of a resident."""
        wanted = who if isinstance(who, str) else who.resident_code
        with self.node.database.read() as session:
            return records.by_code(session, wanted).resident_id

    def row(self, who: seed.SeedResident | str) -> ResidentRow:
        """A resident as they stand beside the entries."""
        with self.node.database.read() as session:
            return records.by_code(session, who if isinstance(who, str) else who.resident_code)

    def record(self, who: seed.SeedResident) -> Record:
        """What a resident's entries come to."""
        with self.node.database.read() as session:
            return records.record_of(session, records.by_code(session, who.resident_code).resident_id)

    def entries(self, who: seed.SeedResident) -> list[EntryRow]:
        """A resident's entries."""
        with self.node.database.read() as session:
            return list(records.entries_of(session, records.by_code(session, who.resident_code).resident_id))

    def told(self, who: seed.SeedResident) -> list[str]:
        """The events that J-LIS took for a resident, after what waits was delivered."""
        self.network.settle()
        with self.jlis.database.read() as session:
            query = select(RegisterRow.event).join(Person, Person.person_id == RegisterRow.person_id)
            return list(
                session.scalars(query.where(Person.resident_code == who.resident_code).order_by(RegisterRow.sequence))
            )

    def revoked(self, who: seed.SeedResident) -> list[tuple[str, str]]:
        """Usage and reason of each revocation of a resident's certificates, after what waits was delivered."""
        self.network.settle()
        with self.jlis.database.read() as session:
            query = (
                select(RevocationRow.usage, RevocationRow.reason)
                .join(
                    CertificateRow,
                    (CertificateRow.usage == RevocationRow.usage) & (CertificateRow.serial == RevocationRow.serial),
                )
                .join(Person, Person.person_id == CertificateRow.person_id)
                .where(Person.resident_code == who.resident_code)
                .order_by(RevocationRow.number)
            )
            return [(usage, reason) for usage, reason in session.execute(query)]

    def card_signs(self, who: seed.SeedResident, usage: Any = "sign", pin: str = PASSWORD) -> str:
        """A document signed by the resident's card."""
        return signing.sign_with_card(self.citizen, who.resident_code, usage, pin, b"what is agreed to")


def make_world(make_network: NetworkMaker, database_url: str = "", **settings: Any) -> World:
    """The three actors, on a database."""
    with patch.object(SoftwareSigner, "generate_rsa", _next_authority_key):
        network = make_network(SPECS, database_url, start=START, **settings)
    return World(network)


@contextmanager
def standing_world(data_dir: Path) -> Iterator[World]:
    """One for the tests of a module that change nothing in it."""
    with patch.object(SoftwareSigner, "generate_rsa", _next_authority_key):
        network = TestNetwork(SPECS, "", data_dir)
    try:
        yield World(network)
    finally:
        network.close()


_turn = count()


def _next_authority_key() -> SoftwareSigner:
    """Keys of J-LIS, made once for all tests: nothing here depends on their being fresh."""
    return authority_keys()[next(_turn) % len(authority_keys())]


@cache
def authority_keys() -> list[SoftwareSigner]:
    """Enough for a root and a responder of each usage."""
    return [SoftwareSigner(key) for key in citizen_seed.key_pool(6)]


def spki(key: rsa.RSAPrivateKey) -> bytes:
    """The public key as an application has it."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _certify(node: Node, people: Sequence[seed.SeedResident]) -> dict[tuple[str, str], bytes]:
    auth, sign = citizen_seed.keys_for(pool(), 0)
    wanted = []
    for each in people:
        card = None
        if each.card is not None:
            adult = each.attributes.birth_date < "2006-01-01"
            card = jlis_seed.SeedCard(
                card_id=each.card.card_id, issued_at=each.card.issued_at, expires_on=each.card.expires_on,
                auth_key=spki(auth), sign_key=spki(sign) if adult else None,
            )  # fmt: skip
        wanted.append(
            jlis_seed.SeedPerson(
                resident_code=each.resident_code, municipality_code=each.municipality_code, card=card,
                attributes=each.attributes, event_id=each.event_id, registered_at=each.registered_at,
            )
        )  # fmt: skip
    issues = jlis_seed.issue_for(node, wanted)
    return {(issue.person.resident_code, issue.usage): issue.der for issue in issues}


def _cards(
    node: Node, people: Sequence[seed.SeedResident], certificates: dict[tuple[str, str], bytes]
) -> list[citizen_seed.SeedCard]:
    auth, sign = citizen_seed.keys_for(pool(), 0)
    roots = {
        usage: authorities.newest(node, usage).authority.certificate.public_bytes(Encoding.DER)
        for usage in ("sign", "auth")
    }
    return [
        citizen_seed.SeedCard(
            person_id=f"P{position:06}", resident_code=each.resident_code, attributes=each.attributes,
            my_number=each.my_number, card_id=each.card.card_id, received_at=each.card.issued_at,
            expires_on=each.card.expires_on, auth_pin=AUTH_PIN, text_pin=TEXT_PIN, sign_password=PASSWORD,
            auth_key=auth, auth_certificate=certificates[each.resident_code, "auth"], auth_ca=roots["auth"],
            sign_key=sign if (each.resident_code, "sign") in certificates else None,
            sign_certificate=certificates.get((each.resident_code, "sign")), sign_ca=roots["sign"],
        )
        for position, each in enumerate(people, 1)
        if each.card is not None
    ]  # fmt: skip


def certificate_of(document: str) -> x509.Certificate:
    """The certificate that signed a document."""
    from tegata.pki.documents import read_document

    return read_document(document).certificate
