"""DPoP proofs: each check of RFC 9449 section 4.3 refuses what it is for."""

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tegata.japan.dates import JST
from tegata.node.identity import ServiceKey
from tegata.node.oauth_proof import WINDOW, ProofsInMemory, bare_url, check_proof, make_proof, token_hash
from tegata.wire.problems import Refused

NOW = datetime(2023, 9, 25, 10, 0, tzinfo=JST)
URL = "http://127.0.0.1:8000/jlis/holders/1?after=5"
KEY = ServiceKey.derive(bytes(32), "bank")


def check(proof: str, **changed: Any) -> str:
    given_ = {"method": "GET", "url": URL, "at": NOW, "seen": ProofsInMemory(), "token": "t"} | changed
    return check_proof(proof, **given_)


def reason(proof: str, **changed: Any) -> str:
    with pytest.raises(Refused) as caught:
        check(proof, **changed)
    return str(caught.value.detail.get("reason", caught.value.code))


def proof(**changed: Any) -> str:
    return make_proof(KEY, **({"method": "GET", "url": URL, "at": NOW, "token": "t"} | changed))


def forged(header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None) -> str:
    head = {"alg": "ES256", "typ": "dpop+jwt", "jwk": KEY.public_jwk} | (header or {})
    body = {"jti": "1", "htm": "GET", "htu": URL, "iat": int(NOW.timestamp()), "ath": token_hash("t")} | (claims or {})
    return jwt.encode(head, body, KEY.key, algorithms=["ES256"])


def test_a_proof_names_its_key() -> None:
    assert check(proof()) == KEY.thumbprint
    assert check(forged()) == KEY.thumbprint


def test_the_query_and_the_case_of_the_host_do_not_matter() -> None:
    assert check(proof(), url="HTTP://127.0.0.1:8000/jlis/holders/1") == KEY.thumbprint
    assert bare_url("http://A/b%20c?d#e") == "http://a/b c"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"method": "POST"}, "request"),
        ({"url": "http://127.0.0.1:8000/jlis/holders/2"}, "request"),
        ({"url": "https://127.0.0.1:8000/jlis/holders/1"}, "request"),
        ({"at": NOW + WINDOW + timedelta(seconds=1)}, "time"),
        ({"at": NOW - WINDOW - timedelta(seconds=1)}, "time"),
        ({"token": "another"}, "token"),
    ],
)
def test_a_proof_is_for_one_request(changed: dict[str, Any], why: str) -> None:
    assert reason(proof(), **changed) == why


def test_a_proof_without_the_token_is_refused_where_one_came() -> None:
    assert reason(proof(token=None)) == "token"
    assert check(proof(token=None), token=None) == KEY.thumbprint


def test_a_proof_is_taken_once() -> None:
    seen, made = ProofsInMemory(), proof()
    check(made, seen=seen)
    assert reason(made, seen=seen) == "dpop-proof-replayed"
    check(proof(), seen=seen)


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"typ": "jwt"}, "header"),
        ({"jwk": {**KEY.key.as_dict(private=True)}}, "header"),
        ({"jwk": {"kty": "EC", "crv": "P-384", "x": "a", "y": "b"}}, "key"),
        ({"jwk": {"kty": "oct", "k": "AAAA"}}, "key"),
        ({"jwk": {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}}, "signature"),
        ({"jwk": {"kty": "EC", "crv": "P-256"}}, "signature"),
    ],
)
def test_a_header_that_is_not_of_a_proof_is_refused(header: dict[str, Any], why: str) -> None:
    assert reason(forged(header)) == why


@pytest.mark.parametrize("claims", [{"jti": 1}, {"iat": "now"}, {"htm": None}, {"htu": []}, {"ath": 5}])
def test_claims_of_another_type_are_refused(claims: dict[str, Any]) -> None:
    assert reason(forged(claims=claims)) == "signature"


def test_the_signature_has_to_be_of_the_key_in_the_header() -> None:
    other = ServiceKey.derive(b"x" * 32, "bank")
    assert reason(forged({"jwk": other.public_jwk})) == "signature"


def test_an_unsigned_proof_is_refused() -> None:
    head = urlsafe_b64encode(msgspec.json.encode({"alg": "none", "typ": "dpop+jwt", "jwk": KEY.public_jwk}))
    _, body, _ = proof().split(".")
    assert reason(f"{head.rstrip(b'=').decode()}.{body}.") == "signature"


def test_a_proof_by_another_algorithm_is_refused() -> None:
    key = RSAKey.generate_key(2048)
    made = jwt.encode({"alg": "RS256", "typ": "dpop+jwt", "jwk": dict(key.as_dict(private=False))}, {"jti": "1"}, key)
    assert reason(made) == "key"


@given(st.text(max_size=200) | st.binary(max_size=60).map(lambda raw: urlsafe_b64encode(raw).decode() + ".a.b"))
def test_what_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="dpop-proof-invalid"):
        check(text)


def test_a_long_text_is_not_even_read() -> None:
    assert reason("a.b." + "c" * 5000) == "form"


def test_the_memory_forgets_what_can_no_longer_be_played_again() -> None:
    seen = ProofsInMemory(limit=2)
    assert seen.add("a", NOW)
    assert not seen.add("a", NOW + WINDOW)
    assert seen.add("b", NOW)
    assert not seen.add("c", NOW), "a full memory takes nothing more"
    assert seen.add("c", NOW + 2 * WINDOW + timedelta(seconds=1))


def test_the_example_of_the_standard_verifies_for_its_own_key() -> None:
    """RFC 9449 section 4.1, figure 2: the key's thumbprint is that of the token's cnf in figure 8."""
    jwk = {
        "kty": "EC", "crv": "P-256", "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    }  # fmt: skip
    assert ECKey.import_key(jwk).thumbprint() == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    assert token_hash("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU") == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
