"""One row of a customer file: read into details, or refused with the column and the reason."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal

import msgspec

from tegata.actors.bank.settings import Field
from tegata.japan.addresses import normalise_postal_code
from tegata.japan.dates import ERAS, is_birth_date
from tegata.japan.text import fold_width
from tegata.wire.text import Text

FaultCode = Literal[
    "missing", "too-long", "characters", "number", "postal-code", "birth-date", "future", "gender", "duplicate",
    "too-few-cells", "too-many-cells", "quote", "line-too-long",
]  # fmt: skip

SENTENCES: dict[FaultCode, Text] = {
    "missing": Text("値がありません。", "There is no value."),
    "too-long": Text("長すぎます。", "It is too long."),
    "characters": Text("読み取れない文字か、使えない文字があります。", "Characters that can not be read or used."),
    "number": Text("顧客番号は、英数字とハイフンで20文字までです。", "Letters, digits and hyphens, up to 20."),
    "postal-code": Text("郵便番号は7桁の数字です。", "A postal code has seven digits."),
    "birth-date": Text("実際にある年月日ではありません。", "It is not a day that exists."),
    "future": Text("将来の日付です。", "The day is in the future."),
    "gender": Text("性別として読み取れません。", "It can not be read as a gender."),
    "duplicate": Text("同じ顧客番号の行が、前にあります。", "A row before has the same customer number."),
    "too-few-cells": Text("列が足りません。", "There are fewer cells than columns."),
    "too-many-cells": Text("列が多すぎます。", "There are more cells than columns."),
    "quote": Text("引用符（\"）が閉じていません。", "A quotation mark is not closed."),
    "line-too-long": Text("行が長すぎます。", "The line is too long."),
}  # fmt: skip

LONGEST: dict[Field, int] = {"name": 100, "kana": 200, "address": 200}
UNUSABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
"""Control characters, and bytes that could not be decoded."""
NUMBER = re.compile(r"[A-Za-z0-9-]{1,20}")
GENDERS = {
    "male": "male", "m": "male", "1": "male", "男": "male", "男性": "male",
    "female": "female", "f": "female", "2": "female", "女": "female", "女性": "female",
    "other": "other", "その他": "other",
}  # fmt: skip
_WESTERN = re.compile(r"([0-9]{4})(?:([-/.年])([0-9]{1,2})(?:\2|月)([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))")
_ERA = re.compile(r"(明治|大正|昭和|平成|令和|[MTSHR])\.?([0-9]{1,2}|元)[年.\-/]([0-9]{1,2})[月.\-/]([0-9]{1,2})日?")
_ERA_OF = {name: first.year for first, japanese, romaji in ERAS for name in (japanese, romaji[0])}


class Read(msgspec.Struct, frozen=True):
    """A row that is good; the fields are those of a customer."""

    customer_number: str
    name: str
    kana: str
    postal_code: str
    address: str
    birth_date: str
    gender: str


class Fault(msgspec.Struct, frozen=True):
    """Why a row is not taken; ``field`` is empty where it is the row as a whole."""

    code: FaultCode
    field: Field | Literal[""] = ""


def read_row(cells: Mapping[Field, str], today: date) -> Read | Fault:
    """A row by fields as a customer. Kana and postal code may be empty, all else must be there."""
    values = {field: _plain(text) for field, text in cells.items()}
    for field, text in values.items():
        fault = _fault_of(field, text)
        if fault is not None:
            return Fault(fault, field)
    birth_date = read_birth_date(values["birth_date"])
    if birth_date is None:
        return Fault("birth-date", "birth_date")
    if birth_date > today.isoformat():
        return Fault("future", "birth_date")
    return Read(
        customer_number=values["customer_number"], name=values["name"], kana=values["kana"],
        postal_code=normalise_postal_code(values["postal_code"]) or "", address=values["address"],
        birth_date=birth_date, gender=GENDERS[_key(values["gender"])],
    )  # fmt: skip


def _plain(text: str) -> str:
    """Without surrounding space, and without the apostrophe by which an export keeps a spreadsheet from calculating."""
    text = text.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in {"=", "+", "-", "@"} else text


def _key(text: str) -> str:
    return fold_width(text).lower()


def _fault_of(field: Field, text: str) -> FaultCode | None:
    if UNUSABLE.search(text):
        return "characters"
    if not text:
        return None if field in {"kana", "postal_code"} else "missing"
    return "too-long" if len(text) > LONGEST.get(field, 200) else _wrong_form(field, text)


def _wrong_form(field: Field, text: str) -> FaultCode | None:
    if field == "customer_number" and not NUMBER.fullmatch(text):
        return "number"
    if field == "postal_code" and normalise_postal_code(text) is None:
        return "postal-code"
    return "gender" if field == "gender" and _key(text) not in GENDERS else None


def read_birth_date(text: str) -> str | None:
    """ISO from 1980-02-17, 1980/2/17, 19800217, 1980年2月17日, 昭和55年2月17日 or S55.2.17; None for no such day."""
    text = re.sub(r"\s", "", fold_width(text)).upper()
    western, era = _WESTERN.fullmatch(text), _ERA.fullmatch(text)
    if western:
        found = f"{western[1]}-{(western[3] or western[5]).zfill(2)}-{(western[4] or western[6]).zfill(2)}"
    elif era:
        year = _ERA_OF[era[1]] + (1 if era[2] == "元" else int(era[2])) - 1
        found = f"{year:04}-{era[3].zfill(2)}-{era[4].zfill(2)}"
    else:
        return None
    return found if is_birth_date(found) else None
