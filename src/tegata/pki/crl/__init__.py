"""Certificate revocation lists (RFC 5280 5; rules FI-04, FI-06): writing, reading, checking and comparing, in columns.

=======================  =============================================================================
:mod:`.entries`          revoked certificates as sorted columns, and the reasons
:mod:`.write`, `.layout`  a signed list, a partition's or the whole, or an ARL
:mod:`.read`, `.scan`     a list of any mixture of entries, bounded against hostile bytes
:mod:`.verify`           whether a list may be used, with the reason where not (:mod:`.refused`)
:mod:`.compare`          what is new, what is gone, and which of these certificates are listed
=======================  =============================================================================
"""

from tegata.pki.crl.compare import match, newly_revoked, removed
from tegata.pki.crl.entries import Reason, Revocation, RevokedEntries, wide_key
from tegata.pki.crl.read import RevocationList, read_crl
from tegata.pki.crl.refused import CrlRefusal, CrlRefused
from tegata.pki.crl.verify import verify_crl
from tegata.pki.crl.write import CrlIssuer, Scope, stream_crl, write_crl

__all__ = [
    "CrlIssuer",
    "CrlRefusal",
    "CrlRefused",
    "Reason",
    "Revocation",
    "RevocationList",
    "RevokedEntries",
    "Scope",
    "match",
    "newly_revoked",
    "read_crl",
    "removed",
    "stream_crl",
    "verify_crl",
    "wide_key",
    "write_crl",
]
