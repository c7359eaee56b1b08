"""What the holder of a card should do about its certificates (FI-03; FACTS sections 1, 2).

One certificate of each usage counts: the card's newest; what a phone holds is another matter (:mod:`.phones`). A valid
one may be renewed from three months before its end. A hold on a card's certificate is never released: the card that
was found again gets new ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tegata.actors.portal.rules.calendar import months_from
from tegata.wire.certificates import CertificateState, Medium, State, Usage
from tegata.wire.text import Text

RENEWAL_MONTHS = 3
Kind = Literal["good", "warn", "bad", "plain"]

COUNTER = Text(
    "お住まいの市区町村の窓口に、カードを持って行ってください。新しい電子証明書が発行されます。",
    "Take the card to the counter of your municipality. A new certificate is issued there.",
)
FOUND_OR_NOT = Text(
    "この電子証明書は、元に戻せません。カードが見つかったときは、市区町村の窓口に持って行ってください。"
    "同じカードに、新しい電子証明書が発行されます。見つからないときも、窓口に申し出てください。",
    "It is not resumed. Once you have the card again, take it to the counter of your municipality: new certificates "
    "are issued on the same card. If it is not found, go to the counter too.",
)
NOTHING = Text("何もする必要はありません。", "There is nothing to do.")
STATES: dict[State, Text] = {
    "valid": Text("有効", "Valid"),
    "suspended": Text("一時利用停止", "Suspended"),
    "revoked": Text("失効", "Revoked"),
    "expired": Text("期限切れ", "Expired"),
}
ENDS_SOON = Text("まもなく期限", "Ends soon")
OVER = Text("有効期間が過ぎたため、使えません。", "Its time is over; it can not be used.")
HELD = Text("紛失などの届出により、一時的に使えません。", "After a report of loss it can not be used for now.")
CHANGED = Text(
    "住所や氏名などが変わったため、使えなくなりました。",
    "It can no longer be used, since your address, name or another of the four items changed.",
)
ENDED = Text("失効の手続がされたため、使えなくなりました。", "It was revoked and can no longer be used.")


@dataclass(frozen=True)
class Advice:
    """The state of a usage's newest certificate: what it is, what that means, what to do now.

    ``revocable``: it can be revoked here, with the card (SP-05).
    """

    usage: Usage
    kind: Kind
    state: Text
    meaning: Text
    to_do: Text
    certificate: CertificateState | None = None
    medium: Medium = "card"
    revocable: bool = False

    @property
    def needs_action(self) -> bool:
        """Whether the person should do something."""
        return self.kind in {"warn", "bad"}


def newest(usage: Usage, certificates: Sequence[CertificateState], medium: Medium = "card") -> CertificateState | None:
    """The certificate of a usage on a medium that counts."""
    fitting = [one for one in certificates if (one.usage, one.medium) == (usage, medium)]
    return max(fitting, key=lambda certificate: (certificate.not_before, certificate.serial), default=None)


def state_of(certificate: CertificateState, at: datetime) -> State:
    """The state at a time: what was neither revoked nor suspended ends by itself."""
    if certificate.state in {"revoked", "suspended"} or certificate.not_after >= at:
        return certificate.state
    return "expired"


def ends_soon(certificate: CertificateState, at: datetime) -> bool:
    """Whether it can be renewed, or its card can."""
    return months_from(certificate.not_after, -RENEWAL_MONTHS) <= at


def advise(usage: Usage, certificates: Sequence[CertificateState], at: datetime) -> Advice:
    """What to tell the holder about one usage of the card."""
    certificate = newest(usage, certificates)
    if certificate is None:
        return _none(usage)
    state = state_of(certificate, at)
    if state == "revoked":
        meaning = CHANGED if certificate.reason == "affiliationChanged" else ENDED
        return Advice(usage, "bad", STATES[state], meaning, COUNTER, certificate)
    if state == "suspended":
        return Advice(usage, "bad", STATES[state], HELD, FOUND_OR_NOT, certificate)
    if state == "expired":
        return Advice(usage, "bad", STATES[state], OVER, COUNTER, certificate)
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


def _valid(usage: Usage, certificate: CertificateState, at: datetime) -> Advice:
    if ends_soon(certificate, at):
        return Advice(
            usage, "warn", ENDS_SOON,
            Text("今は使えます。有効期間の終わりが近づいています。", "It can be used now, and will end soon."),
            Text(
                "いまから更新できます。期限の前に、市区町村の窓口にカードを持って行ってください。",
                "You can renew it now: take the card to the counter of your municipality before it ends.",
            ),
            certificate,
        )  # fmt: skip
    return Advice(usage, "good", STATES["valid"], Text("使えます。", "It can be used."), NOTHING, certificate)
