"""The question for one customer's newest four attributes and its answer (⑤ to ⑨; rules FI-01, FI-07, FI-08)."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from tegata.wire.consents import NOT_A_RELYING_PARTY
from tegata.wire.endpoint import Endpoint, Identifier, Serial
from tegata.wire.problems import PEER_UNAVAILABLE, ProblemDetails, problem
from tegata.wire.text import Text

CheckMethod = Literal["crl", "ocsp"]
TRUST_FRAMEWORK = "jp_aml"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A relying party's question. ``known_serial``: the newest certificate it has heard of for this consent."""

    consent_id: Identifier
    known_serial: Serial | None = None
    check_method: CheckMethod = "ocsp"


class OperatorQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """The same question as the operator passes it on, in the name of one relying party (⑥)."""

    query_id: Identifier
    relying_party: Identifier
    consent_id: Identifier
    known_serial: Serial


class CertificateStatus(msgspec.Struct, frozen=True, kw_only=True):
    """State of the known certificate by the chosen method, and as of when."""

    serial: Serial
    status: Literal["good", "revoked", "unknown"]
    check_method: CheckMethod
    source_updated_at: datetime
    revoked_at: datetime | None = None
    revocation_reason: str | None = None


class VerifiedClaims(msgspec.Struct, frozen=True, kw_only=True):
    """OpenID Connect for Identity Assurance: ``verification`` (trust framework, time) and the consented ``claims``.

    Claims: ``name``, ``address`` (an object with ``formatted``), ``birthdate``, ``gender``.
    """

    verification: dict[str, Any]
    claims: dict[str, Any]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The newest attributes. ``serial``: the certificate that holds them; ``newer``: it differs from the known one.

    ``status`` is added by the operator, ``fee_yen`` too: only newer information costs (FACTS section 5).
    """

    query_id: Identifier
    consent_id: Identifier
    serial: Serial
    newer: bool
    attributes_since: datetime
    answered_at: datetime
    verified_claims: VerifiedClaims
    status: CertificateStatus | None = None
    fee_yen: int = 0


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Up to 1,000 questions at once."""

    questions: Annotated[list[Question], msgspec.Meta(min_length=1, max_length=1000)]


class BatchResult(msgspec.Struct, frozen=True, kw_only=True):
    """One question's outcome: an answer or a refusal."""

    consent_id: Identifier
    answer: Answer | None = None
    refusal: ProblemDetails | None = None


class BatchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The outcomes in the order of the questions."""

    results: list[BatchResult]


class OperatorBatch(msgspec.Struct, frozen=True, kw_only=True):
    """The batch as the operator passes it on."""

    questions: Annotated[list[OperatorQuestion], msgspec.Meta(min_length=1, max_length=1000)]


NO_CONSENT = problem(
    "no-consent",
    403,
    ja="ご本人の同意がありません。",
    en="The person has not consented.",
    do_ja="ご本人から同意を得てください。",
    do_en="Obtain the person's consent.",
)
CONSENT_WITHDRAWN = problem(
    "consent-withdrawn",
    403,
    ja="同意は取り消されています。",
    en="The consent was withdrawn.",
    do_ja="照会をやめてください。必要なら、改めて同意をお願いしてください。",
    do_en="Stop asking; if needed, ask the person for a new consent.",
)
CONSENT_EXPIRED = problem(
    "consent-expired",
    403,
    ja="同意の有効期間が過ぎています。",
    en="The consent has expired.",
    do_ja="改めて同意をお願いしてください。",
    do_en="Ask the person for a new consent.",
)
CONSENT_NOT_YET_VALID = problem(
    "consent-not-yet-valid",
    403,
    ja="同意の有効期間はまだ始まっていません (同意の翌日から)。",
    en="The consent is not valid yet (it is from the day after).",
    do_ja="翌日に照会してください。",
    do_en="Ask on the next day.",
)
NOT_YET_AVAILABLE = problem(
    "changed-not-yet-available",
    409,
    ja="変更がありましたが、新しい電子証明書がまだ発行されていません。",
    en="There was a change, but no new certificate has been issued yet.",
    do_ja="新しい電子証明書が発行された後に、もう一度照会してください。",
    do_en="Ask again once a new certificate has been issued.",
)
CERTIFICATE_REVOKED = problem(
    "certificate-revoked",
    410,
    ja="電子証明書は失効しています。",
    en="The certificate is revoked.",
    do_ja="ご本人に確かめてください。",
    do_en="Ask the person.",
)
CERTIFICATE_EXPIRED = problem(
    "certificate-expired",
    410,
    ja="電子証明書の有効期間が過ぎています。",
    en="The certificate has expired.",
    do_ja="ご本人に電子証明書の更新をお願いしてください。",
    do_en="Ask the person to renew the certificate.",
)
UNKNOWN_SERIAL = problem(
    "unknown-serial",
    404,
    ja="このシリアル番号の電子証明書はありません。",
    en="There is no certificate with this serial number.",
    do_ja="シリアル番号を確かめてください。",
    do_en="Check the serial number.",
)

REFUSALS = (
    NO_CONSENT,
    CONSENT_WITHDRAWN,
    CONSENT_EXPIRED,
    CONSENT_NOT_YET_VALID,
    NOT_YET_AVAILABLE,
    CERTIFICATE_REVOKED,
    CERTIFICATE_EXPIRED,
    UNKNOWN_SERIAL,
    NOT_A_RELYING_PARTY,
)

LABEL = Text("4情報の照会", "Question for the four attributes")

ASK: Endpoint[Question, Answer] = Endpoint(
    keyed=False,
    to="platform",
    method="POST",
    path="/four-information",
    request=Question,
    response=Answer,
    scope="four-information:read",
    label=LABEL,
    step="⑤",
    raises=(*REFUSALS, PEER_UNAVAILABLE),
)
ASK_BATCH: Endpoint[Batch, BatchAnswer] = Endpoint(
    keyed=False,
    to="platform",
    method="POST",
    path="/four-information/batch",
    request=Batch,
    response=BatchAnswer,
    scope="four-information:read",
    label=LABEL,
    step="⑤",
    raises=(NOT_A_RELYING_PARTY, PEER_UNAVAILABLE),
)
PASS_ON: Endpoint[OperatorQuestion, Answer] = Endpoint(
    keyed=False,
    to="jlis",
    method="POST",
    path="/four-information",
    request=OperatorQuestion,
    response=Answer,
    scope="four-information:read",
    label=LABEL,
    step="⑥",
    raises=REFUSALS,
)
PASS_ON_BATCH: Endpoint[OperatorBatch, BatchAnswer] = Endpoint(
    keyed=False,
    to="jlis",
    method="POST",
    path="/four-information/batch",
    request=OperatorBatch,
    response=BatchAnswer,
    scope="four-information:read",
    label=LABEL,
    step="⑥",
    raises=(NOT_A_RELYING_PARTY,),
)
