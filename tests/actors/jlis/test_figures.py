"""The monitor's lines and the map's figure."""

from datetime import timedelta

from tegata.actors.jlis.service import crls, figures, ocsp
from tests.actors.jlis.world import World


def health(world: World) -> dict[str, str]:
    return {check.name: check.health for check in figures.checks(world.node)}


def test_before_the_first_crl_the_monitor_warns(world: World) -> None:
    assert health(world)["crl-sign"] == "warning"
    assert figures.figure(world.node, "ja") is None


def test_a_crl_that_is_a_day_late_is_a_failure(world: World) -> None:
    crls.issue_all(world.node, world.now)
    ocsp.refresh(world.node)
    assert set(health(world).values()) == {"ok"}
    world.passes(timedelta(days=1, hours=1))
    assert health(world) == {
        "crl-sign": "failed", "ocsp-sign": "warning", "root-sign": "ok",
        "crl-auth": "failed", "ocsp-auth": "warning", "root-auth": "ok",
    }  # fmt: skip


def test_a_root_in_its_last_year_is_told(world: World) -> None:
    world.passes(timedelta(days=int(5.2 * 365)))
    assert health(world)["root-sign"] == "warning"


def test_the_living_figure(world: World) -> None:
    person = world.resident()
    person.gets()
    person.moves()
    crls.issue_all(world.node, world.now)
    figure = figures.figure(world.node, "ja")
    assert figure is not None
    assert (figure.ja, figure.en) == ("失効 1件", "1 revoked")


def test_what_was_resumed_is_not_counted_as_revoked(world: World) -> None:
    person = world.resident()
    person.gets()
    phone = person.phone().gets()
    assert figures.totals(world.node).revoked == {"sign": 0, "auth": 0}
    world.suspends(person)
    assert figures.totals(world.node).revoked == {"sign": 1, "auth": 1}
    phone.orders("resume", usages=["sign"])
    assert figures.totals(world.node).revoked == {"sign": 0, "auth": 1}
    phone.orders("revoke")
    assert figures.totals(world.node).revoked == {"sign": 1, "auth": 1}


def test_consents_by_day(world: World) -> None:
    person = world.resident()
    person.gets()
    person.consents()
    days = figures.given_by_day(world.node)
    assert (len(days), days[-1], sum(number for _, number in days)) == (14, ("9/25", 1), 1)
