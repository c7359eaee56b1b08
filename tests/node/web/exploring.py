"""schemathesis against one actor: every operation of its OpenAPI document, with and without authentication."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from tegata.node.clock import Clock
from tegata.node.identity import ServiceKey
from tegata.node.oauth_client import Authenticator

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.unsupported_method,
]
TIMEOUT_SECONDS = 10

Headers = Callable[[str, str], dict[str, str]]
"""Headers of authentication for a method and a path."""


def as_organisation(client_id: str, key: ServiceKey, clock: Clock, base_url: str, server: str) -> Headers:
    """Tokens and proofs of a registered client. ``base_url`` is where the actor says it is, ``server`` where it is."""

    def post_form(peer: str, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        del peer
        answer = requests.post(url.replace(base_url, server), data=body, headers=headers, timeout=TIMEOUT_SECONDS)
        return answer.status_code, answer.content

    authenticator = Authenticator(client_id, key, clock.now, post_form)

    def headers(method: str, path: str) -> dict[str, str]:
        return authenticator.headers("peer", base_url, method, base_url + quote(path, safe="/%"))

    return headers


@schemathesis.serializer("application/ocsp-request", "application/secevent+jwt")
def _as_it_is(_context: Any, value: Any) -> bytes:
    """A raw body: whatever was drawn, as bytes."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


def explore(
    document: Mapping[str, Any],
    server: str,
    *,
    headers: Headers | None = None,
    examples: int = 25,
    known: Mapping[str, Sequence[Any]] | None = None,
) -> set[tuple[str, int]]:
    """Send what the document allows, and what it does not; returns each path with the statuses that were seen.

    ``headers`` are sent to operations that need them. ``known`` are values by the names of parameters and fields: half
    of the requests have them, so that more is reached than refusals. Fails where an answer is not as documented.
    """
    schema = schemathesis.openapi.from_dict({name: part for name, part in document.items() if name != "servers"})
    answered: set[tuple[str, int]] = set()

    def explore_operation(operation: Any) -> None:
        is_open = not operation.definition.raw.get("security")

        @given(case=operation.as_strategy(), data=st.data())
        @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        def send(case: Any, data: st.DataObject) -> None:
            _put_known(case, known or {}, data)
            sent = {} if headers is None or is_open else headers(case.method.upper(), case.formatted_path)
            answer = case.call(base_url=server, headers=sent, timeout=TIMEOUT_SECONDS)
            case.validate_response(answer, checks=CHECKS, headers=sent)
            answered.add((operation.path, answer.status_code))

        send()

    for found in schema.get_all_operations():
        explore_operation(found.ok())
    return answered


def _put_known(case: Any, known: Mapping[str, Sequence[Any]], data: st.DataObject) -> None:
    """Put known values into some of the places that have such a name."""
    for place in (case.path_parameters, case.query, case.body):
        if isinstance(place, dict):
            for name in sorted(place.keys() & known.keys()):
                if data.draw(st.booleans()):
                    place[name] = data.draw(st.sampled_from(known[name]))
