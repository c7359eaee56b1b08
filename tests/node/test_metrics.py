from datetime import time, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from tegata.node.jobs import Daily, Job
from tegata.wire.text import Text
from tests.node.pair import ASK, Pair, note


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(name, labels)


def test_messages_are_counted_by_their_outcome(sqlite_pair: Pair) -> None:
    pair = sqlite_pair
    note(pair.alpha, "unheard-of")
    pair.scheduler.settle()
    pair.alpha.call(ASK)
    pair.alpha.call(ASK)
    registry = pair.alpha.metrics.registry
    counted = {"actor": "alpha", "receiver": "beta"}
    assert value(registry, "tegata_messages_total", **counted, outcome="ok") == 2
    assert value(registry, "tegata_messages_total", **counted, outcome="conflict") == 1
    assert value(registry, "tegata_message_seconds_count", **counted) == 3
    assert value(registry, "tegata_outbox", **counted, state="parked") == 1


def test_job_runs_are_told_by_the_networks_clock(tmp_path: Path) -> None:
    pair = Pair("", tmp_path, jobs=[Job("crl", Daily(time(7)), lambda node, due: None, Text("", ""))])
    registry = pair.alpha.metrics.registry
    assert value(registry, "tegata_job_failed", actor="alpha", job="crl") is None
    pair.scheduler.advance_to(pair.clock.now() + timedelta(days=1))
    assert value(registry, "tegata_job_failed", actor="alpha", job="crl") == 0
    seven = pair.clock.now().replace(hour=7).timestamp()
    assert value(registry, "tegata_job_ended_seconds", actor="alpha", job="crl") == seven
    pair.close()


def test_two_nodes_of_one_process_do_not_mix(sqlite_pair: Pair) -> None:
    sqlite_pair.alpha.call(ASK)
    assert b"tegata_messages_total{" in generate_latest(sqlite_pair.alpha.metrics.registry)
    assert b"tegata_messages_total{" not in generate_latest(sqlite_pair.beta.metrics.registry)
