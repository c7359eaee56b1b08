"""Call centre → J-LIS: a caller is identified, and certificates are suspended by telephone (rule SP-04).

The caller's answers go to J-LIS, which compares them with its records and says only whether all of them fit: the
operator learns nothing from the register that the caller did not say.
"""

from typing import Annotated

import msgspec

from tegata.wire.certificates import CertificateState, Medium
from tegata.wire.endpoint import Endpoint, Identifier, Page, ShortText
from tegata.wire.problems import NOT_FOUND, TOO_MANY, problem
from tegata.wire.text import Text


class CallerAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller said, as the operator typed it. ``birth_date``: YYYY-MM-DD. ``call_id`` names the call."""

    call_id: Identifier
    name: Annotated[ShortText, msgspec.Meta(min_length=1)]
    birth_date: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", max_length=10)]
    address: Annotated[ShortText, msgspec.Meta(min_length=1)]


class IdentifiedCaller(msgspec.Struct, frozen=True, kw_only=True):
    """A handle for this call centre, and the newest certificate of each usage on the card and on the phone."""

    sub: Identifier
    certificates: list[CertificateState]


class SuspensionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is lost: the certificates on it that are valid are held (certificateHold) from now on."""

    call_id: Identifier
    medium: Medium


CALLER_NOT_IDENTIFIED = problem(
    "caller-not-identified", 409,
    ja="答えが記録と一致しないため、本人と確認できませんでした。",
    en="The answers do not all fit the records, so the caller is not identified.",
    do_ja="聞き取った内容を復唱して、もう一度確かめてください。どの項目が違うかは、お伝えできません。",
    do_en="Read the answers back and check them again. Which one differs can not be told.",
)  # fmt: skip
NOTHING_TO_SUSPEND = problem(
    "nothing-to-suspend", 409,
    ja="一時利用停止にできる、有効な電子証明書がありません。",
    en="There is no valid certificate that could be suspended.",
    do_ja="証明書の状態を確かめて、お客様に伝えてください。",
    do_en="Look at the state of the certificates and tell the caller.",
)  # fmt: skip

FIND_CALLER: Endpoint[CallerAnswers, IdentifiedCaller] = Endpoint(
    keyed=False,
    to="jlis",
    method="POST",
    path="/callers",
    request=CallerAnswers,
    response=IdentifiedCaller,
    scope="certificates:suspend",
    label=Text("本人の確認 (電話)", "Caller identified"),
    raises=(CALLER_NOT_IDENTIFIED, TOO_MANY),
)
SUSPEND: Endpoint[SuspensionRequest, Page[CertificateState]] = Endpoint(
    to="jlis",
    method="POST",
    path="/callers/{sub}/suspensions",
    request=SuspensionRequest,
    response=Page[CertificateState],
    scope="certificates:suspend",
    label=Text("一時利用停止", "Suspended"),
    raises=(NOT_FOUND, NOTHING_TO_SUSPEND),
)
