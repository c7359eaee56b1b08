"""What the holder of a card should do about its certificates (FI-03; FACTS sections 1, 2).

One certificate of each usage counts: the newest. A valid one may be renewed from three months before its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tegata.actors.portal.rules.calendar import months_from
from tegata.wire.certificates import CertificateState, Usage
from tegata.wire.text import Text

RENEWAL_MONTHS = 3
Kind = Literal["good", "warn", "bad", "plain"]

COUNTER = Text(
    "お住まいの市区町村の窓口に、カードを持って行ってください。新しい電子証明書が発行されます。",
    "Take the card to the counter of your municipality. A new certificate is issued there.",
)
NOTHING = Text("何もする必要はありません。", "There is nothing to do.")


@dataclass(frozen=True)
class Advice:
    """The state of a usage's newest certificate: what it is, what that means, what to do now."""

    usage: Usage
    kind: Kind
    state: Text
    meaning: Text
    to_do: Text
    certificate: CertificateState | None = None

    @property
    def needs_action(self) -> bool:
        """Whether the person should do something."""
        return self.kind in {"warn", "bad"}


def newest(usage: Usage, certificates: Sequence[CertificateState]) -> CertificateState | None:
    """The certificate of a usage that counts."""
    of_usage = [certificate for certificate in certificates if certificate.usage == usage]
    return max(of_usage, key=lambda certificate: (certificate.not_before, certificate.serial), default=None)


def advise(usage: Usage, certificates: Sequence[CertificateState], at: datetime) -> Advice:
    """What to tell the holder about one usage."""
    certificate = newest(usage, certificates)
    if certificate is None:
        return _none(usage)
    if certificate.state == "revoked":
        return _revoked(usage, certificate)
    if certificate.state == "suspended":
        return _suspended(usage, certificate)
    if certificate.state == "expired" or certificate.not_after < at:
        return _expired(usage, certificate)
    return _valid(usage, certificate, at)


def _none(usage: Usage) -> Advice:
    return Advice(
        usage, "plain", Text("ありません", "None"),
        Text(
            "この電子証明書は、カードに入っていません。15歳未満の方には、署名用電子証明書は発行されません。",
            "The card has no such certificate. Below the age of 15 no signature certificate is issued.",
        ),
        Text(
            "必要になったときは、市区町村の窓口で発行を受けられます。",
            "When you need one, it is issued at the counter of your municipality.",
        ),
    )  # fmt: skip


def _revoked(usage: Usage, certificate: CertificateState) -> Advice:
    if certificate.reason == "affiliationChanged":
        meaning = Text(
            "住所や氏名などが変わったため、使えなくなりました。",
            "It can no longer be used, since your address, name or another of the four items changed.",
        )
    else:
        meaning = Text("失効の手続がされたため、使えなくなりました。", "It was revoked and can no longer be used.")
    return Advice(usage, "bad", Text("失効", "Revoked"), meaning, COUNTER, certificate)


def _suspended(usage: Usage, certificate: CertificateState) -> Advice:
    return Advice(
        usage, "bad", Text("一時停止", "Suspended"),
        Text("紛失などの届出により、一時的に使えません。", "After a report of loss it can not be used for now."),
        Text(
            "カードが見つかったときは、市区町村の窓口で一時停止の解除を申し出てください。",
            "Once you have the card again, have the suspension lifted at the counter of your municipality.",
        ),
        certificate,
    )  # fmt: skip


def _expired(usage: Usage, certificate: CertificateState) -> Advice:
    meaning = Text("有効期間が過ぎたため、使えません。", "Its time is over; it can not be used.")
    return Advice(usage, "bad", Text("期限切れ", "Expired"), meaning, COUNTER, certificate)


def _valid(usage: Usage, certificate: CertificateState, at: datetime) -> Advice:
    if months_from(certificate.not_after, -RENEWAL_MONTHS) <= at:
        return Advice(
            usage, "warn", Text("まもなく期限", "Ends soon"),
            Text("今は使えます。有効期間の終わりが近づいています。", "It can be used now, and will end soon."),
            Text(
                "いまから更新できます。期限の前に、市区町村の窓口にカードを持って行ってください。",
                "You can renew it now: take the card to the counter of your municipality before it ends.",
            ),
            certificate,
        )  # fmt: skip
    return Advice(usage, "good", Text("有効", "Valid"), Text("使えます。", "It can be used."), NOTHING, certificate)
