"""``/health`` and ``/metrics``."""

from dataclasses import replace
from typing import Any

from litestar.testing import TestClient

from tegata.node.checks import Check
from tegata.node.node import Node
from tegata.node.web.app import create_app
from tegata.wire.text import Text
from tests.node.web.sample import SPEC


def failing(node: Node) -> list[Check]:
    return [
        Check(name="crl", title=Text("失効リスト", "CRL"), health="failed", says=Text(node.spec.name, "It is old."))
    ]


def test_a_healthy_actor_says_ok(client: TestClient[Any]) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    assert (answer.json()["actor"], answer.json()["health"]) == ("desk", "ok")
    assert all(check["health"] == "ok" for check in answer.json()["checks"])


def test_a_failed_check_is_told_with_503(node: Node) -> None:
    node.spec = replace(SPEC, health=failing)
    with TestClient(create_app(node)) as client:
        answer = client.get("/health")
    assert (answer.status_code, answer.json()["health"]) == (503, "failed")
    assert {"name": "crl", "health": "failed"}.items() <= answer.json()["checks"][-1].items()


def test_requests_are_counted_by_route_and_not_by_path_or_odd_method(client: TestClient[Any]) -> None:
    for number in range(3):
        client.get(f"/api/notes/{number}")
    client.request("STRANGE", "/api/notes/1")
    text = client.get("/metrics").text
    assert 'method="GET",route="/api/notes/{number}",status="401"} 3.0' in text
    assert 'method="other"' in text
    assert "STRANGE" not in text
    assert client.get("/metrics").headers["content-type"] == "text/plain; version=1.0.0; charset=utf-8"
