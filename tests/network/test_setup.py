"""A network from nothing: what stands afterwards, on both databases, and after a set-up that was killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import msgspec
import pytest
from sqlalchemy import select

from tegata.actors.citizen import seed as citizen
from tegata.actors.citizen.tables import CardRow as CardInDrawer
from tegata.actors.jlis.service import crls
from tegata.actors.municipality.tables import CardRow, ResidentRow
from tegata.japan.municipalities import all_municipalities
from tegata.network import customers, growth, setup
from tegata.network.growth import batches
from tegata.network.people import Sources, Wanted, listed
from tegata.network.phases import quiet
from tegata.network.population import generate
from tegata.network.running import clock_of, open_all
from tegata.network.seeding import pool_size
from tegata.network.site import Record, Site
from tegata.node.checks import worst
from tegata.node.trust import distribution_points
from tegata.pki.names import partition_name
from tests.support import START
from tests.whole import WholeNetwork, quick_settings

FEW = 12
URL = "http://127.0.0.1:8000"


def record(**changed: object) -> Record:
    wishes = {"people": FEW, "seed": 3, "customers": FEW, "on": setup.first_day(START), "base_url": URL, **changed}
    return Record(state="making", **wishes)  # type: ignore[arg-type]


def make(site: Site, **settings: object) -> None:
    with site.held(), patch.object(customers, "CONSENTS", 1):
        setup.make(site, record(), quick_settings(site, URL, **settings), START, quiet)


def registered(site: Site, **settings: object) -> list[tuple[str, str, str]]:
    """Resident codes, names and addresses as the register has them."""
    network = open_all(quick_settings(site, URL, **settings), clock_of(site))
    try:
        with network["municipality"].database.read() as session:
            rows = session.execute(select(ResidentRow.resident_code, ResidentRow.name, ResidentRow.address))
            return sorted((code, name, address) for code, name, address in rows)
    finally:
        network.close()


def made_up(count: int = FEW) -> list[tuple[str, str, str]]:
    """The people of the seed: the same on every machine."""
    people = generate(record().seed, count, on=record().on)
    return sorted((each.resident_code, each.attributes.name, each.attributes.address) for each in people)


def test_everybody_is_known_where_they_should_be(whole: WholeNetwork) -> None:
    codes = {person.resident_code for person in whole.people}
    cards = {f"C{person.person_id}" for person in whole.people if person.has_card}
    with whole["municipality"].database.read() as session:
        assert set(session.scalars(select(ResidentRow.resident_code))) == codes
        assert set(session.scalars(select(CardRow.card_id))) == cards
    with whole["citizen"].database.read() as session:
        assert set(session.scalars(select(CardInDrawer.card_id))) == cards
    assert len(whole.consents) > 0
    assert whole.waiting() == []


def test_the_morning_before_the_beginning_has_happened(whole: WholeNetwork) -> None:
    newest = crls.newest(whole["jlis"], "sign", crls.WHOLE)
    assert newest.due_at == START.replace(hour=7, minute=0)
    for node in whole.network.nodes.values():
        assert worst(node.checks()) == "ok", node.spec.name


def test_every_municipality_has_a_place_for_its_list(whole: WholeNetwork) -> None:
    points = distribution_points(whole["bank"])
    tokyo = next(place for place in all_municipalities() if place.code == "131016")
    assert points[partition_name("sign", tokyo)] == f"{whole.base_url}/jlis/crls/sign/131016"
    assert len(points) == 2 * (len(all_municipalities()) + 1)


@pytest.mark.parametrize(("cards", "keys"), [(0, 4), (10, 5), (100, 50), (5000, 64)])
def test_small_populations_need_few_keys(cards: int, keys: int) -> None:
    assert pool_size(cards) == keys


def test_it_stands_on_postgresql_also_after_a_half_made_one(tmp_path: Path, postgres_database: str) -> None:
    site = Site(tmp_path / "data")
    make(site, database_url=postgres_database)
    site.write(msgspec.structs.replace(site.ready(), state="making"))
    make(site, database_url=postgres_database)
    assert registered(site, database_url=postgres_database) == made_up()
    grow(site, 3 * FEW, database_url=postgres_database)
    assert registered(site, database_url=postgres_database) == made_up(3 * FEW)


def grow(site: Site, people: int, **settings: object) -> None:
    """Bring a network to more residents, in batches of a few, and look for the last of them."""
    network = open_all(quick_settings(site, URL, **settings), clock_of(site))
    wanted = growth.Wanted(people=people, revoked=0.3, workers=0)
    try:
        with patch.object(batches, "BATCH", FEW), patch.object(citizen, "POOL", 4):
            assert growth.grow(network, site.ready(), wanted, quiet).people == people
        sources = Sources(network["municipality"], network["citizen"], network["bank"], site.ready())
        ids = [f"P{number:06}" for number in range(1, people + 1)]
        assert [one.id for one in listed(sources, Wanted(), START.date())] == ids
        assert [one.id for one in listed(sources, Wanted(card=True, min_age=40), START.date())] == [
            one.id for one in listed(sources, Wanted(), START.date()) if one.has_card and (one.age or 0) >= 40
        ]
    finally:
        network.close()


def test_a_set_up_that_was_killed_is_made_anew(tmp_path: Path) -> None:
    """A real process is killed (SIGKILL) while consents are signed; the next set-up makes all of it."""
    program = (
        "import os, signal, sys\n"
        "from contextlib import contextmanager\n"
        "from pathlib import Path\n"
        "from tegata.network import setup\n"
        "from tests.network.test_setup import START, URL, Site, quick_settings, record\n"
        "@contextmanager\n"
        "def deadly(title, total=None):\n"
        "    yield (lambda n: os.kill(os.getpid(), signal.SIGKILL)) if title.en == sys.argv[2] else (lambda n: None)\n"
        "    if title.en == sys.argv[2]: os.kill(os.getpid(), signal.SIGKILL)\n"
        "site = Site(Path(sys.argv[1]))\n"
        "with site.held(): setup.make(site, record(), quick_settings(site, URL), START, deadly)\n"
    )
    site = Site(tmp_path / "data")
    root = Path(__file__).parents[2]
    killed = subprocess.run(
        [sys.executable, "-c", program, str(site.directory), "Consents, signed by cards"], check=False, cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    half = site.record
    assert half is not None
    assert half.state == "making"
    make(site)
    assert site.ready().people == FEW
    assert registered(site) == made_up()
