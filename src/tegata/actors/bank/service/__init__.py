"""The bank's use cases. What the command line calls can be had from here."""

from tegata.actors.bank.service.exports import export_changes, export_csv
from tegata.actors.bank.service.imports import import_csv
from tegata.actors.bank.service.matching import match_customers as match

__all__ = ["export_changes", "export_csv", "import_csv", "match"]
