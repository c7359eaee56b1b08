"""Refusals of the call centre."""

from tegata.wire.problems import problem

MENU_CLOSED = problem(
    "menu-closed", 409,
    ja="このメニューは、いまは受付時間外です。", en="This menu is outside its hours now.",
    do_ja="受付時間を伝えて、その時間にかけ直すようお願いしてください。紛失・盗難はいつでも受け付けます。",
    do_en="Tell the caller the hours and ask to call again then. Loss and theft are taken at any hour.",
)  # fmt: skip
CALL_ENDED = problem(
    "call-ended", 409,
    ja="この電話は、すでに終わっています。", en="This call was ended before.",
    do_ja="かけ直しの電話は、新しい電話として、はじめから聞き取ってください。",
    do_en="Take a caller who rings again as a new call, and ask from the beginning.",
)  # fmt: skip
CALL_OF_ANOTHER = problem(
    "call-of-another-operator", 403,
    ja="この電話は、別の担当者が受けています。", en="Another operator has this call.",
    do_ja="その担当者か、管理者に知らせてください。", do_en="Tell that operator, or a supervisor.",
)  # fmt: skip
ATTEMPTS_USED = problem(
    "caller-attempts-used", 409,
    ja="この電話では、もう本人の確認を行えません。", en="The caller can not be identified any more in this call.",
    do_ja="市区町村の窓口を案内して、電話を終えてください。",
    do_en="Refer the caller to the counter of the municipality, and end the call.",
)  # fmt: skip
NOT_IDENTIFIED = problem(
    "caller-not-identified-yet", 409,
    ja="本人の確認が済んでいません。", en="The caller has not been identified.",
    do_ja="聞き取りと照合を、先に行ってください。", do_en="Ask the questions and have the answers compared first.",
)  # fmt: skip
SUSPENSION_UNCERTAIN = problem(
    "suspension-uncertain", 409,
    ja="一時利用停止の結果を、まだ確かめられていません。", en="It is not known yet whether the suspension was done.",
    do_ja="もう一度「一時利用停止」を押してください。二重に停止されることはありません。",
    do_en="Press the button again. Nothing is suspended twice.",
)  # fmt: skip
