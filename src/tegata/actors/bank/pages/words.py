"""The words for states, reasons and events, in both languages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, cast

from tegata.actors.bank.rules import comparison
from tegata.actors.bank.settings import Field
from tegata.actors.bank.tables import CaseEventRow, CaseRow, CustomerRow, RecordRow
from tegata.japan.dates import birth_date_text, is_birth_date
from tegata.japan.four_attributes import FourAttributes, Item
from tegata.node.web.language import current_language
from tegata.wire.problems import REGISTRY, ProblemType
from tegata.wire.text import Text

FIELD_NAMES: dict[Field, Text] = {
    "customer_number": Text("顧客番号", "Customer number"),
    "name": Text("氏名", "Name"),
    "kana": Text("フリガナ", "Kana"),
    "postal_code": Text("郵便番号", "Postal code"),
    "address": Text("住所", "Address"),
    "birth_date": Text("生年月日", "Date of birth"),
    "gender": Text("性別", "Gender"),
}
GENDERS = {"male": Text("男", "male"), "female": Text("女", "female"), "other": Text("その他", "other")}

REASONS: dict[str, Text] = {
    "birth-date-differs": Text("生年月日が異なります。別の方のおそれがあります。", "The birth date differs."),
    "gender-differs": Text("性別が異なります。", "The gender differs."),
    "name-differs": Text("氏名が変わっています。", "The name has changed."),
    "identity-not-shown": Text(
        "同意した方がこのお客さまかどうか、まだ確かめられていません。",
        "It has not been seen yet that this customer gave the consent.",
    ),
    "building-missing": Text(
        "住民票の住所には、建物名や部屋番号がありません。", "The address in the register names no building or room."
    ),
}  # fmt: skip
TRIGGERS: dict[str, Text] = {
    "revoked": Text("電子証明書の失効", "Certificate revoked"),
    "first": Text("同意のあとの最初の照会", "First question after a consent"),
    "manual": Text("職員による照会", "Asked by staff"),
    "signature": Text("同意のときの確認", "Seen at the consent"),
}
STATES: dict[str, tuple[str, Text]] = {
    "asking": ("wait", Text("照会中", "Being asked")),
    "waiting": ("wait", Text("再照会待ち", "Asked again later")),
    "review": ("warn", Text("判断待ち", "To decide")),
    "refused": ("bad", Text("照会できず", "Not answered")),
    "customer": ("wait", Text("お客さまに確認中", "Customer is asked")),
    "closed": ("plain", Text("完了", "Done")),
}
OUTCOMES: dict[str, tuple[str, Text]] = {
    "same": ("good", Text("変更なし", "Unchanged")),
    "taken-over": ("good", Text("自動で更新", "Updated by itself")),
    "decided": ("good", Text("判断して更新", "Updated by decision")),
    "kept": ("plain", Text("登録を維持", "Record kept")),
    "consent-ended": ("bad", Text("同意の終了", "Consent ended")),
    "rejected": ("bad", Text("別人の同意", "Another person's")),
    "noted": ("plain", Text("確認済み", "Noted")),
}
EVENTS: dict[str, Text] = {
    "opened": Text("受け付けました", "Opened"),
    "answered": Text("最新の情報を受け取りました", "The newest details came"),
    "refused": Text("情報は提供されませんでした", "Nothing was handed over"),
    "review": Text("職員の判断を待っています", "Waits for a person"),
    "customer": Text("お客さまに確認することにしました", "The customer will be asked"),
    "confirm": Text("このお客さまの同意と確かめました", "Confirmed as this customer's consent"),
    "reject": Text("別の方の同意と判断しました", "Found to be another person's consent"),
    "again": Text("もう一度照会しました", "Asked once more"),
}
VIA: dict[str, Text] = {
    "push": Text("プッシュ通知", "push"), "poll": Text("通知の受取り", "poll"), "feed": Text("変更の一覧", "feed"),
    "match": Text("CRL の突合", "CRL match"), "clerk": Text("職員", "staff"),
    "consent": Text("同意の画面", "consent screen"),
}  # fmt: skip
SOURCES: dict[str, Text] = {
    "import": Text("ファイルの取込み", "File"),
    "register": Text("J-LIS（４情報の照会）", "J-LIS (four attributes)"),
    "certificate": Text("署名用電子証明書（同意のとき）", "Signature certificate (at the consent)"),
}
CONSENT_STATES: dict[str, tuple[str, Text]] = {
    "active": ("good", Text("有効", "In force")),
    "withdrawn": ("bad", Text("取消し", "Withdrawn")),
    "expired": ("plain", Text("期限切れ", "Expired")),
}
IDENTITIES: dict[str, Text] = {
    "known": Text("確認済み", "Confirmed"),
    "unseen": Text("最初の照会で確認します", "Seen with the first answer"),
    "held": Text("判断待ち", "To decide"),
    "rejected": Text("別の方の同意（使いません）", "Another person's (not used)"),
}
CHANNELS: dict[str | None, Text] = {
    "relying_party": Text("銀行の画面", "The bank's screen"),
    "portal": Text("マイナポータル", "Portal"),
    None: Text("確認中", "Being looked up"),
}


class Row(TypedDict):
    """A field before and after; the page shows it in its language by :func:`shown`."""

    field: str
    before: str
    after: str
    source: Text
    at: datetime


def shown(field: str, value: str) -> str:
    """A value as a page shows it, in the page's language: to be called while the page is rendered."""
    language = current_language()
    if field == "gender":
        return GENDERS[value].to(language) if value in GENDERS else value
    if field == "birth_date":
        return birth_date_text(value, language) if is_birth_date(value) else value
    if field == "postal_code" and value:
        return f"〒{value[:3]}-{value[3:]}"
    return value


