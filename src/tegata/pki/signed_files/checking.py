"""Who signed a file, and whether it is still what was signed.

For each signature: the digest of the content, the signature over it by the key of the certificate, the certificate's
binding to the signature, the strength of the algorithms; for a PDF also that the signature covers the whole of its
revision, and that nothing but what is allowed was added after it. Timestamps are not looked at.
"""

import asyncio
import io
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import cms, pem
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_detached_cms, async_validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError, ValidationInfoReadingError
from pyhanko.sign.validation.generic_cms import async_validate_cms_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from tegata.pki.signed_files.refused import FileRefused

# Its warnings are tracebacks with the names of subjects; what matters of them is in what is returned.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)

_BROKEN = (
    PdfError,
    SignatureValidationError,
    ValidationInfoReadingError,
    ValueError,
    KeyError,
    TypeError,
    RecursionError,
    # what comes of algorithms that nobody knows
    AttributeError,
    NotImplementedError,
    UnsupportedAlgorithm,
)
_ANY_KEY_USAGE = KeyUsageConstraints(key_usage=set())
"""Key usage is the certificate validation's affair."""


@dataclass(frozen=True)
class Signed:
    """One signature of a file.

    ``content``: the content's digest is the one that was signed. ``signature``: the certificate's key made it.
    ``whole``: it covers the file; False where more was added, or where it covers only a part; ``changes`` says what.
    ``claimed_at``: when the signer says that it was; nobody vouches for it.
    """

    field: str
    certificate: x509.Certificate
    content: bool
    signature: bool
    whole: bool
    changes: str
    digest: str
    claimed_at: datetime | None
    has_timestamp: bool

    @property
    def intact(self) -> bool:
        """Whether the file is what was signed."""
        return self.content and self.signature and self.whole


def check_cms(signature: bytes, content: bytes | None = None) -> list[Signed]:
    """A CMS signature in DER or PEM; ``content`` where it stands apart.

    Raises:
        FileRefused: no CMS signature, or one whose content is missing, or of several signers.
    """
    try:
        return [asyncio.run(_check_cms(_signed_data(signature), content))]
    except FileRefused:
        raise
    except _BROKEN as error:
        raise FileRefused("cms-unreadable", str(error)) from error


def check_pdf(document: bytes) -> list[Signed]:
    """The signatures of a PDF, in the order they were made. Raises :class:`FileRefused`."""
    try:
        reader = PdfFileReader(io.BytesIO(document))
        signatures = list(reader.embedded_regular_signatures)
        found = [asyncio.run(_check_pdf(one)) for one in signatures]
    except _BROKEN as error:
        raise FileRefused("pdf-unreadable", str(error)) from error
    if not found:
        raise FileRefused("not-signed", "")
    return found


def is_pdf(content: bytes) -> bool:
    """Whether bytes begin as a PDF does (ISO 32000-1 7.5.2; a reader looks into the first 1,024 bytes).

    A signature with a PDF in it is none: it begins as BER does (SEQUENCE with a long length), or as PEM.
    """
    is_ber = content[:1] == b"\x30" and content[1:2] >= b"\x80"
    return b"%PDF-" in content[:1024] and not is_ber and not content.startswith(b"-----BEGIN")


def _signed_data(signature: bytes) -> cms.SignedData:
    der = pem.unarmor(signature)[2] if pem.detect(signature) else signature
    info = cms.ContentInfo.load(der, strict=True)
    if info["content_type"].native != "signed_data":
        raise FileRefused("cms-unreadable", str(info["content_type"].native))
    data = info["content"]
    if not len(data["signer_infos"]):
        raise FileRefused("not-signed", "")
    return data


async def _check_cms(data: cms.SignedData, content: bytes | None) -> Signed:
    attached = data["encap_content_info"]["content"].native is not None
    if not attached and content is None:
        raise FileRefused("content-missing", "")
    if attached and content is not None:
        raise FileRefused("content-twice", "")
    if content is None:
        status: Any = await async_validate_cms_signature(
            data, validation_context=_no_trust(), key_usage_settings=_ANY_KEY_USAGE
        )
    else:
        status = await async_validate_detached_cms(content, data, _no_trust(), key_usage_settings=_ANY_KEY_USAGE)
    signer = data["signer_infos"][0]
    return _signed(status, field="", whole=True, changes="", signer=signer, claimed_at=_claimed(signer))


async def _check_pdf(one: Any) -> Signed:
    status: Any = await async_validate_pdf_signature(one, _no_trust(), key_usage_settings=_ANY_KEY_USAGE)
    whole_revision = status.coverage in (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION)
    allowed = status.docmdp_ok is not False and status.modification_level is not None
    return _signed(
        status, field=str(one.field_name), whole=whole_revision and allowed,
        changes=_changes(status), signer=one.signer_info, claimed_at=one.self_reported_timestamp,
    )  # fmt: skip


def _changes(status: Any) -> str:
    if status.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return ""
    level = status.modification_level
    return "unclear" if level is None else str(level.name).lower().replace("_", "-")


def _signed(
    status: Any, *, field: str, whole: bool, changes: str, signer: cms.SignerInfo, claimed_at: datetime | None
) -> Signed:
    unsigned = signer["unsigned_attrs"]
    kinds = [] if unsigned.native is None else [one["type"].native for one in unsigned]
    return Signed(
        field=field,
        certificate=x509.load_der_x509_certificate(status.signing_cert.dump()),
        content=bool(status.intact),
        signature=bool(status.valid),
        whole=whole,
        changes=changes,
        digest=status.md_algorithm,
        claimed_at=claimed_at,
        has_timestamp="signature_time_stamp_token" in kinds,
    )


def _claimed(signer: cms.SignerInfo) -> datetime | None:
    for attribute in signer["signed_attrs"]:
        if attribute["type"].native == "signing_time":
            claimed: datetime = attribute["values"][0].native
            return claimed
    return None


def _no_trust() -> ValidationContext:
    """PyHanko checks the container; no root is given to it, and nothing is fetched."""
    return ValidationContext(trust_roots=[], allow_fetching=False, revocation_mode="soft-fail")
