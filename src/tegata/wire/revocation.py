"""Revocation data on its way: J-LIS → operator → relying party, and OCSP for all (rules FI-04, FI-05, FI-06)."""

from datetime import datetime
from typing import Annotated

import msgspec

from tegata.wire.endpoint import Endpoint, Page
from tegata.wire.problems import NOT_FOUND, problem
from tegata.wire.text import Text

CRL_MEDIA_TYPE = "application/pkix-crl"


class CrlInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One CRL on offer. ``partition``: ``all``, ``authority`` (the ARL), or a six-digit municipality code.

    ``generation``: of the root whose key signed it; all generations sign the same list under the same number.
    """

    usage: str
    partition: str
    number: int
    this_update: datetime
    next_update: datetime
    entries: int
    size: int
    sha256: str
    generation: int = 1


class CrlQuery(msgspec.Struct, kw_only=True):
    """Which generation's signature is wanted; the newest by default."""

    generation: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None


NO_CRL_YET = problem(
    "no-crl-yet",
    404,
    ja="まだ失効リスト (CRL) がありません。",
    en="There is no CRL yet.",
    do_ja="次の更新 (毎朝7時) の後にもう一度取得してください。",
    do_en="Fetch it again after the next issue (07:00 every day).",
)

CRL_LABEL = Text("CRL", "CRL")

CRL_LIST: Endpoint[None, Page[CrlInfo]] = Endpoint(
    to="jlis",
    method="GET",
    path="/crls",
    request=None,
    response=Page[CrlInfo],
    scope="revocation:read",
    label=Text("CRL の一覧", "List of CRLs"),
)
CRL: Endpoint[None, bytes] = Endpoint(
    to="jlis",
    method="GET",
    path="/crls/{usage}/{partition}",
    request=None,
    response=bytes,
    query=CrlQuery,
    media_type=CRL_MEDIA_TYPE,
    scope="revocation:read",
    label=CRL_LABEL,
    step="③",
    raises=(NO_CRL_YET, NOT_FOUND),
)
CRL_HANDED_ON: Endpoint[None, bytes] = Endpoint(
    to="platform",
    method="GET",
    path="/crls/{usage}",
    request=None,
    response=bytes,
    media_type=CRL_MEDIA_TYPE,
    scope="revocation:read",
    label=CRL_LABEL,
    step="④",
    raises=(NO_CRL_YET, NOT_FOUND),
)
OCSP: Endpoint[bytes, bytes] = Endpoint(
    keyed=False,
    to="jlis",
    method="POST",
    path="/ocsp/{usage}",
    request=bytes,
    request_media_type="application/ocsp-request",
    response=bytes,
    media_type="application/ocsp-response",
    scope="",
    label=Text("OCSP", "OCSP"),
)
