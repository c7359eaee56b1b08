"""Batches of a population, each in one transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import insert, select

from tegata.actors.jlis.jobs import CRL_SCHEDULE
from tegata.actors.jlis.seed.facts import SeedIssue, SeedPerson, orders
from tegata.actors.jlis.seed.making import Made, Maker, Root, Tools
from tegata.actors.jlis.service import authorities, crls, ocsp, records, standing
from tegata.actors.jlis.service.residents import birth_date_key
from tegata.actors.jlis.tables import CertificateRow, Person, RegisterRow
from tegata.node import loading
from tegata.node.database import Transaction
from tegata.node.loading import Loaded
from tegata.node.node import Node
from tegata.pki.keys import SoftwareSigner
from tegata.pki.profiles import USAGES, Usage

BATCH = 500


def issue_for(node: Node, people: Iterable[SeedPerson]) -> Iterator[SeedIssue]:
    """Take residents in and issue their cards' certificates; gives the certificates that are on the cards now.

    After the last one the CRLs of the day and the OCSP data are made. Raises what ``rules.issue.grant`` refuses, and
    ``ValueError`` for a resident who is known already; the batches before are kept.
    """
    waiting, maker = iter(people), Maker(tools(node))
    while part := list(islice(waiting, BATCH)):
        serials = next_serials(node)
        made = maker.make(part, serials)
        write(node, made)
        yield from _present(part, serials, made)
    crls.issue_all(node, CRL_SCHEDULE.last(node.clock.now()))
    ocsp.refresh(node)


def tools(node: Node) -> Tools:
    """What makes the certificates of a node; their public keys are those of the profile."""
    roots: dict[Usage, Root] = {}
    for usage in USAGES:
        generation = authorities.newest(node, usage)
        authority, signer = generation.authority, generation.authority.signer
        assert isinstance(signer, SoftwareSigner), "the signer store keeps keys in memory"
        roots[usage] = Root(
            usage, generation.number, authority.certificate.public_bytes(Encoding.DER), signer.to_pem(),
            authority.urls.ocsp,
        )  # fmt: skip
    return Tools(roots, node.secret("subject"), birth_date_key(node))


def next_serials(node: Node) -> dict[Usage, int]:
    """The next serial of each usage; another one where something is issued meanwhile."""
    with node.database.read() as session:
        return {usage: authorities.next_serial(session, usage) for usage in USAGES}


def write(node: Node, made: Made, loaded: Loaded | None = None) -> None:
    """Write a batch in one transaction, with how far the load then is.

    Raises ``ValueError`` for a resident who is known already, and where a serial was given out meanwhile.
    """
    with node.database.begin() as tx:
        _check_new(tx, made)
        received = [{**row, "received_at": tx.now} for row in made.register]
        for table, rows in ((Person, made.people), (RegisterRow, received), (CertificateRow, made.certificates)):
            if rows:
                tx.session.execute(insert(table), rows)
        standing.append(tx.session, made.revocations)
        loading.note(tx, loaded)
        detail = {"people": len(made.people), "certificates": len(made.certificates)}
        tx.record("population-loaded", subject=None, who="jlis", detail=detail)


def _check_new(tx: Transaction, made: Made) -> None:
    for codes in records.chunks([row["resident_code"] for row in made.people]):
        if tx.session.scalar(select(Person.person_id).where(Person.resident_code.in_(codes)).limit(1)) is not None:
            raise ValueError("a resident of the population is known already")
    for usage in USAGES:
        serials = [row["serial"] for row in made.certificates if row["usage"] == usage]
        if serials and serials[0] != authorities.next_serial(tx.session, usage):
            raise ValueError("a serial number of the population was given out already")


def _present(people: Sequence[SeedPerson], serials: Mapping[Usage, int], made: Made) -> Iterator[SeedIssue]:
    wanted = (order for usage in USAGES for order in orders(people, usage, serials[usage]))
    for order, row in zip(wanted, made.certificates, strict=True):
        if order.ended is None:
            yield SeedIssue(order.person, order.usage, order.serial, row["der"])
