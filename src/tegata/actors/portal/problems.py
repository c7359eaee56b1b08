"""Refusals of the portal."""

from tegata.wire.problems import problem

CARD_REQUEST_OVER = problem(
    "card-request-over", 410,
    ja="カードでの操作の時間が過ぎました。", en="The time for using the card is over.",
    do_ja="最初の画面から、もう一度行ってください。", do_en="Start again from the first screen.",
)  # fmt: skip
CARD_REQUEST_ANSWERED = problem(
    "card-request-answered", 409,
    ja="このカードの操作は、すでに受け付けています。", en="This use of the card was answered before.",
    do_ja="最初の画面に戻って、結果を確かめてください。", do_en="Go back to the first screen and look at the result.",
)  # fmt: skip
OTHER_CARD = problem(
    "card-of-another-person", 403,
    ja="ログインした方のカード、またはスマートフォンではありません。",
    en="This card or phone is not of the person who is logged in.",
    do_ja="ご本人のもので、もう一度署名してください。", do_en="Sign again with your own.",
)  # fmt: skip
FRONT_NOT_PROVED = problem(
    "tls-front-not-proved", 403,
    ja="この入口は、TLS の前段を通ったときだけ使えます。",
    en="This door is for requests that came through the TLS front.",
    do_ja="ログインの画面から、もう一度行ってください。", do_en="Start again from the login page.",
)  # fmt: skip
CLIENT_CERTIFICATE_MISSING = problem(
    "client-certificate-missing", 403,
    ja="ブラウザーから、電子証明書が送られませんでした。", en="Your browser sent no certificate.",
    do_ja="カードを読み取れる状態にし、証明書を選ぶ画面で、ご自分のものを選んでください。前に選ばなかったときは、ブラウザーを終了してから行ってください。",
    do_en="Put the card on the reader and choose your certificate when asked. If you chose none before, end the "
    "browser first.",
)  # fmt: skip
CLIENT_CERTIFICATE_MALFORMED = problem(
    "client-certificate-malformed", 400,
    ja="TLS の前段から届いた電子証明書を読み取れませんでした。",
    en="The certificate that the TLS front handed on could not be read.",
    do_ja="マイナポータルの運営者に知らせてください。", do_en="Tell whoever runs the portal.",
)  # fmt: skip
CERTIFICATE_LOGIN_OVER = problem(
    "certificate-login-over", 410,
    ja="電子証明書によるログインの時間が過ぎたか、すでに使われています。",
    en="The time for this login by certificate is over, or it was used before.",
    do_ja="ログインの画面から、もう一度行ってください。", do_en="Start again from the login page.",
)  # fmt: skip
NOTHING_TO_REVOKE = problem(
    "no-phone-certificate-to-revoke", 409,
    ja="失効できるスマホ用電子証明書がありません。", en="There is no phone certificate that could be revoked.",
    do_ja="「わたしのカードとスマートフォン」で、いまの状態を確かめてください。",
    do_en="See the page on your card and phone for the present state.",
)  # fmt: skip
INVITATION_UNKNOWN = problem(
    "invitation-unknown", 404,
    ja="このQRコードは登録されていません。", en="This QR code is not known here.",
    do_ja="お手紙のQRコードをもう一度読み取るか、お手紙にある問い合わせ先に確かめてください。",
    do_en="Scan the code of the letter again, or ask at the contact that the letter names.",
)  # fmt: skip
INVITATION_EXPIRED = problem(
    "invitation-expired", 410,
    ja="お手紙の期限が過ぎています。", en="The time named in the letter is over.",
    do_ja="同意をご希望の場合は、お手紙にある問い合わせ先に、新しいお手紙を頼んでください。",
    do_en="If you want to consent, ask at the contact in the letter for a new one.",
)  # fmt: skip
INVITATION_USED = problem(
    "invitation-used", 409,
    ja="このお手紙による手続は、すでに済んでいます。", en="What this letter asks for is done already.",
    do_ja="「同意の提供状況」で、内容を確かめてください。", do_en="See the page on your consents.",
)  # fmt: skip
CLIENT_UNKNOWN = problem(
    "login-service-unknown", 400,
    ja="ログインを求めたサービスは、登録されていません。", en="The service that asks for a login is not registered.",
    do_ja="サービスの運営者に知らせてください。", do_en="Tell whoever runs the service.",
)  # fmt: skip
REDIRECT_UNKNOWN = problem(
    "login-return-address-unknown", 400,
    ja="ログインの後に戻る先が、登録されたものと一致しません。",
    en="The address to return to after the login is not one that was registered.",
    do_ja="サービスの運営者に知らせてください。", do_en="Tell whoever runs the service.",
)  # fmt: skip
AUTHORIZATION_OVER = problem(
    "login-request-over", 410,
    ja="サービスへのログインの時間が過ぎたか、すでに終わっています。",
    en="The time for this login to a service is over, or it was finished.",
    do_ja="サービスの画面から、もう一度ログインしてください。", do_en="Log in again from the service.",
)  # fmt: skip
