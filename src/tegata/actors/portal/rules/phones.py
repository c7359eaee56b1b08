"""What the holder should do about the certificates on a phone, and which of them the card may revoke (SP-01, SP-05).

They are as good as the card's signature certificate with which they were applied for: they end with it, a change of the
four attributes revokes both, and after the card's renewal they are applied for again (FACTS section 4). A suspension is
ended by the holder in the app on that phone, or by revocation where the phone does not come back.
"""

from collections.abc import Sequence
from datetime import datetime

from tegata.actors.portal.rules.certificates import (
    CHANGED,
    ENDED,
    ENDS_SOON,
    HELD,
    NOTHING,
    OVER,
    STATES,
    Advice,
    Kind,
    ends_soon,
    newest,
    state_of,
)
from tegata.pki.profiles import USAGES
from tegata.wire.certificates import CertificateState, Reason, Usage
from tegata.wire.text import Text

NOT_APPLIED = Text(
    "スマートフォンの電子証明書は、まだ申し込まれていません。",
    "No certificate of this kind was applied for on a phone yet.",
)
HOW_TO_APPLY = Text(
    "使いたいときは、スマートフォンのアプリで申し込んでください。カードと、署名用のパスワード（英数字6から16文字）を使います。",
    "To have one, apply in the app on the phone, with the card and its signature password (6 to 16 letters or digits).",
)
APPLY_AGAIN = Text(
    "もう一度使うときは、スマートフォンのアプリで申し込んでください。",
    "To have one again, apply in the app on the phone.",
)
CARD_FIRST = Text(
    "まず、市区町村の窓口で、カードの新しい署名用電子証明書を受け取ってください。その後に、アプリで申し込み直してください。",
    "First get the card's new signature certificate at the counter of your municipality. Then apply again in the app.",
)
RENEWED = Text(
    "カードの電子証明書が新しくなったため、使えなくなりました。",
    "It can no longer be used, since the card's certificates were renewed.",
)
LOST = Text("紛失などのため失効しました。", "It was revoked after a loss.")
USABLE = Text("カードの電子証明書と同じように使えます。", "It can be used as the card's certificate can.")
USABLE_SOON_OVER = Text(
    "今は使えます。カードの電子証明書と同じ日に終わります。",
    "It can be used now, and ends on the same day as the card's certificate.",
)
AFTER_RENEWAL = Text(
    "カードの電子証明書を市区町村の窓口で更新してから、アプリで申し込み直してください。",
    "Renew the card's certificates at the counter of your municipality, then apply again in the app.",
)
RESUME_OR_REVOKE = Text(
    "スマートフォンが手元に戻ったときは、そのスマートフォンのアプリで、利用を再開してください。"
    "戻らないときは、カードを使って、ここで失効してください。",
    "Once you have the phone again, resume in the app on it. If it does not come back, revoke here with your card.",
)
_AFTER_REVOCATION: dict[Reason | None, tuple[Text, Text]] = {
    "affiliationChanged": (CHANGED, CARD_FIRST),
    "superseded": (RENEWED, APPLY_AGAIN),
    "keyCompromise": (LOST, APPLY_AGAIN),
}
OPEN = frozenset({"valid", "suspended"})
_NOT_THE_HOLDERS_WISH = frozenset({"affiliationChanged", "superseded"})


def advise_phone(usage: Usage, certificates: Sequence[CertificateState], at: datetime) -> Advice:
    """What to tell the holder about one usage of the phone."""
    certificate = newest(usage, certificates, "phone")
    if certificate is None:
        return Advice(usage, "plain", Text("ありません", "None"), NOT_APPLIED, HOW_TO_APPLY, medium="phone")
    state = state_of(certificate, at)
    kind: Kind = "good"
    shown, meaning, to_do = STATES[state], USABLE, NOTHING
    if state == "suspended":
        kind, meaning, to_do = "bad", HELD, RESUME_OR_REVOKE
    elif state == "revoked":
        meaning, to_do = _AFTER_REVOCATION.get(certificate.reason, (ENDED, APPLY_AGAIN))
        kind = "warn" if certificate.reason in _NOT_THE_HOLDERS_WISH else "plain"
    elif state == "expired":
        kind, meaning, to_do = "warn", OVER, AFTER_RENEWAL
    elif ends_soon(certificate, at):
        kind, shown, meaning, to_do = "warn", ENDS_SOON, USABLE_SOON_OVER, AFTER_RENEWAL
    return Advice(usage, kind, shown, meaning, to_do, certificate, "phone", revocable=state in OPEN)


def revocable(certificates: Sequence[CertificateState], at: datetime) -> list[CertificateState]:
    """The certificates of the newest phone that can still be revoked: valid or suspended; none where nothing is."""
    found = [one for usage in USAGES if (one := newest(usage, certificates, "phone")) and state_of(one, at) in OPEN]
    if not found:
        return []
    phone = max(found, key=lambda one: one.not_before).card_id
    return [one for one in found if one.card_id == phone]


def card_can_sign(certificates: Sequence[CertificateState], at: datetime) -> bool:
    """Whether the card's signature certificate is good for an order of its holder."""
    certificate = newest("sign", certificates)
    return certificate is not None and state_of(certificate, at) == "valid"
