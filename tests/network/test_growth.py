"""Millions of residents, by way of a few hundred: what a load leaves, also when it is killed, and what it refuses."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from sqlalchemy import event, select

from tegata.actors.bank.tables import CustomerRow
from tegata.actors.citizen import seed as citizen
from tegata.actors.jlis.service import authorities, crls, status
from tegata.actors.jlis.tables import CertificateRow, Person, RevocationRow
from tegata.actors.municipality.tables import CardRow, MyNumberRow, ResidentRow
from tegata.network import growth, people
from tegata.network.growth import batches
from tegata.network.phases import quiet
from tegata.network.population import generate
from tegata.node import audit, loading
from tegata.node.loading import Loaded
from tegata.pki.certificates import load_certificate
from tegata.pki.validation import ByStatus, Trust, Validator
from tegata.wire.problems import Refused
from tests.whole import PEOPLE, WholeNetwork

MANY, BATCH = 333, 100
ROOT = Path(__file__).parents[2]
WANTED = growth.Wanted(people=MANY, revoked=0.3, workers=0)


@pytest.fixture(autouse=True)
def small() -> Iterator[None]:
    """Batches of a few, and the keys that the network has already."""
    with patch.object(batches, "BATCH", BATCH), patch.object(citizen, "POOL", 4):
        yield


def opened(template: Path, directory: Path) -> WholeNetwork:
    shutil.copytree(template, directory)
    return WholeNetwork(directory)


def grow(whole: WholeNetwork, wanted: growth.Wanted = WANTED) -> growth.Report:
    return growth.grow(whole.network, whole.record, wanted, quiet)


@pytest.fixture(scope="module")
def grown(network_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeNetwork]:
    """A network that was brought to :data:`MANY` in one go."""
    with patch.object(batches, "BATCH", BATCH), patch.object(citizen, "POOL", 4):
        whole = opened(network_template, tmp_path_factory.mktemp("grown") / "data")
        report = grow(whole)
    assert (report.before, report.people) == (PEOPLE, MANY)
    yield whole
    whole.close()


def state(whole: WholeNetwork) -> dict[str, list[tuple[Any, ...]]]:
    """What the two actors have, without what is drawn by lot."""
    queries = {
        "municipality": [
            select(ResidentRow.resident_code, ResidentRow.name, ResidentRow.address, ResidentRow.household_id),
            select(MyNumberRow.number, MyNumberRow.assigned_at),
            select(CardRow.card_id, CardRow.issued_at, CardRow.expires_on),
        ],
        "jlis": [
            select(Person.resident_code, Person.birth_fingerprint),
            select(CertificateRow.usage, CertificateRow.serial, CertificateRow.card_id, CertificateRow.der),
            select(RevocationRow.usage, RevocationRow.serial, RevocationRow.at, RevocationRow.reason),
        ],
    }
    found: dict[str, list[tuple[Any, ...]]] = {}
    for name, some in queries.items():
        with whole[name].database.read() as session:
            rows = [sorted((tuple(row) for row in session.execute(query)), key=repr) for query in some]
        found[name] = [row for each in rows for row in each]
        assert audit.verify(whole[name].database).ok
    return found


def made_up(count: int, whole: WholeNetwork) -> list[Any]:
    return list(generate(whole.record.seed, count, on=whole.record.on))


def test_everybody_is_registered_and_holders_have_certificates(grown: WholeNetwork) -> None:
    everybody = made_up(MANY, grown)
    with grown["municipality"].database.read() as session:
        assert set(session.scalars(select(ResidentRow.resident_code))) == {one.resident_code for one in everybody}
        cards = set(session.scalars(select(CardRow.card_id)))
    with grown["jlis"].database.read() as session:
        rows = session.scalars(select(CertificateRow)).all()
        revoked = {tuple(row) for row in session.execute(select(RevocationRow.usage, RevocationRow.serial))}
    now = [row for row in rows if (row.usage, row.serial) not in revoked]
    assert cards == {f"C{one.person_id}" for one in everybody if one.has_card}
    assert {row.card_id for row in now if row.usage == "auth"} == cards
    signing = {f"C{one.person_id}" for one in everybody if one.has_sign_certificate}
    assert {row.card_id for row in now if row.usage == "sign"} == signing
    assert len(now) == len(cards) + len(signing)
    for usage in ("auth", "sign"):
        serials = sorted(row.serial for row in rows if row.usage == usage)
        assert serials[-1] - serials[0] < len(serials) + 5, "they count up, beside those of responders"


def test_their_certificates_stand_and_those_before_are_on_the_list(network_template: Path, tmp_path: Path) -> None:
    whole = opened(network_template, tmp_path / "data")
    try:
        grow(whole)
        whole.to_next(7)
        with whole["jlis"].database.read() as session:
            ended = select(RevocationRow.cause).where(RevocationRow.cause == CertificateRow.application_id)
            rows = session.scalars(select(CertificateRow).where(ended.exists())).all()[-3:]
            count = len(session.scalars(select(RevocationRow.serial).where(RevocationRow.usage == "sign")).all())
        newest = crls.newest(whole["jlis"], "sign", crls.WHOLE)
        assert newest.entries == count > 20
        for row in rows:
            usage = row.usage
            live = ByStatus(status.LiveStatus(whole["jlis"], usage))
            validator = Validator(Trust(roots=authorities.roots(whole["jlis"], usage)))
            validator.validate(load_certificate(row.der), usage=usage, at=whole.now, revocation=live)
    finally:
        whole.close()


KILL = """
import os, signal, sys
from pathlib import Path
from unittest.mock import patch
from tegata.actors.citizen import seed as citizen
from tegata.network.growth import batches, load
from tegata.node import loading
from tests.network.test_growth import BATCH, grow
from tests.whole import WholeNetwork

