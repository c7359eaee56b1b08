"""Networks that run as processes: one for all actors, or one an actor; started, asked, stopped."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tegata.network.processes import serve_processes
from tegata.network.running import clock_of, reading, settings_of
from tegata.network.site import Site
from tegata.node import runs
from tegata.node.node import Node
from tegata.pki.ocsp import MALFORMED_REQUEST
from tegata.wire.problems import Refused
from tests.node.web.running import free_port

PATIENCE_SECONDS = 120
TEGATA = (sys.executable, "-c", "from tegata.cli import main; main()")


@contextmanager
def started(*arguments: str, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """A ``tegata`` process; killed at the end if it still runs."""
    variables = {**os.environ, "LANG": "en_US.UTF-8", "LC_ALL": "", **(environment or {})}
    with subprocess.Popen(
        [*TEGATA, *arguments], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def answers(process: subprocess.Popen[str], port: int) -> None:
    """Wait until the process listens; a machine with much else to do may take its time."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        assert process.poll() is None, process.communicate()
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the server did not start")


def stopped(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[int, str]:
    """The exit code and what was printed, once told to stop."""
    process.send_signal(number)
    printed, errors = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, printed + errors


def refusal(arguments: Sequence[str]) -> tuple[int, str]:
    with started(*arguments) as process:
        printed, errors = process.communicate(timeout=PATIENCE_SECONDS)
        return process.returncode, printed + errors


@pytest.fixture
def data(network_template: Path, tmp_path: Path) -> Path:
    """A network that stands, with its clock at ten in the morning."""
    directory = Path(shutil.copytree(network_template, tmp_path / "data"))
    from tegata.node.clock import NetworkClock
    from tests.support import START

    NetworkClock(Site(directory).clock_file, start=START)
    return directory


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_network_stops_when_it_is_told_to_also_while_it_is_watched(data: Path, number: int) -> None:
    port = free_port()
    with started("up", "--port", str(port), "--data", str(data)) as process:
        answers(process, port)
        health = httpx.get(f"http://127.0.0.1:{port}/health", timeout=PATIENCE_SECONDS)
        assert (health.status_code, health.json()["health"]) == (200, "ok")
        with httpx.stream("GET", f"http://127.0.0.1:{port}/events", timeout=PATIENCE_SECONDS) as live:
            assert next(live.iter_lines()) == "event: state"
            code, printed = stopped(process, number)
    assert code == 0
    assert f"Running: http://127.0.0.1:{port}" in printed
    assert "counter-131016" in printed
    assert "Traceback" not in printed


def test_the_second_start_goes_on_at_the_new_address(data: Path) -> None:
    port = free_port()
    with started("up", "--port", str(port), "--data", str(data), "--people", "99") as process:
        answers(process, port)
        code, printed = stopped(process)
    assert code == 0
    assert "was made with --people 40" in printed
    assert Site(data).ready().base_url == f"http://127.0.0.1:{port}"
    assert f"http://127.0.0.1:{port}/jlis/crls/" in (data / "trust" / "crldp.toml").read_text()


def test_a_taken_port_is_said_so_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        code, printed = refusal(("up", "--port", port, "--data", str(tmp_path / "data")))
    assert code == 1
    assert "Another program uses this port." in printed
    assert "port-taken" in printed
    assert not (tmp_path / "data").exists()


def test_two_networks_do_not_share_their_data(data: Path) -> None:
    port = free_port()
    with started("up", "--port", str(port), "--data", str(data)) as process:
        answers(process, port)
        assert "network-in-use" in refusal(("up", "--port", str(free_port()), "--data", str(data)))[1]
        other = ("serve", "bank", "--processes", "2", "--port", str(free_port()), "--data", str(data))
        assert "actor-runs-elsewhere" in refusal(other)[1], "one of them does not know that it is not alone"


def test_a_single_actor_needs_a_network_and_a_name(tmp_path: Path, data: Path) -> None:
    nowhere = refusal(("serve", "jlis", "--data", str(tmp_path / "nothing")))
    assert nowhere[0] == 1
    assert "no-network-here" in nowhere[1]
    unknown = refusal(("serve", "mint", "--port", str(free_port()), "--data", str(data)))
    assert unknown[0] == 1
    assert "unknown-actor" in unknown[1]


def test_one_actor_in_several_processes(data: Path) -> None:
    """J-LIS's list of the day is issued once, though the one of two processes that would do it is killed."""
    port = free_port()
    arguments = ("serve", "jlis", "--processes", "2", "--port", str(port), "--data", str(data), "--log-level", "error")
    clock = clock_of(Site(data))
    clock.freeze()
    with started(*arguments) as process:
        answers(process, port)
        before = newest_issue(data)
        os.kill(min(children(process.pid)), signal.SIGKILL)
        clock.set(clock.now().replace(hour=7, minute=0, second=0) + timedelta(days=1))
        wait_for(lambda: newest_issue(data) == before + 1)
        wait_for(lambda: len(children(process.pid)) == 2)
        assert httpx.get(f"http://127.0.0.1:{port}/jlis/health", timeout=PATIENCE_SECONDS).json()["actor"] == "jlis"
        code, printed = stopped(process)
    assert code == 0
    assert f"jlis is running: {Site(data).ready().base_url}/jlis" in printed
    assert "Traceback" not in printed
    with reopened("jlis", data) as node:
        run = runs.last_runs(node)["crl"]
        assert run is not None
        assert run.state == "done"


def test_an_actor_that_remembers_what_no_database_holds_runs_in_one_process(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with pytest.raises(Refused, match="actor-in-one-process"):
        serve_processes("citizen", settings_of(site), site, free_port(), 2)


def children(pid: int) -> list[int]:
    """The processes that a process has started to serve, without the one that keeps count of them."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in found if b"resource_tracker" not in Path(f"/proc/{each}/cmdline").read_bytes()]


def test_actors_in_processes_of_their_own_speak_over_http(data: Path, tmp_path: Path) -> None:
    """J-LIS and the operator, each alone: in the morning the operator fetches the list of the day over the socket."""
    ports = {"jlis": free_port(), "platform": free_port()}
    file = tmp_path / "tegata.toml"
    peers = "\n".join(f'{name} = "http://127.0.0.1:{port}"' for name, port in ports.items())
    file.write_text(f"[peers]\n{peers}\n", encoding="utf-8")
    common = ("--data", str(data), "--settings", str(file), "--log-level", "error")
    clock = clock_of(Site(data))
    with (
        started("serve", "jlis", "--port", str(ports["jlis"]), *common) as jlis,
        started("serve", "platform", "--port", str(ports["platform"]), *common) as platform,
    ):
        for process, port in zip((jlis, platform), ports.values(), strict=True):
            answers(process, port)
        before = newest_list(data)
        clock.set(clock.now().replace(hour=7, minute=0, second=0) + timedelta(days=1))
        wait_for(lambda: newest_issue(data) == before + 1)
        # On a machine of its own the operator may have asked before J-LIS was ready: then it asks again.
        clock.set(clock.now() + timedelta(minutes=5))
        wait_for(lambda: newest_list(data) == before + 1)
        health = json.loads(httpx.get(f"http://127.0.0.1:{ports['platform']}/health").content)
        assert health["actor"] == "platform"
        assert [stopped(process)[0] for process in (jlis, platform)] == [0, 0]


def wait_for(happened: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < ends
        time.sleep(0.2)


def reopened(name: str, data: Path) -> AbstractContextManager[Node]:
    """An actor's records, read beside the process that runs it."""
    site = Site(data)
    return reading(name, settings_of(site), clock_of(site))


def newest_issue(data: Path) -> int:
    """The number of the newest list that J-LIS issued."""
    from tegata.actors.jlis.service import crls

    with reopened("jlis", data) as node:
        return crls.newest(node, "sign", "all").number


def newest_list(data: Path) -> int:
    """The number of the newest list that the operator accepted."""
    from tegata.actors.platform.service import crls

    with reopened("platform", data) as node:
        return crls.lists(node, "sign")[0].number


@pytest.mark.rule("FI-05")
def test_ocsp_is_answered_without_the_network(data: Path, tmp_path: Path) -> None:
    port = free_port()
    with started("ocsp", "--port", str(port), "--workers", "2", "--data", str(data)) as process:
        answers(process, port)
        answer = httpx.get(f"http://127.0.0.1:{port}/ocsp/auth/AAAA", timeout=PATIENCE_SECONDS)
        assert (answer.status_code, answer.content) == (200, MALFORMED_REQUEST)
        code, printed = stopped(process)
    assert (code, printed) == (0, f"OCSP is answered: http://127.0.0.1:{port}/ocsp (2 processes)\n")
    nowhere = refusal(("ocsp", "--data", str(tmp_path / "nothing")))
    assert nowhere[0] == 1
    assert "no-network-here" in nowhere[1]


def test_ocsp_needs_a_responder_that_has_not_ended(data: Path) -> None:
    clock_of(Site(data)).advance(timedelta(days=40))
    code, printed = refusal(("ocsp", "--port", str(free_port()), "--data", str(data)))
    assert code == 1
    assert "no-ocsp-responder" in printed
    assert "tegata serve jlis" in printed
