"""Why an OCSP response is not believed: a code for programs, a sentence and a next step for people."""

from typing import ClassVar, Literal

from tegata.pki.refusals import Advice, Refused

OcspRefusal = Literal[
    "malformed",
    "unsuccessful",
    "unsupported",
    "wrong-responder",
    "forged",
    "wrong-certificate",
    "nonce-mismatch",
    "not-yet",
    "stale",
]

_AGAIN_JA = "もう一度問い合わせてください。続くときは認証局に確認してください。"
_AGAIN_EN = "Ask again; if it goes on, ask the authority."


class OcspRefused(Refused):
    """A response that proves nothing; ``code`` is an :data:`OcspRefusal`.

    ``unsuccessful``: the responder itself refused, and ``detail`` is its word for it (RFC 6960 4.2.1).
    """

    ADVICE: ClassVar = {
        "malformed": Advice("応答の形式が正しくありません。", "This is not an OCSP response.", _AGAIN_JA, _AGAIN_EN),
        "unsuccessful": Advice(
            "失効確認の窓口が、この問い合わせに答えませんでした。",
            "The responder did not answer this request.",
            _AGAIN_JA,
            _AGAIN_EN,
        ),
        "unsupported": Advice(
            "この応答は、対応していない形式です。", "This kind of response is not supported.", _AGAIN_JA, _AGAIN_EN
        ),
        "wrong-responder": Advice(
            "応答者は、この認証局から失効確認を任されていません。",
            "The responder may not answer for this authority.",
            "問い合わせ先と、信頼する認証局の設定を確かめてください。",
            "Check whom you asked, and which authorities are trusted.",
        ),
        "forged": Advice(
            "応答の署名が正しくありません。", "The response's signature does not verify.", _AGAIN_JA, _AGAIN_EN
        ),
        "wrong-certificate": Advice(
            "別の証明書についての応答です。", "The response is about another certificate.", _AGAIN_JA, _AGAIN_EN
        ),
        "nonce-mismatch": Advice(
            "この問い合わせへの応答ではありません。",
            "The response does not repeat this request's nonce.",
            _AGAIN_JA,
            _AGAIN_EN,
        ),
        "not-yet": Advice(
            "応答の日時が、現在より後です。",
            "The response is dated in the future.",
            "端末の時計を確かめてください。",
            "Check the clock of this machine.",
        ),
        "stale": Advice(
            "応答の有効期限が過ぎています。", "The response's next update has passed.", _AGAIN_JA, _AGAIN_EN
        ),
    }
