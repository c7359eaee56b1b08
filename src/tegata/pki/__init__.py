"""X.509 as JPKI profiles it. No database, no clock: every function that depends on time takes it as ``at``.

======================  ==============================================================================
:mod:`.profiles`        the profiles as data, each value with its source; :mod:`.names` built from them
:mod:`.keys`            who signs: a key in memory, or in a token (:mod:`.hsm`, :mod:`.remote_keys`)
:mod:`.authority`       one generation of a root, and the certificates it issues
:mod:`.attributes`      the four attributes into a signature certificate and out of it
:mod:`.certificates`    reading certificates of others, strictly
:mod:`.crl`, :mod:`.ocsp`  revocation: writing, reading, asking, answering
:mod:`.validation`      whether a relying party may accept a certificate
:mod:`.documents`       what a card signed, as a JWS
:mod:`.refusals`        the base of every refusal
======================  ==============================================================================
"""
