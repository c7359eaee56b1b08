"""The bank (金融機関等): a relying party of the four-information service, whole.

See docs/actors/bank.md. Rules FI-02, FI-06 to FI-11. ``SPEC`` is made when it is asked for: matching files needs
nothing of the bank's pages, whose import would take as long as matching millions of customers.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tegata.actors.bank.spec import SPEC

__all__ = ["SPEC"]


def __getattr__(name: str) -> Any:
    if name != "SPEC":
        raise AttributeError(name)
    return import_module("tegata.actors.bank.spec").SPEC
