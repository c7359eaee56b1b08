"""Why a CRL is refused: a code for programs, a sentence and a next step for people."""

from typing import ClassVar, Literal

from tegata.pki.refusals import Advice, Refused

CrlRefusal = Literal[
    "unreadable",
    "changed",
    "truncated",
    "malformed",
    "unsupported",
    "wrong-issuer",
    "forged",
    "not-yet",
    "stale",
    "wrong-partition",
    "number-went-back",
]

_KEEP_JA = "前回までの失効リストをそのまま使い、発行元に確認してください。"
_KEEP_EN = "Keep using the last good list, and ask the issuer."
_AGAIN_JA = "もう一度取得してください。それまでは前回の失効リストを使います。"
_AGAIN_EN = "Fetch it again; until then the last good list stays in use."


class CrlRefused(Refused):
    """A CRL that must not be used; ``code`` is a :data:`CrlRefusal`."""

    ADVICE: ClassVar = {
        "unreadable": Advice(
            "失効リストのファイルを読めません。",
            "The list's file can not be read.",
            "ファイルの場所と、読み取りの許可を確かめてください。",
            "Check where the file is, and that it may be read.",
        ),
        "changed": Advice(
            "失効リストのファイルが、読み取り中に書き換えられました。",
            "The list's file was changed while it was read.",
            "書き込みが終わってから、もう一度読み取ってください。",
            "Read it again when it has been written.",
        ),
        "truncated": Advice("失効リストが途中で切れています。", "The list ends in the middle.", _AGAIN_JA, _AGAIN_EN),
        "malformed": Advice("失効リストの形式が正しくありません。", "This is not a CRL in DER.", _AGAIN_JA, _AGAIN_EN),
        "unsupported": Advice(
            "この失効リストは、対応していない形式です。",
            "This kind of CRL is not supported (delta, indirect, unknown critical extension or algorithm, no number).",
            _KEEP_JA,
            _KEEP_EN,
        ),
        "wrong-issuer": Advice(
            "失効リストの発行者が、信頼する認証局ではありません。",
            "The list was not issued by a trusted authority.",
            "取得先と、信頼する認証局の設定を確かめてください。",
            "Check where it was fetched from, and which authorities are trusted.",
        ),
        "forged": Advice(
            "失効リストの署名が正しくありません。", "The list's signature does not verify.", _KEEP_JA, _KEEP_EN
        ),
        "not-yet": Advice(
            "失効リストの発行日時が、現在より後です。",
            "The list is dated in the future.",
            "端末の時計を確かめてください。",
            "Check the clock of this machine.",
        ),
        "stale": Advice(
            "失効リストの有効期限が過ぎています。", "The list's next update has passed.", _AGAIN_JA, _AGAIN_EN
        ),
        "wrong-partition": Advice(
            "失効リストの対象範囲が異なります。",
            "The list is for another partition or another kind of certificate.",
            "証明書のCRL配布点に合う失効リストを取得してください。",
            "Fetch the list that the certificate's distribution point names.",
        ),
        "number-went-back": Advice(
            "失効リストの番号が、前回より戻っています。", "The list is older than one already seen.", _KEEP_JA, _KEEP_EN
        ),
    }
