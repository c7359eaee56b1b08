"""Acceptance 7: an independent client library logs in through the portal, and fails for each altered parameter."""

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey, RSAKey

from tegata.actors.portal.service import services
from tegata.actors.portal.settings import LoginService
from tegata.actors.portal.tables import GrantRow
from tegata.node.clock import NetworkClock
from tegata.node.identity_tables import AttemptRow
from tegata.node.web.app import create_app
from tests.actors.portal.service_at import CALLBACK, Service, agrees, arrives, parameters_of
from tests.actors.portal.world import SPECS, Holder, Portal, Visitor
from tests.node.web.running import free_port, running
from tests.support import TestNetwork

ALL = "openid name address birthdate gender"
SECRET = "a secret of at least thirty-two characters"
EC_KEY = ECKey.generate_key("P-256")
RSA_KEY = RSAKey.generate_key(2048)


class Served:
    """The portal on loopback at the real time, as client libraries know no other, and a person with a card."""

    def __init__(self, world: Portal, url: str, visitor: Visitor, holder: Holder) -> None:
        self.world, self.url, self.visitor, self.holder = world, url, visitor, holder

    def service(self, name: str = "shop", **changes: Any) -> Service:
        """A registered service."""
        return Service(self.url, name, **{"secret": SECRET, **changes})


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    network = TestNetwork(
        SPECS, "", tmp_path_factory.mktemp("oidc"), start=NetworkClock(None).now(), peers={"portal": url}
    )
    network.clock.run()
    world = Portal(network)
    register(world)
    with running(create_app(world.node), port) as url, world.browser() as visitor:
        yield Served(world, url, visitor, world.holder())
    network.close()


def register(world: Portal) -> None:
    """Three services: with a secret, with each kind of key; and one that may ask for nothing but who it is."""
    told: dict[str, Any] = {"name_ja": "お店", "name_en": "Shop", "redirect_uris": (CALLBACK,)}
    for service in (
        LoginService(id="shop", secret=SECRET, **told),
        LoginService(id="other", secret=SECRET + "2", **told),
        LoginService(id="signer", public_jwk=dict(EC_KEY.as_dict(private=False)), **told),
        LoginService(id="rsa-signer", public_jwk=dict(RSA_KEY.as_dict(private=False)), **told),
        LoginService(id="modest", secret=SECRET, scopes=("openid", "birthdate"), **told),
    ):
        services.register(world.node, service)


@pytest.fixture(autouse=True)
def _http_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture(autouse=True)
def _fresh_browser(served: Served) -> None:
    """No test sees the session of another, or its failed logins."""
    served.visitor.client.cookies.clear()
    with served.world.node.database.begin() as tx:
        tx.session.query(AttemptRow).delete()


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
        for service in (served.service(), served.service(), served.service("other", secret=SECRET + "2"))
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


def altered(url: str, changes: dict[str, str | None]) -> str:
    """The address with parameters changed, or left out (None)."""
    parts = urlsplit(url)
    told = {**dict(parse_qsl(parts.query)), **changes}
    query = urlencode({name: value for name, value in told.items() if value is not None})
    return parts._replace(query=query).geturl()


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


# What the service alters when it fetches the token, and the error that it gets.
ALTERED_FETCHES: dict[str, tuple[dict[str, str], str]] = {
    "code": ({"code": "another"}, "invalid_grant"),
    "code_verifier": ({"code_verifier": "v" * 43}, "invalid_grant"),
    "short code_verifier": ({"code_verifier": "v"}, "invalid_grant"),
    "no code_verifier": ({"code_verifier": ""}, "invalid_grant"),
    "redirect_uri": ({"redirect_uri": "http://127.0.0.1:9000/elsewhere"}, "invalid_grant"),
    "no redirect_uri": ({"redirect_uri": ""}, "invalid_request"),
    "no code": ({"code": ""}, "invalid_request"),
    "grant type": ({"grant_type": "password"}, "unsupported_grant_type"),
    "refresh": ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
    "no grant type": ({"grant_type": ""}, "invalid_request"),
    "client_id beside the header": ({"client_id": "other"}, "invalid_client"),
    "a second way to authenticate": ({"client_secret": SECRET}, "invalid_request"),
}


def fetch(served: Served, service: Service, callback: str, **changes: str) -> requests.Response:
    """The token request, with fields changed."""
    form = {
        "grant_type": "authorization_code", "code": parameters_of(callback)["code"], "redirect_uri": CALLBACK,
        "code_verifier": service.kept["code_verifier"], **changes,
    }  # fmt: skip
    return requests.post(f"{served.url}/oidc/token", data=form, auth=(service.client_id, service.secret), timeout=30)


