"""OCSP answers a second over HTTP with two workers, beside cfssl, OpenSSL and a bare handler on the same server.

Each of ``size`` certificates is asked for in turn, by wrk on 32 connections (in one case 256) of the same machine, so
clients and servers share its cores. Answers are warm (asked for before) but for the case ``cold``. cfssl serves answers
that were signed before; OpenSSL signs each; what a peer can not do is left out (Debian's cfssl answers no GET and
repeats no nonce; what is malformed it refuses with another status, and OpenSSL does not answer at all).
"""

import random
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeAlias

from cryptography.x509 import ocsp as x509_ocsp

from benchmarks import ocsp_servers as servers
from benchmarks.ocsp_load import CONNECTIONS, Load, load, script
from benchmarks.ocsp_servers import Certificates, Server
from benchmarks.result import Case, Result
from benchmarks.sides import DifferentAnswers

UNIT = "answers/s"
SIZE = 10_000
MORE_IS_BETTER = True

WORKERS = 2
SECONDS = 2
COLD_SECONDS = 20
MANY_CONNECTIONS = 256
PACED_CONNECTIONS = 64
PACE_TRIES = 2
WARM_PASSES = 6
"""Which of two processes gets a request is chance: after so many passes each was asked for nearly all."""
OURS, BARE, CFSSL, OPENSSL, OPENSSL_2 = "Tegata", "bare handler", "cfssl", "openssl", "openssl -multi 2"
MALFORMED = b"\x30\x03\x0a\x01\x07"

Tell: TypeAlias = Callable[[str], None]
Side: TypeAlias = Callable[[], AbstractContextManager[Server]]
"""A server; OpenSSL's is started anew each time, as it may not outlast how wrk ends."""

Sides: TypeAlias = dict[str, Side]


