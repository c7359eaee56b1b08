"""Refusals of the pages."""

from tegata.wire.problems import problem

LOGIN_NEEDED = problem(
    "login-needed", 401,
    ja="このページを見るには、ログインが必要です。", en="You need to log in to see this page.",
    do_ja="ログインしてください。", do_en="Log in.",
)  # fmt: skip
FORM_EXPIRED = problem(
    "form-expired", 403,
    ja="このフォームは期限が切れているか、別の画面から送られました。",
    en="This form has expired, or was sent from somewhere else.",
    do_ja="前のページに戻り、読み込み直してから、もう一度送ってください。入力した内容は保存されていません。",
    do_en="Go back, reload the page and send it again. What you entered was not kept.",
)  # fmt: skip
