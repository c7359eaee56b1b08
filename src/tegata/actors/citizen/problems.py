"""Refusals of the drawer: what a card says no to, requests that the reader does not take, and what a phone can not.

The sentences about cards are the card room's own, under the same codes.
"""

from tegata.card.errors import CardContentRefused, CardFailure, MalformedPin, PinBlocked, WrongPin
from tegata.wire.problems import ProblemType, problem


def _of_card(failure: type[CardFailure], status: int) -> ProblemType:
    return problem(failure.code, status, ja=failure.ja, en=failure.en, do_ja=failure.next_ja, do_en=failure.next_en)


WRONG_PIN = _of_card(WrongPin, 422)
PIN_BLOCKED = _of_card(PinBlocked, 409)
MALFORMED_PIN = _of_card(MalformedPin, 422)
CARD_CONTENT = _of_card(CardContentRefused, 409)
CARD_FAILED = _of_card(CardFailure, 409)
NO_CERTIFICATE = problem(
    "card-without-certificate", 409,
    ja="このカードには、必要な電子証明書が入っていません。", en="The certificate that is needed is not on this card.",
    do_ja="お住まいの市区町村の窓口で、電子証明書の発行を受けてください。",
    do_en="Have the certificate issued at the counter of your municipality.",
)  # fmt: skip
REQUEST_NOT_TAKEN = problem(
    "signing-request-not-taken", 400,
    ja="この依頼は、知られている機関からのものではないか、正しくありません。",
    en="This request is not from a known organisation, or is not well-formed.",
    do_ja="署名を求められたページに戻って、もう一度始めてください。カードの情報は送られていません。",
    do_en="Go back to the page that asked for it and start again. Nothing of the card was sent.",
)  # fmt: skip
REQUEST_OVER = problem(
    "signing-request-over", 410,
    ja="この依頼は、期限が過ぎたか、すでに終わっています。", en="This request has expired or has ended already.",
    do_ja="署名を求められたページに戻って、もう一度始めてください。",
    do_en="Go back to the page that asked for it and start again.",
)  # fmt: skip
PHONE_WITHOUT_CERTIFICATE = problem(
    "phone-without-certificate", 409,
    ja="このスマートフォンには、必要な電子証明書が入っていません。",
    en="The certificate that is needed is not on this phone.",
    do_ja="スマートフォンの画面で、マイナンバーカードを使って申し込んでください。",
    do_en="Apply for it with the My Number Card, on the pages of the phone.",
)  # fmt: skip
PHONE_NOT_HERE = problem(
    "phone-not-here", 409,
    ja="このスマートフォンは、手元にありません。", en="This phone is not here.",
    do_ja="戻ってきたら、引き出しで「戻ってきた」を選んでください。戻らないときは、電話で一時利用停止を申し出てください。",
    do_en="When it is back, say so in the drawer. If it does not come back, have it suspended by telephone.",
)  # fmt: skip
PHONE_BUSY = problem(
    "phone-has-something-open", 409,
    ja="このスマートフォンには、まだ終わっていない手続があります。", en="Something on this phone is not finished yet.",
    do_ja="先に、その手続を続けて終わらせてください。", do_en="Finish that first.",
)  # fmt: skip
NO_BIOMETRICS = problem(
    "biometrics-not-possible", 409,
    ja="このスマートフォンでは、生体認証を使えません。", en="Biometrics can not be used on this phone.",
    do_ja="4桁の暗証番号を入力してください。", do_en="Enter the four-digit PIN.",
)  # fmt: skip
BIOMETRICS_REFUSED = problem(
    "biometrics-not-accepted", 422,
    ja="生体認証で確認できませんでした。", en="The biometric check was not accepted.",
    do_ja="もう一度行うか、4桁の暗証番号を入力してください。", do_en="Try again, or enter the four-digit PIN.",
)  # fmt: skip
NO_SUCH_HOLDER = problem(
    "no-such-holder", 404,
    ja="このカードを持つ人は見つかりません。", en="Nobody is known who holds this card.",
    do_ja="tegata people list --card で、カードのある人を確かめてください。"
    "tegata population で増やした住民のカードは、引き出しにはありません。",
    do_en="`tegata people list --card` lists those who have a card. Cards of residents who came by `tegata population`"
    " are not in the drawer.",
)  # fmt: skip
SEVERAL_HOLDERS = problem(
    "several-holders", 409,
    ja="この名前の人は１人に決まりません。", en="This name is not of one person only.",
    do_ja="番号 (例: P000001) で指定してください。", do_en="Name the person by id, such as P000001.",
)  # fmt: skip
