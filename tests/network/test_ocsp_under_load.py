"""Revoked in the snapshot is revoked in the answer, while clients ask without a pause and the clock passes boundaries.

Real processes answer; every answer is verified whole. What it must say follows from its thisUpdate alone.
"""

import http.client
import random
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tegata.node.jobs import Every
from tegata.pki.ocsp import TRY_LATER, Good, OcspAnswer, Revoked, build_request, check_response, encode_get
from tests.actors.jlis.world import Resident
from tests.network.responding import Responding, a_world, responding

POSTED = {"content-type": "application/ocsp-request"}
QUARTER = timedelta(minutes=15)
STEP = timedelta(minutes=4)
STEPS = 12
PAUSE_SECONDS = 0.15
PATIENCE_SECONDS = 20
CLIENTS = 4


@dataclass
class Client(threading.Thread):
    """Asks on one connection, which one process answers, until it is told to stop; ``wrong`` is what was not so."""

    served: Responding
    people: list[Resident]
    ended: dict[int, datetime]
    stop: threading.Event
    random: random.Random
    seen: list[datetime] = field(default_factory=list)
    answers: int = 0
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=PATIENCE_SECONDS)
        try:
            while not self.stop.is_set() and not self.wrong:
                self.ask(connection)
        except Exception as error:  # noqa: BLE001 - told by the test
            self.wrong.append(repr(error))
        finally:
            connection.close()

    def ask(self, connection: http.client.HTTPConnection) -> None:
        certificate = self.random.choice(self.people).cards["sign"]
        nonce = self.random.randbytes(16) if self.random.random() < 0.25 else None
        request = build_request(certificate, self.served.root, nonce)
        before = self.served.world.now
        if self.random.random() < 0.5:
            connection.request("POST", "/ocsp/sign", body=request, headers=POSTED)
        else:
            connection.request("GET", f"/ocsp/sign/{encode_get(request)}")
        der = connection.getresponse().read()
        after = self.served.world.now
        if der == TRY_LATER:
            return
        answer = check_response(
            der, certificate, self.served.root, at=before, nonce=nonce, tolerance=timedelta(hours=1)
        )
        self.check(answer, before, after)
        self.answers += 1

    def check(self, answer: OcspAnswer, before: datetime, after: datetime) -> None:
        """All that must hold of one answer, asked between two moments of the network."""
        as_of, end = answer.this_update, self.ended.get(answer.serial)
        is_revoked = isinstance(answer.status, Revoked)
        self.expect(Every(QUARTER).last(as_of) == as_of, f"{as_of} is no boundary")
        self.expect(as_of <= after, f"of a time to come: {as_of}")
        self.expect(not self.seen or as_of >= self.seen[-1], f"{as_of} after {self.seen[-1:]}")
        self.expect(before <= answer.next_update, f"past {answer.next_update}")
        self.expect(is_revoked or answer.status == Good(), f"{answer.status}")
        self.expect(is_revoked == (end is not None and end < as_of), f"{answer.status} as of {as_of}, ended {end}")
        if self.seen[-1:] != [as_of]:
            self.seen.append(as_of)

    def expect(self, holds: bool, words: str) -> None:
        if not holds:
            self.wrong.append(words)


@pytest.mark.rule("FI-05")
def test_revoked_in_the_snapshot_is_revoked_in_the_answer(tmp_path: Path) -> None:
    """Each certificate is revoked between two boundaries; no process says so before the next one, or not after it."""
    with a_world(tmp_path, ocsp_key="p256") as world:
        people = [world.resident() for _ in range(STEPS + 4)]
        for person in people:
            person.gets()
        with responding(world, tmp_path) as served:
            stop, ended = threading.Event(), dict[int, datetime]()
            clients = [Client(served, people, ended, stop, random.Random(seed)) for seed in range(CLIENTS)]
            for client in clients:
                client.start()
            world.passes(timedelta(minutes=1))
            for person in people[:STEPS]:
                time.sleep(PAUSE_SECONDS)
                person.moves()
                ended[person.cards["sign"].serial_number] = world.now
                world.passes(STEP)
            last = Every(QUARTER).last(world.now)
            ends = time.monotonic() + PATIENCE_SECONDS
            while any(client.seen[-1:] != [last] and not client.wrong for client in clients):
                assert time.monotonic() < ends
                time.sleep(0.05)
            time.sleep(PAUSE_SECONDS)
            stop.set()
            for client in clients:
                client.join(PATIENCE_SECONDS)
                assert client.wrong == []
                assert client.answers > STEPS
                assert len(client.seen) > 1
