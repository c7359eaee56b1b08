"""Refusals as types: a stable code, what happened, what to do next, in both languages (RFC 9457 over HTTP)."""

from typing import Any

import msgspec

from tegata.wire.text import Language, Text

PROBLEM_MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:tegata:problem:"


class ProblemType(msgspec.Struct, frozen=True):
    """A kind of refusal. ``code`` never changes once published."""

    code: str
    status: int
    title: Text
    advice: Text


class ProblemDetails(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The body of a refusal (RFC 9457 section 3.1), with the advice and the code as extension members."""

    type: str
    title: str
    status: int
    code: str
    title_en: str = ""
    advice: str = ""
    advice_en: str = ""
    instance: str = ""
    detail: dict[str, Any] = {}


REGISTRY: dict[str, ProblemType] = {}


def problem(code: str, status: int, *, ja: str, en: str, do_ja: str, do_en: str) -> ProblemType:
    """Declare a kind of refusal; the list of all of them is generated into the docs.

    Raises ``ValueError`` where the code is taken.
    """
    if code in REGISTRY:
        raise ValueError(f"problem code declared twice: {code}")
    REGISTRY[code] = ProblemType(code=code, status=status, title=Text(ja, en), advice=Text(do_ja, do_en))
    return REGISTRY[code]


class Refused(Exception):
    """A refusal on its way to whoever asked. ``detail`` is machine-readable and holds no personal data."""

    def __init__(self, problem_type: ProblemType, detail: dict[str, Any] | None = None) -> None:
        super().__init__(problem_type.code)
        self.type = problem_type
        self.detail = detail or {}

    @property
    def code(self) -> str:
        """The stable code of the refusal."""
        return self.type.code

    def sentence(self, language: Language) -> str:
        """What happened, for a person."""
        return self.type.title.to(language)

    def to_details(self, instance: str = "") -> ProblemDetails:
        """The refusal as problem details."""
        kind = self.type
        return ProblemDetails(
            type=TYPE_PREFIX + kind.code,
            title=kind.title.ja,
            title_en=kind.title.en,
            status=kind.status,
            code=kind.code,
            advice=kind.advice.ja,
            advice_en=kind.advice.en,
            instance=instance,
            detail=self.detail,
        )

    @classmethod
    def from_details(cls, details: ProblemDetails) -> "Refused":
        """The refusal that a peer sent; a code unknown here keeps the peer's own sentences."""
        kind = REGISTRY.get(details.code) or ProblemType(
            code=details.code,
            status=details.status,
            title=Text(details.title, details.title_en or details.title),
            advice=Text(details.advice, details.advice_en or details.advice),
        )
        return cls(kind, details.detail)


MALFORMED = problem(
    "malformed",
    400,
    ja="送られた内容を読み取れませんでした。",
    en="What was sent could not be read.",
    do_ja="形式を確かめて、もう一度送ってください。",
    do_en="Check the format and send it again.",
)
UNAUTHENTICATED = problem(
    "unauthenticated",
    401,
    ja="誰からの要求かを確認できませんでした。",
    en="It could not be established who is asking.",
    do_ja="ログインするか、正しいアクセストークンを付けてください。",
    do_en="Log in, or send a valid access token.",
)
NOT_ALLOWED = problem(
    "not-allowed",
    403,
    ja="この操作を行う権限がありません。",
    en="You have no right to do this.",
    do_ja="必要な権限を確かめてください。",
    do_en="Check which right is needed.",
)
NOT_FOUND = problem(
    "not-found",
    404,
    ja="見つかりませんでした。",
    en="It was not found.",
    do_ja="番号や住所 (URL) を確かめてください。",
    do_en="Check the number or the address (URL).",
)
METHOD_NOT_ALLOWED = problem(
    "method-not-allowed",
    405,
    ja="この方法では受け付けていません。",
    en="This method is not served here.",
    do_ja="Allow ヘッダーにある方法を使ってください。",
    do_en="Use a method named in the Allow header.",
)
CONFLICT = problem(
    "conflict",
    409,
    ja="今の状態では行えません。",
    en="The present state does not allow it.",
    do_ja="最新の状態を見てから、やり直してください。",
    do_en="Look at the newest state and try again.",
)
TOO_LARGE = problem(
    "too-large",
    413,
    ja="送られた内容が大きすぎます。",
    en="What was sent is too large.",
    do_ja="分けて送ってください。",
    do_en="Send it in parts.",
)
UNSUPPORTED_MEDIA = problem(
    "unsupported-media-type",
    415,
    ja="この形式は受け付けていません。",
    en="This media type is not accepted.",
    do_ja="Content-Type を確かめてください。",
    do_en="Check the Content-Type.",
)
INVALID = problem(
    "invalid",
    422,
    ja="内容に誤りがあります。",
    en="Something in the content is not valid.",
    do_ja="示された項目を直してください。",
    do_en="Correct the fields that are named.",
)
KEY_REUSED = problem(
    "idempotency-key-reused",
    422,
    ja="同じ冪等キーで、違う内容が送られました。",
    en="The same idempotency key came with another content.",
    do_ja="新しいキーで送ってください。",
    do_en="Send it with a new key.",
)
KEY_MISSING = problem(
    "idempotency-key-missing",
    400,
    ja="冪等キーがありません。",
    en="The idempotency key is missing.",
    do_ja="Idempotency-Key ヘッダーを付けてください。",
    do_en="Send an Idempotency-Key header.",
)
TOO_MANY = problem(
    "too-many-attempts",
    429,
    ja="試行の回数が多すぎます。",
    en="There were too many attempts.",
    do_ja="しばらく待ってから、もう一度行ってください。",
    do_en="Wait a while and try again.",
)
PEER_UNAVAILABLE = problem(
    "peer-unavailable",
    503,
    ja="相手の機関から応答がありません。",
    en="The other organisation does not answer.",
    do_ja="しばらくしてから、もう一度行ってください。自動の処理は続けて試みます。",
    do_en="Try again later; automatic work goes on trying.",
)
INTERNAL = problem(
    "internal",
    500,
    ja="内部で問題が起きました。",
    en="Something went wrong inside.",
    do_ja="時刻を添えて管理者に知らせてください。",
    do_en="Tell the operator, with the time.",
)
