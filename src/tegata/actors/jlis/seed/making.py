"""The rows of a population, certificates included, made without a database: all that takes long and can be shared out.

A maker can be sent to another process: it goes as what it was made of, keys included, to a process of the same owner.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cryptography import x509

from tegata.actors.jlis.rules import issue as rules
from tegata.actors.jlis.rules.revocation import Entry
from tegata.actors.jlis.seed.facts import Order, SeedPerson, orders
from tegata.actors.jlis.service.issue import subject_id
from tegata.actors.jlis.service.records import encode_attributes
from tegata.actors.jlis.service.residents import new_person_id
from tegata.actors.jlis.service.standing import Addition
from tegata.japan.municipalities import municipality
from tegata.node.sealing import fingerprint
from tegata.pki.attributes import NotASignCertificate
from tegata.pki.authority import Authority, AuthorityUrls
from tegata.pki.bulk import BulkIssuer
from tegata.pki.keys import SoftwareSigner
from tegata.pki.profiles import USAGES, Usage
from tegata.wire.problems import INVALID, Refused

Row = dict[str, Any]


@dataclass(frozen=True)
class Root:
    """A generation of a root as it can be sent to another process; ``key`` is the private key's PEM."""

    usage: Usage
    number: int
    certificate: bytes
    key: bytes
    ocsp: str

    def authority(self) -> Authority:
        """The root at work."""
        certificate = x509.load_der_x509_certificate(self.certificate)
        signer = SoftwareSigner.from_pem(self.key, unsafe_unchecked=True)
        return Authority(self.usage, certificate, signer, AuthorityUrls(ocsp=self.ocsp))


@dataclass(frozen=True)
class Tools:
    """What a maker needs: the roots that issue now, and the secrets of subjects' ids and of fingerprints."""

    roots: Mapping[Usage, Root]
    subject_key: bytes
    birth_date_key: bytes


@dataclass(frozen=True)
class Made:
    """What one batch writes, table by table; certificates and revocations by usage, in the order of their serials."""

    people: list[Row] = field(default_factory=list)
    register: list[Row] = field(default_factory=list)
    certificates: list[Row] = field(default_factory=list)
    revocations: list[Addition] = field(default_factory=list)


class Maker:
    """Makes the rows of batches."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._accepted: set[bytes] = set()

    @cached_property
    def _issuers(self) -> dict[Usage, BulkIssuer]:
        return {usage: BulkIssuer(root.authority()) for usage, root in self._tools.roots.items()}

    def make(self, people: Sequence[SeedPerson], serials: Mapping[Usage, int]) -> Made:
        """The rows of people; ``serials`` are the first ones to be given. Raises what ``grant`` refuses."""
        made, ids = Made(), {person.resident_code: new_person_id() for person in people}
        for person in people:
            made.people.append(self._person(person, ids[person.resident_code]))
            made.register.append(_register(person, ids[person.resident_code]))
        for usage in USAGES:
            for order in orders(people, usage, serials[usage]):
                row = self._certificate(order, ids[order.person.resident_code])
                made.certificates.append(row)
                if order.ended is not None:
                    made.revocations.append(_revocation(order, row))
        return made

    def _person(self, person: SeedPerson, person_id: str) -> Row:
        return {
            "person_id": person_id, "resident_code": person.resident_code, "sequence": 1, "event": "registered",
            "municipality_code": person.municipality_code,
            "birth_fingerprint": fingerprint(self._tools.birth_date_key, person.attributes.birth_date),
        }  # fmt: skip

    def _certificate(self, order: Order, person_id: str) -> Row:
        """The certificate of an order as a row, by the same checks as at the counter."""
        card, usage, serial = order.person.card, order.usage, order.serial
        assert card is not None
        spki = card.key(usage)
        assert spki is not None
        if spki not in self._accepted:
            rules.read_public_key(spki)
            self._accepted.add(spki)
        applicant = rules.Applicant(order.attributes.birth_date, order.municipality_code, ended=False)
        validity = rules.grant(applicant, usage, order.municipality_code, card.expires_on, order.issued_at)
        application_id = f"population-{usage}-{serial}"
        return {
            "usage": usage, "serial": serial, "generation": self._tools.roots[usage].number, "sequence": 1,
            "application_id": application_id, "content_hash": hashlib.sha256(application_id.encode()).digest(),
            "person_id": person_id, "municipality_code": order.municipality_code, "card_id": card.card_id,
            "medium": "card", "model": "", "hangs_on": None,
            "not_before": validity.not_before, "not_after": validity.not_after, "issued_at": order.issued_at,
            "replaces": order.replaces, "der": self._issued(order, spki, validity),
        }  # fmt: skip

    def _issued(self, order: Order, spki: bytes, validity: rules.Validity) -> bytes:
        place = municipality(order.municipality_code)
        name = subject_id(self._tools.subject_key, order.usage, order.serial, place.code5, "card")
        try:
            return self._issuers[order.usage].issue(
                order.serial, spki, place, validity.not_before, validity.not_after, name,
                order.attributes if order.usage == "sign" else None,
            )  # fmt: skip
        except NotASignCertificate as refused:
            raise Refused(INVALID, {"field": "attributes", "cause": refused.code}) from refused


def _register(person: SeedPerson, person_id: str) -> Row:
    return {
        "person_id": person_id, "sequence": 1, "event_id": person.event_id, "event": "registered",
        "municipality_code": person.municipality_code, "effective_on": person.registered_at.date(),
        "recorded_at": person.registered_at, "attributes_since": person.registered_at,
        "attributes": encode_attributes(person.attributes),
        "content_hash": hashlib.sha256(person.event_id.encode()).digest(),
    }  # fmt: skip


def _revocation(order: Order, row: Row) -> Addition:
    """The entry that ended a certificate; its cause is the application for the next one."""
    assert order.ended is not None
    entry = Entry(order.ended.until.replace(microsecond=0), order.ended.reason)
    return Addition(
        order.usage, order.serial, row["generation"], row["municipality_code"], row["not_after"], entry,
        cause=f"population-{order.usage}-{order.serial + 1}",
    )  # fmt: skip
