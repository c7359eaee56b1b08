"""A data directory: never half made, never another's, never two processes'."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import create_engine, inspect, text

from tegata.network.site import FRESH_FILE, RECORD_FILE, Record, Site
from tegata.node.settings import Settings
from tegata.wire.problems import Refused

MAKING = Record(state="making", people=10, seed=1, customers=10, on=date(2023, 9, 28), base_url="http://127.0.0.1:8000")
READY = msgspec.structs.replace(MAKING, state="ready")


def refused(call: object) -> str:
    with pytest.raises(Refused) as caught:
        call() if callable(call) else None
    return caught.value.code


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "data").mkdir()
    return Site(tmp_path / "data")


def test_where_nothing_is_there_is_no_record(tmp_path: Path, site: Site) -> None:
    assert site.record is None
    assert Site(tmp_path / "not-there").record is None
    assert refused(site.ready) == "no-network-here"


def test_a_record_is_read_back(site: Site) -> None:
    site.write(READY)
    assert site.record == READY
    assert site.ready() == READY
    assert [file.name for file in site.directory.iterdir()] == [RECORD_FILE]


def test_a_half_made_network_is_not_ready(site: Site) -> None:
    site.write(MAKING)
    assert site.record == MAKING
    assert refused(site.ready) == "no-network-here"


def test_a_directory_of_other_things_is_left_alone(site: Site) -> None:
    (site.directory / "thesis.txt").write_text("years of work")
    assert refused(lambda: site.record) == "not-a-network-directory"
    assert (site.directory / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"state":"done"}', b"{" * 5000])
def test_a_broken_record_is_no_network(site: Site, content: bytes) -> None:
    (site.directory / RECORD_FILE).write_bytes(content)
    assert refused(lambda: site.record) == "not-a-network-directory"


def test_a_record_that_was_cut_off_while_it_was_written_first_is_none(site: Site) -> None:
    (site.directory / FRESH_FILE).write_bytes(b'{"sta')
    assert site.record is None


def test_another_versions_network_is_not_touched(site: Site) -> None:
    site.write(msgspec.structs.replace(READY, format=999))
    assert refused(lambda: site.record) == "network-of-another-version"


def test_what_was_half_made_is_cleared_and_nothing_beside_it(tmp_path: Path, site: Site) -> None:
    beside = tmp_path / "beside"
    beside.mkdir()
    (beside / "kept").touch()
    (site.directory / "trust").mkdir()
    (site.directory / "trust" / "sign-1.pem").touch()
    (site.directory / "bank.db").touch()
    (site.directory / "link").symlink_to(beside)
    site.write(MAKING)
    site.clear(Settings(data_dir=site.directory))
    assert [file.name for file in site.directory.iterdir()] == [RECORD_FILE]
    assert (beside / "kept").exists()


def test_a_network_that_stands_is_never_cleared(site: Site) -> None:
    site.write(READY)
    with pytest.raises(AssertionError):
        site.clear(Settings(data_dir=site.directory))


def test_schemas_of_a_half_made_network_are_dropped(site: Site, postgres_database: str) -> None:
    engine = create_engine(postgres_database)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA bank"))
        connection.execute(text("CREATE TABLE bank.customer (number text)"))
        connection.execute(text("CREATE SCHEMA elsewhere"))
    site.write(MAKING)
    site.clear(Settings(data_dir=site.directory, database_url=postgres_database))
    schemas = set(inspect(engine).get_schema_names())
    assert "bank" not in schemas
    assert "elsewhere" in schemas
    engine.dispose()


def test_one_process_at_a_time(site: Site) -> None:
    program = (
        "import sys; from pathlib import Path; from tegata.network.site import Site\n"
        "with Site(Path(sys.argv[1])).held(): print('held', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program, str(site.directory)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        assert refused(site.held().__enter__) == "network-in-use"
        other.communicate(b"")
    with site.held():
        assert site.directory.is_dir()


def test_a_place_that_is_no_directory_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"), Site(tmp_path / "file").held():
        pass
