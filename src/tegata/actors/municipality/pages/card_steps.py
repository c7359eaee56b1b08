"""The questions of lost, found and returned cards, and of phone certificates (rules SP-03, SP-05; decision 0011)."""

from typing import Annotated, Any, Literal

import msgspec

from tegata.actors.municipality.pages.forms import Step, Subject
from tegata.actors.municipality.rules.cards import Occasion, usable
from tegata.actors.municipality.service.holders import certificates_of
from tegata.node.node import Node
from tegata.wire.certificates import CertificateState, Usage
from tegata.wire.problems import INVALID, Refused
from tegata.wire.text import Text

Document = Literal["photo", "two", "card", "asked"]
DOCUMENTS: dict[str, tuple[Document, ...]] = {
    "lost_card": ("photo", "two", "asked"),
    "found_card": ("photo", "two", "card"),
    "give_up_card": ("photo", "two"),
    "return_card": ("photo", "two", "card"),
    "phone_certificates": ("photo", "two", "card"),
}
"""[GAP] How a person is identified, by what is done: to stop a card, answers that fit the register will do."""


class Identity(msgspec.Struct):
    """How the person was identified at the counter."""

    document: Document


class Loss(msgspec.Struct):
    """How the card was lost; the number under which the police took it, if they did."""

    how: Literal["lost", "stolen"]
    police_report: Annotated[str, msgspec.Meta(max_length=40)] = ""


class Ending(msgspec.Struct):
    """Why a card that does not lie on the terminal is given up."""

    why: Literal["lost", "defective"]


class PhoneChoice(msgspec.Struct):
    """Phone certificates, each as its usage and serial number."""

    certificates: list[Annotated[str, msgspec.Meta(pattern=r"^(sign|auth)\.[0-9]{1,20}$")]]


class Why(msgspec.Struct):
    """Why a phone's certificates are revoked at the counter."""

    occasion: Occasion


def check_identity(_node: Node, subject: Subject, value: Identity) -> None:
    """One of the ways that will do for what is done."""
    if value.document not in DOCUMENTS[subject.case.kind]:
        raise Refused(INVALID, {"field": "document"})


def phone_certificates(node: Node, subject: Subject) -> list[CertificateState]:
    """The certificates on the person's phones that are not over, as J-LIS has them now. Raises ``Refused``."""
    return usable(certificates_of(node, subject.person.resident_code), "phone")


def check_phones(node: Node, subject: Subject, value: PhoneChoice) -> None:
    """Only certificates of this person's phones."""
    if not set(value.certificates) <= {name_of(one) for one in phone_certificates(node, subject)}:
        raise Refused(INVALID, {"field": "certificates"})


def name_of(certificate: CertificateState) -> str:
    """A certificate as a form names it."""
    return f"{certificate.usage}.{certificate.serial}"


def chosen(subject: Subject) -> list[tuple[Usage, int]]:
    """The usage and serial number of each certificate that was chosen, each once."""
    parts = (one.partition(".") for one in dict.fromkeys(subject.given(PHONES).certificates))
    return [("sign" if usage == "sign" else "auth", int(serial)) for usage, _, serial in parts]


def _phone_options(node: Node, subject: Subject) -> dict[str, Any]:
    return {"phones": [(name_of(one), one) for one in phone_certificates(node, subject)]}


IDENTITY = Step(
    "identity", Text("本人確認", "Identity"),
    Text("本人であることを、何で確かめましたか", "How was the person identified?"),
    Identity, check_identity, options=lambda _node, subject: {"documents": DOCUMENTS[subject.case.kind]},
)  # fmt: skip
LOSS = Step(
    "loss", Text("紛失の状況", "The loss"), Text("カードはどうなりましたか", "What happened to the card?"), Loss
)
ENDING = Step(
    "ending", Text("理由", "Reason"), Text("なぜ廃止しますか", "Why is the card given up?"), Ending
)  # fmt: skip
PHONES = Step(
    "phones", Text("電子証明書", "Certificates"),
    Text("どの電子証明書を失効しますか", "Which certificates are to be revoked?"), PhoneChoice, check_phones,
    options=_phone_options,
)  # fmt: skip
WHY = Step("why", Text("理由", "Reason"), Text("なぜ失効しますか", "Why are they revoked?"), Why)
