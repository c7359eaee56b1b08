"""The rules of a request for a login, without a browser (the errors themselves: test_oidc_client.py)."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.portal.rules.authorization import (
    LoginFacts,
    LoginRequest,
    SentBack,
    Service,
    answer_location,
    check_redirect_uri,
    claims,
    needs_card,
    read,
)
from tegata.japan.four_attributes import ITEMS
from tegata.wire.problems import Refused
from tests.actors.jlis.world import HANAKO
from tests.support import START

URI = "https://shop.example/callback"
SHOP = Service("shop", frozenset({URI}), frozenset({"openid", "name", "birthdate"}))
GOOD = {
    "client_id": "shop", "redirect_uri": URI, "response_type": "code", "scope": "openid birthdate name openid",
    "code_challenge": "a" * 43, "code_challenge_method": "S256",
}  # fmt: skip
REQUEST = LoginRequest(client_id="shop", redirect_uri=URI, scopes=["openid"], code_challenge="a" * 43)
FRESH = timedelta(minutes=15)


def find(client_id: str) -> Service | None:
    return SHOP if client_id == "shop" else None


def asked(**changes: Any) -> LoginRequest:
    return LoginRequest(**{**{name: getattr(REQUEST, name) for name in REQUEST.__struct_fields__}, **changes})


def test_a_good_request_is_read() -> None:
    told = {**GOOD, "state": "s", "nonce": "n", "max_age": "60", "ui_locales": "fr ja-JP", "prompt": "login consent"}
    request = read(list(told.items()), find)
    assert request.scopes == ["openid", "birthdate", "name"]
    assert request.items == ["name", "birth_date"]
    assert (request.state, request.nonce, request.max_age, request.language) == ("s", "n", 60, "ja")
    assert request.prompts == ["login", "consent"]


def test_what_is_not_sent_is_absent() -> None:
    request = read(list(GOOD.items()), find)
    assert (request.state, request.nonce, request.max_age, request.language, request.prompts) == (
        None,
        None,
        None,
        "",
        [],
    )


@given(st.lists(st.tuples(st.sampled_from([*GOOD, "state", "nonce", "prompt", "request", "x"]), st.text(max_size=30))))
def test_whatever_is_sent_is_read_refused_or_sent_back_to_the_service_alone(changes: list[tuple[str, str]]) -> None:
    outcome = outcome_of([*GOOD.items(), *changes])
    if isinstance(outcome, SentBack):
        location = urlsplit(outcome.location("https://portal.example"))
        told = dict(parse_qsl(location.query))
        assert location._replace(query="").geturl() == URI
        assert (told["iss"], told["error"] != "") == ("https://portal.example", True)
    elif isinstance(outcome, Refused):
        assert outcome.code in {"login-service-unknown", "login-return-address-unknown"}
    else:
        assert outcome.redirect_uri in SHOP.redirect_uris
        assert set(outcome.scopes) <= SHOP.scopes


def outcome_of(parameters: list[tuple[str, str]]) -> LoginRequest | Refused | SentBack:
    try:
        return read(parameters, find)
    except (Refused, SentBack) as fault:
        return fault


def test_an_answer_keeps_the_query_of_the_address() -> None:
    location = answer_location("https://shop.example/?shop=1", {"code": "a b"}, state="x&y", issuer="https://p")
    assert location == "https://shop.example/?shop=1&code=a+b&state=x%26y&iss=https%3A%2F%2Fp"


@pytest.mark.parametrize(
    ("request_", "login", "after", "expected"),
    [
        (REQUEST, None, 0, True),
        (REQUEST, LoginFacts(START, before=True, attributes_time=FRESH), 3000, False),
        (asked(prompts=["login"]), LoginFacts(START, before=True, attributes_time=FRESH), 0, True),
        (asked(prompts=["login"]), LoginFacts(START, before=False, attributes_time=FRESH), 0, False),
        (asked(max_age=0), LoginFacts(START, before=True, attributes_time=FRESH), 0, True),
        (asked(max_age=60), LoginFacts(START, before=True, attributes_time=FRESH), 60, False),
        (asked(max_age=60), LoginFacts(START, before=True, attributes_time=FRESH), 61, True),
        (asked(max_age=60), LoginFacts(START, before=False, attributes_time=FRESH), 61, False),
        (asked(scopes=["openid", "name"]), LoginFacts(START, before=False, attributes_time=FRESH), 900, False),
        (asked(scopes=["openid", "name"]), LoginFacts(START, before=False, attributes_time=FRESH), 901, True),
    ],
)
def test_when_the_card_is_needed(request_: LoginRequest, login: LoginFacts | None, after: int, expected: bool) -> None:
    assert needs_card(request_, login, START + timedelta(seconds=after)) is expected


@pytest.mark.parametrize(
    "uri", ["https://shop.example/", "http://127.0.0.1:9000/cb", "http://localhost/cb", "http://[::1]:1/cb?x=1"]
)
def test_an_address_that_may_be_registered(uri: str) -> None:
    check_redirect_uri(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "", "http://shop.example/", "https://shop.example/#x", "ftp://127.0.0.1/", "https:///x", "javascript:alert(1)",
        "https://shop.example@evil.example/", "https://shop.example/ x", "http://127.0.0.1.evil.example/", "/callback",
        "https://shop.example/\n",
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_registered(uri: str) -> None:
    with pytest.raises(ValueError, match=r"address|https"):
        check_redirect_uri(uri)


@pytest.mark.parametrize(
    ("birth_date", "expected"),
    [("1980-02-17", "1980-02-17"), ("1980-02-00", "1980"), ("1980-00-00", "1980"), ("0000-00-00", None)],
)
def test_an_incomplete_birth_date_is_told_as_far_as_the_standard_allows(birth_date: str, expected: str | None) -> None:
    four = msgspec.structs.replace(HANAKO, birth_date=birth_date)
    assert claims(four, ITEMS).get("birthdate") == expected


@given(st.sets(st.sampled_from(ITEMS)))
def test_only_what_was_asked_for_becomes_a_claim(items: set[Any]) -> None:
    names = {"name": "name", "address": "address", "birth_date": "birthdate", "gender": "gender"}
    assert set(claims(HANAKO, sorted(items))) == {names[item] for item in items}
