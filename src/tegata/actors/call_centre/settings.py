"""What the operator of the line can set: ``[actors.call_centre]`` in the settings file."""

from datetime import timedelta
from typing import Annotated

import msgspec


class CallCentreSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``attempts``: how many sets of answers a caller has in a call; J-LIS takes no more than 3.

    ``answer_days``: for how many days answers are kept: after the end of the call; of one that nobody ended, after they
    were given.
    """

    attempts: Annotated[int, msgspec.Meta(ge=1, le=3)] = 3
    answer_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 7

    @property
    def answers_kept(self) -> timedelta:
        """How long answers are kept."""
        return timedelta(days=self.answer_days)
