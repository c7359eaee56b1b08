"""Whether a request for a login may be answered, and where an error goes (OpenID Connect Core 1.0 section 3.1.2).

Nothing is sent to an address that is not proved to be the service's, so these two are told to the person only:

1. the service is registered                                   else login-service-unknown
2. ``redirect_uri`` is one of its addresses, to the letter     else login-return-address-unknown

Every other fault goes back to that address (RFC 6749 section 4.1.2.1; RFC 9207 adds ``iss``):

3. no parameter stands twice, none is too long                 else invalid_request
4. no request object                                           else request_not_supported, request_uri_not_supported
5. ``response_type=code``, ``response_mode=query``             else unsupported_response_type, invalid_request
6. ``scope`` has openid and only what the service may ask for  else invalid_scope
7. PKCE with S256 (RFC 7636)                                   else invalid_request
8. ``prompt`` and ``max_age`` well-formed                      else invalid_request
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NoReturn
from urllib.parse import urlencode, urlsplit

import msgspec

from tegata.actors.portal.problems import CLIENT_UNKNOWN, REDIRECT_UNKNOWN
from tegata.japan.four_attributes import ITEMS, FourAttributes, Item
from tegata.wire.problems import Refused

OPENID: Final = "openid"
ITEM_OF_SCOPE: Final[dict[str, Item]] = {
    "name": "name", "address": "address", "birthdate": "birth_date", "gender": "gender",
}  # fmt: skip
PROMPTS: Final = frozenset({"none", "login", "consent", "select_account"})
MAX_LENGTH: Final = 2048
CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
MAX_AGE: Final = re.compile(r"[0-9]{1,9}")
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class Service:
    """A registered service: its addresses, and the scopes that it may ask for."""

    client_id: str
    redirect_uris: frozenset[str]
    scopes: frozenset[str]


class LoginRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request that may be answered. ``scopes`` stand in the order in which they were asked for."""

    client_id: str
    redirect_uri: str
    scopes: list[str]
    code_challenge: str
    state: str | None = None
    nonce: str | None = None
    prompts: list[str] = []
    max_age: int | None = None
    language: str = ""

    @property
    def items(self) -> list[Item]:
        """The attributes that the service asks for."""
        wanted = {ITEM_OF_SCOPE[scope] for scope in self.scopes if scope in ITEM_OF_SCOPE}
        return [item for item in ITEMS if item in wanted]


class SentBack(Exception):
    """An error that goes back to the service: ``error`` is a code of RFC 6749 or OpenID Connect."""

    def __init__(self, error: str, description: str, *, redirect_uri: str, state: str | None) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.redirect_uri = redirect_uri
        self.state = state

    def location(self, issuer: str) -> str:
        """Where the browser goes."""
        told = {"error": self.error, "error_description": self.description}
        return answer_location(self.redirect_uri, told, state=self.state, issuer=issuer)


def answer_location(redirect_uri: str, answer: Mapping[str, str], *, state: str | None, issuer: str) -> str:
    """The service's address with an answer, the state that it sent, and the issuer (RFC 9207)."""
    parameters = {**answer, **({"state": state} if state is not None else {}), "iss": issuer}
    return redirect_uri + ("&" if "?" in redirect_uri else "?") + urlencode(parameters)


def read(parameters: Sequence[tuple[str, str]], find: Callable[[str], Service | None]) -> LoginRequest:
    """Steps 1 to 8. Raises ``Refused`` for the person, :class:`SentBack` for the service."""
    values = dict(parameters)
    service = find(_single(parameters, "client_id"))
    if service is None:
        raise Refused(CLIENT_UNKNOWN)
    redirect_uri = _single(parameters, "redirect_uri")
    if redirect_uri not in service.redirect_uris:
        raise Refused(REDIRECT_UNKNOWN)

    def fail(error: str, description: str) -> NoReturn:
        state = values.get("state")
        raise SentBack(error, description, redirect_uri=redirect_uri, state=state if _fits(state) else None)

    if len(values) != len(parameters):
        fail("invalid_request", "a parameter stands twice")
    if not all(_fits(value) for value in values.values()):
        fail("invalid_request", "a parameter is too long or holds a control character")
    if fault := _unsupported(values) or _wrong_scope(values, service) or _wrong_detail(values):
        fail(*fault)
    return LoginRequest(
        client_id=service.client_id, redirect_uri=redirect_uri, scopes=list(dict.fromkeys(_words(values, "scope"))),
        code_challenge=values["code_challenge"], state=values.get("state"), nonce=values.get("nonce"),
        prompts=_words(values, "prompt"), max_age=int(values["max_age"]) if "max_age" in values else None,
        language=next((tag[:2] for tag in _words(values, "ui_locales") if tag[:2] in {"ja", "en"}), ""),
    )  # fmt: skip


