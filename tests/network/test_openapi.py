"""schemathesis against the OpenAPI document of every actor of a served network: authenticated and not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from sqlalchemy import select

from tegata.actors.jlis.tables import CertificateRow, HandleRow, Person
from tegata.network.actors import ORDER
from tegata.network.home import SPEC as HOME
from tegata.network.home import clock
from tegata.network.home.state import STATE_KEY
from tegata.node.identity import service_key
from tegata.node.oauth import register_client
from tests.fixtures.whole_network import served
from tests.node.web.exploring import as_organisation, explore
from tests.whole import WholeNetwork

CALLERS = {
    "jlis": "platform", "platform": "bank", "bank": "platform", "portal": "bank", "citizen": "municipality",
    "municipality": "portal", "call_centre": "portal", "network": "portal",
}  # fmt: skip
"""Who examines an actor: a client that it knows, with every scope that it has."""

EXAMPLES, ROUNDS = 30, 3
"""How many an operation, and how often until they get behind the doors: they are drawn by chance."""
REACHED = {
    "jlis": {
        ("/certificates", 422), ("/consents/feed", 200), ("/crls/{usage}/{partition}", 200), ("/ocsp/{usage}", 200),
        ("/residents/{resident_code}/certificates", 200), ("/four-information", 200), ("/phones/orders", 422),
        ("/phones/{phone_id}/certificates", 200), ("/callers", 409),
    },
    "platform": {("/consents", 200), ("/changes", 200), ("/stream", 200), ("/four-information", 200)},
    "bank": {("/events", 400)},
    "portal": {("/invitations", 422), ("/card-requests/{request_id}", 404)},
    "citizen": {("/cards/{card_id}/connection", 200), ("/cards", 201)},
    "municipality": set(),
    "call_centre": set(),
    "network": {("/api/clock", 200), ("/api/clock", 422), ("/api/messages", 200), ("/api/works/{number}", 404)},
}  # fmt: skip
"""What shows that the examples get behind the doors."""


@pytest.fixture(scope="module")
def whole(network_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeNetwork]:
    directory = Path(tmp_path_factory.mktemp("openapi")) / "data"
    # A leap of the clock works for as long as it is long.
    with patch.object(clock, "LONGEST_LEAP_DAYS", 1), served(network_template, directory) as network:
        yield network
        assert network[HOME.name].state[STATE_KEY].works.wait(60)


def document_of(whole: WholeNetwork, actor: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{whole[actor].base_url}/openapi.json").raise_for_status().json()
    return found


def scopes_of(document: dict[str, Any]) -> set[str]:
    """Every scope that an operation needs."""
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    needed = [need for operation in operations for need in operation.get("security", [])]
    return {scope for need in needed for scope in need.get("organisation", [])}


def known_to(whole: WholeNetwork) -> dict[str, list[Any]]:
    """Values that name something in this network."""
    person = whole.holders()[0]
    with whole["jlis"].database.read() as session:
        row = session.scalars(select(Person).where(Person.resident_code == person.resident_code)).one()
        certificates = select(CertificateRow).where(CertificateRow.person_id == row.person_id)
        certificate = session.scalars(certificates.where(CertificateRow.usage == "sign")).first()
        assert certificate is not None
        subs = list(session.scalars(select(HandleRow.sub)))
    return {
        "resident_code": [person.resident_code],
        "municipality_code": [person.municipality_code],
        "card_id": [certificate.card_id],
        "consent_id": [whole.consent_of(person)],
        "known_serial": [certificate.serial],
        "relying_party": ["bank"],
        "usage": ["sign", "auth"],
        "partition": ["all", "authority", person.municipality_code],
        **({"sub": subs} if subs else {}),
    }


@pytest.mark.parametrize("actor", [*ORDER, "network"])
@pytest.mark.parametrize("authenticated", [False, True], ids=["open", "authenticated"])
def test_schemathesis_finds_nothing(whole: WholeNetwork, actor: str, authenticated: bool) -> None:
    node, document = whole[actor], document_of(whole, actor)
    caller, scopes = whole[CALLERS[actor]], scopes_of(document)
    with node.database.begin() as tx:
        register_client(tx, caller.spec.name, service_key(caller).public_jwk, scopes)
    headers = as_organisation(caller.spec.name, service_key(caller), whole.clock, node.base_url, node.base_url)
    answered: set[tuple[str, int]] = set()
    for _ in range(ROUNDS):
        answered |= explore(
            document, node.base_url, headers=headers if authenticated else None, examples=EXAMPLES,
            known=known_to(whole),
        )  # fmt: skip
        if not authenticated or REACHED[actor] <= answered:
            break
    assert ("/health", 200) in answered
    guarded = {path for path, part in document["paths"].items() if any("security" in each for each in part.values())}
    if authenticated:
        assert guarded <= {path for path, status in answered if status != 401}
        assert REACHED[actor] <= answered
    else:
        assert guarded == {path for path, status in answered if status == 401} - {"/oauth/token"}
