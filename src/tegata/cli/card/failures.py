"""What cards and readers refuse, as sentences on the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from tegata.card.errors import CardError, CardFailure, WrongPin
from tegata.card.pcsc import PcscFailure
from tegata.cli.card import words
from tegata.cli.errors import fail
from tegata.cli.language import t


@contextmanager
def explained_card() -> Iterator[None]:
    """Say what a card refused and what to do, with the code; exit with 1."""
    try:
        yield
    except CardFailure as failure:
        fail("\n".join(sentences(failure)))


def sentences(failure: CardFailure) -> list[str]:
    """The failure, what to do, the code, and what is known besides."""
    lines = [t(failure.ja, failure.en), t(failure.next_ja, failure.next_en), f"({failure.code})"]
    if isinstance(failure, WrongPin):
        lines.append(t(f"残り {failure.tries_left} 回", f"tries left: {failure.tries_left}"))
    elif isinstance(failure, CardError):
        lines.append(f"{failure.sw:04X}: {t(words.meaning(failure.sw))}")
    elif isinstance(failure, PcscFailure) and failure.words:
        lines.append(failure.words)
    return lines


@contextmanager
def explained_file() -> Iterator[None]:
    """Say why a file can not be signed or read; exit with 1."""
    from tegata.pki.refusals import Refused  # noqa: PLC0415

    try:
        yield
    except Refused as refused:
        advice = refused.advice
        lines = [t(advice.ja, advice.en), t(advice.next_ja, advice.next_en), f"({refused.code})"]
        fail("\n".join([*lines, *([refused.detail] if refused.detail else [])]))


def need_pyhanko() -> None:
    """Say what to install where pyHanko is missing; exit with 1."""
    from importlib.util import find_spec  # noqa: PLC0415

    if find_spec("pyhanko") is None:
        fail(
            t(
                "署名されたファイルを扱うための部品 (pyHanko) が入っていません。\n"
                "make card で入れてください (pip では pip install 'tegata[card]')。",
                "What signed files need (pyHanko) is not installed.\n"
                "Install it with `make card` (with pip: pip install 'tegata[card]').",
            )
        )