moment, turn, left = sys.argv[2], int(sys.argv[3]), [0]
def deadly(real):
    def it(*arguments):
        left[0] += 1
        if left[0] == turn:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments)
    return it

target = {"between": (load.jlis, "write"), "within": (loading, "note")}[moment]
with patch.object(batches, "BATCH", BATCH), patch.object(citizen, "POOL", 4):
    with patch.object(*target, deadly(getattr(*target))):
        grow(WholeNetwork(Path(sys.argv[1])))
"""


@pytest.mark.parametrize(
    ("moment", "turn", "municipality", "jlis"),
    [
        ("between", 2, PEOPLE + 2 * BATCH, PEOPLE + BATCH),  # one actor has a batch that the other has not
        ("within", 2, PEOPLE + BATCH, None),  # the rows are written, the transaction is not committed
    ],
)
def test_a_load_that_was_killed_goes_on_where_it_was(
    network_template: Path, tmp_path: Path, grown: WholeNetwork, moment: str, turn: int, municipality: int,
    jlis: int | None,
) -> None:  # fmt: skip
    directory = shutil.copytree(network_template, tmp_path / "data")
    killed = subprocess.run(
        [sys.executable, "-c", KILL, directory, moment, str(turn)], check=False, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    whole = WholeNetwork(Path(directory))
    try:
        there = {name: loading.loaded(whole[name]) for name in ("municipality", "jlis")}
        assert {name: one and one.people for name, one in there.items()} == {"municipality": municipality, "jlis": jlis}
        report = grow(whole)
        assert report.before == (jlis or PEOPLE)
        assert state(whole) == state(grown)
        again = grow(whole)
        assert (again.before, again.people, again.certificates) == (MANY, MANY, 0)
    finally:
        whole.close()


def test_more_in_two_steps_are_the_same_as_in_one(network_template: Path, tmp_path: Path, grown: WholeNetwork) -> None:
    whole = opened(network_template, tmp_path / "data")
    try:
        for count in (PEOPLE + 1, PEOPLE + 2, 207, MANY):  # households are cut
            grow(whole, msgspec.structs.replace(WANTED, people=count))
        assert state(whole) == state(grown)
    finally:
        whole.close()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"people": MANY - 1}, "population-is-larger"),
        ({"people": PEOPLE}, "population-is-larger"),
        ({"seed": 77}, "population-of-another-seed"),
        ({"people": 3 * 10**9}, "population-too-large"),
        ({"people": 200_000_000}, "population-needs-more-disk"),
    ],
)
def test_what_is_refused_changes_nothing(grown: WholeNetwork, change: dict[str, Any], code: str) -> None:
    before = state(grown)
    small_disk = shutil._ntuple_diskusage(0, 0, 10**11)  # type: ignore[attr-defined]
    with patch("shutil.disk_usage", return_value=small_disk), pytest.raises(Refused) as refused:
        grow(grown, msgspec.structs.replace(WANTED, **change))
    assert refused.value.code == code
    assert state(grown) == before


def test_a_full_disk_is_told_and_what_was_written_is_kept(
    network_template: Path, tmp_path: Path, grown: WholeNetwork
) -> None:
    whole = opened(network_template, tmp_path / "data")
    engine = whole["jlis"].database.engine

    def full(connection: sqlite3.Connection, *_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 150}")

    try:
        event.listen(engine, "connect", full)
        engine.dispose()
        with pytest.raises(Refused) as refused:
            grow(whole)
        assert (refused.value.code, "full" in refused.value.detail["cause"]) == ("population-cut-off", True)
        event.remove(engine, "connect", full)
        engine.dispose()
        assert grow(whole).before < MANY
        assert state(whole) == state(grown)
    finally:
        whole.close()


def test_a_resident_of_a_load_is_found_as_fast_as_any(grown: WholeNetwork) -> None:
    sources = people.Sources(grown["municipality"], grown["citizen"], grown["bank"], grown.record)
    today = grown.now.date()
    everybody = list(people.listed(sources, people.Wanted(), today))
    expected = made_up(MANY, grown)
    assert [(one.id, one.name, one.has_card, one.has_sign_certificate) for one in everybody] == [
        (one.person_id, one.attributes.name, one.has_card, one.has_sign_certificate) for one in expected
    ]
    for one in everybody[:: MANY // 20]:
        shown = people.one(sources, one.id, today)
        assert msgspec.structs.replace(shown, pins={}) == one
        assert bool(shown.pins) == (one.has_card and int(one.id[1:]) <= PEOPLE), "cards are for those of the beginning"


def test_customers_come_from_the_residents_who_came(network_template: Path, tmp_path: Path) -> None:
    whole = opened(network_template, tmp_path / "data")
    try:
        grow(whole)
        wanted = whole.record.customers + 100
        growth.check_customers(whole.record, wanted, MANY)
        assert growth.add_customers(whole.network, whole.record, wanted, MANY, quiet) == 100
        assert growth.add_customers(whole.network, whole.record, wanted, MANY, quiet) == 0
        with whole["bank"].database.read() as session:
            assert len(session.scalars(select(CustomerRow.number)).all()) == wanted
        sources = people.Sources(whole["municipality"], whole["citizen"], whole["bank"], whole.record)
        found = list(people.listed(sources, people.Wanted(customer=True), whole.now.date()))
        assert sum(int(one.id[1:]) > PEOPLE for one in found) == 100
        last = people.one(sources, found[-1].id, whole.now.date())
        with whole["bank"].database.read() as session:
            row = session.scalars(select(CustomerRow).where(CustomerRow.number == last.customer_number)).one()
        assert row.birth_date == last.birth_date
        with pytest.raises(Refused) as refused:
            growth.check_customers(whole.record, 10_000, MANY)
        assert refused.value.code == "too-many-customers"
    finally:
        whole.close()


def test_where_a_load_goes_on_is_counted_once(grown: WholeNetwork) -> None:
    assert loading.loaded(grown["jlis"]) == loading.loaded(grown["municipality"])
    counted = batches.place_of(grown.record, MANY)
    noted = loading.loaded(grown["jlis"])
    assert isinstance(noted, Loaded)
    after = [next(batches.batches(grown.record, 0.1, each, MANY + 5)).people for each in (counted, noted)]
    assert after[0] == after[1]
    assert [person.person_id for person, _ in after[0]] == [f"P{MANY + n:06}" for n in range(1, 6)]
