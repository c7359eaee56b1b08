"""What the bank can set: ``[actors.bank]`` in the settings file."""

from datetime import date, timedelta
from typing import Literal

import msgspec

from tegata.japan.four_attributes import ITEMS, Item
from tegata.wire.endpoint import Identifier, ShortText

Field = Literal["customer_number", "name", "kana", "postal_code", "address", "birth_date", "gender"]
FIELDS: tuple[Field, ...] = ("customer_number", "name", "kana", "postal_code", "address", "birth_date", "gender")

HEADERS: dict[str, Field] = {
    "顧客番号": "customer_number", "お客さま番号": "customer_number", "氏名": "name", "お名前": "name",
    "氏名カナ": "kana", "カナ": "kana", "フリガナ": "kana", "郵便番号": "postal_code", "住所": "address",
    "生年月日": "birth_date", "性別": "gender",
}  # fmt: skip
"""Headers of files, besides the fields' own names."""


class Postage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a return postcard (往復はがき) costs from a day on."""

    begins: date
    yen: int


RETURN_POSTCARDS = (Postage(begins=date(2019, 10, 1), yen=126), Postage(begins=date(2024, 10, 1), yen=170))
"""Japan Post: twice the postcard's 63 yen, from 1 October 2024 twice 85 yen."""


class BankSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``name_*``, ``service``, ``service_name_*``: as registered with the operator, and as consent screens show them.

    ``items``, ``purpose_*``: what is asked for and why. ``contact_*``: whom to ask. ``headers``: more headers of CSV
    files, by which the bank's own files are read. ``consent_minutes``: how long a consent screen can be used;
    ``reader_minutes``: how long the card may take. ``letter_days``: how long a letter's code counts.
    ``return_postcards``: postage of a return postcard by its first day, the newest that has begun counts;
    ``letters_a_year``: how often such a card was sent to each customer before (about once a year, attachment 7).
    """

    operator: Identifier = "platform"
    name_ja: ShortText = "てがた銀行"
    name_en: ShortText = "Tegata Bank"
    service: Identifier = "account"
    service_name_ja: ShortText = "口座のお客さま情報の更新"
    service_name_en: ShortText = "Keeping account holders' details up to date"
    items: tuple[Item, ...] = ITEMS
    purpose_ja: ShortText = "お届けの住所などを最新にし、大切なお知らせを確実にお届けするため"
    purpose_en: ShortText = "To keep your registered details up to date, so that important letters reach you"
    contact_ja: ShortText = "てがた銀行 お客さまセンター 0120-000-000（平日 9時〜17時）"
    contact_en: ShortText = "Tegata Bank customer centre, 0120-000-000 (weekdays 9:00 to 17:00)"
    sender_address: ShortText = "〒100-0000 東京都千代田区（見本）"
    headers: dict[str, Field] = {}
    consent_minutes: int = 60
    reader_minutes: int = 15
    letter_days: int = 90
    return_postcards: tuple[Postage, ...] = RETURN_POSTCARDS
    letters_a_year: float = 1.0

    @property
    def consent_lifetime(self) -> timedelta:
        """How long a consent screen can be used."""
        return timedelta(minutes=self.consent_minutes)

    @property
    def reader_lifetime(self) -> timedelta:
        """How long the card may take."""
        return timedelta(minutes=self.reader_minutes)

    @property
    def letter_lifetime(self) -> timedelta:
        """How long a letter's code counts."""
        return timedelta(days=self.letter_days)

    @property
    def all_headers(self) -> dict[str, Field]:
        """Every header that is known: the fields' own names, the usual Japanese ones, the bank's own."""
        return {**{field: field for field in FIELDS}, **HEADERS, **self.headers}
