"""Signatures over files: CMS as CAdES baseline B-B, PDF as PAdES baseline B-B (ETSI EN 319 122-1 and 319 142-1).

Both hold the signer's certificate, bound by its digest, and the time that the signer claims; neither a timestamp of
somebody else nor revocation information.
"""

import asyncio
import io
from collections.abc import Callable, Iterable
from datetime import datetime

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tegata.pki.signed_files.refused import FileRefused

DIGEST = "sha256"
SIGNATURE_BYTES = 256
"""An RSA-2048 signature: what space is kept for it in a PDF before it is made."""

Sign = Callable[[bytes], bytes]
"""RSA PKCS#1 v1.5 with SHA-256 over the given bytes."""


class KeyElsewhere(Signer):
    """pyHanko's signer for a key that only signs. ``chain``: further certificates to put beside the signer's."""

    def __init__(self, certificate: x509.Certificate, sign: Sign, chain: Iterable[x509.Certificate] = ()) -> None:
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # its constructor has no types
        registry.register_multiple(_asn1(one) for one in chain)
        super().__init__(signing_cert=_asn1(certificate), cert_registry=registry)
        self._sign = sign

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Sign bytes; a dry run only tells how long a signature is, so that the card is not asked twice."""
        if digest_algorithm != DIGEST:
            raise SigningError(f"the key signs SHA-256 only, not {digest_algorithm}")
        return bytes(SIGNATURE_BYTES) if dry_run else self._sign(data)


def sign_cms(content: bytes, signer: KeyElsewhere, *, at: datetime, detached: bool = True) -> bytes:
    """A CMS signature over ``content`` in DER; ``at`` is the time that the signer claims."""
    claimed = PdfCMSSignedAttributes(signing_time=at)
    signed = signer.async_sign_general_data(
        content, DIGEST, detached=detached, use_cades=True, signed_attr_settings=claimed
    )
    der: bytes = asyncio.run(signed).dump()
    return der


def sign_pdf(document: bytes, signer: KeyElsewhere, *, field: str, reason: str = "", location: str = "") -> bytes:
    """The document with an incremental update that signs it, in the field of this name, which is made if need be.

    The claimed time is the machine's: pyHanko asks for no other.

    Raises:
        FileRefused: no PDF, a broken or encrypted one, or a field that is signed already.
    """
    metadata = PdfSignatureMetadata(
        field_name=field, md_algorithm=DIGEST, subfilter=SigSeedSubFilter.PADES,
        reason=reason or None, location=location or None,
    )  # fmt: skip
    out = io.BytesIO()
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(document))
        asyncio.run(PdfSigner(metadata, signer).async_sign_pdf(writer, output=out))
    except (PdfError, SigningError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise FileRefused("pdf-unreadable", str(error)) from error
    return out.getvalue()


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
