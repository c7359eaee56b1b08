"""Consent to the handing over of the four attributes: given, seen, withdrawn (rules FI-02, FI-09; FACTS section 5)."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from tegata.japan.four_attributes import Item
from tegata.wire.endpoint import AfterQuery, CompactJws, Endpoint, Identifier, Page, PageQuery, Serial, ShortText
from tegata.wire.problems import NOT_FOUND, problem
from tegata.wire.text import Text

ConsentState = Literal["active", "withdrawn", "expired"]
Channel = Literal["relying_party", "portal"]
Items = Annotated[list[Item], msgspec.Meta(min_length=1, max_length=4)]


class ConsentStatement(msgspec.Struct, frozen=True, kw_only=True):
    """What the person signs: the payload of the JWS, made with the signature key of the card.

    ``reference`` is the relying party's own opaque handle of its customer; ``text`` is what the screen said.
    """

    statement_id: Identifier
    kind: Literal["consent"] = "consent"
    relying_party: Identifier
    relying_party_name: ShortText
    service: Identifier
    service_name: ShortText
    items: Items
    purpose: ShortText
    text: Annotated[str, msgspec.Meta(max_length=4000)]
    reference: Identifier
    stated_at: datetime


class WithdrawalStatement(msgspec.Struct, frozen=True, kw_only=True):
    """What the person signs to withdraw a consent."""

    statement_id: Identifier
    kind: Literal["withdrawal"] = "withdrawal"
    consent_id: Identifier
    stated_at: datetime


class SignedStatement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement as signed by the card: a compact JWS, RS256, certificate in ``x5c``."""

    document: CompactJws
    channel: Channel = "relying_party"


class ConsentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A consent as J-LIS keeps it, without personal data. ``serial``: the newest signature certificate known for it."""

    consent_id: Identifier
    relying_party: Identifier
    relying_party_name: ShortText
    service: Identifier
    service_name: ShortText
    items: Items
    purpose: ShortText
    reference: Identifier
    channel: Channel
    state: ConsentState
    given_at: datetime
    valid_from: datetime
    valid_until: datetime
    withdrawn_at: datetime | None = None
    serial: Serial


class ConsentEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the numbered feed that operators poll (withdrawals are not pushed)."""

    number: int
    kind: Literal["given", "withdrawn", "expired"]
    at: datetime
    consent: ConsentRecord


BAD_SIGNATURE = problem(
    "consent-signature-invalid",
    422,
    ja="電子署名を確認できませんでした。",
    en="The electronic signature could not be verified.",
    do_ja="有効な署名用電子証明書で、もう一度署名してください。",
    do_en="Sign again with a valid signature certificate.",
)
CERTIFICATE_NOT_VALID = problem(
    "consent-certificate-not-valid",
    422,
    ja="署名に使われた電子証明書は有効ではありません (失効・一時保留・期限切れ)。",
    en="The certificate that was used is not valid (revoked, suspended or expired).",
    do_ja="カードの電子証明書は、市区町村の窓口で再発行を受けてください。"
    "一時利用停止にしたスマートフォンの電子証明書は、見つかったスマートフォンのアプリで利用を再開してください。",
    do_en="Have a card's certificate reissued at the municipality. Resume those of a phone that was suspended and found"
    " in the app on that phone.",
)
WRONG_STATEMENT = problem(
    "consent-statement-wrong",
    422,
    ja="署名された内容が、求めた内容と一致しません。",
    en="What was signed is not what was asked for.",
    do_ja="はじめの画面からやり直してください。",
    do_en="Start again from the first screen.",
)
NOT_A_RELYING_PARTY = problem(
    "relying-party-not-registered",
    403,
    ja="この事業者は登録されていません。",
    en="This relying party is not registered.",
    do_ja="プラットフォーム事業者に登録を確かめてください。",
    do_en="Check the registration with the platform operator.",
)
NOT_YOURS = problem(
    "consent-of-another",
    403,
    ja="この同意は別の方のものです。",
    en="This consent is another person's.",
    do_ja="ご本人のカードで行ってください。",
    do_en="Use the card of the person who gave it.",
)

GIVE: Endpoint[SignedStatement, ConsentRecord] = Endpoint(
    to="jlis",
    method="POST",
    path="/consents",
    request=SignedStatement,
    response=ConsentRecord,
    scope="consents:write",
    label=Text("4情報提供の同意", "Consent"),
    step="①",
    status=201,
    raises=(BAD_SIGNATURE, CERTIFICATE_NOT_VALID, WRONG_STATEMENT, NOT_A_RELYING_PARTY),
)
GIVE_TO_OPERATOR: Endpoint[SignedStatement, ConsentRecord] = Endpoint(
    to="platform",
    method="POST",
    path="/consents",
    request=SignedStatement,
    response=ConsentRecord,
    scope="consents:write",
    label=Text("4情報提供の同意", "Consent"),
    step="①",
    status=201,
    raises=(BAD_SIGNATURE, CERTIFICATE_NOT_VALID, WRONG_STATEMENT, NOT_A_RELYING_PARTY),
)
WITHDRAW: Endpoint[SignedStatement, ConsentRecord] = Endpoint(
    to="jlis",
    method="POST",
    path="/consents/{consent_id}/withdrawal",
    request=SignedStatement,
    response=ConsentRecord,
    scope="consents:write",
    label=Text("同意の取消し", "Consent withdrawn"),
    raises=(BAD_SIGNATURE, CERTIFICATE_NOT_VALID, WRONG_STATEMENT, NOT_YOURS, NOT_FOUND),
)
FEED: Endpoint[None, Page[ConsentEvent]] = Endpoint(
    to="jlis",
    method="GET",
    path="/consents/feed",
    request=None,
    response=Page[ConsentEvent],
    query=AfterQuery,
    scope="consents:read",
    label=Text("同意の提供状況", "State of consents"),
)
OF_RELYING_PARTY: Endpoint[None, Page[ConsentRecord]] = Endpoint(
    to="platform",
    method="GET",
    path="/consents",
    request=None,
    response=Page[ConsentRecord],
    query=PageQuery,
    scope="consents:read",
    label=Text("同意の提供状況", "State of consents"),
)
