"""The words of the operator's screen, and what the operator says."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from tegata.actors.call_centre.rules.caller import Calendar, Said
from tegata.actors.call_centre.rules.calls import Outcome, Stage
from tegata.actors.call_centre.rules.menus import DAY_KINDS, DayKind, Hours, Menu, is_always_open
from tegata.japan.dates import birth_date_text
from tegata.wire.certificates import Medium, State, Usage
from tegata.wire.text import Text

MEDIA: Final[dict[Medium, Text]] = {
    "card": Text("マイナンバーカード", "My Number Card"),
    "phone": Text("スマートフォン", "Phone"),
}
USAGES: Final[dict[Usage, Text]] = {
    "sign": Text("署名用電子証明書", "Signature certificate"),
    "auth": Text("利用者証明用電子証明書", "User-authentication certificate"),
}
STATES: Final[dict[State, tuple[str, Text]]] = {
    "valid": ("good", Text("有効", "Valid")),
    "suspended": ("warn", Text("一時利用停止", "Suspended")),
    "revoked": ("bad", Text("失効", "Revoked")),
    "expired": ("plain", Text("有効期間終了", "Expired")),
}
STAGES: Final[dict[Stage, tuple[str, Text]]] = {
    "asking": ("wait", Text("聞き取り中", "Being asked")),
    "reading-back": ("wait", Text("復唱・照合の前", "To be read back")),
    "refused": ("bad", Text("本人と確認できず", "Not identified")),
    "identified": ("warn", Text("本人と確認済み", "Identified")),
    "uncertain": ("bad", Text("停止の結果待ち", "Suspension not answered")),
    "suspended": ("good", Text("停止済み", "Suspended")),
    "enquiry": ("wait", Text("お問い合わせ", "Enquiry")),
    "ended": ("plain", Text("終了", "Ended")),
}
REASONS: Final[dict[Stage, Text]] = {
    "asking": Text("ご本人の確認が終わっていません。", "The caller is not identified yet."),
    "reading-back": Text(
        "聞き取った内容を復唱して、照合してください。", "Read the answers back and have them compared."
    ),
    "refused": Text("窓口を案内して、電話を終えてください。", "Refer to the counter, and end the call."),
    "identified": Text("まだ停止していません。", "Nothing is suspended yet."),
    "uncertain": Text("J-LISの応答がありません。もう一度、停止してください。", "No answer of J-LIS: suspend again."),
    "suspended": Text("この後のことを伝えて、電話を終えてください。", "Tell what comes next, and end the call."),
    "enquiry": Text("案内して、電話を終えてください。", "Answer, and end the call."),
    "ended": Text("終わった電話です。", "The call has ended."),
}
OUTCOMES: Final[dict[Outcome, Text]] = {
    "suspended": Text("一時利用停止にした", "Suspended"),
    "not-identified": Text("本人と確認できなかった", "Caller not identified"),
    "nothing-to-suspend": Text("停止するものがなかった", "Nothing to suspend"),
    "caller-stopped": Text("お客様の申し出で終えた", "The caller did not go on"),
    "dropped": Text("電話が切れた", "The line broke"),
    "answered": Text("案内した", "Answered"),
    "referred": Text("市区町村の窓口を案内した", "Referred to the counter"),
    "moved-to-loss": Text("紛失・盗難の受付に移した", "Taken on as a loss"),
}
CALENDARS: Final[list[tuple[Calendar, Text]]] = [
    ("Showa", Text("昭和", "Showa (昭和)")),
    ("Heisei", Text("平成", "Heisei (平成)")),
    ("Reiwa", Text("令和", "Reiwa (令和)")),
    ("Taisho", Text("大正", "Taisho (大正)")),
    ("Meiji", Text("明治", "Meiji (明治)")),
    ("western", Text("西暦", "Western")),
]
FIELDS: Final[dict[str, Text]] = {
    "name": Text("氏名", "Name"),
    "birth_date": Text("生年月日", "Date of birth"),
    "address": Text("住所", "Address"),
    "lost": Text("なくしたもの", "What was lost"),
    "outcome": Text("電話の結果", "How it ended"),
}
STEPS: Final[list[Text]] = [
    Text("聞き取り", "Asking"), Text("復唱と照合", "Reading back"), Text("なくしたもの", "What was lost"),
    Text("停止の確認", "Confirmation"), Text("この後の案内", "What comes next"),
]  # fmt: skip
DAYS: Final[dict[DayKind, Text]] = {
    "weekday": Text("平日", "Weekdays"),
    "holiday": Text("土曜・日曜・祝日", "Saturdays, Sundays and holidays"),
}
ALWAYS: Final = Text("24時間、365日", "24 hours, 365 days")


def birth(said: Said) -> Text:
    """The birth date in both calendars."""
    return Text(birth_date_text(said.birth_date, "ja"), birth_date_text(said.birth_date, "en"))


def hours_of(menu: Menu, day: date) -> list[Text]:
    """The hours of a menu as they hold on a day, a line for each kind of day."""
    if is_always_open(menu, day):
        return [ALWAYS]
    rows = [(kind, menu.hours_for(kind, day)) for kind in DAY_KINDS]
    return [_line(kind, row) for kind, row in rows if row is not None]


def _line(kind: DayKind, row: Hours) -> Text:
    opens, closes = (text.removeprefix("0") for text in (row.opens, row.closes))
    return Text(f"{DAYS[kind].ja} {opens}〜{closes}", f"{DAYS[kind].en} {opens} to {closes}")


def closed(menu: Menu, lines: Sequence[Text]) -> Text:
    """What is said to who calls outside the hours."""
    ja, en = "、".join(line.ja for line in lines), "; ".join(line.en for line in lines)
    return Text(
        f"{menu.name.ja}の受付時間は、{ja}です。その時間におかけ直しください。",
        f"{menu.name.en}: {en}. Please call again then.",
    )


def names_of(media: Sequence[Medium]) -> Text:
    """The names of media in one phrase."""
    return Text(
        "と".join(MEDIA[medium].ja for medium in media),
        " and ".join("phone" if medium == "phone" else MEDIA[medium].en for medium in media),
    )
