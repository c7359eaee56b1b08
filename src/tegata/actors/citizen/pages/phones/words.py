"""What the app says of a certificate, an occasion, an outcome (rules SP-03 to SP-06)."""

from tegata.actors.citizen.rules import Situation
from tegata.card import MalformedPin
from tegata.card.client import encode_pin
from tegata.wire.certificates import Usage
from tegata.wire.phones import Occasion
from tegata.wire.text import Text

NAMES: dict[Usage, Text] = {
    "auth": Text("利用者証明用電子証明書", "User-authentication certificate"),
    "sign": Text("署名用電子証明書", "Signature certificate"),
}
GOOD_FOR: dict[Usage, Text] = {
    "auth": Text("ログインなど、本人であることを示すときに使います。", "For showing who you are, as when you log in."),
    "sign": Text("申請や同意など、電子署名をするときに使います。", "For signing, as for applications and consents."),
}
SECRETS: dict[Usage, Text] = {
    "auth": Text("スマホ用の暗証番号（数字4桁）", "PIN of the phone (four digits)"),
    "sign": Text("スマホ用のパスワード（6〜16文字）", "Password of the phone (6 to 16 characters)"),
}
HELP: dict[Usage, Text] = {
    "auth": Text("数字4桁", "Four digits"),
    "sign": Text("英大文字と数字、6〜16文字", "6 to 16 capital letters and digits"),
}

MALFORMED: dict[Usage, Text] = {
    "auth": Text("数字4桁で入力してください。", "Enter four digits."),
    "sign": Text("英大文字と数字の6〜16文字で入力してください。", "Enter 6 to 16 capital letters and digits."),
}

STATES: dict[Situation, tuple[str, Text, Text]] = {
    "absent": (
        "plain", Text("なし", "None"),
        Text("このスマートフォンには、まだ入っていません。", "There is none on this phone yet."),
    ),
    "unheard": (
        "wait", Text("未確認", "Not heard of"),
        Text("入っています。今の状態は、まだ確認できていません。",
             "It is on the phone. How it stands has not been heard yet."),
    ),
    "valid": (
        "good", Text("使えます", "Ready"),
        Text("有効です。手続は要りません。", "It is valid. There is nothing to do."),
    ),
    "suspended": (
        "warn", Text("一時利用停止中", "Suspended"),
        Text("電話の申出により、止まっています。スマートフォンが手元にあれば、利用を再開できます。",
             "It was suspended by telephone. You have the phone, so you can resume it."),
    ),
    "expired": (
        "warn", Text("期限切れ", "Expired"),
        Text("有効期間が終わりました。使い続けるには、カードでもう一度申し込んでください。",
             "Its validity has ended. To go on, apply again with the card."),
    ),
    "revoked": (
        "plain", Text("失効済み", "Revoked"),
        Text("失効しました。また使うには、カードでもう一度申し込んでください。",
             "It was revoked. To use one again, apply with the card."),
    ),
    "moved": (
        "bad", Text("失効（住所などの変更）", "Revoked: moved"),
        Text("住所や氏名などが変わったため、失効しました。市区町村でカードの署名用電子証明書の発行を受けてから、"
             "もう一度申し込んでください。",
             "Address, name or the like changed, which revoked it. Have the card's signature certificate issued at the "
             "municipality, then apply again."),
    ),
    "replaced": (
        "bad", Text("失効（更新・機種変更）", "Revoked: replaced"),
        Text("カードの電子証明書の更新、または別の申込みにより、失効しました。使うには、もう一度申し込んでください。",
             "A renewal of the card's certificates, or another application, revoked it. To use one here, apply again."),
    ),
    "reported-lost": (
        "bad", Text("失効（紛失）", "Revoked: lost"),
        Text("なくしたという申出により、失効しました。元に戻すことはできません。もう一度申し込んでください。",
             "It was reported lost and revoked for good. Apply again."),
    ),
}  # fmt: skip
"""Kind of the mark, its word, and the sentence that says what it means and what to do."""

OCCASIONS: dict[Occasion, tuple[Text, Text, Text]] = {
    "trade-in": (
        Text("下取・買取（トレードイン）に出す", "Trade-in or sale"),
        Text("お店に渡す前に、ご本人がここで失効します。", "You revoke here, before you give it to the shop."),
        Text("スマートフォンをお店に渡せます。渡した後は、失効できません。",
             "You can give the phone to the shop. After that you could not revoke it here."),
    ),
    "disposal": (
        Text("回収・廃棄に出す", "Recycling or disposal"),
        Text("回収に出す前、捨てる前に、ご本人がここで失効します。", "You revoke here, before you give it away."),
        Text("スマートフォンを回収や廃棄に出せます。", "You can give the phone away for recycling or disposal."),
    ),
    "repair": (
        Text("修理に出す", "Repair"),
        Text("修理に出す前に、ご本人がここで失効します。", "You revoke here, before you hand it in."),
        Text("スマートフォンを修理に出せます。戻ってきたら、カードを使って、もう一度申し込めます。",
             "You can hand the phone in. When it is back, apply again with the card."),
    ),
    "no-longer-wanted": (
        Text("スマホ用電子証明書を使わなくなった", "No longer wanted"),
        Text("いつでも失効できます。カードの電子証明書は、そのまま使えます。",
             "You can revoke at any time. The certificates of the card stay as they are."),
        Text("カードの電子証明書は、そのまま使えます。", "The certificates of the card stay as they are."),
    ),
}  # fmt: skip
"""SP-03: name, what is to be done by whom, and what can be done afterwards."""

HAND_OVERS: dict[str, Text] = {
    "trade-in": Text("下取・買取（トレードイン）に出す", "Trade it in, or sell it"),
    "disposal": Text("回収・廃棄に出す", "Give it away for recycling or disposal"),
    "repair": Text("修理に出す", "Hand it in for repair"),
    "lost": Text("なくした・盗まれた", "Lost or stolen"),
}
GONE: dict[str, Text] = {
    "trade-in": Text("下取・買取に出しました", "Traded in"),
    "disposal": Text("回収・廃棄に出しました", "Given away"),
    "repair": Text("修理に出しています", "In repair"),
    "lost": Text("なくしました", "Lost"),
}
LAST_TRY = Text(
    "あと1回間違えると、ロックされます。確かめたら、下の欄にチェックを付けてください。",
    "One more mistake blocks it. Check it, then tick the box below.",
)
DIFFERENT = Text("2回入力したものが同じではありません。", "The two entries differ.")


def wrong(tries_left: int) -> Text:
    """A wrong PIN or password, and how often it may be wrong again."""
    return Text(
        f"違います。あと{tries_left}回間違えると、ロックされます。",
        f"It is wrong. {tries_left} more mistake{'s' if tries_left != 1 else ''} will block it.",
    )


def is_well_formed(usage: Usage, secret: str) -> bool:
    """Whether this can be a PIN (auth) or password (sign)."""
    try:
        encode_pin(usage, secret)
    except MalformedPin:
        return False
    return True
