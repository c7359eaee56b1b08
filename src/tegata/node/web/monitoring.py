"""``/health`` and ``/metrics``."""

import asyncio

import msgspec
from litestar import get
from litestar.response import Response
from prometheus_client.exposition import generate_latest

from tegata.node.checks import Health, worst
from tegata.node.node import Node
from tegata.wire.text import Text

TEXT_FORMAT = "text/plain; version=1.0.0"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})


class CheckAnswer(msgspec.Struct, frozen=True):
    """One check, as ``/health`` tells it."""

    name: str
    health: Health
    title: Text
    says: Text


class HealthAnswer(msgspec.Struct, frozen=True):
    """The health of one actor: its worst check."""

    actor: str
    health: Health
    checks: list[CheckAnswer]


def measure(node: Node, method: str, route: str, status: int, seconds: float) -> None:
    """Count one request. Routes are templates and odd methods are one, so that the number of series is bounded."""
    method = method if method in METHODS else "other"
    node.metrics.served(method, route, status, seconds)


def health_of(node: Node) -> HealthAnswer:
    """All checks of a node."""
    checks = node.checks()
    told = [CheckAnswer(check.name, check.health, check.title, check.says) for check in checks]
    return HealthAnswer(node.spec.name, worst(checks), told)


@get("/health", opt={"machine": True})
async def health(node: Node) -> Response[bytes]:
    """200 while the actor can work, 503 where a check failed."""
    told = await asyncio.to_thread(health_of, node)
    status = 503 if told.health == "failed" else 200
    return Response(
        msgspec.json.encode(told),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


@get("/metrics", opt={"machine": True})
async def metrics(node: Node) -> Response[bytes]:
    """Prometheus text."""
    text = await asyncio.to_thread(generate_latest, node.metrics.registry)
    return Response(text, media_type=TEXT_FORMAT)
