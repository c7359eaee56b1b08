"""Security events as they arrive, by push or by poll, and how they are wanted (RFC 8935, RFC 8936; FI-06)."""

import secrets
from typing import Any, Literal

from tegata.actors.bank.service import changes, security_events
from tegata.node.node import Node
from tegata.wire.changes import (
    CHOOSE_STREAM,
    POLL,
    STREAM,
    VERIFICATION,
    VERIFY_STREAM,
    Change,
    PollRequest,
    SecurityEvent,
    Stream,
    StreamChoice,
    VerificationRequest,
    change_of,
)
from tegata.wire.problems import NOT_ALLOWED, Refused

Delivery = Literal["push", "poll", "feed"]
CHOICE = "delivery"
VERIFIED = "stream verified"
MOST = 100


def delivery(node: Node) -> Delivery:
    """How the bank wants to learn of changes; push until something else is chosen."""
    kept = node.kept(CHOICE).get("delivery", "push")
    return kept if kept in {"poll", "feed"} else "push"


def matches_itself(node: Node) -> bool:
    """Whether the bank fetches the CRL and matches it as well."""
    return bool(node.kept(CHOICE).get("matches", False))


def choose(node: Node, wanted: Delivery, *, matches: bool, who: str) -> Stream:
    """Tell the operator how events are wanted, then keep the choice. Raises ``Refused``."""
    told = node.call(
        CHOOSE_STREAM, StreamChoice(delivery="none" if wanted == "feed" else wanted), to=node.own.operator,
    )  # fmt: skip
    node.keep(CHOICE, {"delivery": wanted, "matches": matches})
    with node.database.begin() as tx:
        tx.record("delivery-chosen", subject=None, who=who, detail={"delivery": wanted, "matches": matches})
    return told


def state(node: Node) -> Stream:
    """The stream as the operator has it. Raises ``Refused``."""
    return node.call(STREAM, to=node.own.operator)


def ask_verification(node: Node) -> str:
    """Ask for a verification event; returns the state that it will bring back. Raises ``Refused``."""
    sent = secrets.token_hex(8)
    node.keep(VERIFIED, {"asked": sent, "asked_at": node.clock.now().isoformat()})
    node.call(VERIFY_STREAM, VerificationRequest(state=sent), to=node.own.operator)
    return sent


def take_push(node: Node, caller: str, token: bytes) -> None:
    """Take a pushed event; one that came before changes nothing. Raises ``Refused`` (set-refused, not-allowed)."""
    if caller != node.own.operator:
        raise Refused(NOT_ALLOWED)
    event = security_events.read(node, token)
    change = _change_of(event)
    if change is None:
        _take_other(node, event)
        return
    try:
        changes.learn(node, [change], "push")
    except Refused as refused:
        security_events.refuse("invalid_request", refused, says="the number stands for another change")


def poll(node: Node) -> int:
    """Fetch events until none is left, each acknowledged once it is kept; returns how many changes were new."""
    new, acknowledged, errors, seen = 0, list[str](), dict[str, dict[str, str]](), set[str]()
    while True:
        asked = PollRequest(max_events=MOST, ack=acknowledged, set_errs=errors)
        answer = node.call(POLL, asked, to=node.own.operator)
        good, errors = _sorted(node, answer.sets)
        new += changes.learn(node, [change for change in good.values() if change is not None], "poll")
        acknowledged = list(good)
        # Events that come again although they were acknowledged would be fetched without end.
        if answer.sets.keys() <= seen:
            return new
        seen |= answer.sets.keys()


def _sorted(node: Node, sets: dict[str, str]) -> tuple[dict[str, Change | None], dict[str, dict[str, str]]]:
    """The changes of the good events by their ``jti``, and what was wrong with the others."""
    good: dict[str, Change | None] = {}
    errors: dict[str, dict[str, str]] = {}
    for jti, token in sets.items():
        try:
            event = security_events.read(node, token.encode("ascii"))
            good[jti] = _change_of(event)
        except Refused as refused:
            errors[jti] = {"err": str(refused.detail.get("err", refused.code)), "description": refused.code}
            continue
        if good[jti] is None:
            _take_other(node, event)
    return good, errors


def _change_of(event: SecurityEvent) -> Change | None:
    try:
        return change_of(event)
    except ValueError as error:
        security_events.refuse("invalid_request", error, says="the change")


def _take_other(node: Node, event: SecurityEvent) -> None:
    """A verification event is noted; events of kinds unknown here are passed over."""
    told: Any = event.events.get(VERIFICATION)
    kept = node.kept(VERIFIED)
    if told is not None and kept.get("asked") == told.get("state"):
        node.keep(VERIFIED, {**kept, "verified_at": node.clock.now().isoformat()})


def learn(node: Node) -> int:
    """Learn what is new by the chosen way; with push, only what a gap shows to be missing. Raises ``Refused``."""
    wanted = delivery(node)
    if wanted == "poll":
        new = poll(node)
        return new + (changes.read_feed(node) if changes.has_gap(node) else 0)
    if wanted == "feed" or changes.has_gap(node):
        return changes.read_feed(node)
    return 0
