"""The OpenAPI document, and schemathesis against it: authenticated and not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from litestar.testing import TestClient

from tegata.node.identity import service_key
from tegata.node.node import Node
from tegata.node.oauth import register_client
from tegata.node.web.app import create_app
from tests.node.web.exploring import as_organisation, explore
from tests.node.web.running import running
from tests.node.web.sample import SPEC
from tests.support import make_node


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    node = make_node(SPEC, "", data_dir=Path(tmp_path_factory.mktemp("served")))
    with node.database.begin() as tx:
        register_client(tx, "desk", service_key(node).public_jwk, {"notes:read", "notes:write"})
    yield node
    node.close()


@pytest.fixture(scope="module")
def server(served: Node) -> Iterator[str]:
    with running(create_app(served)) as url:
        yield url


@pytest.fixture(scope="module")
def document(served: Node) -> dict[str, Any]:
    with TestClient(create_app(served)) as client:
        found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def test_the_document_tells_every_refusal_that_a_handler_can_give(document: dict[str, Any]) -> None:
    posted = document["paths"]["/api/notes"]["post"]
    assert set(posted["responses"]) == {"201", "400", "401", "403", "405", "409", "413", "415", "422"}
    assert "conflict" in posted["responses"]["409"]["description"]
    assert posted["security"] == [{"organisation": ["notes:write"]}]
    assert [parameter["name"] for parameter in posted["parameters"]] == ["Idempotency-Key"]
    read = document["paths"]["/api/notes/{number}"]["get"]
    assert read["parameters"][0]["schema"]["minimum"] == 1
    assert "404" in read["responses"]


def test_an_open_endpoint_has_no_security(document: dict[str, Any]) -> None:
    assert "security" not in document["paths"]["/api/export/{name}"]["get"]
    assert "401" not in document["paths"]["/api/export/{name}"]["get"]["responses"]


def test_every_schema_is_json_schema_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    for name in {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}:
        jsonschema_rs.validator_for({"$ref": f"#/components/schemas/{name}", "components": document["components"]})


@pytest.mark.parametrize("authenticated", [False, True])
def test_schemathesis_finds_nothing(served: Node, document: dict[str, Any], server: str, authenticated: bool) -> None:
    headers = as_organisation("desk", service_key(served), served.clock, served.base_url, server)
    answered = explore(document, server, headers=headers if authenticated else None)
    reached = {("/api/notes", 201), ("/api/notes/{number}", 404)} if authenticated else {("/api/notes", 401)}
    assert reached | {("/api/export/{name}", 200), ("/oauth/token", 400), ("/health", 200)} <= answered
