"""Acceptance 7: an independent client library logs in through the portal, and no altered request gets a code."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from authlib.oauth2.rfc7523 import PrivateKeyJWT

from tegata.actors.portal.tables import GrantRow
from tests.actors.portal.service_at import (
    CALLBACK,
    EC_KEY,
    OTHER_SECRET,
    RSA_KEY,
    Served,
    agrees,
    altered,
    arrives,
    parameters_of,
)

ALL = "openid name address birthdate gender"


def test_authlib_logs_in_with_all_attributes(served: Served) -> None:
    service = served.service(scope=ALL)
    callback = agrees(served.visitor, service.begins(), served.holder)
    assert parameters_of(callback)["iss"] == served.url
    token = service.fetches(callback)
    claims = service.reads(token)
    assert claims["name"] == "山田 花子"
    assert claims["address"] == {"formatted": "東京都千代田区丸の内１丁目１番１号", "country": "JP"}
    assert (claims["birthdate"], claims["gender"]) == ("1980-02-17", "female")
    assert (claims["acr"], claims["amr"], claims["aud"]) == ("aal3", ["mfa", "pin", "sc"], "shop")
    assert claims["iat"] - 60 < claims["auth_time"] <= claims["iat"] < claims["exp"]
    told = service.userinfo(token)
    assert told == {name: claims[name] for name in ("sub", "name", "address", "birthdate", "gender")}
    assert (token["token_type"], token["scope"]) == ("Bearer", ALL)


@pytest.mark.parametrize(("name", "key", "algorithm"), [("signer", EC_KEY, "ES256"), ("rsa-signer", RSA_KEY, "RS256")])
def test_authlib_logs_in_with_a_signed_assertion(served: Served, name: str, key: Any, algorithm: str) -> None:
    method = PrivateKeyJWT(alg=algorithm)
    service = served.service(name, secret=key, method="private_key_jwt", auth_methods=[method])
    token = service.fetches(agrees(served.visitor, service.begins(), served.holder))
    assert service.reads(token).keys().isdisjoint({"name", "address", "birthdate", "gender"})


def test_a_person_is_the_same_to_a_service_and_another_to_another(served: Served) -> None:
    subs = [
        service.reads(service.fetches(agrees(served.visitor, service.begins(), served.holder)))["sub"]
        for service in (served.service(), served.service(), served.service("other", secret=OTHER_SECRET))
    ]
    assert subs[0] == subs[1] != subs[2]


def test_a_second_login_needs_no_card_unless_it_is_asked_for(served: Served) -> None:
    service = served.service()
    agrees(served.visitor, service.begins(), served.holder)
    again = served.visitor.open(served.visitor.open(service.begins()).headers["location"])
    assert again.status_code == 200
    for wanted in ({"prompt": "login"}, {"max_age": 0}):
        asked = served.visitor.open(served.visitor.open(service.begins(**wanted)).headers["location"])
        assert asked.headers["location"].startswith("/card-login?")
        assert agrees(served.visitor, service.begins(**wanted), served.holder)
    relaxed = served.visitor.open(served.visitor.open(service.begins(max_age=600)).headers["location"])
    assert relaxed.status_code == 200


def test_the_person_sees_what_the_service_gets_and_who_saw_it(served: Served) -> None:
    service = served.service(scope="openid name birthdate")
    page = arrives(served.visitor, service.begins(), served.holder)
    assert "お店 にログインしますか" in page.text
    assert "氏名" in page.text
    assert "生年月日" in page.text
    assert "住所" not in page.text
    assert f"form-action 'self' {CALLBACK.removesuffix('/callback')}" in page.headers["content-security-policy"]
    service.fetches(str(served.visitor.send(page.url.path, {"decision": "allow"}).headers["location"]))
    record = served.visitor.open("/accesses").text
    assert record.index("氏名、生年月日") < record.index("お店へのログインの準備")


def test_the_portal_keeps_no_attributes_once_the_token_is_fetched(served: Served) -> None:
    service = served.service(scope=ALL)
    callback = agrees(served.visitor, service.begins(), served.holder)

    def kept() -> int:
        with served.world.node.database.read() as session:
            return session.query(GrantRow).filter(GrantRow.claims.is_not(None)).count()

    before = kept()
    service.fetches(callback)
    assert kept() == before - 1


def test_the_person_may_say_no(served: Served) -> None:
    service = served.service(scope=ALL)
    told = parameters_of(agrees(served.visitor, service.begins(), served.holder, "deny"))
    assert (told["error"], told["state"], told["iss"]) == ("access_denied", service.kept["state"], served.url)


def test_the_page_follows_the_language_that_the_service_asks_for(served: Served) -> None:
    page = arrives(served.visitor, served.service().begins(ui_locales="fr en-GB ja"), served.holder)
    assert "Log in to Shop?" in page.text


def test_the_request_may_come_by_post_from_another_site(served: Served) -> None:
    query = urlsplit(served.service().begins()).query
    asked = served.visitor.client.post(
        "/oidc/authorize", content=query, follow_redirects=False,
        headers={"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "cross-site"},
    )  # fmt: skip
    assert asked.status_code == 303
    assert asked.headers["location"].startswith("/oidc/requests/")


# What is altered on the way to the portal, and the error that comes back to the service.
ALTERED_REQUESTS: dict[str, tuple[dict[str, str | None], str]] = {
    "response type token": ({"response_type": "token"}, "unsupported_response_type"),
    "response type none": ({"response_type": None}, "invalid_request"),
    "response mode": ({"response_mode": "fragment"}, "invalid_request"),
    "no scope": ({"scope": None}, "invalid_scope"),
    "scope without openid": ({"scope": "name"}, "invalid_scope"),
    "a scope that is not served": ({"scope": "openid email"}, "invalid_scope"),
    "no challenge": ({"code_challenge": None}, "invalid_request"),
    "plain challenge": ({"code_challenge_method": "plain"}, "invalid_request"),
    "no challenge method": ({"code_challenge_method": None}, "invalid_request"),
    "challenge too short": ({"code_challenge": "abc"}, "invalid_request"),
    "prompt none": ({"prompt": "none"}, "login_required"),
    "prompt none and login": ({"prompt": "none login"}, "invalid_request"),
    "unknown prompt": ({"prompt": "create"}, "invalid_request"),
    "max_age": ({"max_age": "-1"}, "invalid_request"),
    "request object": ({"request": "e30.e30."}, "request_not_supported"),
    "request_uri": ({"request_uri": "https://shop.example/r"}, "request_uri_not_supported"),
    "nonce too long": ({"nonce": "n" * 3000}, "invalid_request"),
}


@pytest.mark.parametrize("name", ALTERED_REQUESTS)
def test_an_altered_request_comes_back_with_its_error(served: Served, name: str) -> None:
    changes, error = ALTERED_REQUESTS[name]
    service = served.service()
    answer = served.visitor.open(altered(service.begins(), changes))
    told = parameters_of(answer.headers["location"])
    assert (told["error"], told["state"], told["iss"]) == (error, service.kept["state"], served.url)


def test_a_parameter_that_stands_twice_is_refused(served: Served) -> None:
    answer = served.visitor.open(served.service().begins() + "&nonce=another")
    assert parameters_of(answer.headers["location"])["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": "nobody"}, "login-service-unknown"),
        ({"client_id": None}, "login-service-unknown"),
        ({"client_id": "shop\0"}, "login-service-unknown"),
        ({"redirect_uri": "http://127.0.0.1:9000/callback2"}, "login-return-address-unknown"),
        ({"redirect_uri": "http://127.0.0.1:9000/callback/"}, "login-return-address-unknown"),
        ({"redirect_uri": "http://127.0.0.1:9000/callback?x=1"}, "login-return-address-unknown"),
        ({"redirect_uri": "http://127.0.0.1:9001/callback"}, "login-return-address-unknown"),
        ({"redirect_uri": "https://evil.example/callback"}, "login-return-address-unknown"),
        ({"redirect_uri": None}, "login-return-address-unknown"),
    ],
)
def test_nothing_is_sent_to_an_address_that_is_not_the_services(
    served: Served, changes: dict[str, str | None], code: str
) -> None:
    answer = served.visitor.open(altered(served.service().begins(), changes))
    assert (answer.status_code, code in answer.text) == (400, True)
    assert "location" not in answer.headers


@pytest.mark.parametrize("twice", ["client_id=other", f"redirect_uri={CALLBACK}"])
def test_the_service_and_its_address_stand_once(served: Served, twice: str) -> None:
    assert served.visitor.open(f"{served.service().begins()}&{twice}").status_code == 400


def test_a_service_gets_only_the_scopes_that_it_was_granted(served: Served) -> None:
    answer = served.visitor.open(served.service("modest", scope="openid name").begins())
    assert parameters_of(answer.headers["location"])["error"] == "invalid_scope"


def test_prompt_none_never_decides_for_the_person(served: Served) -> None:
    service = served.service()
    agrees(served.visitor, service.begins(), served.holder)
    answer = served.visitor.open(service.begins(prompt="none"))
    assert parameters_of(answer.headers["location"])["error"] == "consent_required"
