"""Signed files that other software reads: CMS (RFC 5652) and PDF (PAdES), through pyHanko (the extra ``card``).

:mod:`.signing` makes them with a key that is elsewhere, such as a card's. :mod:`.checking` reads them: whose they are,
and whether the content is still what was signed. Whether the certificate is good is for
:class:`tegata.pki.validation.Validator` alone.
"""
