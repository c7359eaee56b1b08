"""The linters of pkilint, as its commands put them together: PKIX certificates, CRLs and OCSP responses."""

from functools import cache
from typing import Literal, NamedTuple

from pkilint import loader, pkix
from pkilint.document import PDUNode
from pkilint.pkix import certificate, crl, extension, name, ocsp
from pkilint.validation import ValidationFindingSeverity, ValidatorContainer

Kind = Literal["certificate", "crl", "arl", "ocsp"]


class Finding(NamedTuple):
    """What a linter says of a document: its code, how grave, where, and in which extension (its OID)."""

    code: str
    severity: ValidationFindingSeverity
    where: str
    extension: str | None

    @property
    def is_error(self) -> bool:
        """An error or worse."""
        return bool(self.severity <= ValidationFindingSeverity.ERROR)


def findings(kind: Kind, data: bytes) -> list[Finding]:
    """All findings on a document in DER."""
    root = _loader(kind).load_document(data, kind).root
    results = _validator(kind).validate(root)
    return [
        Finding(each.finding.code, each.finding.severity, result.node.path, _extension(result.node))
        for result in results
        for each in result.finding_descriptions
    ]


def _extension(node: PDUNode | None) -> str | None:
    """The OID of the extension that a node lies in."""
    while node is not None and "extnID" not in node.children:
        node = node.parent
    return None if node is None else str(node.children["extnID"].pdu)


def _loader(kind: Kind) -> loader.DocumentLoader:
    if kind == "certificate":
        return loader.RFC5280CertificateDocumentLoader()
    if kind == "ocsp":
        return loader.RFC6960OCSPResponseDocumentLoader()
    return loader.RFC5280CertificateListDocumentLoader()


@cache
def _validator(kind: Kind) -> ValidatorContainer:
    if kind == "certificate":
        return certificate.create_pkix_certificate_validator_container(
            certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS),
            [
                certificate.create_issuer_validator_container([]),
                certificate.create_validity_validator_container(),
                certificate.create_subject_validator_container([]),
                certificate.create_extensions_validator_container([]),
                certificate.create_spki_validator_container([]),
            ],
        )
    decoders = [
        pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
        pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
    ]
    if kind == "ocsp":
        return ocsp.create_pkix_ocsp_response_validator_container([ocsp.create_response_decoder(), *decoders], [])
    return crl.create_pkix_crl_validator_container(
        decoders,
        [
            crl.create_issuer_validator_container([]),
            crl.create_validity_validator_container([]),
            crl.create_extensions_validator_container([]),
        ],
    )