@pytest.mark.parametrize("name", ALTERED_FETCHES)
def test_an_altered_token_request_is_refused(served: Served, name: str) -> None:
    changes, error = ALTERED_FETCHES[name]
    service = served.service()
    callback = agrees(served.visitor, service.begins(), served.holder)
    answer = fetch(served, service, callback, **changes)
    assert (answer.status_code, answer.json()["error"]) == (401 if error == "invalid_client" else 400, error)
    assert answer.headers["cache-control"] == "no-store"
    assert fetch(served, service, callback).status_code == 200


def test_authlib_refuses_another_state(served: Served) -> None:
    service = served.service()
    callback = agrees(served.visitor, service.begins(), served.holder)
    with pytest.raises(AuthlibBaseError, match="mismatching_state"):
        service.fetches(callback, state="another")
    with pytest.raises(AuthlibBaseError, match="mismatching_state"):
        service.fetches(altered(callback, {"state": "another"}))


def test_authlib_refuses_another_verifier_and_another_code(served: Served) -> None:
    service = served.service()
    callback = agrees(served.visitor, service.begins(), served.holder)
    with pytest.raises(AuthlibBaseError, match="invalid_grant"):
        service.fetches(callback, code_verifier="v" * 43)
    with pytest.raises(AuthlibBaseError, match="invalid_grant"):
        service.fetches(altered(callback, {"code": "another"}))


def test_authlib_refuses_an_id_token_for_another_request(served: Served) -> None:
    service = served.service()
    token = service.fetches(agrees(served.visitor, service.begins(), served.holder))
    with pytest.raises(JoseError, match="nonce"):
        service.reads(token, nonce="another")
    stranger = served.service("other", secret=SECRET + "2")
    stranger.kept = service.kept
    with pytest.raises(JoseError, match="azp"):
        stranger.reads(token)
    service.client.server_metadata["issuer"] = "https://another.example"
    with pytest.raises(JoseError, match="iss"):
        service.reads(token)


def test_authlib_refuses_a_tampered_id_token(served: Served) -> None:
    service = served.service(scope=ALL)
    token = service.fetches(agrees(served.visitor, service.begins(), served.holder))
    head, payload, signature = token["id_token"].split(".")
    claims = base64.urlsafe_b64decode(payload + "==").replace(b"female", b"male")
    forged = base64.urlsafe_b64encode(claims).rstrip(b"=").decode()
    with pytest.raises(BadSignatureError):
        service.reads({**token, "id_token": f"{head}.{forged}.{signature}"})
    other = jwt.encode({"alg": "ES256"}, service.reads(token), EC_KEY)
    with pytest.raises(BadSignatureError):
        service.reads({**token, "id_token": other})
    with pytest.raises(JoseError, match="at_hash"):
        service.reads({**token, "access_token": "another"})


@pytest.mark.parametrize(
    "auth", [("shop", "wrong"), ("nobody", SECRET), ("other", SECRET), ("signer", SECRET), ("shop", ""), None]
)
def test_a_client_that_can_not_prove_itself_is_refused(served: Served, auth: tuple[str, str] | None) -> None:
    answer = requests.post(f"{served.url}/oidc/token", data={"grant_type": "authorization_code"}, auth=auth, timeout=30)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    "header", ["Basic ???", "Basic " + base64.b64encode(b"shop").decode(), "Bearer x", "Basic /w=="]
)
def test_a_broken_authorization_header_is_refused(served: Served, header: str) -> None:
    answer = requests.post(
        f"{served.url}/oidc/token", data={"grant_type": "authorization_code"}, headers={"Authorization": header},
        timeout=30,
    )  # fmt: skip
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def assertion(served: Served, key: Any = EC_KEY, algorithm: str = "ES256", **changes: Any) -> str:
    """A client assertion of the service ``signer``."""
    at = int(served.world.now.timestamp())
    claims = {
        "iss": "signer", "sub": "signer", "aud": f"{served.url}/oidc/token", "iat": at, "exp": at + 60,
        "jti": base64.b64encode(str((at, sorted(changes))).encode()).decode(), **changes,
    }  # fmt: skip
    return jwt.encode({"alg": algorithm}, {k: v for k, v in claims.items() if v is not None}, key)


