"""A desktop that nobody sees, with Chromium on it, and hands on its keyboard; its certificates are those of a card.

Chromium asks for certificate and PIN in windows of its own, which no page and no driver of pages can reach: they are
answered with the keyboard, as a person does. On Linux it finds keys in an NSS database, to which OpenSC's PKCS#11
module is added.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright

from tests.fixtures.pcsc import opensc_module
from tests.fixtures.programs import need_program

SECONDS = 60
PIN_WINDOW = "Unlock Security Device"


@dataclass(frozen=True)
class Hands:
    """A keyboard at a display."""

    display: str

    def chooses(self) -> None:
        """Take the certificate that is offered."""
        self._until(self._nameless)
        self._xdotool("key", "Return")

    def unlocks(self, *pins: str) -> None:
        """Type a PIN each time one is asked for."""
        seen: set[str] = set()
        for pin in pins:
            asked = self._until(partial(self._pin_windows, frozenset(seen)))
            seen |= asked
            self._xdotool("windowfocus", "--sync", max(asked))
            self._xdotool("type", pin)
            self._xdotool("key", "Return")

    def _pin_windows(self, seen: frozenset[str]) -> set[str]:
        return self._windows("--name", PIN_WINDOW) - seen

    def _nameless(self) -> set[str]:
        """The choice of certificates is drawn inside the browser's window; the row that is chosen has a tip, which is a
        window without a name, as the root is.
        """
        return self._windows("--name", "^$") - self._windows("--maxdepth", "0", "--name", "^$")

    def _windows(self, *wanted: str) -> set[str]:
        return set(self._run("search", "--onlyvisible", *wanted).stdout.split())

    def _until(self, look: Callable[[], set[str]]) -> set[str]:
        ends = time.monotonic() + SECONDS
        while time.monotonic() < ends:
            if found := look():
                return found
            time.sleep(0.1)
        raise TimeoutError("no such window")

    def _xdotool(self, *arguments: str) -> None:
        self._run(*arguments).check_returncode()

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        program = need_program(shutil.which("xdotool"), package="xdotool")
        return subprocess.run(
            [program, *arguments], env={**os.environ, "DISPLAY": self.display}, capture_output=True, text=True,
            check=False, timeout=SECONDS,
        )  # fmt: skip


@contextmanager
def desktop() -> Iterator[Hands]:
    """A display on a number that the server chooses."""
    program = need_program(shutil.which("Xvfb"), package="xvfb")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        [program, "-displayfd", str(writing), "-nolisten", "tcp", "-screen", "0", "1280x900x24"],
        pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            yield Hands(f":{told.readline().strip()}")
    finally:
        server.terminate()
        server.wait(SECONDS)


def make_home(home: Path, authority: Path) -> None:
    """A home directory whose NSS database trusts a server's authority and knows the card."""
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    where = f"sql:{database}"
    certutil = need_program(shutil.which("certutil"), package="libnss3-tools")
    modutil = need_program(shutil.which("modutil"), package="libnss3-tools")
    for command in (
        [certutil, "-d", where, "-N", "--empty-password"],
        [certutil, "-d", where, "-A", "-n", "front", "-t", "C,,", "-i", authority],
        [modutil, "-dbdir", where, "-add", "OpenSC", "-libfile", opensc_module(), "-mechanisms", "FRIENDLY", "-force"],
    ):
        subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)


@contextmanager
def chromium(home: Path, hands: Hands) -> Iterator[BrowserContext]:
    """Chromium with its windows, in a home directory."""
    program = need_program(shutil.which("chromium"), package="chromium")
    options = ["--lang=en-US", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    environment = {**os.environ, "HOME": str(home), "DISPLAY": hands.display, "LANGUAGE": "en"}
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            home / "profile", executable_path=program, headless=False, args=options,
            env={name: value for name, value in environment.items() if not name.startswith("XDG_")}, locale="ja-JP",
        )  # fmt: skip
        yield context
        context.close()
