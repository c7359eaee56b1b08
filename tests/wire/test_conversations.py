"""What holds for every message that actors exchange."""

import importlib
import pkgutil
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tegata.wire
from tegata.japan.four_attributes import ITEMS, FourAttributes
from tegata.wire import changes, consents, four_information, holders, invitations, phones, residents, revocation
from tegata.wire.endpoint import Endpoint, Page


def _declared() -> list[tuple[str, Endpoint[Any, Any]]]:
    modules = [importlib.import_module(f"tegata.wire.{m.name}") for m in pkgutil.iter_modules(tegata.wire.__path__)]
    return [
        (f"{module.__name__}.{name}", value)
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Endpoint)
    ]


DECLARED = _declared()
every_endpoint = pytest.mark.parametrize("endpoint", [e for _, e in DECLARED], ids=[n for n, _ in DECLARED])


def test_no_two_messages_share_a_door() -> None:
    doors = [(e.to, e.method, e.path) for _, e in DECLARED]
    assert len(doors) == len(set(doors)) > 20


@every_endpoint
def test_a_path_is_a_path_with_simple_parameters(endpoint: Endpoint[Any, Any]) -> None:
    assert re.fullmatch(r"(/([a-z0-9-]+|\{[a-z_]+\}))+", endpoint.path)


@every_endpoint
def test_a_question_has_no_body_and_a_change_asks_for_a_right(endpoint: Endpoint[Any, Any]) -> None:
    assert not (endpoint.method == "GET" and endpoint.request)
    signed_or_capability = {phones.APPLY, phones.ORDER, phones.STATES}
    is_open = endpoint is revocation.OCSP or endpoint in signed_or_capability
    assert bool(endpoint.scope) != is_open, "open to all are OCSP and what a phone sends: signed, or by its secret id"


PERSONAL_ANSWERS = {four_information.Answer, four_information.BatchAnswer, holders.Holder}


@pytest.mark.rule("FI-07")
@every_endpoint
def test_an_answer_with_personal_data_is_not_kept_for_a_repetition(endpoint: Endpoint[Any, Any]) -> None:
    assert not (endpoint.changes and endpoint.response in PERSONAL_ANSWERS)
    assert not (endpoint.changes and endpoint.method == "GET")


@every_endpoint
def test_types_have_a_json_schema_for_the_openapi_document(endpoint: Endpoint[Any, Any]) -> None:
    types = [t for t in (endpoint.request, endpoint.response, endpoint.query) if t not in (None, bytes)]
    schemas, _ = msgspec.json.schema_components(types)
    assert len(schemas) == len(types)


@every_endpoint
def test_the_word_on_the_map_stands_in_both_languages(endpoint: Endpoint[Any, Any]) -> None:
    assert endpoint.label.ja
    assert endpoint.label.en
    assert endpoint.label.to("ja") == endpoint.label.ja
    assert endpoint.label.to("en") == endpoint.label.en


def _field_names(kind: Any, seen: set[Any]) -> set[str]:
    if kind in seen:
        return set()
    seen.add(kind)
    schema = msgspec.json.encode(msgspec.json.schema(kind)).decode()
    return set(re.findall(r'"([A-Za-z_]+)":', schema))


@every_endpoint
def test_my_number_travels_in_no_message(endpoint: Endpoint[Any, Any]) -> None:
    kinds = [t for t in (endpoint.request, endpoint.response) if t not in (None, bytes)]
    names = set().union(*(_field_names(kind, set()) for kind in kinds)) if kinds else set()
    assert not names & {"my_number", "myNumber", "individual_number"}


@pytest.mark.rule("FI-06")
def test_a_change_is_a_pointer_without_personal_data() -> None:
    personal = {*ITEMS, "birthdate", "attributes", "claims", "verified_claims", "certificate"}
    for kind in (changes.Change, changes.SecurityEvent):
        assert not set(kind.__struct_fields__) & personal


@pytest.mark.rule("FI-07")
def test_every_refusal_of_the_rule_is_a_type_of_its_own() -> None:
    codes = {kind.code for kind in four_information.REFUSALS}
    assert {
        "no-consent",
        "consent-withdrawn",
        "changed-not-yet-available",
        "certificate-revoked",
        "certificate-expired",
        "unknown-serial",
    } <= codes
    assert set(four_information.PASS_ON.raises) == set(four_information.REFUSALS)


@pytest.mark.rule("FI-10")
def test_an_invitation_names_no_customer() -> None:
    assert not set(invitations.Invitation.__struct_fields__) & {*ITEMS, "customer_number", "kana"}


four = st.builds(
    FourAttributes,
    name=st.text(max_size=30),
    address=st.text(max_size=60),
    birth_date=st.dates().map(lambda d: d.isoformat()),
    gender=st.sampled_from(["male", "female", "other"]),
)


@pytest.mark.rule("FI-01")
@given(one=four, other=four)
def test_what_changed_is_exactly_what_differs(one: FourAttributes, other: FourAttributes) -> None:
    changed = one.changed_from(other)
    assert [i for i in ITEMS if getattr(one, i) != getattr(other, i)] == list(changed)
    assert one.changed_from(one) == ()
    assert list(one.only(reversed(ITEMS))) == list(ITEMS)
    assert one.only(["address"]) == {"address": one.address}


@pytest.mark.parametrize(
    ("kind", "broken"),
    [
        (residents.ResidentEvent, b'{"event_id":"e"}'),
        (consents.SignedStatement, b'{"document":"not a jws"}'),
        (consents.SignedStatement, b'{"document":"a.b.c","channel":"elsewhere"}'),
        (four_information.Question, b'{"consent_id":"c","known_serial":0}'),
        (four_information.Question, b'{"consent_id":"c","check_method":"guess"}'),
        (four_information.Batch, b'{"questions":[]}'),
        (changes.PollRequest, b'{"maxEvents":100000}'),
        (invitations.Offer, b'{"invitations":[{"code":"short"}]}'),
        (Page[changes.Change], b'{"items":[{}]}'),
        (FourAttributes, '{"name":"x","address":"y","birth_date":"昨日","gender":"male"}'.encode()),
        (FourAttributes, b'{"name":"x","address":"y","birth_date":"1980-01-01","gender":"unknown"}'),
    ],
)
def test_a_broken_message_is_refused_when_it_is_read(kind: Any, broken: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(broken, type=kind)


def test_poll_speaks_the_names_of_rfc_8936() -> None:
    asked = msgspec.json.decode(b'{"maxEvents":1,"returnImmediately":true,"ack":["a"]}', type=changes.PollRequest)
    assert (asked.max_events, asked.return_immediately, asked.ack) == (1, True, ["a"])
    answer = msgspec.json.decode(msgspec.json.encode(changes.PollAnswer(sets={}, more_available=True)))
    assert answer == {"sets": {}, "moreAvailable": True}
