"""A population at once: residents with their certificates, in few transactions, by the rules of the single case.

Rows are made without a database, in another process if there is one to spare (:class:`Maker`), and written batch by
batch (:func:`write`). Who had a certificate before (:class:`SeedEarlier`) gets both: the first one revoked, the second
in its place, so that there are chains old → new and CRLs that are not empty.
"""

from tegata.actors.jlis.seed.facts import SeedCard, SeedEarlier, SeedIssue, SeedPerson, serials_of
from tegata.actors.jlis.seed.making import Made, Maker, Tools
from tegata.actors.jlis.seed.writing import BATCH, issue_for, next_serials, tools, write

__all__ = [
    "BATCH",
    "Made",
    "Maker",
    "SeedCard",
    "SeedEarlier",
    "SeedIssue",
    "SeedPerson",
    "Tools",
    "issue_for",
    "next_serials",
    "serials_of",
    "tools",
    "write",
]