def fetch_signed(served: Served, signed: str) -> requests.Response:
    """The token request of ``signer``, for a code that does not matter."""
    form = {
        "grant_type": "authorization_code", "code": "x", "redirect_uri": CALLBACK, "client_assertion": signed,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }  # fmt: skip
    return requests.post(f"{served.url}/oidc/token", data=form, timeout=30)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "shop"}, {"sub": "shop"}, {"aud": "https://another.example"}, {"exp": 1}, {"exp": 4_000_000_000},
        {"nbf": 4_000_000_000}, {"jti": None}, {"exp": None}, {"aud": None},
    ],
)  # fmt: skip
def test_an_altered_assertion_is_refused(served: Served, changes: dict[str, Any]) -> None:
    answer = fetch_signed(served, assertion(served, **changes))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_an_assertion_by_another_key_is_refused(served: Served) -> None:
    for signed in (assertion(served, ECKey.generate_key("P-256")), assertion(served, RSA_KEY, "RS256", jti="rsa")):
        assert fetch_signed(served, signed).json()["error"] == "invalid_client"
    assert fetch_signed(served, "not.a.jwt").json()["error"] == "invalid_client"
    assert fetch_signed(served, "x").json()["error"] == "invalid_client"


def test_an_assertion_is_taken_once(served: Served) -> None:
    signed = assertion(served, jti="once")
    answers = [fetch_signed(served, signed).json()["error"] for _ in range(2)]
    assert answers == ["invalid_grant", "invalid_client"]


def test_a_code_is_of_one_service(served: Served) -> None:
    service, other = served.service(), served.service("other", secret=SECRET + "2")
    callback = agrees(served.visitor, service.begins(), served.holder)
    other.kept = service.kept
    with pytest.raises(AuthlibBaseError, match="invalid_grant"):
        other.fetches(callback)
    assert service.fetches(callback)["access_token"]


def test_a_code_is_used_once_and_the_second_use_revokes_what_it_gave(served: Served) -> None:
    service = served.service(scope=ALL)
    callback = agrees(served.visitor, service.begins(), served.holder)
    token = service.fetches(callback)
    assert service.userinfo(token)["name"] == "山田 花子"
    with pytest.raises(AuthlibBaseError, match="invalid_grant"):
        service.fetches(callback)
    with pytest.raises(requests.HTTPError, match="401"):
        service.userinfo(token)


@pytest.mark.parametrize(
    "header", [None, "Bearer", "Bearer x", "Bearer a.b.c.d.e", "Basic eDp5", "Bearer " + "x" * 9000]
)
def test_userinfo_wants_a_token_of_its_own(served: Served, header: str | None) -> None:
    answer = requests.get(
        f"{served.url}/oidc/userinfo", headers={"Authorization": header} if header else {}, timeout=30
    )  # fmt: skip
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_decision_is_made_once_and_by_a_form_of_ours(served: Served) -> None:
    service = served.service()
    page = arrives(served.visitor, service.begins(), served.holder)
    without = served.visitor.client.post(page.url.path, data={"decision": "allow"}, follow_redirects=False)
    assert without.status_code == 403
    assert served.visitor.send(page.url.path, {"decision": "perhaps"}).status_code == 422
    assert served.visitor.send(page.url.path, {"decision": "allow"}).status_code == 303
    token_page = served.visitor.open("/consents")
    assert token_page.status_code == 200
    assert served.visitor.open(page.url.path).status_code == 410


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data", "text/plain", ""])
def test_the_token_request_is_a_form(served: Served, content_type: str) -> None:
    answer = requests.post(
        f"{served.url}/oidc/token", data=b'{"grant_type": "authorization_code"}',
        headers={"Content-Type": content_type}, timeout=30,
    )  # fmt: skip
    assert answer.status_code in {400, 401}
    assert "error" in answer.json() or "code" in answer.json()


def test_guessing_a_secret_is_slowed_down_for_whoever_guesses(served: Served) -> None:
    for _ in range(5):
        wrong = requests.post(
            f"{served.url}/oidc/token", data={"grant_type": "authorization_code"}, auth=("shop", "x"), timeout=30
        )
        assert wrong.status_code == 401
    stopped = requests.post(
        f"{served.url}/oidc/token", data={"grant_type": "authorization_code"}, auth=("shop", SECRET), timeout=30
    )
    assert (stopped.status_code, stopped.headers["retry-after"]) == (429, "900")
    other = requests.post(
        f"{served.url}/oidc/token", data={"grant_type": "authorization_code"}, auth=("other", SECRET + "2"), timeout=30
    )
    assert other.json()["error"] == "invalid_request"
