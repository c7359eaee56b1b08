"""Whether a signature of a file is to be accepted, with all that was looked at (``tegata card verify``).

1. The file is what was signed, by the key of the certificate (:mod:`tegata.pki.signed_files.checking`).
2. The certificate: chain, time, policy, key usage (:class:`tegata.pki.validation.Validator`).
3. Revocation, by each source there is: lists of the trust directory, and the responder that the certificate names. One
   that says revoked decides; one answer at least must be had.

What "at" a time rests on: the caller says the time. A file's own claim is no proof of it, and timestamps are not looked
at, so whoever asks about the past must know by other means that the file existed then.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import msgspec
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from tegata.pki.crl import CrlRefused, RevocationList, verify_crl
from tegata.pki.ocsp import build_request
from tegata.pki.profiles import Usage
from tegata.pki.signed_files.checking import Signed
from tegata.pki.validation import (
    OWN_POLICIES,
    AsKnownLater,
    ByCrl,
    ByOcsp,
    CertificateRefused,
    DirectRevocation,
    Trust,
    Validator,
    unsafe_no_revocation_check,
)
from tegata.wire.problems import Refused, problem

SECONDS = 10
LARGEST_RESPONSE = 1_000_000

NO_TRUST_DIRECTORY = problem(
    "no-trust-directory", 404,
    ja="信頼するルート証明書 (sign-*.pem) が見つかりません。", en="No trusted root (sign-*.pem) was found.",
    do_ja="tegata export pki --out で書き出したフォルダーを --trust で指定してください。",
    do_en="Name a directory that `tegata export pki --out` wrote with --trust.",
)  # fmt: skip
ROOT_UNREADABLE = problem(
    "root-unreadable", 400,
    ja="ルート証明書として読み取れないファイルがあります。", en="A file can not be read as a root certificate.",
    do_ja="--trust のフォルダーを確かめてください。", do_en="Check the directory given with --trust.",
)  # fmt: skip


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What one source says of revocation: ``good``, a code of refusal, or ``unavailable``; and as of when."""

    source: str
    says: str
    as_of: datetime | None = None
    detail: str = ""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """A signature and the verdict. ``certificate`` is ``good`` or the code of its refusal."""

    field: str
    subject: str
    serial: str
    content: bool
    signature: bool
    whole: bool
    changes: str
    digest: str
    claimed_at: datetime | None
    judged_at: datetime
    certificate: str
    certificate_detail: str
    revocation: list[Source]
    not_checked: list[str]
    valid: bool


@dataclass(frozen=True)
class Judge:
    """The means of judging. ``known_at``: now; ``at``: the time that is judged. ``responder`` gives OCSP's answer.

    ``policies`` are those of this network's authorities, or of the real ones (:mod:`tegata.pki.validation.trust`).
    """

    roots: Sequence[x509.Certificate]
    lists: Sequence[bytes]
    at: datetime
    known_at: datetime
    responder: Callable[[x509.Certificate, x509.Certificate], bytes] | None
    policies: Mapping[Usage, frozenset[str]] = field(default_factory=lambda: OWN_POLICIES)

    def judge(self, signed: Signed) -> Judgement:
        """The verdict about one signature of a file."""
        validator = Validator(Trust(roots=self.roots, policies=self.policies))
        code, detail, sources = "good", "", list[Source]()
        try:
            # 2. chain, time, policy, key usage
            accepted = validator.validate(
                signed.certificate, usage="sign", at=self.at, revocation=unsafe_no_revocation_check
            )
        except CertificateRefused as refused:
            code, detail = refused.code, refused.detail
        else:
            # 3. revocation
            sources = [*self._by_lists(validator, signed.certificate), *self._by_ocsp(validator, accepted.root, signed)]
        says = {source.says for source in sources}
        good = "good" in says and says <= {"good", "unavailable", "revocation-unknown"}
        return Judgement(
            field=signed.field,
            subject=signed.certificate.subject.rfc4514_string(),
            serial=str(signed.certificate.serial_number),
            content=signed.content,
            signature=signed.signature,
            whole=signed.whole,
            changes=signed.changes,
            digest=signed.digest,
            claimed_at=signed.claimed_at,
            judged_at=self.at,
            certificate=code,
            certificate_detail=detail,
            revocation=sources,
            not_checked=["claimed-time", *(["timestamp"] if signed.has_timestamp else [])],
            valid=signed.intact and code == "good" and good,
        )

    def _by_lists(self, validator: Validator, certificate: x509.Certificate) -> list[Source]:
        read = [self._list(validator, certificate, data) for data in self.lists]
        usable = [one for one in read if isinstance(one, RevocationList)]
        if not usable:
            why = {one for one in read if isinstance(one, str)} or {"no lists"}
            return [Source(source="crl", says="unavailable", detail=", ".join(sorted(why)))]
        return [self._ask(validator, certificate, "crl", ByCrl(*usable))]

    def _list(self, validator: Validator, certificate: x509.Certificate, data: bytes) -> RevocationList | str:
        """A list for this certificate that is current now, or the code of why it is not used."""
        code = ""
        for partition in (None, *partitions(certificate)):
            try:
                return verify_crl(data, validator.trust.roots, at=self.known_at, partition=partition)
            except CrlRefused as refused:
                code = refused.code
        return code

    def _by_ocsp(self, validator: Validator, root: x509.Certificate, signed: Signed) -> list[Source]:
        if self.responder is None:
            return []
        try:
            response = self.responder(signed.certificate, root)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return [Source(source="ocsp", says="unavailable", detail=str(error))]
        return [self._ask(validator, signed.certificate, "ocsp", ByOcsp(response))]

    def _ask(self, validator: Validator, certificate: x509.Certificate, name: str, source: DirectRevocation) -> Source:
        later = AsKnownLater(source, self.known_at) if self.at < self.known_at else source
        try:
            accepted = validator.validate(certificate, usage="sign", at=self.at, revocation=later)
        except CertificateRefused as refused:
            return Source(source=name, says=refused.code, as_of=refused.revoked_at, detail=refused.detail)
        return Source(source=name, says="good", as_of=accepted.status_as_of)


