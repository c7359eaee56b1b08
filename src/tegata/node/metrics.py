"""What a node counts for Prometheus: the requests it serves, the messages it sends, what waits, how its jobs go."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tegata.node.observer import Message
from tegata.node.runs import last_runs

if TYPE_CHECKING:
    from tegata.node.node import Node


class Metrics:
    """The metrics of one node. An actor adds its own to ``registry``; each has the label ``actor``."""

    def __init__(self, node: "Node") -> None:
        self.registry = CollectorRegistry()
        self._actor = node.spec.name
        self._messages = Counter(
            "tegata_messages", "Messages sent", ["actor", "receiver", "outcome"], registry=self.registry
        )
        self._seconds = Histogram(
            "tegata_message_seconds", "Time until a peer answered", ["actor", "receiver"], registry=self.registry
        )
        self._requests = Counter(
            "tegata_requests", "Requests answered", ["actor", "method", "route", "status"], registry=self.registry
        )
        self._request_seconds = Histogram(
            "tegata_request_seconds", "Time until the answer began", ["actor", "route"], registry=self.registry
        )
        self.registry.register(_Kept(node))

    def passed(self, message: Message) -> None:
        """Count a message that was sent: the metrics are one of the node's observers."""
        self._messages.labels(self._actor, message.receiver, message.outcome).inc()
        self._seconds.labels(self._actor, message.receiver).observe(message.ms / 1000)

    def served(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered; ``route`` is a template, so that the number of series is bounded."""
        self._requests.labels(self._actor, method, route, str(status)).inc()
        self._request_seconds.labels(self._actor, route).observe(seconds)


class _Kept(Collector):
    """What the database knows, read when it is asked for."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    def describe(self) -> Iterator[Metric]:
        """Names only, so that registering does not read the database."""
        yield self._outbox()
        yield self._ended()
        yield self._failed()

    def collect(self) -> Iterator[Metric]:
        """Gauges of the outbox and of the newest run of each job."""
        actor = self._node.spec.name
        outbox, ended, failed = self._outbox(), self._ended(), self._failed()
        for count in self._node.dispatcher.counts():
            outbox.add_metric([actor, count.receiver, count.state], count.messages)
        for name, run in last_runs(self._node).items():
            if run is not None and run.ended_at is not None:
                ended.add_metric([actor, name], run.ended_at.timestamp())
                failed.add_metric([actor, name], float(run.state == "failed"))
        yield from (outbox, ended, failed)

    @staticmethod
    def _outbox() -> GaugeMetricFamily:
        return GaugeMetricFamily("tegata_outbox", "Messages not delivered", labels=["actor", "receiver", "state"])

    @staticmethod
    def _ended() -> GaugeMetricFamily:
        words = "When the newest run of a job ended, by the network's clock"
        return GaugeMetricFamily("tegata_job_ended_seconds", words, labels=["actor", "job"])

    @staticmethod
    def _failed() -> GaugeMetricFamily:
        return GaugeMetricFamily("tegata_job_failed", "Whether the newest run failed", labels=["actor", "job"])
