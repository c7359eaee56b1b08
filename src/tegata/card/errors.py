"""What can go wrong with a card, seen from outside: each with a stable code, two sentences and what to do next."""

from typing import ClassVar


class CardFailure(Exception):
    """Any refusal by, or about, a card: a stable ``code``, a sentence, and what to do next, each in two languages."""

    code: ClassVar[str] = "card-failure"
    ja: ClassVar[str] = "カードを読み取れませんでした。"
    en: ClassVar[str] = "The card could not be read."
    next_ja: ClassVar[str] = "カードを置き直して、もう一度お試しください。"
    next_en: ClassVar[str] = "Place the card again and retry."


class CardError(CardFailure):
    """The card answered with a status word that the client did not expect; ``sw`` is it."""

    code = "card-status"

    def __init__(self, sw: int) -> None:
        super().__init__(f"status word {sw:04X}")
        self.sw = sw


class WrongPin(CardFailure):
    """The PIN was wrong; ``tries_left`` more wrong ones block it."""

    code = "card-wrong-pin"
    ja = "暗証番号が違います。"
    en = "The PIN is wrong."
    next_ja = "番号を確かめて、もう一度入力してください。続けて間違えるとロックされます。"
    next_en = "Check the number and enter it again. Repeated mistakes block the PIN."

    def __init__(self, tries_left: int) -> None:
        super().__init__(f"{tries_left} tries left")
        self.tries_left = tries_left


class PinBlocked(CardFailure):
    """The PIN has no tries left."""

    code = "card-pin-blocked"
    ja = "暗証番号がロックされています。"
    en = "The PIN is blocked."
    next_ja = "お住まいの市区町村の窓口で、暗証番号の再設定をしてください。"
    next_en = "Have the PIN reset at the counter of your municipality."


class LastTry(CardFailure):
    """One try is left, and nobody said that it may be used; it was not."""

    code = "card-last-try"
    ja = "暗証番号の残りは1回です。間違えるとロックされるため、使いませんでした。"
    en = "One try is left, and a mistake would block the PIN; it was not used."
    next_ja = "番号に間違いがなければ、--use-last-try を付けてもう一度実行してください。"
    next_en = "If you are sure of the PIN, run it again with --use-last-try."


class MalformedPin(CardFailure):
    """The PIN can not be one of this kind; it was not sent and no try was used."""

    code = "card-malformed-pin"
    ja = "暗証番号の形が正しくありません。"
    en = "This can not be a PIN of this kind."
    next_ja = "利用者証明用は数字4桁、署名用は英大文字と数字の6〜16文字で入力してください。"
    next_en = "Enter four digits for authentication, or 6 to 16 upper-case letters and digits for signing."


class CardContentRefused(CardFailure):
    """A file of the card is not what it should be: ``reason`` says which."""

    code = "card-content"
    ja = "カードの内容が正しくありません。"
    en = "The content of the card is not valid."
    next_ja = "お住まいの市区町村の窓口にご相談ください。"
    next_en = "Ask at the counter of your municipality."

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CardImageRefused(CardContentRefused):
    """The bytes given to ``Card.load`` are no card's image."""

    code = "card-image"


class NotAuthorised(CardFailure):
    """The card did not accept the issuer's key."""

    code = "card-issuer-refused"
    ja = "このカードの発行者として認証できませんでした。"
    en = "The card did not accept the issuer's key."
    next_ja = "発行者鍵の設定を確かめてください。"
    next_en = "Check the issuer key in the settings."
