"""Municipality → J-LIS: certificates of a card are issued, renewed, held and revoked (rule FI-03, FACTS section 1)."""

from datetime import date, datetime
from typing import Literal

import msgspec

from tegata.wire.endpoint import Base64, Endpoint, Identifier, Page, Serial, ShortText
from tegata.wire.problems import NOT_FOUND, problem
from tegata.wire.residents import MunicipalityCode, ResidentCode
from tegata.wire.text import Text

Usage = Literal["sign", "auth"]
Medium = Literal["card", "phone"]
"""What holds a certificate's private key: the My Number Card, or a phone (移動端末設備)."""
State = Literal["valid", "suspended", "revoked", "expired"]
Reason = Literal[
    "unspecified", "keyCompromise", "affiliationChanged", "superseded", "cessationOfOperation", "certificateHold"
]


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """A request for one certificate for a key pair made on the card. ``public_key``: DER SubjectPublicKeyInfo."""

    application_id: Identifier
    resident_code: ResidentCode
    municipality_code: MunicipalityCode
    usage: Usage
    card_id: Identifier
    card_expires_on: date
    public_key: Base64


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """The certificate (DER), the CA certificate to write beside it, and the serial it replaces, if any."""

    serial: Serial
    certificate: Base64
    ca_certificate: Base64
    not_before: datetime
    not_after: datetime
    replaces: Serial | None = None


class RevocationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request of the holder, or of the municipality for a returned or lost card."""

    serial: Serial
    usage: Usage
    municipality_code: MunicipalityCode
    reason: Reason


class CertificateState(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate in its chain; no personal data.

    ``card_id`` is the card, or the phone, that holds the key, as ``medium`` says; ``model`` is the phone's, as it told.
    """

    serial: Serial
    usage: Usage
    card_id: Identifier
    medium: Medium = "card"
    model: ShortText = ""
    state: State
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None = None
    reason: Reason | None = None
    replaced_by: Serial | None = None


TOO_YOUNG = problem(
    "too-young-for-signature",
    409,
    ja="署名用電子証明書は15歳から発行できます。",
    en="A signature certificate is issued from the age of 15.",
    do_ja="利用者証明用電子証明書だけを発行してください。",
    do_en="Issue the user-authentication certificate only.",
)
NOT_RESIDENT = problem(
    "not-a-resident",
    409,
    ja="この住民は登録されていないか、住民でなくなっています。",
    en="This person is not, or no longer, a resident.",
    do_ja="住民記録を確かめてください。",
    do_en="Check the resident register.",
)
KEY_NOT_ACCEPTED = problem(
    "public-key-not-accepted",
    422,
    ja="公開鍵が要件 (RSA 2048 ビット) を満たしていません。",
    en="The public key is not what is required (RSA, 2048 bits).",
    do_ja="カードで鍵ペアを作り直してください。",
    do_en="Make a new key pair on the card.",
)

ISSUE: Endpoint[Application, Issued] = Endpoint(
    to="jlis",
    method="POST",
    path="/certificates",
    request=Application,
    response=Issued,
    scope="certificates:issue",
    label=Text("電子証明書の発行", "Certificate issued"),
    step="①",
    raises=(TOO_YOUNG, NOT_RESIDENT, KEY_NOT_ACCEPTED),
)
REVOKE: Endpoint[RevocationRequest, CertificateState] = Endpoint(
    to="jlis",
    method="POST",
    path="/certificates/revocations",
    request=RevocationRequest,
    response=CertificateState,
    scope="certificates:issue",
    label=Text("失効の申請", "Revocation requested"),
    step="②",
    raises=(NOT_FOUND,),
)
OF_RESIDENT: Endpoint[None, Page[CertificateState]] = Endpoint(
    to="jlis",
    method="GET",
    path="/residents/{resident_code}/certificates",
    request=None,
    response=Page[CertificateState],
    scope="certificates:issue",
    label=Text("電子証明書の状態", "State of certificates"),
)