def run(size: int, rounds: int, tell: Tell) -> Result:
    """Measure. Raises :class:`~benchmarks.ocsp_load.LoadFailed`, :class:`DifferentAnswers`."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        tell("certificates are made")
        certificates = servers.made(Path(folder) / "rsa", size, "rsa")
        cold = _cold(certificates, rounds, Path(folder), tell)
        running = {
            OURS: stack.enter_context(servers.ours(certificates, WORKERS, "rsa")),
            BARE: stack.enter_context(servers.bare(certificates, WORKERS)),
            CFSSL: stack.enter_context(servers.cfssl(certificates)),
        }
        sides: Sides = {name: _standing(server) for name, server in running.items()}
        sides |= {
            OPENSSL: partial(servers.openssl, certificates),
            OPENSSL_2: partial(servers.openssl, certificates, WORKERS),
        }
        _check(certificates, sides)
        bench = _Bench(sides, Path(folder), rounds, tell)
        cases = {"cold, RSA-2048": Case(ours=cold), **_cases(bench, certificates)}
        main = cases.pop("POST, good")
        assert main.ours is not None
        half = bench.paced(certificates.requests(certificates.good), main.ours / 2)
        cases |= _p256(Path(folder), size, rounds, tell)
        return Result(
            unit=UNIT, size=size, ours=main.ours, peers=main.peers, cases=cases,
            peak_mb=running[OURS].peak_mb(), peers_peak_mb={CFSSL: running[CFSSL].peak_mb()},
            notes=[
                f"At half of the load ({half.per_second:,.0f} a second, {PACED_CONNECTIONS} connections): "
                f"median {half.p50:.2f} ms, 99th percentile {half.p99:.2f} ms.",
                f"wrk, {WORKERS} workers and all peers share one machine's cores; only one server has load at a time.",
            ],
        )  # fmt: skip


def _standing(server: Server) -> Side:
    """A server that runs already."""
    return lambda: nullcontext(server)


def _cases(bench: "_Bench", certificates: Certificates) -> dict[str, Case]:
    good, revoked = certificates.requests(certificates.good), certificates.requests(certificates.revoked)
    unknown = certificates.requests(range(10**9, 10**9 + certificates.size))
    nonced = certificates.requests(certificates.good, [random.randbytes(16) for _ in range(1000)])
    every = (BARE, CFSSL, OPENSSL)
    return {
        "POST, good": bench.case("POST, good", "POST", good, (*every, OPENSSL_2)),
        f"POST, good, {MANY_CONNECTIONS} connections": bench.case(
            f"POST, {MANY_CONNECTIONS} connections", "POST", good, (BARE, CFSSL), MANY_CONNECTIONS
        ),
        "GET, good": bench.case("GET, good", "GET", good, (BARE,)),
        "POST, revoked": bench.case("POST, revoked", "POST", revoked, (CFSSL, OPENSSL)),
        "POST, unknown": bench.case("POST, unknown", "POST", unknown, (OPENSSL,)),
        "POST, nonce, RSA-2048": bench.case("POST, nonce", "POST", nonced, (OPENSSL,)),
        "POST, malformed": bench.case("POST, malformed", "POST", [MALFORMED], ()),
    }


def _p256(folder: Path, size: int, rounds: int, tell: Tell) -> dict[str, Case]:
    """With a responder key on P-256."""
    certificates = servers.made(folder / "p256", size, "p256")
    cold = _cold(certificates, rounds, folder, tell)
    with servers.ours(certificates, WORKERS, "p256") as ours:
        sides: Sides = {OURS: _standing(ours), OPENSSL: partial(servers.openssl, certificates)}
        bench = _Bench(sides, folder, rounds, tell)
        nonced = certificates.requests(certificates.good, [random.randbytes(16) for _ in range(1000)])
        return {
            "cold, P-256": Case(ours=cold),
            "POST, nonce, P-256": bench.case("POST, nonce, P-256", "POST", nonced, (OPENSSL,)),
        }


def _cold(certificates: Certificates, rounds: int, folder: Path, tell: Tell) -> float:
    """Each certificate is asked for the first time: a new server each turn."""
    figures = []
    for number in range(rounds):
        tell(f"cold ({number + 1}/{rounds})")
        with servers.ours(certificates, WORKERS, certificates.kind) as server:
            requests = certificates.requests(certificates.good)
            written = script(folder / "cold.lua", "POST", server.path, requests, passes=1)
            figures.append(load(server.url, written, COLD_SECONDS).per_second)
    return median(figures)


def _check(certificates: Certificates, sides: Sides) -> None:
    """That all say the same of the same certificates."""
    serials = [*certificates.good[:3], *certificates.revoked[:3]]
    requests = certificates.requests(serials)
    said = {name: [_status(side, each) for each in requests] for name, side in sides.items() if name != BARE}
    if any(statuses != said[OURS] for statuses in said.values()):
        raise DifferentAnswers(str(said))


def _status(side: Side, request: bytes) -> str:
    with side() as server:
        answer = servers.post(f"127.0.0.1:{server.port}", server.path, request)
    return x509_ocsp.load_der_ocsp_response(answer).certificate_status.name


class _Bench:
    """Sides that are asked in turn."""

    def __init__(self, sides: Sides, folder: Path, rounds: int, tell: Tell) -> None:
        self._sides, self._folder, self._rounds, self._tell = sides, folder, rounds, tell

    def case(
        self, name: str, method: str, requests: list[bytes], peers: tuple[str, ...], connections: int = CONNECTIONS
    ) -> Case:
        """Answers a second to requests, of ours, which is warm, and of some peers."""
        figures: dict[str, list[float]] = {side: [] for side in (OURS, *peers)}
        with self._sides[OURS]() as server:
            warm = script(self._folder / "warm.lua", method, server.path, requests, passes=WARM_PASSES)
            load(server.url, warm, COLD_SECONDS)
        for number in range(self._rounds):
            for side, found in figures.items():
                self._tell(f"{name}: {side} ({number + 1}/{self._rounds})")
                found.append(self._load(side, method, requests, connections=connections).per_second)
        return Case(ours=median(figures[OURS]), peers={side: median(figures[side]) for side in peers})

    def paced(self, requests: list[bytes], per_second: float) -> Load:
        """Our latency at a rate: the turn with the median of the 99th percentiles.

        wrk waits after each answer, so the pause that makes the rate is found by trying.
        """
        wait = PACED_CONNECTIONS * 1000 / per_second
        for _ in range(PACE_TRIES):
            tried = self._load(OURS, "POST", requests, wait_ms=wait, connections=PACED_CONNECTIONS)
            wait += PACED_CONNECTIONS * 1000 * (1 / per_second - 1 / tried.per_second)
        turns = [
            self._load(OURS, "POST", requests, wait_ms=wait, connections=PACED_CONNECTIONS) for _ in range(self._rounds)
        ]
        return sorted(turns, key=lambda turn: turn.p99)[len(turns) // 2]

    def _load(
        self, side: str, method: str, requests: list[bytes], *, wait_ms: float = 0, connections: int = CONNECTIONS
    ) -> Load:
        with self._sides[side]() as server:
            written = script(self._folder / "load.lua", method, server.path, requests, wait_ms=wait_ms)
            return load(server.url, written, SECONDS, connections)
