"""Certificate revocation lists (RFC 5280 5; rules FI-04, FI-06): writing, reading, checking and comparing, in columns.

=======================  =============================================================================
:mod:`.entries`          revoked certificates as sorted columns, and the reasons
:mod:`.spool`            the same, of any number, in a temporary file
:mod:`.write`, `.layout`  a signed list, a partition's or the whole, or an ARL
:mod:`.read`, `.scan`     a list of any mixture of entries, bounded against hostile bytes: where its records are
                         (:mod:`.records`), those of usual shapes (:mod:`.shapes`), and all others (:mod:`.fields`)
:mod:`.verify`           whether a list may be used, with the reason where not (:mod:`.refused`)
:mod:`.listed`           the same of a list in a file (:mod:`.files`), in bounded memory
:mod:`.compare`          what is new, what is gone, and which of these certificates are listed
=======================  =============================================================================
"""

from tegata.pki.crl.compare import match, newly_revoked, news_between, removed
from tegata.pki.crl.entries import Reason, Revocation, RevokedEntries, wide_key
from tegata.pki.crl.listed import CrlFile, read_crl_file, verify_crl_file
from tegata.pki.crl.read import RevocationList, read_crl
from tegata.pki.crl.refused import CrlRefusal, CrlRefused
from tegata.pki.crl.spool import Spool
from tegata.pki.crl.verify import ANY_PARTITION, verify_crl
from tegata.pki.crl.write import CrlIssuer, Scope, stream_crl, write_crl

__all__ = [
    "ANY_PARTITION",
    "CrlFile",
    "CrlIssuer",
    "CrlRefusal",
    "CrlRefused",
    "Reason",
    "Revocation",
    "RevocationList",
    "RevokedEntries",
    "Scope",
    "Spool",
    "match",
    "newly_revoked",
    "news_between",
    "read_crl",
    "read_crl_file",
    "removed",
    "stream_crl",
    "verify_crl",
    "verify_crl_file",
    "wide_key",
    "write_crl",
]
