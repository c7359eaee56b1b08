"""A certificate authority of the network: one generation of one usage, with the certificates it issues.

Two independent self-signed roots, no intermediates. A rollover makes a new generation with a new key and the SAME
name, so who validates must choose by key identifier, then by trying the signature. Nothing here keeps state: serial
numbers and what was issued are the caller's records.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import AuthorityInformationAccessOID

from tegata.japan.dates import JST, end_of_day, nth_birthday_end
from tegata.japan.four_attributes import BirthDate, FourAttributes
from tegata.japan.municipalities import Municipality
from tegata.pki import names
from tegata.pki.attributes import other_names
from tegata.pki.keys import PublicKey, Signer, builder_key, check_public_key
from tegata.pki.profiles import PROFILES, Medium, Usage

MAXIMUM_CARD_SERIAL = 2 ** (8 * PROFILES.card.serial_bytes.value) - 1
"""Serial numbers of what an authority issues are 1 to this; its own certificates lie above, so none is used twice."""

Extensions = Iterable[tuple[x509.ExtensionType, bool]]


@dataclass(frozen=True)
class AuthorityUrls:
    """Where the authority's services answer; ``ocsp`` goes into each certificate's authorityInfoAccess."""

    ocsp: str


@dataclass(frozen=True)
class Authority:
    """One generation of a root: its certificate and whatever signs for it."""

    usage: Usage
    certificate: x509.Certificate
    signer: Signer
    urls: AuthorityUrls

    @classmethod
    def create(
        cls,
        usage: Usage,
        signer: Signer,
        *,
        at: datetime,
        urls: AuthorityUrls,
        generation: int = 1,
    ) -> Self:
        """A new self-signed generation, valid from ``at`` for ten years to the end of the day in Japan.

        ``generation`` counts from 1 and gives the root a serial number of its own, since all share one name.
        """
        name = names.root_name(usage)
        public_key = check_public_key(signer.public_key())
        validity = at, _anniversary(at, PROFILES.root.years.value)
        builder = _builder(name, name, public_key, MAXIMUM_CARD_SERIAL + generation, validity)
        certificate = _sign(builder, _root_extensions(usage, public_key), signer)
        return cls(usage, certificate, signer, urls)

    def issue_sign(
        self,
        serial: int,
        public_key: PublicKey,
        attributes: FourAttributes,
        municipality: Municipality,
        not_before: datetime,
        not_after: datetime,
        subject_id: str,
        medium: Medium = "card",
    ) -> x509.Certificate:
        """A signature certificate (署名用): carries the four attributes as otherNames."""
        self._require("sign")
        alternative = (x509.SubjectAlternativeName(other_names(attributes)), False)
        subject = names.subject_name(self.usage, municipality, subject_id)
        builder = _builder(subject, self.certificate.subject, public_key, card_serial(serial), (not_before, not_after))
        usage = self.usage_extensions(medium)
        place, key = self.place_extensions(municipality), key_identifier(public_key)
        extensions = [*usage, alternative, *place, key]
        return _sign(builder, extensions, self.signer)

    def issue_auth(
        self,
        serial: int,
        public_key: PublicKey,
        municipality: Municipality,
        not_before: datetime,
        not_after: datetime,
        subject_id: str,
        medium: Medium = "card",
    ) -> x509.Certificate:
        """An authentication certificate (利用者証明用): no personal data."""
        self._require("auth")
        subject = names.subject_name(self.usage, municipality, subject_id)
        builder = _builder(subject, self.certificate.subject, public_key, card_serial(serial), (not_before, not_after))
        place, key = self.place_extensions(municipality), key_identifier(public_key)
        extensions = [*self.usage_extensions(medium), *place, key]
        return _sign(builder, extensions, self.signer)

    def issue_ocsp_responder(
        self, serial: int, public_key: PublicKey, not_before: datetime, not_after: datetime
    ) -> x509.Certificate:
        """A delegated OCSP responder (RFC 6960 4.2.2.2): EKU OCSPSigning, and nocheck, so keep its life short."""
        subject = names.responder_name(self.usage)
        builder = _builder(subject, self.certificate.subject, public_key, card_serial(serial), (not_before, not_after))
        return _sign(builder, self._responder_extensions(public_key), self.signer)

    def _require(self, usage: Usage) -> None:
        if self.usage != usage:
            raise ValueError(f"this authority issues {self.usage} certificates, not {usage}")

    def usage_extensions(self, medium: Medium) -> Extensions:
        """What the key may be used for: in every certificate of a medium, before the holder's attributes."""
        profile = PROFILES.of(self.usage)
        yield key_usage(profile.key_usage.value), True
        if profile.extended_key_usage.value:
            yield _extended_key_usage(profile.extended_key_usage.value), False
        identifier = x509.ObjectIdentifier(PROFILES.policies(self.usage, medium).policy.value)
        policy = x509.PolicyInformation(identifier, None)
        yield x509.CertificatePolicies([policy]), True

    def place_extensions(self, municipality: Municipality) -> Extensions:
        """Where the issuer, its lists and its responder are: the same for all of a municipality."""
        yield x509.IssuerAlternativeName([names.root_alternative_name(self.usage)]), False
        yield _distribution_point(names.partition_name(self.usage, municipality)), False
        yield self._information_access(), False
        yield self._issuer_key_identifier(), False

    def _responder_extensions(self, public_key: PublicKey) -> Extensions:
        profile = PROFILES.ocsp_responder
        yield key_usage(profile.key_usage.value), True
        yield _extended_key_usage(profile.extended_key_usage.value), False
        yield x509.OCSPNoCheck(), False
        yield self._issuer_key_identifier(), False
        yield key_identifier(public_key)

    def _information_access(self) -> x509.AuthorityInformationAccess:
        location = x509.UniformResourceIdentifier(self.urls.ocsp)
        return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, location)])

    def _issuer_key_identifier(self) -> x509.AuthorityKeyIdentifier:
        own = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def validity_end(birth_date: BirthDate, issued_at: datetime, card_expiry: date | datetime | None = None) -> datetime:
    """When a card certificate ends: with the fifth birthday after issue (Japan time), or the card if earlier."""
    birthday = nth_birthday_end(birth_date, issued_at, PROFILES.card.birthdays.value)
    if card_expiry is None:
        return birthday
    return min(birthday, card_expiry if isinstance(card_expiry, datetime) else end_of_day(card_expiry))


