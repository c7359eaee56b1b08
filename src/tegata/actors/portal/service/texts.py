"""Sentences of more than one page, and what a consent says: the statement's text and the reader's summary."""

from collections.abc import Iterable, Sequence

from tegata.japan.four_attributes import ITEMS, Item
from tegata.wire.invitations import Invitation
from tegata.wire.text import Text

ITEM_NAMES: dict[Item, Text] = {
    "name": Text("氏名", "Name"),
    "address": Text("住所", "Address"),
    "birth_date": Text("生年月日", "Date of birth"),
    "gender": Text("性別", "Gender"),
}
CONSENT_TITLE = Text("４情報の提供への同意", "Consent to handing over the four items")
WITHDRAWAL_TITLE = Text("同意の取消し", "Withdrawal of a consent")
TERM = Text(
    "同意した日の翌日から10年間です。いつでも取り消せます。",
    "Ten years from the day after you consent. You can withdraw it at any time.",
)
WHAT_HAPPENS = Text(
    "住所や氏名などが変わり、新しい署名用電子証明書が発行されると、最新の情報が地方公共団体情報システム機構（J-LIS）"
    "から、プラットフォーム事業者を通して提供されます。マイナンバー（12桁の番号）は提供されません。",
    "When your address, name or another item changes and a new signature certificate is issued, J-LIS hands over the "
    "newest items through a platform operator. Your My Number (12 digits) is never handed over.",
)
HOW_TO_WITHDRAW = Text(
    "このマイナポータルの「同意の提供状況」で、カードと署名用のパスワードを使って取り消せます。"
    "取り消すと、その後は提供されません。",
    "On the page of your consents in this portal, with the card and its signature password. After that nothing is "
    "handed over.",
)


def item_list(items: Iterable[str]) -> Text:
    """The items by name, in the order of the four attributes."""
    wanted = set(items)
    names = [ITEM_NAMES[item] for item in ITEMS if item in wanted]
    return Text("、".join(name.ja for name in names), ", ".join(name.en for name in names))


def consent_summary(invitation: Invitation, items: Sequence[Item]) -> list[Text]:
    """What the reader shows before the person signs."""
    names = item_list(items)
    return [
        Text(f"提供先：{invitation.relying_party_name}（{invitation.service_name}）",
             f"To: {invitation.relying_party_name} ({invitation.service_name})"),
        Text(f"提供する情報：{names.ja}", f"Items: {names.en}"),
        Text(f"目的：{invitation.purpose}", f"Purpose: {invitation.purpose}"),
        Text(f"期間：{TERM.ja}", f"For how long: {TERM.en}"),
    ]  # fmt: skip


def consent_text(invitation: Invitation, items: Sequence[Item]) -> Text:
    """What the screen says, all of it: the text that is signed (at most 4,000 characters)."""
    summary = consent_summary(invitation, items)
    contact = Text(f"問い合わせ先：{invitation.contact}", f"Whom to ask: {invitation.contact}")
    lines = [*summary, WHAT_HAPPENS, HOW_TO_WITHDRAW, contact]
    agreed = Text("以上の内容に同意します。", "I consent to this.")
    return Text("\n".join(line.ja for line in [*lines, agreed]), "\n".join(line.en for line in [*lines, agreed]))
