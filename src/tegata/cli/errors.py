"""Refusals and other trouble as sentences on the terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tegata.cli.language import t
from tegata.wire.problems import Refused

REFUSED = 1


@contextmanager
def explained() -> Iterator[None]:
    """Say what was refused and what to do, with the code, instead of a traceback; exit with 1."""
    try:
        yield
    except Refused as refused:
        lines = [t(refused.type.title), t(refused.type.advice), f"({refused.code})"]
        facts = [f"{name}: {value}" for name, value in refused.detail.items()]
        fail("\n".join([*lines, *facts]))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(REFUSED)
    except (OSError, ValueError) as error:
        if not _is_expected(error):
            raise
        fail(str(error))


def _is_expected(error: Exception) -> bool:
    """Whether the words of an error are meant for people: settings, files and directories."""
    from tegata.node.settings import SettingsError  # noqa: PLC0415

    return isinstance(
        error,
        (
            SettingsError, FileExistsError, FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError,
        ),
    )  # fmt: skip


def fail(words: str) -> None:
    """Print to the standard error and exit with 1."""
    sys.stderr.write(f"{words}\n")
    sys.exit(REFUSED)