def key_usage(asserted: Iterable[str]) -> x509.KeyUsage:
    """A keyUsage with only the named bits (RFC 5280 4.2.1.3, in ``cryptography``'s spelling)."""
    bits = set(asserted)
    known = {
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    }  # fmt: skip
    return x509.KeyUsage(**{bit: bit in bits for bit in known})


def _root_extensions(usage: Usage, public_key: PublicKey) -> Extensions:
    yield key_usage(PROFILES.root.key_usage.value), True
    yield x509.SubjectAlternativeName([names.root_alternative_name(usage)]), False
    yield x509.BasicConstraints(ca=True, path_length=None), True
    yield _distribution_point(names.root_name(usage)), False
    yield key_identifier(public_key)


def key_identifier(public_key: PublicKey) -> tuple[x509.ExtensionType, bool]:
    """The subjectKeyIdentifier of a key: the last extension of each certificate."""
    return x509.SubjectKeyIdentifier.from_public_key(public_key), False


def _distribution_point(name: x509.Name) -> x509.CRLDistributionPoints:
    point = x509.DistributionPoint([x509.DirectoryName(name)], relative_name=None, reasons=None, crl_issuer=None)
    return x509.CRLDistributionPoints([point])


def _extended_key_usage(purposes: Iterable[str]) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose) for purpose in purposes])


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: PublicKey, serial: int, validity: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(check_public_key(public_key))
        .serial_number(serial)
        .not_valid_before(utc_second(validity[0]))
        .not_valid_after(utc_second(validity[1]))
    )


def _sign(builder: x509.CertificateBuilder, extensions: Extensions, signer: Signer) -> x509.Certificate:
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(builder_key(signer), hashes.SHA256())


def card_serial(serial: int) -> int:
    """The serial number, if it is one that an authority gives out; ``ValueError`` otherwise."""
    if not 0 < serial <= MAXIMUM_CARD_SERIAL:
        raise ValueError(f"a serial number is 1 to {MAXIMUM_CARD_SERIAL}, not {serial}")
    return serial


def utc_second(moment: datetime) -> datetime:
    """A moment as a certificate has it. ``ValueError`` where it has no offset."""
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset")
    return moment.astimezone(UTC).replace(microsecond=0)


def _anniversary(at: datetime, years: int) -> datetime:
    day = at.astimezone(JST).date()
    try:
        return end_of_day(day.replace(year=day.year + years))
    except ValueError:
        return end_of_day(day.replace(year=day.year + years, day=28))
