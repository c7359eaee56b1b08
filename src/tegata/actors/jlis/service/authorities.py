"""The two roots and their generations: made at set-up, rolled over with a new key under the SAME name.

New certificates are issued under the newest generation; those of the earlier ones go on, and so does their revocation
data: every generation signs the same whole CRL, and has an OCSP responder of its own (docs/decisions/0004).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from tegata.actors.jlis.tables import CertificateRow, GenerationRow, ResponderRow
from tegata.node.node import Node
from tegata.pki.authority import Authority, AuthorityUrls
from tegata.pki.keys import Signer, SoftwareSigner
from tegata.pki.ocsp import Responder
from tegata.pki.profiles import USAGES, Usage
from tegata.wire.problems import CONFLICT, Refused

RENEW_BEFORE = timedelta(days=7)
"""How long before its end a responder certificate is renewed."""

NEWEST_GENERATION = select(func.max(GenerationRow.number)).where(GenerationRow.usage == bindparam("usage"))
"""The number of the newest generation of ``usage``, which is how many there are."""


@dataclass(frozen=True)
class Generation:
    """One generation of a root; ``number`` counts from 1."""

    number: int
    authority: Authority


def set_up(node: Node) -> None:
    """Make the first generations where there are none; roots begin years back, as the settings say."""
    started = node.clock.now() - timedelta(days=node.own.first_root_days)
    for usage in USAGES:
        if not generations(node, usage):
            _add(node, usage, 1, started)
    write_trust(node)


def roll_over(node: Node, usage: Usage) -> Generation:
    """A new generation with a new key and the same name, from now on the one that issues.

    Raises CONFLICT where another rollover was faster.
    """
    generation = _add(node, usage, newest(node, usage).number + 1, None)
    write_trust(node)
    return generation


def _add(node: Node, usage: Usage, number: int, not_before: datetime | None) -> Generation:
    name = f"root-{usage}-{number}"
    signer = node.signer_store.load_or_create(name, SoftwareSigner.generate_rsa)
    with node.database.begin() as tx:
        if number != count(tx.session, usage) + 1:
            raise Refused(CONFLICT, {"generation": number})
        start = not_before or tx.now
        authority = Authority.create(usage, signer, at=start, urls=urls(node, usage), generation=number)
        der = authority.certificate.public_bytes(Encoding.DER)
        tx.session.add(GenerationRow(usage=usage, number=number, certificate=der, key_name=name, created_at=tx.now))
        tx.record("root-generation", subject=None, who="jlis", detail={"usage": usage, "generation": number})
    return Generation(number, authority)


def urls(node: Node, usage: Usage) -> AuthorityUrls:
    """Where this node answers for a usage."""
    return AuthorityUrls(ocsp=f"{node.own.ocsp_url.rstrip('/') or node.base_url + '/ocsp'}/{usage}")


def generations(node: Node, usage: Usage) -> list[Generation]:
    """All generations of a usage from the oldest to the newest, as the database has them now."""
    with node.database.read() as session:
        rows = session.scalars(select(GenerationRow).where(GenerationRow.usage == usage).order_by(GenerationRow.number))
        found = list(rows)
    cache: dict[str, Generation] = node.state.setdefault("generations", {})
    for row in found:
        if row.key_name not in cache:
            cache[row.key_name] = Generation(row.number, _load(node, usage, row))
    return [cache[row.key_name] for row in found]


def _load(node: Node, usage: Usage, row: GenerationRow) -> Authority:
    return Authority(usage, x509.load_der_x509_certificate(row.certificate), key(node, row.key_name), urls(node, usage))


def key(node: Node, name: str) -> Signer:
    """A key of the signer store; ``LookupError`` where it was lost."""
    signer = node.signer_store.load(name)
    if signer is None:
        raise LookupError(f"the signer store has no key {name}")
    return signer


def newest(node: Node, usage: Usage) -> Generation:
    """The generation that issues."""
    return generations(node, usage)[-1]


def next_serial(session: Session, usage: Usage) -> int:
    """The serial after the last one given out, to a holder or a responder: writes are serial, so it is unique."""
    used = (
        session.scalar(select(func.max(table.serial)).where(table.usage == usage))
        for table in (CertificateRow, ResponderRow)
    )
    return max(number or 0 for number in used) + 1


@dataclass(frozen=True)
class Issuer:
    """An authority by its certificate only: what a responder is told of it."""

    certificate: x509.Certificate


def renew_responders(node: Node, usage: Usage) -> None:
    """See that each generation has a responder: certificates near their end, of another kind of key, or missing.

    Takes the roots' keys; whoever only answers calls :func:`responders`.
    """
    for generation in generations(node, usage):
        with node.database.read() as session:
            row = _newest_responder(session, usage, generation.number)
        if row is None or _is_to_renew(node, row):
            _renew(node, usage, generation)


def _is_to_renew(node: Node, row: ResponderRow) -> bool:
    key = x509.load_der_x509_certificate(row.certificate).public_key()
    kind = "rsa" if isinstance(key, rsa.RSAPublicKey) else "p256"
    return row.not_after - RENEW_BEFORE <= node.clock.now() or kind != node.own.ocsp_key


def count(session: Session, usage: Usage) -> int:
    """How many generations there are."""
    return session.scalar(NEWEST_GENERATION, {"usage": usage}) or 0


def responders(node: Node, usage: Usage) -> dict[int, Responder]:
    """The newest responder of each generation, by its number; of the keys only theirs are used."""
    with node.database.read() as session:
        roots = session.scalars(
            select(GenerationRow).where(GenerationRow.usage == usage).order_by(GenerationRow.number)
        ).all()
        rows = {root.number: _newest_responder(session, usage, root.number) for root in roots}
    issuers = {root.number: Issuer(x509.load_der_x509_certificate(root.certificate)) for root in roots}
    return {number: _responder(node, issuers[number], row) for number, row in rows.items() if row is not None}


def _responder(node: Node, issuer: Issuer, row: ResponderRow) -> Responder:
    return Responder(issuer, x509.load_der_x509_certificate(row.certificate), key(node, row.key_name))


def _newest_responder(session: Session, usage: Usage, generation: int) -> ResponderRow | None:
    query = select(ResponderRow).where(ResponderRow.usage == usage, ResponderRow.generation == generation)
    return session.scalar(query.order_by(ResponderRow.serial.desc()).limit(1))


def _renew(node: Node, usage: Usage, generation: Generation) -> None:
    with node.database.read() as session:
        made = session.scalar(select(func.count()).select_from(ResponderRow).where(ResponderRow.usage == usage))
    name = f"ocsp-{usage}-{generation.number}-{made}-{node.own.ocsp_key}"
    make = SoftwareSigner.generate_rsa if node.own.ocsp_key == "rsa" else SoftwareSigner.generate_p256
    signer = node.signer_store.load_or_create(name, make)
    with node.database.begin() as tx:
        earlier = tx.session.scalar(select(ResponderRow).where(ResponderRow.key_name == name))
        if earlier is not None:
            return
        serial = next_serial(tx.session, usage)
        end = tx.now + timedelta(days=node.own.responder_days)
        certificate = generation.authority.issue_ocsp_responder(serial, signer.public_key(), tx.now, end)
        row = ResponderRow(
            usage=usage, serial=serial, generation=generation.number, key_name=name,
            certificate=certificate.public_bytes(Encoding.DER), not_after=certificate.not_valid_after_utc,
        )  # fmt: skip
        tx.session.add(row)


def roots(node: Node, usage: Usage) -> Sequence[x509.Certificate]:
    """The root certificates of a usage from the oldest to the newest."""
    return [generation.authority.certificate for generation in generations(node, usage)]


def write_trust(node: Node) -> None:
    """Put the root certificates where relying sides of this machine find them: as ``sign-1.pem`` or ``auth-2.pem``."""
    directory = node.settings.trust_directory
    directory.mkdir(parents=True, exist_ok=True)
    for usage in USAGES:
        for generation in generations(node, usage):
            file = directory / f"{usage}-{generation.number}.pem"
            fresh = file.with_suffix(".new")
            fresh.write_bytes(generation.authority.certificate.public_bytes(Encoding.PEM))
            fresh.replace(file)
