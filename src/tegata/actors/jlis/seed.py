"""A population at once: residents with their certificates, in few transactions, by the rules of the single case.

One in :data:`RENEWED_EVERY` holders of a signature certificate got it by renewal: their first one is revoked
(superseded), so that a fresh network has a chain old → new and a CRL that is not empty.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import insert, select

from tegata.actors.jlis.jobs import CRL_SCHEDULE
from tegata.actors.jlis.rules import issue as rules
from tegata.actors.jlis.rules.revocation import Entry
from tegata.actors.jlis.service import authorities, crls, ocsp, records, standing
from tegata.actors.jlis.service.authorities import Generation
from tegata.actors.jlis.service.issue import certify
from tegata.actors.jlis.service.residents import birth_fingerprint, new_person
from tegata.actors.jlis.tables import CertificateRow, Person, RegisterRow
from tegata.japan.four_attributes import FourAttributes
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.pki.profiles import USAGES, Usage
from tegata.wire.problems import Refused

BATCH = 500
THREADS = 2
RENEWED_EVERY = 40
RENEWED_AFTER = timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class SeedCard:
    """A card that was handed out at ``issued_at``; keys are DER SubjectPublicKeyInfo, None for no certificate."""

    card_id: str
    issued_at: datetime
    expires_on: date
    auth_key: bytes
    sign_key: bytes | None = None

    def key(self, usage: Usage) -> bytes | None:
        """The public key of a usage."""
        return self.sign_key if usage == "sign" else self.auth_key


@dataclass(frozen=True, kw_only=True)
class SeedPerson:
    """A resident whose record begins with event number 1 (``event_id``, ``registered_at``)."""

    resident_code: str
    municipality_code: str
    attributes: FourAttributes
    event_id: str
    registered_at: datetime
    card: SeedCard | None = None


class SeedIssue(NamedTuple):
    """A certificate that was issued for a person's card."""

    person: SeedPerson
    usage: Usage
    serial: int
    der: bytes


@dataclass
class _Order:
    """One certificate to be made. ``renewed_at``: when the next one took its place."""

    person: SeedPerson
    row: Person
    usage: Usage
    serial: int
    issued_at: datetime
    replaces: int | None = None
    renewed_at: datetime | None = None


@dataclass
class _Batch:
    """What one transaction writes."""

    people: list[tuple[SeedPerson, Person]]
    orders: list[_Order] = field(default_factory=list)


def issue_for(node: Node, people: Iterable[SeedPerson]) -> Iterator[SeedIssue]:
    """Take residents in and issue their cards' certificates; gives the certificates that are on the cards now.

    After the last one the CRLs of the day and the OCSP data are made. Raises what :func:`rules.grant` refuses, and
    ``ValueError`` for a resident who is known already; the batches before are kept.
    """
    waiting = iter(people)
    generations = {usage: authorities.newest(node, usage) for usage in USAGES}
    with ThreadPoolExecutor(THREADS) as signers:
        while part := list(islice(waiting, BATCH)):
            yield from _load(node, generations, part, signers)
    crls.issue_all(node, CRL_SCHEDULE.last(node.clock.now()))
    ocsp.refresh(node)


def _load(
    node: Node, generations: dict[Usage, Generation], part: Sequence[SeedPerson], signers: Executor
) -> list[SeedIssue]:
    with node.database.begin() as tx:
        _check_new(tx, part)
        batch = _Batch([(person, new_person(person.resident_code)) for person in part])
        for usage in USAGES:
            batch.orders += _orders(tx, usage, generations[usage], batch.people)
        rows = list(signers.map(lambda order: _certificate(node, generations[order.usage], order), batch.orders))
        _write(node, tx, batch, rows)
    return [
        SeedIssue(order.person, order.usage, order.serial, row["der"])
        for order, row in zip(batch.orders, rows, strict=True)
        if order.renewed_at is None
    ]


def _check_new(tx: Transaction, part: Sequence[SeedPerson]) -> None:
    for codes in records.chunks([person.resident_code for person in part]):
        if tx.session.scalar(select(Person.person_id).where(Person.resident_code.in_(codes)).limit(1)) is not None:
            raise ValueError("a resident of the population is known already")


