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
    "suspended": ("wait", Text("一時利用停止", "Suspended")),
    "revoked": ("bad", Text("失効", "Revoked")),
    "expired": ("warn", Text("期限切れ", "Expired")),
}
REASONS = {
    "affiliationChanged": Text("住所・氏名などが変わったため", "An attribute changed"),
    "superseded": Text("新しいものに替わったため", "Replaced by a new one"),
    "cessationOfOperation": Text("使われなくなったため", "No longer needed"),
    "keyCompromise": Text("紛失などのため", "Lost or compromised"),
    "unspecified": Text("交付されなかったため", "Never handed over"),
    "certificateHold": Text("一時的に止めているため", "On hold"),
}
CARD_STATES: dict[str, tuple[str, Text]] = {
    "in_use": ("good", Text("利用中", "In use")),
    "stopped": ("wait", Text("一時利用停止", "Stopped")),
    "ended": ("plain", Text("廃止・期限切れ", "Ended")),
}
GIVEN_UP = {
    "lost": Text("見つからないため廃止されました。", "It was given up as not found."),
    "returned": Text("返納されました。", "It was returned."),
    "defective": Text("壊れたため廃止されました。", "It was given up as broken."),
}
DOCUMENTS = {
    "photo": Text("顔写真付きの本人確認書類（運転免許証、旅券など）1点", "A document with a photo (licence, passport)"),
    "two": Text("顔写真のない本人確認書類 2点", "Two documents without a photo"),
    "card": Text("このカードの顔写真", "The photo on this card"),
    "asked": Text("氏名・生年月日・住所・世帯の方の聞き取り", "Name, birth date, address and household, as told"),
}
HOW_LOST = {"lost": Text("失くした", "Lost"), "stolen": Text("盗まれた", "Stolen")}
ENDINGS = {
    "lost": Text("失くして見つからない", "Lost and not found"),
    "defective": Text("壊れて使えない", "Broken"),
}
OCCASIONS = {
    "lost": Text("紛失・盗難で、スマートフォンが戻らない", "Lost or stolen, and not back"),
    "forgotten": Text("パスワードを忘れた", "The password is forgotten"),
    "trade-in": Text("下取・買取に出した", "Traded in"),
    "disposal": Text("回収・廃棄に出した", "Disposed of"),
    "repair": Text("修理に出した", "Given to repair"),
    "no-longer-wanted": Text("もう使わない", "No longer wanted"),
}
ANSWERS = {"document": DOCUMENTS, "how": HOW_LOST, "why": ENDINGS, "occasion": OCCASIONS}
"""Answers that are chosen, by the field."""
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
    "document": Text("本人確認の方法", "Identified by"),
    "how": Text("カードの状況", "What happened"),
    "police_report": Text("警察の受理番号", "Number of the report to the police"),
    "why": Text("廃止の理由", "Reason"),
    "certificates": Text("失効する電子証明書", "Certificates to revoke"),
    "occasion": Text("失効の理由", "Reason"),
    "auth": Text("利用者証明用の暗証番号", "PIN for authentication"),
    "auth_again": Text("利用者証明用の暗証番号（もう一度）", "PIN for authentication, again"),
    "sign": Text("署名用のパスワード", "Password for signing"),
    "sign_again": Text("署名用のパスワード（もう一度）", "Password for signing, again"),
    "text": Text("券面事項入力補助用の暗証番号", "PIN for the text on the card"),
    "text_again": Text("券面事項入力補助用の暗証番号（もう一度）", "PIN for the text on the card, again"),
    "register": Text("住民基本台帳用の暗証番号", "PIN for the resident register"),
    "register_again": Text("住民基本台帳用の暗証番号（もう一度）", "PIN for the resident register, again"),
}


def birth(birth_date: str) -> Text:
    """A birth date as a page shows it, with unknown parts named."""
    return Text(birth_date_text(birth_date, "ja"), birth_date_text(birth_date, "en"))
