from datetime import datetime, time, timedelta
from pathlib import Path

from tegata.node.checks import Check, worst
from tegata.node.jobs import Daily, Job
from tegata.node.node import Node
from tegata.wire.text import Text
from tests.node.pair import Pair, note, spec
from tests.support import make_node


def health(node: Node) -> dict[str, str]:
    return {check.name: check.health for check in node.checks()}


def test_an_actor_at_rest_is_well(sqlite_pair: Pair) -> None:
    assert health(sqlite_pair.alpha) == {"database": "ok", "outbox": "ok", "jobs": "ok"}


def test_what_waits_and_what_was_refused_is_told(sqlite_pair: Pair) -> None:
    note(sqlite_pair.alpha, "unheard-of")
    sqlite_pair.scheduler.settle()
    sqlite_pair.local.take_down(sqlite_pair.beta.base_url)
    note(sqlite_pair.alpha, "one")
    sqlite_pair.scheduler.settle()
    [outbox] = [check for check in sqlite_pair.alpha.checks() if check.name == "outbox"]
    assert outbox.health == "warning"
    assert outbox.says.en == "1 waiting, 1 refused"


def test_a_failed_job_is_told_until_it_goes_well(tmp_path: Path) -> None:
    good = False

    def run(node: Node, due: datetime) -> None:
        if not good:
            raise ZeroDivisionError

    pair = Pair("", tmp_path, jobs=[Job("crl", Daily(time(7)), run, Text("", ""))])
    assert health(pair.alpha)["jobs"] == "ok"
    pair.scheduler.advance_to(pair.clock.now() + timedelta(days=1))
    assert health(pair.alpha)["jobs"] == "warning"
    good = True
    pair.scheduler.advance_to(pair.clock.now() + timedelta(days=1))
    assert health(pair.alpha)["jobs"] == "ok"
    pair.close()


def test_the_actors_own_checks_come_last(tmp_path: Path) -> None:
    own = Check(name="crl", title=Text("", ""), health="failed", says=Text("古い", "old"), evidence="/crls")
    node = make_node(spec("alpha", health=lambda node: [own]), "", data_dir=tmp_path)
    assert node.checks()[-1] == own
    assert worst(node.checks()) == "failed"
    node.close()


def test_a_database_that_is_away_is_told_alone(tmp_path: Path) -> None:
    node = make_node(spec("alpha"), "", data_dir=tmp_path)
    node.close()
    for file in tmp_path.glob("alpha.db*"):
        file.unlink()
    (tmp_path / "alpha.db").mkdir()
    assert health(node) == {"database": "failed"}


def test_the_worst_check_counts() -> None:
    def check(health_: str) -> Check:
        return Check(name="x", title=Text("", ""), health=health_, says=Text("", ""))  # type: ignore[arg-type]

    assert worst([]) == "ok"
    assert worst([check("ok"), check("warning")]) == "warning"
    assert worst([check("warning"), check("failed"), check("ok")]) == "failed"
