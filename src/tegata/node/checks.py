"""What ``/health`` and the monitors tell: one line a thing that can go wrong."""

from typing import Literal

import msgspec

from tegata.wire.text import Text

Health = Literal["ok", "warning", "failed"]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can go wrong, and how it is. ``evidence`` is a path of the actor where one sees why."""

    name: str
    title: Text
    health: Health
    says: Text
    evidence: str = ""


def worst(checks: list[Check]) -> Health:
    """The health of a whole: that of its worst part; ok for none."""
    order: tuple[Health, ...] = ("failed", "warning", "ok")
    return next((health for health in order if any(check.health == health for check in checks)), "ok")
