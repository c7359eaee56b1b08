"""Why a caller is not let in, as problem types."""

from tegata.wire.problems import problem

TOKEN_INVALID = problem(
    "token-invalid", 401,
    ja="アクセストークンが正しくないか、有効期限が切れています。",
    en="The access token is not valid, or it has expired.",
    do_ja="新しいアクセストークンを取得してください。", do_en="Ask for a new access token.",
)  # fmt: skip
PROOF_INVALID = problem(
    "dpop-proof-invalid", 401,
    ja="DPoP の証明が正しくありません。", en="The DPoP proof is not valid.",
    do_ja="要求ごとに、方法・URL・時刻・トークンを合わせて新しく作ってください。",
    do_en="Make a new one for each request, for its method, URL, time and token.",
)  # fmt: skip
PROOF_REPLAYED = problem(
    "dpop-proof-replayed", 401,
    ja="この DPoP の証明は、すでに使われています。", en="This DPoP proof has been used before.",
    do_ja="要求ごとに新しく作ってください。", do_en="Make a new one for each request.",
)  # fmt: skip
SCOPE_MISSING = problem(
    "scope-missing", 403,
    ja="この操作に必要な権限 (スコープ) がありません。", en="The scope that this needs has not been granted.",
    do_ja="相手の機関に権限の登録を依頼してください。", do_en="Ask the organisation to register the right.",
)  # fmt: skip
