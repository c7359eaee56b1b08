"""How a PIN gets from a person to the card: typed without echo, from the standard input, or from the environment.

Never from an argument, which other users of the machine can see. The last try is used only where somebody said so.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from getpass import getpass

from tegata.card import CardClient, PinBlocked
from tegata.card.client import encode_pin
from tegata.card.errors import LastTry
from tegata.card.files import PinName
from tegata.cli.card.options import PIN_VARIABLE
from tegata.cli.card.words import PIN_NAMES
from tegata.cli.errors import fail
from tegata.cli.language import t


@dataclass(frozen=True)
class PinEntry:
    """How PINs are entered. ``ask`` reads one without echo, ``line`` a line of the standard input.

    ``may_ask``: somebody sits at the terminal and waits for no JSON.
    """

    from_stdin: bool
    use_last_try: bool
    may_ask: bool
    ask: Callable[[str], str] = getpass
    line: Callable[[], str] = sys.stdin.readline

    @classmethod
    def of(cls, *, pin_stdin: bool, use_last_try: bool, as_json: bool = False) -> "PinEntry":
        """What the options of a command and its terminal allow."""
        return cls(
            from_stdin=pin_stdin, use_last_try=use_last_try, may_ask=sys.stdin.isatty() and not as_json,
            line=sys.stdin.readline,
        )  # fmt: skip

    def pin(self, client: CardClient, which: PinName) -> str:
        """The PIN that somebody enters, with tries left to spend on it.

        Raises:
            PinBlocked: no try is left.
            LastTry: one is left, and nobody said that it may be used.
            MalformedPin: it can not be this PIN; no try is used.
        """
        tries = client.pin_tries(which)
        if tries == 0:
            raise PinBlocked
        if tries == 1 and not self.use_last_try and not self._agreed():
            raise LastTry
        pin = self.read(t(PIN_NAMES[which]), tries)
        encode_pin(which, pin)
        return pin

    def new_pin(self, which: PinName) -> str:
        """The new PIN of a change: typed twice, or a line of the standard input. Raises :class:`MalformedPin`."""
        name = t(f"新しい{PIN_NAMES[which].ja}", f"new {PIN_NAMES[which].en}")
        pin = self.read(name)
        encode_pin(which, pin)
        if not self.from_stdin and self.read(t(f"{name} (もう一度)", f"{name} again")) != pin:
            fail(
                t(
                    "2回入力した番号が同じではありません。変更していません。",
                    "The two entries differ. Nothing was changed.",
                )
            )
        return pin

    def read(self, name: str, tries: int | None = None) -> str:
        """A secret by whatever way there is; exits where there is none."""
        if self.from_stdin:
            return self.line().rstrip("\r\n")
        if tries is not None and (known := os.environ.get(PIN_VARIABLE)):
            return known
        if not self.may_ask:
            fail(
                t(
                    f"暗証番号を入力できる端末がありません。--pin-stdin か {PIN_VARIABLE} で渡してください。",
                    f"There is no terminal to type the PIN at. Use --pin-stdin or {PIN_VARIABLE}.",
                )
            )
        left = "" if tries is None else t(f" (残り {tries} 回)", f" ({tries} tries left)")
        return self.ask(f"{name}{left}: ")

    def _agreed(self) -> bool:
        if not self.may_ask or self.from_stdin:
            return False
        question = t(
            "残りは1回です。間違えるとロックされます。使いますか？ [y/N] ",
            "One try is left; a mistake blocks the PIN. Use it? [y/N] ",
        )
        sys.stderr.write(question)
        sys.stderr.flush()
        return self.line().strip().lower() in {"y", "yes", "はい"}