def partitions(certificate: x509.Certificate) -> list[x509.Name]:
    """The names of a certificate's distribution points."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return [name.value for point in points for name in point.full_name or () if isinstance(name, x509.DirectoryName)]


def read_roots(directory: Path) -> list[x509.Certificate]:
    """The roots of a directory, as ``tegata export pki`` and a network's trust directory have them.

    Raises ``Refused``: no-trust-directory, root-unreadable.
    """
    files = sorted(directory.glob("sign-*.pem"))
    if not files:
        raise Refused(NO_TRUST_DIRECTORY, {"directory": str(directory)})
    try:
        return [x509.load_pem_x509_certificate(file.read_bytes()) for file in files]
    except ValueError as error:
        raise Refused(ROOT_UNREADABLE, {"directory": str(directory), "cause": str(error)}) from error


def read_lists(directory: Path) -> list[bytes]:
    """The CRLs of a directory that ``tegata export pki`` wrote; none where there are none."""
    return [file.read_bytes() for file in sorted((directory / "crl").glob("sign-*.crl"))]


def lists_of_network(data: Path) -> list[bytes]:
    """The newest whole CRL of each generation of a network's data directory."""
    from tegata.actors.jlis.service import crls  # noqa: PLC0415
    from tegata.cli.site import reading  # noqa: PLC0415

    with reading(data, None, "jlis") as (jlis, _):
        newest = [row for row in crls.current(jlis) if row.usage == "sign" and row.partition == crls.WHOLE]
        lists = []
        for row in newest:
            with crls.opened(jlis, crls.one(jlis, "sign", row.partition, row.number, row.generation)) as der:
                lists.append(der.read())
        return lists


class Responder:
    """Asks the OCSP responder that a certificate names; ``base`` is where it is reached instead, if elsewhere."""

    def __init__(self, base: str = "") -> None:
        self._base = base.rstrip("/")

    def __call__(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
        """The response in DER. Raises ``ValueError`` and ``httpx.HTTPError`` where there is none."""
        headers = {"content-type": "application/ocsp-request"}
        request = build_request(certificate, issuer)
        with httpx.Client(timeout=SECONDS, trust_env=False) as client:
            answer = client.post(self._url(certificate), content=request, headers=headers).raise_for_status()
        if len(answer.content) > LARGEST_RESPONSE:
            raise ValueError("too long for an OCSP response")
        return answer.content

    def _url(self, certificate: x509.Certificate) -> str:
        named = named_responder(certificate)
        if not named:
            raise ValueError("the certificate names no responder")
        return self._base + urlsplit(named).path if self._base else named


def named_responder(certificate: x509.Certificate) -> str:
    """The URL of the responder in a certificate (RFC 5280 4.2.2.1); empty for none."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return ""
    urls = (
        one.access_location.value
        for one in access
        if one.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(one.access_location, x509.UniformResourceIdentifier)
    )
    return next(urls, "")
