"""The door for pushed events, with good, repeated, disordered and hostile ones (RFC 8417, RFC 8935)."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey

from tegata.actors.bank.service import changes, security_events, stream
from tegata.actors.bank.tables import NoticeRow
from tegata.node.identity import service_key
from tegata.node.node import Node
from tegata.wire.changes import PUSH, VERIFICATION, Change, event_of
from tegata.wire.problems import Refused
from tests.actors.bank.world import Banked

HEADER = {"alg": "ES256", "typ": "secevent+jwt"}


def change(banked: Banked, number: int = 1, **changes: Any) -> Change:
    fields = {
        "number": number, "kind": "consent-given", "at": banked.now, "recorded_at": banked.now,
        "consent_id": f"c{number}", "reference": "k-unknown", "serial": 4711 + number,
    }  # fmt: skip
    return Change(**(fields | changes))


def claims_of(banked: Banked, number: int = 1, **changed: Any) -> dict[str, Any]:
    import msgspec

    event = event_of(
        change(banked, number), issuer=banked.network["platform"].base_url, audience="bank", certificate_issuer="O=CA"
    )
    claims: dict[str, Any] = msgspec.to_builtins(event)
    claims.pop("txn")
    return {name: value for name, value in (claims | changed).items() if value is not None}


def sign(node: Node, claims: dict[str, Any], **header: Any) -> bytes:
    key = service_key(node)
    return jwt.encode(HEADER | {"kid": key.thumbprint} | header, claims, key.key).encode()


def token(banked: Banked, number: int = 1, **changed: Any) -> bytes:
    return sign(banked.network["platform"], claims_of(banked, number, **changed))


def numbers(banked: Banked) -> list[int]:
    with banked.node.database.read() as session:
        return sorted(row.number for row in session.query(NoticeRow).all())


def take(banked: Banked, data: bytes, caller: str = "platform") -> None:
    stream.take_push(banked.node, caller, data)


def refusal(banked: Banked, data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        take(banked, data)
    assert refused.value.code == "set-refused"
    assert numbers(banked) == []
    return str(refused.value.detail["err"])


@pytest.mark.rule("FI-06")
def test_a_pushed_event_is_kept_once_however_often_it_comes(banked: Banked) -> None:
    for _ in range(3):
        take(banked, token(banked))
    assert numbers(banked) == [1]
    with banked.node.database.read() as session:
        assert changes.position(session) == 1


@pytest.mark.rule("FI-06")
def test_events_out_of_order_wait_for_the_missing_one(banked: Banked) -> None:
    take(banked, token(banked, 3))
    take(banked, token(banked, 2))
    assert changes.has_gap(banked.node)
    take(banked, token(banked, 1))
    assert not changes.has_gap(banked.node)
    with banked.node.database.read() as session:
        assert changes.position(session) == 3


def test_a_gap_is_filled_from_the_feed(quick_bank: Banked) -> None:
    person, consent = quick_bank.with_consent()
    with quick_bank.node.database.read() as session:
        at = changes.position(session)
    stream.choose(quick_bank.node, "feed", matches=False, who="test")
    person.moves()
    quick_bank.network.take_down("bank")
    quick_bank.news_of_the_morning()
    quick_bank.network.bring_up("bank")
    missed = at + 1
    take(quick_bank, token(quick_bank, missed + 1))
    assert changes.has_gap(quick_bank.node)
    assert changes.read_feed(quick_bank.node) == 1
    assert quick_bank.case(trigger="revoked").consent_id == consent.consent_id


def test_the_same_number_with_another_content_is_refused(quick_bank: Banked) -> None:
    take(quick_bank, token(quick_bank))
    with pytest.raises(Refused) as refused:
        take(quick_bank, token(quick_bank, sub_id={"format": "opaque", "id": "c-other"}))
    assert refused.value.detail["err"] == "invalid_request"


@pytest.mark.parametrize(
    ("changed", "err"),
    [
        ({"iss": "https://elsewhere.example"}, "invalid_issuer"),
        ({"aud": "another-bank"}, "invalid_audience"),
        ({"aud": ["bank", "other"]}, "invalid_request"),
        ({"exp": 99999999999}, "invalid_request"),
        ({"sub": "somebody"}, "invalid_request"),
        ({"events": {}}, "invalid_request"),
        ({"events": "none"}, "invalid_request"),
        ({"jti": None}, "invalid_request"),
        ({"iat": "yesterday"}, "invalid_request"),
        ({"sub_id": {}}, "invalid_request"),
    ],
)
def test_claims_that_are_not_for_us_are_refused(quick_bank: Banked, changed: dict[str, Any], err: str) -> None:
    assert refusal(quick_bank, token(quick_bank, **changed)) == err


@pytest.mark.parametrize("number", [0, -1, 2**63, 2**80, "1", None, 1.5])
def test_numbers_that_are_none_are_refused(quick_bank: Banked, number: object) -> None:
    claims = claims_of(quick_bank)
    (told,) = claims["events"].values()
    told["number"] = number
    assert refusal(quick_bank, sign(quick_bank.network["platform"], claims)) == "invalid_request"


@pytest.mark.parametrize(
    ("field", "value"), [("x509_serial", "xyz"), ("x509_serial", "0"), ("kind", "birthday"), ("event_timestamp", 1e300)]
)
def test_changes_that_are_not_well_formed_are_refused(quick_bank: Banked, field: str, value: object) -> None:
    claims = claims_of(quick_bank)
    (told,) = claims["events"].values()
    told[field] = value
    assert refusal(quick_bank, sign(quick_bank.network["platform"], claims)) == "invalid_request"


def _unsigned(banked: Banked) -> bytes:
    def part(tree: object) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(tree).encode()).rstrip(b"=")

    kid = service_key(banked.network["platform"]).thumbprint
    return b".".join([part({"alg": "none", "typ": "secevent+jwt", "kid": kid}), part(claims_of(banked)), b""])


def _hmac(banked: Banked) -> bytes:
    """The public key taken as the secret of a symmetric algorithm."""
    key = service_key(banked.network["platform"])
    secret = OctKey.import_key(json.dumps(key.public_jwk))
    header = {"alg": "HS256", "typ": "secevent+jwt", "kid": key.thumbprint}
    return jws.serialize_compact(header, json.dumps(claims_of(banked)).encode(), secret, algorithms=["HS256"]).encode()


def _of_a_stranger(banked: Banked) -> bytes:
    header = HEADER | {"kid": service_key(banked.network["platform"]).thumbprint}
    return jwt.encode(header, claims_of(banked), ECKey.generate_key("P-256")).encode()


def _altered(banked: Banked) -> bytes:
    head, body, signature = token(banked).split(b".")
    claims = json.loads(base64.urlsafe_b64decode(body + b"=="))
    claims["sub_id"] = {"format": "opaque", "id": "c-else"}
    return b".".join([head, base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"="), signature])


HOSTILE: dict[str, tuple[Callable[[Banked], bytes], str]] = {
    "empty": (lambda _: b"", "invalid_request"),
    "no token": (lambda _: b"hello", "invalid_request"),
    "two dots of nothing": (lambda _: b"..", "invalid_request"),
    "not ASCII": (lambda _: "é.é.é".encode(), "invalid_request"),
    "NUL": (lambda _: b"\0.\0.\0", "invalid_request"),
    "huge": (lambda banked: token(banked) + b"A" * 20_000, "invalid_request"),
    "nested deep": (lambda _: base64.urlsafe_b64encode(b"[" * 9000) + b".e30.x", "invalid_request"),
    "unsigned": (_unsigned, "invalid_request"),
    "symmetric": (_hmac, "invalid_request"),
    "of a stranger": (_of_a_stranger, "authentication_failed"),
    "altered": (_altered, "authentication_failed"),
    "an unknown key": (
        lambda banked: sign(banked.network["platform"], claims_of(banked), kid="nobody"), "invalid_key",
    ),
    "an access token": (
        lambda banked: sign(banked.network["platform"], claims_of(banked), typ="at+jwt"), "invalid_request",
    ),
    "critical header": (
        lambda banked: sign(banked.network["platform"], claims_of(banked), crit=["b64"], b64=True), "invalid_request",
    ),
    "of the bank itself": (lambda banked: sign(banked.node, claims_of(banked)), "invalid_key"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_tokens_are_refused_each_for_its_reason(quick_bank: Banked, name: str) -> None:
    make, err = HOSTILE[name]
    assert refusal(quick_bank, make(quick_bank)) == err


def test_unknown_keys_do_not_make_us_ask_the_operator_without_end(quick_bank: Banked) -> None:
    take(quick_bank, token(quick_bank))
    asked = len(quick_bank.network.passed())
    for number in range(20):
        with pytest.raises(Refused):
            take(quick_bank, sign(quick_bank.network["platform"], claims_of(quick_bank), kid=f"key-{number}"))
    assert len(quick_bank.network.passed()) == asked


def test_the_operator_is_away_when_its_keys_are_needed(quick_bank: Banked) -> None:
    data = token(quick_bank)
    quick_bank.network.take_down("platform")
    with pytest.raises(Refused) as refused:
        take(quick_bank, data)
    assert refused.value.code == "peer-unavailable"
    quick_bank.network.bring_up("platform")
    take(quick_bank, data)
    assert numbers(quick_bank) == [1]


def test_only_the_operator_may_push(quick_bank: Banked) -> None:
    with pytest.raises(Refused) as refused:
        take(quick_bank, token(quick_bank), caller="portal")
    assert refused.value.code == "not-allowed"


def test_over_the_wire_the_operator_is_let_in_and_gets_the_reason(quick_bank: Banked) -> None:
    operator = quick_bank.network["platform"]
    operator.call(PUSH, token(quick_bank), to="bank")
    assert numbers(quick_bank) == [1]
    with pytest.raises(Refused) as refused:
        operator.call(PUSH, b"nonsense", to="bank")
    assert (refused.value.code, refused.value.detail["err"]) == ("set-refused", "invalid_request")
    with pytest.raises(Refused) as refused:
        quick_bank.jlis.node.call(PUSH, token(quick_bank), to="bank")
    assert refused.value.type.status == 401


def test_a_verification_event_is_noted_only_where_it_was_asked_for(quick_bank: Banked) -> None:
    quick_bank.node.keep(stream.VERIFIED, {"asked": "s-1"})
    for state in ("other", "s-1"):
        take(quick_bank, token(quick_bank, events={VERIFICATION: {"state": state}}))
        assert ("verified_at" in quick_bank.node.kept(stream.VERIFIED)) == (state == "s-1")
    assert numbers(quick_bank) == []


def test_events_of_kinds_unknown_here_are_passed_over(quick_bank: Banked) -> None:
    take(quick_bank, token(quick_bank, events={"https://example.org/else": {"number": 1}}))
    assert numbers(quick_bank) == []


@pytest.mark.rule("FI-06")
def test_a_bad_event_in_a_poll_is_told_and_does_not_stop_the_good_ones(
    quick_bank: Banked, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream.choose(quick_bank.node, "poll", matches=False, who="test")
    answers = [{"bank.1": token(quick_bank).decode(), "bank.2": "a.b.c"}, {}]
    asked: list[Any] = []

    def call(endpoint: object, body: Any, *, to: str) -> Any:
        from tegata.wire.changes import PollAnswer

        asked.append(body)
        return PollAnswer(sets=answers[len(asked) - 1])

    monkeypatch.setattr(quick_bank.node, "call", call)
    assert stream.poll(quick_bank.node) == 1
    assert asked[1].ack == ["bank.1"]
    assert asked[1].set_errs["bank.2"]["err"] == "invalid_request"


def test_a_poll_that_repeats_itself_ends(quick_bank: Banked, monkeypatch: pytest.MonkeyPatch) -> None:
    from tegata.wire.changes import PollAnswer

    same = PollAnswer(sets={"bank.1": token(quick_bank).decode()})
    security_events.read(quick_bank.node, token(quick_bank))
    monkeypatch.setattr(quick_bank.node, "call", lambda *_a, **_k: same)
    assert stream.poll(quick_bank.node) == 1
