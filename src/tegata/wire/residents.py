"""Municipality → J-LIS: what happened to a resident (figure A, ② 情報連携; rule FI-03)."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from tegata.japan.four_attributes import FourAttributes
from tegata.wire.endpoint import Endpoint, Identifier
from tegata.wire.problems import problem
from tegata.wire.text import Text

ResidentCode = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9]{11}$", max_length=11, description="住民票コード, 11 digits with check digit")
]
MunicipalityCode = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9]{6}$", max_length=6, description="全国地方公共団体コード, with check digit")
]

Event = Literal[
    "registered", "birth", "move_in", "move_within", "move_out", "name_change", "correction", "death", "left_country"
]
ENDS_RESIDENCE: frozenset[Event] = frozenset({"death", "left_country"})


class ResidentEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One change of the register. ``attributes`` are the four as they are from now on; None once residence has ended.

    ``sequence`` counts a resident's events from 1 across all municipalities: late and repeated ones show.
    """

    event_id: Identifier
    resident_code: ResidentCode
    municipality_code: MunicipalityCode
    sequence: Annotated[int, msgspec.Meta(ge=1, lt=2**31)]
    event: Event
    effective_on: date
    recorded_at: datetime
    attributes: FourAttributes | None


class ResidentReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What J-LIS did with it: the serial numbers of the certificates that it revoked."""

    event_id: Identifier
    revoked: list[int]


OUT_OF_ORDER = problem(
    "resident-event-out-of-order",
    409,
    ja="この住民の前の異動がまだ届いていません。",
    en="An earlier event of this resident has not arrived yet.",
    do_ja="前の異動を先に送ってください。自動の送信では後でもう一度送られます。",
    do_en="Send the earlier event first; automatic delivery tries again later.",
)

RESIDENT_CHANGED: Endpoint[ResidentEvent, ResidentReceipt] = Endpoint(
    to="jlis",
    method="POST",
    path="/residents/events",
    request=ResidentEvent,
    response=ResidentReceipt,
    scope="residents:write",
    label=Text("失効情報・4情報", "Revocation and four attributes"),
    step="②",
    raises=(OUT_OF_ORDER,),
)