Fault = tuple[str, str]


def _single(parameters: Sequence[tuple[str, str]], name: str) -> str:
    """A parameter that must stand once; empty where it does not, and that is nobody's id or address."""
    found = [value for key, value in parameters if key == name]
    return found[0] if len(found) == 1 else ""


def _fits(value: str | None) -> bool:
    return value is not None and len(value) <= MAX_LENGTH and value.isprintable()


def _words(values: Mapping[str, str], name: str) -> list[str]:
    return values.get(name, "").split()


def _unsupported(values: Mapping[str, str]) -> Fault | None:
    if "request" in values:
        return "request_not_supported", "request objects are not taken"
    if "request_uri" in values:
        return "request_uri_not_supported", "request objects are not taken"
    if not values.get("response_type"):
        return "invalid_request", "response_type is missing"
    if values["response_type"] != "code":
        return "unsupported_response_type", "only response_type=code is served"
    if values.get("response_mode", "query") != "query":
        return "invalid_request", "only response_mode=query is served"
    return None


def _wrong_scope(values: Mapping[str, str], service: Service) -> Fault | None:
    scopes = _words(values, "scope")
    if OPENID not in scopes:
        return "invalid_scope", "the scope openid is needed"
    if not set(scopes) <= service.scopes:
        return "invalid_scope", "a scope is asked for that this service was not granted"
    return None


def _wrong_detail(values: Mapping[str, str]) -> Fault | None:
    if values.get("code_challenge_method") != "S256" or not CHALLENGE.fullmatch(values.get("code_challenge", "")):
        return "invalid_request", "PKCE with code_challenge_method=S256 is needed"
    prompts = set(_words(values, "prompt"))
    if not prompts <= PROMPTS or ("none" in prompts and len(prompts) > 1):
        return "invalid_request", "prompt is not well-formed"
    if "max_age" in values and not MAX_AGE.fullmatch(values["max_age"]):
        return "invalid_request", "max_age is not a number of seconds"
    return None


@dataclass(frozen=True)
class LoginFacts:
    """The card login of the session. ``before``: it stood already when the service asked.

    ``attributes_time``: how old it may be for attributes to be given.
    """

    at: datetime
    before: bool
    attributes_time: timedelta


def needs_card(request: LoginRequest, login: LoginFacts | None, now: datetime) -> bool:
    """Whether the person has to use the card before the service gets an answer.

    They have where nobody is logged in, the service asked for a fresh login (``prompt=login``, ``max_age``), or
    attributes are to be given and the login that proves it to J-LIS is no longer fresh.
    """
    if login is None:
        return True
    age = now - login.at
    if login.before and ("login" in request.prompts or request.max_age == 0):
        return True
    if login.before and request.max_age is not None and age > timedelta(seconds=request.max_age):
        return True
    return bool(request.items) and age > login.attributes_time


def check_redirect_uri(uri: str) -> None:
    """An address may be registered: https, or http on loopback; no fragment (RFC 6749 section 3.1.2). ``ValueError``
    where it may not.
    """
    parts = urlsplit(uri)
    if "#" in uri or "@" in parts.netloc or not parts.hostname or not uri.isprintable() or " " in uri:
        raise ValueError(f"no address to return to: {uri}")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError(f"https is needed, or http on loopback: {uri}")


def claims(attributes: FourAttributes, items: Sequence[Item]) -> dict[str, object]:
    """The attributes as standard claims (OpenID Connect Core section 5.1).

    A birth date is ``YYYY-MM-DD``; of one with unknown parts the year, and nothing where that is unknown too.
    """
    given = attributes.only(items)
    told: dict[str, object] = {}
    if "name" in given:
        told["name"] = given["name"].replace("　", " ")
    if "address" in given:
        told["address"] = {"formatted": given["address"], "country": "JP"}
    if "birth_date" in given and (birthdate := _birthdate(given["birth_date"])):
        told["birthdate"] = birthdate
    if "gender" in given:
        told["gender"] = given["gender"]
    return told


def _birthdate(birth_date: str) -> str:
    year, month, day = birth_date.split("-")
    if "00" in {month, day}:
        return "" if year == "0000" else year
    return birth_date
