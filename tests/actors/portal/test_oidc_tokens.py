"""Acceptance 7: whatever is altered at the token endpoint, in an ID token or an access token is refused."""

import base64
from typing import Any

import pytest
import requests
from authlib.common.errors import AuthlibBaseError
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey

from tests.actors.portal.service_at import (
    CALLBACK,
    EC_KEY,
    OTHER_SECRET,
    RSA_KEY,
    SECRET,
    Served,
    Service,
    agrees,
    altered,
    arrives,
    parameters_of,
)

ALL = "openid name address birthdate gender"


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
    stranger = served.service("other", secret=OTHER_SECRET)
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
    service, other = served.service(), served.service("other", secret=OTHER_SECRET)
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
        f"{served.url}/oidc/token", data={"grant_type": "authorization_code"}, auth=("other", OTHER_SECRET), timeout=30
    )
    assert other.json()["error"] == "invalid_request"
