"""What of logins and pages can be set."""

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    pass


class DemonstrationAccount(msgspec.Struct, frozen=True):
    """An account that the login page shows in a demonstration."""

    login: str
    password: str
    name: str


class WebSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions, passwords and the limits of logins; ``[web]`` in the settings file.

    Times are in minutes. The argon2 cost is the second recommended option of RFC 9106 section 4 (memory in KiB).
    """

    session_idle_minutes: int = 30
    session_longest_minutes: int = 12 * 60
    argon2_time_cost: int = 3
    argon2_memory_kib: int = 65_536
    argon2_parallelism: int = 4
    attempts: int = 5
    attempts_of_origin: int = 50
    attempts_minutes: int = 15
    max_body_bytes: int = 10_000_000

    @property
    def session_idle(self) -> timedelta:
        """How long a session lasts without use."""
        return timedelta(minutes=self.session_idle_minutes)

    @property
    def session_longest(self) -> timedelta:
        """How long a session lasts at most."""
        return timedelta(minutes=self.session_longest_minutes)

    @property
    def attempts_window(self) -> timedelta:
        """How long a failed try counts."""
        return timedelta(minutes=self.attempts_minutes)
