"""A card's words for people: status words, instructions, applications and files, PINs."""

from typing import TYPE_CHECKING

from tegata.card.files import (
    APPLICATIONS,
    COMMON,
    FILES,
    JPKI,
    PINS,
    RESIDENT_REGISTER,
    TEXT,
    VISUAL,
    Application,
    File,
)
from tegata.card.status import Status
from tegata.cli.language import t
from tegata.japan.dates import JST
from tegata.wire.text import Text

if TYPE_CHECKING:
    from tegata.cli.card.judging import Judgement

STATUS_WORDS: dict[int, Text] = {
    Status.OK: Text("正常終了", "done"),
    Status.END_OF_FILE: Text("ファイルの終わりまで読みました", "done, but the file ended before Le"),
    Status.NOT_AUTHENTIC: Text("認証できませんでした", "not authenticated"),
    Status.WRONG_LENGTH: Text("長さが合いません", "wrong length"),
    Status.NO_CHANNELS: Text("論理チャネルは使えません", "logical channels are not supported"),
    Status.NO_SECURE_MESSAGING: Text("セキュアメッセージングは使えません", "secure messaging is not supported"),
    Status.CHAIN_NOT_FINISHED: Text("連鎖の続きがありません", "the chain was not ended"),
    Status.NO_CHAINING: Text("このコマンドは連鎖できません", "this command can not be chained"),
    Status.WRONG_KIND_OF_FILE: Text("ファイルの種類が違います", "the selected file is of another kind"),
    Status.SECURITY_NOT_SATISFIED: Text("暗証番号の照合が必要です", "the PIN is not proven"),
    Status.BLOCKED: Text("暗証番号がロックされています", "the PIN is blocked"),
    Status.BLOCKED_AS_REFERENCE_UNUSABLE: Text("暗証番号がロックされています", "the PIN is blocked"),
    Status.CONDITIONS_NOT_SATISFIED: Text("今は使えません", "not now"),
    Status.NO_FILE_SELECTED: Text("ファイルが選ばれていません", "no file is selected"),
    Status.WRONG_DATA: Text("データの形が違います", "the data have another form"),
    Status.FILE_NOT_FOUND: Text("そのようなアプリケーションやファイルはありません", "no such application or file"),
    Status.NO_SPACE: Text("入りきりません", "no space"),
    Status.WRONG_PARAMETERS: Text("P1 P2 が違います", "wrong P1 P2"),
    Status.PAST_THE_END: Text("ファイルの終わりより後です", "offset past the end"),
    Status.UNKNOWN_INSTRUCTION: Text("知らない命令です", "unknown instruction"),
    Status.UNKNOWN_CLASS: Text("知らないクラスです", "unknown class"),
    Status.FAILED: Text("失敗しました", "failed"),
}

INSTRUCTIONS: dict[int, str] = {
    0x0E: "ERASE BINARY",
    0x20: "VERIFY",
    0x24: "CHANGE PIN",
    0x2A: "SIGN",
    0x2C: "RESET RETRY COUNTER",
    0x47: "GENERATE KEY PAIR",
    0x82: "EXTERNAL AUTHENTICATE",
    0x84: "GET CHALLENGE",
    0xA4: "SELECT",
    0xB0: "READ BINARY",
    0xC0: "GET RESPONSE",
    0xCA: "GET DATA",
    0xD6: "UPDATE BINARY",
    0xD8: "PUT KEY",
}

APPLICATION_NAMES: dict[bytes, Text] = {
    JPKI.aid: Text("公的個人認証 (JPKI)", "JPKI"),
    TEXT.aid: Text("券面事項入力補助", "text (券面事項入力補助)"),
    VISUAL.aid: Text("券面事項確認", "visual (券面事項確認)"),
    RESIDENT_REGISTER.aid: Text("住基", "resident register"),
    COMMON.aid: Text("共通", "common"),
}

