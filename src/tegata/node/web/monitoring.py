"""``/health`` and ``/metrics``."""

import asyncio

import msgspec
from litestar import get
from litestar.response import Response
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from tegata.node.checks import Check, Health, worst
from tegata.node.node import Node
from tegata.wire.text import Text

STATE_KEY = "web-metrics"


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


class Metrics:
    """What is counted for one node."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "tegata_requests", "Requests answered", ["actor", "method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "tegata_request_seconds", "Time until the answer began", ["actor", "route"], registry=self.registry
        )


def metrics_of(node: Node) -> Metrics:
    """The node's metrics; actors add their own to ``metrics_of(node).registry``."""
    metrics: Metrics = node.state.setdefault(STATE_KEY, Metrics())
    return metrics


def measure(node: Node, method: str, route: str, status: int, seconds: float) -> None:
    """Count one request. Routes are templates, so that the number of series is bounded."""
    metrics = metrics_of(node)
    metrics.requests.labels(node.spec.name, method, route, str(status)).inc()
    metrics.seconds.labels(node.spec.name, route).observe(seconds)


def database_check(node: Node) -> Check:
    """Whether the database answers."""
    title = Text("データベース", "Database")
    try:
        with node.database.read() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        says = Text("データベースから応答がありません。", "The database does not answer.")
        return Check(name="database", title=title, health="failed", says=says)
    return Check(name="database", title=title, health="ok", says=Text("応答しています。", "It answers."))


def health_of(node: Node) -> HealthAnswer:
    """All checks of a node."""
    checks = [database_check(node), *(node.spec.health(node) if node.spec.health else ())]
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
    return Response(generate_latest(metrics_of(node).registry), media_type=CONTENT_TYPE_LATEST)
