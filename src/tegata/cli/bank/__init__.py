"""``tegata bank``: the relying party's own work, on files."""

from tegata.cli.bank.group import bank

__all__ = ["bank"]
