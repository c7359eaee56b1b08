"""The words of the counter, in both languages."""

from tegata.japan.dates import birth_date_text
from tegata.wire.residents import Event
from tegata.wire.text import Text

EVENTS: dict[Event, Text] = {
    "registered": Text("新規登録", "Registered"),
    "birth": Text("出生", "Birth"),
    "move_in": Text("転入", "Moved in"),
    "move_within": Text("転居", "Moved within"),
    "move_out": Text("転出", "Moved out"),
    "name_change": Text("氏名変更", "Name changed"),
    "correction": Text("職権修正", "Corrected"),
    "death": Text("死亡", "Died"),
    "left_country": Text("国外転出", "Left the country"),
}
STATUSES: dict[str, tuple[str, Text]] = {
    "resident": ("good", Text("住民", "Resident")),
    "moved_out": ("wait", Text("転出届が済み、転入がまだ", "Moved out, not arrived yet")),
    "left_country": ("plain", Text("国外へ転出", "Left the country")),
    "dead": ("plain", Text("死亡", "Died")),
}
GENDERS = {"male": Text("男", "Male"), "female": Text("女", "Female"), "other": Text("その他", "Other")}
GENDER_OPTIONS = tuple(GENDERS.items())
USAGES = {
    "auth": Text("利用者証明用電子証明書", "User-authentication certificate"),
    "sign": Text("署名用電子証明書", "Signature certificate"),
}
CERTIFICATE_STATES: dict[str, tuple[str, Text]] = {
    "valid": ("good", Text("有効", "Valid")),
    "suspended": ("wait", Text("一時保留中", "Suspended")),
    "revoked": ("bad", Text("失効", "Revoked")),
    "expired": ("warn", Text("期限切れ", "Expired")),
}
REASONS = {
    "affiliationChanged": Text("住所・氏名などが変わったため", "An attribute changed"),
    "superseded": Text("新しいものに替わったため", "Replaced by a new one"),
    "cessationOfOperation": Text("使われなくなったため", "No longer needed"),
    "keyCompromise": Text("カードの紛失などのため", "Lost or compromised"),
    "unspecified": Text("交付されなかったため", "Never handed over"),
    "certificateHold": Text("一時的に止めているため", "On hold"),
}
FIELDS = {
    "name": Text("氏名", "Name"),
    "kana": Text("フリガナ", "Reading (kana)"),
    "former_name": Text("旧氏", "Former surname"),
    "birth_date": Text("生年月日", "Date of birth"),
    "gender": Text("性別", "Gender"),
    "address": Text("住所", "Address"),
    "postal_code": Text("郵便番号", "Postal code"),
    "destination": Text("転出先の住所", "Address moved to"),
    "effective_on": Text("異動の日", "Day of the event"),
    "born_on": Text("生まれた日", "Day of birth"),
    "who": Text("届出の対象の方", "Who it is about"),
    "place": Text("町名", "Town"),
    "rest": Text("町名の後", "After the town"),
    "reason": Text("修正の理由", "Reason of the correction"),
    "resident_code": Text("住民票コード", "Resident code"),
    "usages": Text("再発行する電子証明書", "Certificates to reissue"),
    "auth": Text("利用者証明用の暗証番号", "PIN for authentication"),
    "auth_again": Text("利用者証明用の暗証番号（もう一度）", "PIN for authentication, again"),
    "sign": Text("署名用のパスワード", "Password for signing"),
    "sign_again": Text("署名用のパスワード（もう一度）", "Password for signing, again"),
    "text": Text("券面事項入力補助用の暗証番号", "PIN for the text on the card"),
    "text_again": Text("券面事項入力補助用の暗証番号（もう一度）", "PIN for the text on the card, again"),
}


def birth(birth_date: str) -> Text:
    """A birth date as a page shows it, with unknown parts named."""
    return Text(birth_date_text(birth_date, "ja"), birth_date_text(birth_date, "en"))
