"""The postal code of an address, where only one is possible."""

from functools import lru_cache

from tegata.japan.addresses import normalise_address, towns_of
from tegata.japan.municipalities import all_municipalities


def postal_code_of(address: str) -> str:
    """Seven digits, or empty where the town is not found or has several: a wrong code would misdirect letters."""
    place = normalise_address(address)
    heads = [one for one in all_municipalities() if place.startswith(one.full_name)]
    if not heads:
        return ""
    fitting = [
        (town, code)
        for town, code in _towns(max(heads, key=lambda one: len(one.full_name)).code)
        if place.startswith(town)
    ]
    longest = max((len(town) for town, _ in fitting), default=0)
    codes = {code for town, code in fitting if len(town) == longest}
    return codes.pop() if len(codes) == 1 else ""


@lru_cache(maxsize=64)
def _towns(municipality_code: str) -> tuple[tuple[str, str], ...]:
    """The towns of a municipality in the form for comparing, with their postal codes."""
    return tuple((normalise_address(town.text), town.postal_code) for town in towns_of(municipality_code))
