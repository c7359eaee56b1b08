"""The state of one certificate on request (RFC 6960, 5019, 8954; rule FI-05).

=================  =============================================================================
:mod:`.request`    requests for one or several certificates, by POST and GET
:mod:`.status`     good, revoked or unknown, and where a responder knows it from
:mod:`.responder`  signed answers for one generation of an authority
:mod:`.check`      whether an answer may be believed, with the reason where not (:mod:`.refused`)
=================  =============================================================================
"""

from tegata.pki.ocsp.check import OcspAnswer, check_response, check_responses
from tegata.pki.ocsp.refused import OcspRefusal, OcspRefused
from tegata.pki.ocsp.request import (
    MOST_REQUEST_BYTES,
    CertId,
    HashName,
    MalformedRequest,
    OcspRequest,
    build_request,
    cert_id,
    decode_get,
    encode_get,
    names_of,
    parse_request,
)
from tegata.pki.ocsp.responder import (
    INTERNAL_ERROR,
    MALFORMED_REQUEST,
    TRY_LATER,
    UNAUTHORIZED,
    OcspIssuer,
    Responder,
)
from tegata.pki.ocsp.status import Good, Revoked, SerialRuns, Snapshot, Status, StatusSource, Unknown

__all__ = [
    "INTERNAL_ERROR",
    "MALFORMED_REQUEST",
    "MOST_REQUEST_BYTES",
    "TRY_LATER",
    "UNAUTHORIZED",
    "CertId",
    "Good",
    "HashName",
    "MalformedRequest",
    "OcspAnswer",
    "OcspIssuer",
    "OcspRefusal",
    "OcspRefused",
    "OcspRequest",
    "Responder",
    "Revoked",
    "SerialRuns",
    "Snapshot",
    "Status",
    "StatusSource",
    "Unknown",
    "build_request",
    "cert_id",
    "check_response",
    "check_responses",
    "decode_get",
    "encode_get",
    "names_of",
    "parse_request",
]