def _orders(
    tx: Transaction, usage: Usage, generation: Generation, people: Sequence[tuple[SeedPerson, Person]]
) -> Iterator[_Order]:
    serial = authorities.next_serial(tx.session, usage)
    for person, row in people:
        if person.card is None or person.card.key(usage) is None:
            continue
        replaces = None
        earlier = person.card.issued_at - RENEWED_AFTER
        if usage == "sign" and serial % RENEWED_EVERY == 0 and _was_possible(person, generation, earlier):
            yield _Order(person, row, usage, serial, earlier, renewed_at=person.card.issued_at)
            replaces, serial = serial, serial + 1
        yield _Order(person, row, usage, serial, person.card.issued_at, replaces)
        serial += 1


def _was_possible(person: SeedPerson, generation: Generation, at: datetime) -> bool:
    """Whether a signature certificate could have been issued at that time."""
    try:
        rules.check_age(person.attributes.birth_date, "sign", at)
    except Refused:
        return False
    return at >= generation.authority.certificate.not_valid_before_utc


def _certificate(node: Node, generation: Generation, order: _Order) -> dict[str, Any]:
    """The certificate of an order as a row, by the same checks as at the counter."""
    person, card = order.person, order.person.card
    assert card is not None
    spki = card.key(order.usage)
    assert spki is not None
    applicant = rules.Applicant(person.attributes.birth_date, person.municipality_code, ended=False)
    validity = rules.grant(applicant, order.usage, person.municipality_code, card.expires_on, order.issued_at)
    certificate = certify(
        generation, order.serial, rules.read_public_key(spki), attributes=person.attributes,
        municipality_code=person.municipality_code, validity=validity, subject_key=node.secret("subject"),
    )  # fmt: skip
    application_id = f"population-{order.usage}-{order.serial}"
    return {
        "usage": order.usage, "serial": order.serial, "generation": generation.number, "sequence": 1,
        "application_id": application_id, "content_hash": hashlib.sha256(application_id.encode()).digest(),
        "person_id": order.row.person_id, "municipality_code": person.municipality_code, "card_id": card.card_id,
        "medium": "card", "model": "", "hangs_on": None,
        "not_before": validity.not_before, "not_after": validity.not_after, "issued_at": order.issued_at,
        "replaces": order.replaces, "der": certificate.public_bytes(Encoding.DER),
    }  # fmt: skip


def _write(node: Node, tx: Transaction, batch: _Batch, rows: list[dict[str, Any]]) -> None:
    tx.session.execute(insert(Person), [_person(node, person, row) for person, row in batch.people])
    tx.session.execute(insert(RegisterRow), [_register(tx, person, row) for person, row in batch.people])
    if rows:
        tx.session.execute(insert(CertificateRow), rows)
    orders = zip(batch.orders, rows, strict=True)
    standing.append(tx.session, [_renewal(order, row) for order, row in orders if order.renewed_at is not None])
    detail = {"people": len(batch.people), "certificates": len(rows)}
    tx.record("population-loaded", subject=None, who="jlis", detail=detail)


def _person(node: Node, person: SeedPerson, row: Person) -> dict[str, Any]:
    return {
        "person_id": row.person_id, "resident_code": person.resident_code, "sequence": 1, "event": "registered",
        "municipality_code": person.municipality_code,
        "birth_fingerprint": birth_fingerprint(node, person.attributes),
    }  # fmt: skip


def _register(tx: Transaction, person: SeedPerson, row: Person) -> dict[str, Any]:
    return {
        "person_id": row.person_id, "sequence": 1, "event_id": person.event_id, "event": "registered",
        "municipality_code": person.municipality_code, "effective_on": person.registered_at.date(),
        "recorded_at": person.registered_at, "received_at": tx.now, "attributes_since": person.registered_at,
        "attributes": records.encode_attributes(person.attributes),
        "content_hash": hashlib.sha256(person.event_id.encode()).digest(),
    }  # fmt: skip


def _renewal(order: _Order, row: dict[str, Any]) -> standing.Addition:
    assert order.renewed_at is not None
    entry = Entry(order.renewed_at.replace(microsecond=0), "superseded")
    return standing.Addition(
        order.usage, order.serial, row["generation"], row["municipality_code"], row["not_after"], entry,
        cause=f"population-{order.usage}-{order.serial + 1}",
    )  # fmt: skip