def before_after(held: FourAttributes, told: Mapping[Item, str], case: CaseRow) -> list[Row]:
    """The record beside what was told."""
    source = SOURCES["certificate" if case.trigger == "signature" else "register"]
    at = case.answered_at or case.opened_at
    return [Row(field=each.item, before=each.before, after=each.after, source=source, at=at)
            for each in comparison.compare(held, told)]  # fmt: skip


def updated(version: RecordRow, before: RecordRow) -> list[Row]:
    """What one version of a record changed."""
    return [
        Row(
            field=field, before=getattr(before, field), after=getattr(version, field), source=SOURCES[version.source],
            at=version.at,
        )
        for field in version.changed
    ]  # fmt: skip


def problem_of(code: str | None) -> ProblemType | None:
    """The refusal of a code, with its sentence and what to do."""
    return REGISTRY.get(code or "")


def why(case: CaseRow) -> Text:
    """Why a case needs somebody, or what it waits for: its first reason, the refusal, or what opened it."""
    if case.state in {"review", "customer"} and case.reasons:
        found = [REASONS[reason] for reason in case.reasons if reason in REASONS]
        return Text("".join(each.ja for each in found), " ".join(each.en for each in found))
    refusal = problem_of(case.code)
    if case.state in {"refused", "waiting"} and refusal is not None:
        return refusal.title
    return TRIGGERS[case.trigger]


def badge(case: CaseRow) -> tuple[str, Text]:
    """The colour and word of a case's state, or of its outcome once it is closed."""
    if case.state == "closed" and case.outcome:
        return OUTCOMES[case.outcome]
    return STATES[case.state]


def event_words(event: CaseEventRow) -> Text:
    """What happened, for the history of a case."""
    words = EVENTS.get(event.what) or OUTCOMES.get(event.what, ("", Text(event.what, event.what)))[1]
    code = problem_of(event.detail.get("code"))
    return words if code is None else Text(f"{words.ja}：{code.title.ja}", f"{words.en}: {code.title.en}")


def field_names(fields: Sequence[str]) -> Text:
    """The names of fields, one after the other."""
    names = [FIELD_NAMES[cast("Field", field)] for field in fields]
    return Text("、".join(name.ja for name in names), ", ".join(name.en for name in names))


def work_row(case: CaseRow, customer: CustomerRow) -> dict[str, Any]:
    """A row of the work list; ``path`` is that of the case's page."""
    kind, state = badge(case)
    return {
        "path": f"/changes/{case.case_id}", "title": Text(f"{customer.name} さん", customer.name), "reason": why(case),
        "since": case.opened_at, "kind": kind, "state": state,
    }  # fmt: skip
