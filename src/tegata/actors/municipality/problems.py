"""Refusals of the counter. ``detail["field"]`` names the question of the form that has to be answered anew."""

from tegata.wire.problems import problem

EVENT_NOT_POSSIBLE = problem(
    "register-event-not-possible", 409,
    ja="この方の今の状態では、この届出を受け付けられません。",
    en="In the present state of this person's record this can not be notified.",
    do_ja="住民記録の履歴を確かめ、合う届出を選んでください。",
    do_en="Look at the history of the record and choose the notification that fits.",
)  # fmt: skip
ALREADY_HERE = problem(
    "already-resident-here", 409,
    ja="すでにこの市区町村の住民です。", en="This person is a resident of this municipality already.",
    do_ja="市区町村の中で引っ越したときは、転居の届出にしてください。",
    do_en="For a move within the municipality, record a move within.",
)  # fmt: skip
CARD_NEEDED = problem(
    "move-in-needs-move-out-or-card", 409,
    ja="前の市区町村で転出の届出がなく、有効なカードもありません。",
    en="There is no move-out on record at the former municipality, and no valid card.",
    do_ja="前の市区町村で転出の届出をしてから、もう一度お越しください。",
    do_en="Have the move-out recorded at the former municipality first.",
)  # fmt: skip
DATE_IN_FUTURE = problem(
    "date-in-future", 422,
    ja="まだ来ていない日付です。", en="This day has not come yet.",
    do_ja="今日か、それより前の日付を入力してください。", do_en="Enter today or an earlier day.",
)  # fmt: skip
DATE_TOO_FAR = problem(
    "date-too-far-ahead", 422,
    ja="転出の予定日が先すぎます (30日先まで受け付けます)。",
    en="The day of the move-out is too far ahead (up to 30 days are taken).",
    do_ja="30日先までの日付を入力するか、後日もう一度届け出てください。",
    do_en="Enter a day within 30 days, or notify the move later.",
)  # fmt: skip
DATE_BEFORE_BIRTH = problem(
    "date-before-birth", 422,
    ja="生年月日より前の日付です。", en="This day is before the date of birth.",
    do_ja="日付を確かめて、入力し直してください。", do_en="Check the date and enter it again.",
)  # fmt: skip
DATE_BEFORE_ADDRESS = problem(
    "date-before-present-address", 422,
    ja="今の住所に住み始めた日より前の日付です。", en="This day is before the present address began.",
    do_ja="日付を確かめてください。記録が誤っているときは、職権修正で直します。",
    do_en="Check the date; where the record is wrong, make a correction.",
)  # fmt: skip
ADDRESS_ELSEWHERE = problem(
    "address-of-another-municipality", 422,
    ja="この市区町村の住所ではありません。", en="The address is not in this municipality.",
    do_ja="この市区町村の郵便番号と住所を入力してください。",
    do_en="Enter a postal code and address of this municipality.",
)  # fmt: skip
TEXT_NOT_WRITTEN = problem(
    "text-not-in-register-form", 422,
    ja="住民票に記載できない形です。", en="This can not be written in the register.",
    do_ja="使えない文字や長さがないか確かめてください。氏名は姓と名の間を空けてください。",
    do_en="Check characters and length; leave a space between surname and given name.",
)  # fmt: skip
NOTHING_CHANGES = problem(
    "nothing-changes", 422,
    ja="今の記録と同じ内容です。", en="This is what the record says already.",
    do_ja="変更する内容を入力してください。", do_en="Enter what is to change.",
)  # fmt: skip
NO_CARD = problem(
    "no-valid-card", 409,
    ja="有効なマイナンバーカードがありません。", en="There is no valid card.",
    do_ja="カードの交付を先に行ってください。", do_en="Hand over a card first.",
)  # fmt: skip
CARD_ALREADY = problem(
    "card-already-held", 409,
    ja="有効なマイナンバーカードをすでにお持ちです。", en="A valid card is held already.",
    do_ja="電子証明書の再発行か、暗証番号の再設定を選んでください。",
    do_en="Choose the reissue of the certificate, or a new PIN.",
)  # fmt: skip
CARD_STOPPED = problem(
    "card-stopped", 409,
    ja="このカードは、紛失の届出により一時利用停止になっています。", en="This card was reported lost and is stopped.",
    do_ja="見つかったときは「一時停止の解除」、見つからないときは「カードの廃止」を選んでください。",
    do_en="Choose the card found, or the card given up.",
)  # fmt: skip
CARD_NOT_STOPPED = problem(
    "card-not-stopped", 409,
    ja="このカードは一時利用停止になっていません。", en="This card is not stopped.",
    do_ja="そのまま使えます。電子証明書を替えるときは、再発行を選んでください。",
    do_en="It can be used as it is. To replace its certificates, choose the reissue.",
)  # fmt: skip
NO_PHONE_CERTIFICATE = problem(
    "no-phone-certificate", 409,
    ja="失効できるスマホ用電子証明書がありません。", en="There is no phone certificate that could be revoked.",
    do_ja="電子証明書の状態を確かめて、本人に伝えてください。",
    do_en="Look at the state of the certificates and tell the holder.",
)  # fmt: skip
PIN_NOT_ACCEPTED = problem(
    "pin-form", 422,
    ja="この暗証番号は使えません。", en="This PIN can not be used.",
    do_ja="数字4桁、署名用は英大文字と数字を両方使った6〜16文字で、同じ番号を2回入力してください。",
    do_en="Four digits; for signing 6 to 16 capital letters and digits, both of them; the same twice.",
)  # fmt: skip
CARD_NOT_WRITTEN = problem(
    "card-not-written", 502,
    ja="カードへの書込みが途中で止まりました。", en="Writing the card stopped on the way.",
    do_ja="カードを置き直して、もう一度実行してください。続きから行います。",
    do_en="Place the card again and repeat; it goes on where it stopped.",
)  # fmt: skip
CHANGE_NOT_DELIVERED = problem(
    "register-change-not-delivered", 503,
    ja="この方の異動が、まだJ-LISに届いていません。", en="This person's change has not reached J-LIS yet.",
    do_ja="少し待ってから、もう一度実行してください。自動の送信が続けて試みます。",
    do_en="Wait a little and repeat; delivery goes on trying.",
)  # fmt: skip
