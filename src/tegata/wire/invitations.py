"""Relying party → portal: letters with a QR code that opens the portal to give consent (rule FI-10)."""

from datetime import datetime
from typing import Annotated

import msgspec

from tegata.wire.consents import Items
from tegata.wire.endpoint import Endpoint, Identifier, ShortText
from tegata.wire.problems import problem
from tegata.wire.text import Text

InvitationCode = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Z2-7]{26}$", max_length=26, description="130 random bits in base32")
]


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """One letter. ``reference`` is the relying party's opaque handle of its customer: no name, no customer number."""

    code: InvitationCode
    reference: Identifier
    service: Identifier
    service_name: ShortText
    relying_party_name: ShortText
    items: Items
    purpose: ShortText
    contact: ShortText
    expires_at: datetime


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """Invitations to be known at the portal before the letters go out."""

    invitations: Annotated[list[Invitation], msgspec.Meta(min_length=1, max_length=1000)]


class OfferReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """How many are known now; ``url`` is what a QR code holds, up to the code itself."""

    accepted: int
    url: str


CODE_TAKEN = problem(
    "invitation-code-taken",
    409,
    ja="このコードは、別の内容で登録されています。",
    en="This code is registered with another content.",
    do_ja="新しいコードを作ってください。登録した内容は変更できません。",
    do_en="Make a new code; what was registered can not be changed.",
)

OFFER: Endpoint[Offer, OfferReceipt] = Endpoint(
    to="portal",
    method="POST",
    path="/invitations",
    request=Offer,
    response=OfferReceipt,
    scope="invitations:write",
    label=Text("QRレターの登録", "QR letters registered"),
    raises=(CODE_TAKEN,),
)
