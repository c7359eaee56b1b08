"""Operator → relying party: whose certificate or consent changed, from one numbered log (rule FI-06).

Three ways to read one log: a feed (again at will), SET push (RFC 8935), SET poll (RFC 8936). An event carries a pointer
(consent and serial), no personal data.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec

from tegata.wire.endpoint import AfterQuery, CompactJws, Empty, Endpoint, Identifier, Page, Serial
from tegata.wire.problems import problem
from tegata.wire.text import Text

ChangeKind = Literal["certificate-revoked", "consent-given", "consent-withdrawn", "consent-expired"]
CREDENTIAL_CHANGE = "https://schemas.openid.net/secevent/caep/event-type/credential-change"
CONSENT_CHANGE = "urn:tegata:event:consent-change"
VERIFICATION = "https://schemas.openid.net/secevent/ssf/event-type/verification"
SET_MEDIA_TYPE = "application/secevent+jwt"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a relying party's log; ``number`` counts from 1 without gaps for each relying party."""

    number: int
    kind: ChangeKind
    at: datetime
    recorded_at: datetime
    consent_id: Identifier
    reference: Identifier
    serial: Serial
    reason: str | None = None


class PollRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """RFC 8936 section 2.2: acknowledge and ask for more."""

    max_events: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 100
    return_immediately: bool = True
    ack: Annotated[list[Identifier], msgspec.Meta(max_length=1000)] = []
    set_errs: dict[str, dict[str, str]] = {}


class PollAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """RFC 8936 section 2.4: SETs by ``jti``."""

    sets: dict[str, CompactJws]
    more_available: bool = False


class SecurityEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The claims of a SET (RFC 8417): no ``exp``, no ``sub``; ``sub_id`` (RFC 9493) holds the consent."""

    iss: str
    aud: str
    iat: int
    jti: str
    sub_id: dict[str, str]
    events: dict[str, dict[str, Any]]
    txn: str | None = None


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """How a relying party wants its events. ``delivered_to``: the last number that was acknowledged."""

    delivery: Literal["push", "poll", "none"] = "none"
    status: Literal["enabled", "paused"] = "enabled"
    delivered_to: int = 0
    newest: int = 0


class StreamChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the stream's settings; push goes to the address registered for the relying party."""

    delivery: Literal["push", "poll", "none"]
    status: Literal["enabled", "paused"] = "enabled"


class VerificationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for a verification event that carries ``state`` back."""

    state: Identifier


def event_of(change: Change, *, issuer: str, audience: str, certificate_issuer: str) -> SecurityEvent:
    """A change as a security event, from which :func:`change_of` reads it back.

    ``certificate_issuer``: the distinguished name (RFC 4514) of the authority that issued the certificate.
    """
    told: dict[str, Any] = {
        "event_timestamp": int(change.at.timestamp()),
        "number": change.number,
        "kind": change.kind,
        "reference": change.reference,
        "x509_serial": f"{change.serial:x}",
    }
    if change.kind == "certificate-revoked":
        kind = CREDENTIAL_CHANGE
        told |= {"credential_type": "x509", "change_type": "revoke", "x509_issuer": certificate_issuer}
        told |= {"reason": change.reason}
    else:
        kind = CONSENT_CHANGE
    return SecurityEvent(
        iss=issuer,
        aud=audience,
        iat=int(change.recorded_at.timestamp()),
        jti=f"{audience}.{change.number}",
        sub_id={"format": "opaque", "id": change.consent_id},
        events={kind: told},
    )


def change_of(event: SecurityEvent) -> Change | None:
    """The change that a security event tells; None for one of another kind, a verification for example.

    Raises ``ValueError`` where it is of the right kind but not well-formed.
    """
    told = event.events.get(CREDENTIAL_CHANGE) or event.events.get(CONSENT_CHANGE)
    if told is None:
        return None
    try:
        tree = {
            **{name: told[name] for name in ("number", "kind", "reference")},
            "reason": told.get("reason"),
            "at": datetime.fromtimestamp(told["event_timestamp"], UTC),
            "recorded_at": datetime.fromtimestamp(event.iat, UTC),
            "consent_id": event.sub_id["id"],
            "serial": int(told["x509_serial"], 16),
        }
        return msgspec.convert(tree, Change)
    except (KeyError, TypeError, OverflowError, OSError, msgspec.ValidationError) as error:
        raise ValueError(f"not a well-formed change: {error}") from error


SET_REFUSED = problem(
    "set-refused",
    400,
    ja="通知 (SET) を受け付けられませんでした。",
    en="The security event token was not accepted.",
    do_ja="署名と宛先を確かめてください。",
    do_en="Check its signature and audience.",
)

FEED: Endpoint[None, Page[Change]] = Endpoint(
    to="platform",
    method="GET",
    path="/changes",
    request=None,
    response=Page[Change],
    query=AfterQuery,
    scope="changes:read",
    label=Text("変更の一覧", "Change feed"),
    step="④",
)
POLL: Endpoint[PollRequest, PollAnswer] = Endpoint(
    keyed=False,
    to="platform",
    method="POST",
    path="/changes/poll",
    request=PollRequest,
    response=PollAnswer,
    scope="changes:read",
    label=Text("通知の受取り", "SET poll"),
    step="④",
)
PUSH: Endpoint[bytes, Empty] = Endpoint(
    keyed=False,
    to="bank",
    method="POST",
    path="/events",
    request=bytes,
    request_media_type=SET_MEDIA_TYPE,
    response=Empty,
    scope="events:write",
    label=Text("プッシュ通知", "Push"),
    step="④",
    status=202,
    raises=(SET_REFUSED,),
)
STREAM: Endpoint[None, Stream] = Endpoint(
    to="platform",
    method="GET",
    path="/stream",
    request=None,
    response=Stream,
    scope="changes:read",
    label=Text("通知の設定", "Stream settings"),
)
CHOOSE_STREAM: Endpoint[StreamChoice, Stream] = Endpoint(
    to="platform",
    method="PUT",
    path="/stream",
    request=StreamChoice,
    response=Stream,
    scope="changes:read",
    label=Text("通知の設定", "Stream settings"),
)
VERIFY_STREAM: Endpoint[VerificationRequest, Empty] = Endpoint(
    to="platform",
    method="POST",
    path="/stream/verification",
    request=VerificationRequest,
    response=Empty,
    scope="changes:read",
    label=Text("通知の確認", "Stream verification"),
    status=202,
)
