"""The words of a consent, as they are signed."""

from collections.abc import Sequence

from tegata.actors.bank.settings import BankSettings
from tegata.japan.four_attributes import ITEMS, Item

_NAMES: dict[Item, str] = {"name": "氏名", "address": "住所", "birth_date": "生年月日", "gender": "性別"}


def statement_text(own: BankSettings, items: Sequence[Item]) -> str:
    """What the person agrees to: who gets what, why, for how long, and how to withdraw."""
    chosen = "、".join(_NAMES[item] for item in ITEMS if item in items)
    return (
        f"私は、{own.name_ja}の「{own.service_name_ja}」のために、"
        f"私の最新の{chosen}が、地方公共団体情報システム機構（J-LIS）から"
        f"プラットフォーム事業者を通じて{own.name_ja}に提供されることに同意します。"
        f"目的は、「{own.purpose_ja}」です。"
        "この同意は、翌日から10年間有効で、いつでも取り消せます。"
    )
