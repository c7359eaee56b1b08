"""CRLs for the tests: entries of every shape, the library's own writing of them, and hand-made records."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import strategies as st

from tegata.pki import der, names
from tegata.pki.authority import Authority
from tegata.pki.crl import Reason, RevokedEntries, Scope, write_crl
from tegata.pki.crl.write import issuing_distribution_point
from tegata.pki.keys import SoftwareSigner, builder_key
from tests.pki.support import AT, CHIYODA, LATER, URLS, authority, key

Row = tuple[int, datetime, Reason]

TODAY = AT.replace(hour=7)
TOMORROW = TODAY + timedelta(days=1)
PARTITION = names.partition_name("sign", CHIYODA)
USABLE = [reason for reason in Reason if reason is not Reason.REMOVE_FROM_CRL]
ROWS: list[Row] = [
    (7, AT, Reason.AFFILIATION_CHANGED),
    (0x80, AT - timedelta(days=400), Reason.UNSPECIFIED),
    (0x1234_5678, LATER, Reason.CERTIFICATE_HOLD),
]

SERIALS = st.integers(1, 20).flatmap(lambda size: st.integers(1, (1 << (8 * size - 1)) - 1))
TIMES = st.datetimes(datetime(1950, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0)
)
TABLES = st.lists(st.tuples(SERIALS, TIMES, st.sampled_from(USABLE)), unique_by=lambda row: row[0], max_size=40)


def crl(
    rows: Iterable[Row] = ROWS,
    *,
    by: Authority | None = None,
    number: int = 12,
    this_update: datetime = TODAY,
    next_update: datetime = TOMORROW,
    partition: x509.Name | None = None,
    only: Scope | None = None,
) -> bytes:
    """A list of the sign authority."""
    return write_crl(
        by or authority(),
        RevokedEntries.from_rows(rows),
        number=number,
        this_update=this_update,
        next_update=next_update,
        partition=partition,
        only=only,
    )


def library_crl(
    entries: RevokedEntries,
    *,
    by: Authority | None = None,
    number: int = 12,
    partition: x509.Name | None = None,
    only: Scope | None = None,
    extensions: Iterable[tuple[x509.ExtensionType, bool]] | None = None,
    entry_extensions: Iterable[tuple[x509.ExtensionType, bool]] = (),
) -> bytes:
    """The same list by the builder of ``cryptography``; ``extensions`` in the place of the usual ones."""
    by = by or authority()
    builder = x509.CertificateRevocationListBuilder().issuer_name(by.certificate.subject)
    builder = builder.last_update(TODAY).next_update(TOMORROW)
    for value, critical in usual(by, number, partition, only) if extensions is None else extensions:
        builder = builder.add_extension(value, critical)
    for revocation in entries:
        revoked = x509.RevokedCertificateBuilder().serial_number(revocation.serial).revocation_date(revocation.at)
        if revocation.reason is not Reason.UNSPECIFIED:
            revoked = revoked.add_extension(x509.CRLReason(x509.ReasonFlags(revocation.reason.value)), critical=False)
        for value, critical in entry_extensions:
            revoked = revoked.add_extension(value, critical)
        builder = builder.add_revoked_certificate(revoked.build())
    return builder.sign(builder_key(by.signer), hashes.SHA256()).public_bytes(Encoding.DER)


def usual(
    by: Authority, number: int = 12, partition: x509.Name | None = None, only: Scope | None = None
) -> list[tuple[x509.ExtensionType, bool]]:
    """AKI, CRL number and IDP."""
    identifier = by.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False),
        (x509.CRLNumber(number), False),
    ]
    if partition is not None or only is not None:
        extensions.append((issuing_distribution_point(partition, only), True))
    return extensions


def signed(tbs: bytes, signer: SoftwareSigner | None = None) -> bytes:
    """Any bytes as a tbsCertList, well signed: what a careless or hostile authority might issue."""
    signer = signer or key("sign 1")
    algorithm = der.signature_algorithm(signer.public_key())
    return der.encode(der.SEQUENCE, tbs, algorithm, der.bit_string(signer.sign(tbs)))


def tbs_of(data: bytes) -> bytes:
    """The tbsCertList of a list."""
    outer = der.Reader(data).enter(der.SEQUENCE)
    return outer.bytes_of(outer.read(der.SEQUENCE), whole=True)


def record(serial: bytes = b"\x01", time: bytes = b"\x17\x0d230925070000Z", extensions: bytes = b"") -> bytes:
    """One record with these contents, however wrong."""
    return der.encode(der.SEQUENCE, der.encode(der.INTEGER, serial), time, extensions)


def extension(oid: bytes, value: bytes, *, critical: bytes = b"") -> bytes:
    """One extension; ``critical`` is the whole BOOLEAN."""
    name = der.encode(der.OBJECT_IDENTIFIER, oid)
    return der.encode(der.SEQUENCE, name, critical, der.encode(der.OCTET_STRING, value))


def p256_authority() -> Authority:
    """An authority whose key is on P-256."""
    return Authority.create("sign", SoftwareSigner.generate_p256(), at=AT, urls=URLS)
