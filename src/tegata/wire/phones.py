"""Phone → portal → J-LIS: certificates of a phone are applied for, revoked and resumed (rules SP-01, SP-03, SP-05).

The portal passes on what was signed and reads it only as far as it needs: J-LIS decides by the signature alone. Both
hops carry the same messages. A statement has an id of its own, under which its repetition is answered as before.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from tegata.wire.certificates import KEY_NOT_ACCEPTED, NOT_RESIDENT, CertificateState, Issued, Usage
from tegata.wire.consents import BAD_SIGNATURE, CERTIFICATE_NOT_VALID, WRONG_STATEMENT
from tegata.wire.endpoint import Base64, CompactJws, Endpoint, Identifier, Page, ShortText
from tegata.wire.problems import CONFLICT, NOT_FOUND, TOO_MANY, problem
from tegata.wire.text import Text

Action = Literal["revoke", "resume"]
Occasion = Literal["trade-in", "disposal", "repair", "no-longer-wanted", "lost", "found"]
"""Why: SP-03's three, the holder's own wish, and after a loss (SP-05)."""


class PhoneApplication(msgspec.Struct, frozen=True, kw_only=True):
    """What the card's signature key signs to apply: the payload of the JWS.

    ``phone_id`` holds 128 random bits or more: who knows it may ask for the state of the phone's certificates.
    ``sign_key`` and ``auth_key``: DER SubjectPublicKeyInfo of key pairs that the phone made.
    """

    kind: Literal["phone-application"] = "phone-application"
    application_id: Identifier
    phone_id: Identifier
    model: ShortText
    sign_key: Base64
    auth_key: Base64
    stated_at: datetime


class SignedApplication(msgspec.Struct, frozen=True, kw_only=True):
    """An application with the proof that the phone has both private keys (RFC 2986 asks for the same of a request).

    ``document``: a compact JWS, RS256, made by the card. ``sign_proof``, ``auth_proof``: RSASSA-PKCS1-v1_5 with SHA-256
    over the payload of the document, by each of the phone's keys.
    """

    document: CompactJws
    sign_proof: Base64
    auth_proof: Base64


class PhoneCertificates(msgspec.Struct, frozen=True, kw_only=True):
    """Both certificates of a phone, with the CA certificates to keep beside them."""

    sign: Issued
    auth: Issued


class PhoneOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder signs to revoke or resume a phone's certificates.

    On the phone it is the phone's own signature key (the password of 6 to 16 characters, SP-03), or its authentication
    key for the authentication certificate alone; without the phone the card's signature key, to revoke only (SP-05).
    """

    kind: Literal["phone-order"] = "phone-order"
    order_id: Identifier
    phone_id: Identifier
    action: Action
    usages: Annotated[list[Usage], msgspec.Meta(min_length=1, max_length=2)]
    occasion: Occasion
    stated_at: datetime


class SignedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as signed: a compact JWS, RS256, certificate in ``x5c``."""

    document: CompactJws


NOT_SUSPENDED = problem(
    "certificate-not-suspended", 409,
    ja="この電子証明書は一時利用停止になっていません。", en="This certificate is not suspended.",
    do_ja="証明書の状態を確かめてください。失効した証明書は元に戻せないため、新しく申し込んでください。",
    do_en="Look at the state of the certificate. One that was revoked can not be resumed: apply for a new one.",
)  # fmt: skip
NOT_YOUR_PHONE = problem(
    "phone-of-another-person", 403,
    ja="このスマートフォンの電子証明書を操作できるのは、本人だけです。",
    en="Only its holder can do this to the certificates of this phone.",
    do_ja="申し込んだときのカード、またはそのスマートフォンで行ってください。",
    do_en="Use the card with which they were applied for, or the phone itself.",
)  # fmt: skip
CARD_CERTIFICATE_ONLY = problem(
    "card-certificate-needed", 409,
    ja="申込みには、マイナンバーカードの署名用電子証明書が必要です。",
    en="An application needs the signature certificate of the My Number Card.",
    do_ja="カードをスマートフォンで読み取り、署名用の暗証番号を入力してください。",
    do_en="Read the card with the phone and enter its signature password.",
)  # fmt: skip

_APPLY_RAISES = (
    BAD_SIGNATURE, CERTIFICATE_NOT_VALID, WRONG_STATEMENT, CARD_CERTIFICATE_ONLY, NOT_YOUR_PHONE, KEY_NOT_ACCEPTED,
    NOT_RESIDENT, CONFLICT,
)  # fmt: skip
_ORDER_RAISES = (
    BAD_SIGNATURE, CERTIFICATE_NOT_VALID, WRONG_STATEMENT, NOT_FOUND, NOT_YOUR_PHONE, NOT_SUSPENDED, CONFLICT,
)  # fmt: skip
_APPLIED = Text("スマホ用電子証明書の申込み", "Phone certificates applied for")
_ORDERED = Text("スマホ用電子証明書の失効・再開", "Phone certificates revoked or resumed")
_STATE = Text("電子証明書の状態", "State of certificates")

APPLY: Endpoint[SignedApplication, PhoneCertificates] = Endpoint(
    keyed=False,
    to="portal",
    method="POST",
    path="/phones/applications",
    request=SignedApplication,
    response=PhoneCertificates,
    scope="",
    label=_APPLIED,
    raises=(*_APPLY_RAISES, TOO_MANY),
)
ORDER: Endpoint[SignedOrder, Page[CertificateState]] = Endpoint(
    keyed=False,
    to="portal",
    method="POST",
    path="/phones/orders",
    request=SignedOrder,
    response=Page[CertificateState],
    scope="",
    label=_ORDERED,
    raises=(*_ORDER_RAISES, TOO_MANY),
)
STATES: Endpoint[None, Page[CertificateState]] = Endpoint(
    to="portal",
    method="GET",
    path="/phones/{phone_id}/certificates",
    request=None,
    response=Page[CertificateState],
    scope="",
    label=_STATE,
    raises=(TOO_MANY,),
)
PASS_ON_APPLICATION: Endpoint[SignedApplication, PhoneCertificates] = Endpoint(
    keyed=False,
    to="jlis",
    method="POST",
    path="/phones/applications",
    request=SignedApplication,
    response=PhoneCertificates,
    scope="phones:write",
    label=_APPLIED,
    raises=_APPLY_RAISES,
)
PASS_ON_ORDER: Endpoint[SignedOrder, Page[CertificateState]] = Endpoint(
    keyed=False,
    to="jlis",
    method="POST",
    path="/phones/orders",
    request=SignedOrder,
    response=Page[CertificateState],
    scope="phones:write",
    label=_ORDERED,
    raises=_ORDER_RAISES,
)
OF_PHONE: Endpoint[None, Page[CertificateState]] = Endpoint(
    to="jlis",
    method="GET",
    path="/phones/{phone_id}/certificates",
    request=None,
    response=Page[CertificateState],
    scope="phones:write",
    label=_STATE,
)