PIN_NAMES: dict[str, Text] = {
    "auth": Text("利用者証明用の暗証番号", "PIN of the authentication certificate"),
    "sign": Text("署名用のパスワード", "password of the signature certificate"),
    "text": Text("券面事項入力補助用の暗証番号", "PIN of the text application"),
    "text-a": Text("照合番号A (券面事項入力補助)", "check number A (text)"),
    "text-b": Text("照合番号B (券面事項入力補助)", "check number B (text)"),
    "visual-a": Text("照合番号A (券面事項確認)", "check number A (visual)"),
    "visual-b": Text("照合番号B (券面事項確認)", "check number B (visual)"),
    "resident-register": Text("住基用の暗証番号", "PIN of the resident register"),
}

_PINS_OF_FILES = {application.files[identifier].key: name for name, (application, identifier) in PINS.items()}


def meaning(sw: int) -> Text:
    """What a status word says."""
    if sw & 0xFFF0 == 0x63C0:
        return Text(
            f"暗証番号が違うか、示されていません。残り {sw & 15} 回", f"PIN wrong or not given, {sw & 15} tries left"
        )
    if sw >> 8 == 0x61:
        return Text(f"続きが {sw & 255 or 256} バイトあります", f"{sw & 255 or 256} more bytes wait")
    if sw >> 8 == 0x6C:
        return Text(f"Le を {sw & 255:02X} にして、もう一度", f"ask again with Le = {sw & 255:02X}")
    return STATUS_WORDS.get(sw, Text("この仕様にない状態", "not a status word of this card"))


def application_of(aid: bytes) -> Application | None:
    """The application of an AID."""
    return APPLICATIONS.get(aid)


def pin_of(file: File | None) -> Text | None:
    """The name of the PIN that a file holds."""
    return None if file is None else PIN_NAMES.get(_PINS_OF_FILES.get(file.key, ""))


def is_secret(file: File | None) -> bool:
    """Whether a PIN guards what is read from a file."""
    return file is None or file.key not in FILES or bool(getattr(file, "read", True))


def verdict_lines(verdict: "Judgement") -> list[str]:
    """A verdict about a signature: what was checked and what not."""
    good = {True: "○", False: "✕"}
    checks = [
        (verdict.content, t("内容は署名されたときのまま", "the content is what was signed")),
        (verdict.signature, t("署名は証明書の鍵による", "the certificate's key signed it")),
        (verdict.whole, t("署名はファイルの全体に及ぶ", "the signature covers the whole file")),
        (
            verdict.certificate == "good",
            t("証明書: 発行者、期間、ポリシー、用途", "certificate: issuer, time, policy, usage")
            + (f" ({verdict.certificate} {verdict.certificate_detail})" if verdict.certificate != "good" else ""),
        ),
    ]
    lines = [f"{verdict.field or 'CMS'}  {verdict.subject}  {t('番号', 'serial')} {verdict.serial}"]
    lines += [f"  {good[right]} {words}" for right, words in checks]
    for source in verdict.revocation:
        mark = {"good": "○", "unavailable": "－"}.get(source.says, "✕")
        as_of = f" {source.as_of.astimezone(JST):%Y-%m-%d %H:%M}" if source.as_of else ""
        name = f"{t('失効', 'revocation')} ({source.source.upper()})"
        lines.append(f"  {mark} {name}: {source.says}{as_of} {source.detail}".rstrip())
    unchecked = {
        "claimed-time": t("署名した人の言う日時", "the time that the signer claims"),
        "timestamp": t("タイムスタンプ", "the timestamp"),
    }
    claimed = f" ({verdict.claimed_at.astimezone(JST):%Y-%m-%d %H:%M})" if verdict.claimed_at else ""
    lines += [f"  － {t('確かめていない', 'not checked')}: {unchecked[one]}{claimed}" for one in verdict.not_checked]
    moment = f"{verdict.judged_at.astimezone(JST):%Y-%m-%d %H:%M}"
    lines.append(
        t(f"  {moment} に有効です。", f"  Valid at {moment}.")
        if verdict.valid
        else t(f"  {moment} に有効とは言えません。", f"  Not valid at {moment}.")
    )
    return lines
