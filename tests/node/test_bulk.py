"""Tables in columns: every row once and in order, one state whatever is written meanwhile, and clear errors."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import text

from tegata.node.bulk import beside, columns, here, reader, views
from tegata.node.bulk.columns import Columns, ColumnsError
from tegata.node.bulk.postgres import Connected
from tegata.node.bulk.views import open_view, read_columns, view_of
from tegata.node.node import Node
from tests.node.pair import spec
from tests.support import make_node

BETWEEN = "SELECT number FROM numbers WHERE word <> $1 AND number BETWEEN $2 AND $3 ORDER BY number"
EVERY = "SELECT number FROM numbers ORDER BY number"
ROWS = 1000


@pytest.fixture(params=["small", "large"])
def numbers(request: pytest.FixtureRequest, alpha: Node, monkeypatch: pytest.MonkeyPatch) -> Node:
    """A node with a table of a thousand numbers, read in batches of a hundred; files as small, and as large ones."""
    if request.param == "large":
        monkeypatch.setattr(views, "LARGE_FILE", 0)
    return _filled(alpha, monkeypatch)


@pytest.fixture
def numbers_in_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    """The same on SQLite, as a large file."""
    monkeypatch.setattr(views, "LARGE_FILE", 0)
    node = make_node(spec("alpha"), "", data_dir=tmp_path)
    yield _filled(node, monkeypatch)
    node.close()


def _filled(node: Node, monkeypatch: pytest.MonkeyPatch) -> Node:
    monkeypatch.setattr(columns, "BATCH_ROWS", 100)
    with node.database.alone() as connection:
        connection.execute(text("CREATE TABLE numbers (number BIGINT PRIMARY KEY, word VARCHAR NOT NULL)"))
        rows = [{"number": number, "word": f"語{number}"} for number in range(ROWS)]
        connection.execute(text("INSERT INTO numbers VALUES (:number, :word)"), rows)
    return node


def add(node: Node, number: int, word: str = "new") -> None:
    with node.database.alone() as connection:
        connection.execute(text("INSERT INTO numbers VALUES (:number, :word)"), {"number": number, "word": word})


def elsewhere(file: Path, sql: str) -> str:
    """What another process has of a file."""
    program = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]);print(c.execute(sys.argv[2]).fetchall()); c.commit()"
    )
    command = [sys.executable, "-c", program, str(file), sql]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def values(batches: Iterator[Columns]) -> list[int]:
    found = [batch for (batch,) in batches]
    assert all(0 < len(batch) <= columns.BATCH_ROWS for batch in found)
    return [value for batch in found for value in batch.tolist()]


def arrow_values(batches: Iterator[pa.RecordBatch]) -> list[object]:
    return [value for batch in batches for value in batch.column(0).to_pylist()]


def test_every_row_comes_once_and_in_order(numbers: Node) -> None:
    with view_of(numbers.database) as view:
        assert values(view.read(EVERY)) == list(range(ROWS))
        [both] = view.read(BETWEEN.replace("number FROM", "number, number * 2 FROM"), ("語5", 3, 7))
    assert [column.tolist() for column in both] == [[3, 4, 6, 7], [6, 8, 12, 14]]


def test_ranges_are_read_as_one(numbers: Node) -> None:
    with view_of(numbers.database) as view:
        for borders in ([0, 1000], [0, 500, 1000], [0, 1, 950, 950, 990, 2000, 3000], list(range(0, 1010, 7))):
            ranges = [("語5", start, end - 1) for start, end in pairwise(borders)]
            found = values(view.read_ranges(BETWEEN, ranges))
            assert found == [number for number in range(min(borders[-1], ROWS)) if number != 5]
        assert values(view.read_ranges(BETWEEN, [])) == []


def test_all_of_a_view_see_one_state(numbers: Node) -> None:
    with view_of(numbers.database) as view:
        add(numbers, 5000)
        ranges = [("", start, start + 99) for start in range(0, 6000, 100)]
        assert len(values(view.read_ranges(BETWEEN, ranges))) == ROWS
        assert len(values(view.read(EVERY))) == ROWS
    with view_of(numbers.database) as view:
        assert values(view.read(EVERY))[-1] == 5000


def test_files_are_read_by_their_size_and_postgresql_by_itself(numbers: Node) -> None:
    ways = {"postgresql": Connected, "sqlite": beside.Beside if views.LARGE_FILE == 0 else here.Here}
    with view_of(numbers.database) as view:
        assert isinstance(view, ways[numbers.database.engine.dialect.name])


@pytest.mark.parametrize(("commits", "threads"), [(3, 2), (10**9, 1)], ids=["a busy moment", "never a quiet one"])
def test_connections_that_begin_while_others_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commits: int, threads: int
) -> None:
    """A commit comes between the beginnings of two connections: they must not see different states."""
    begin, left = reader.begin, [commits]
    file = tmp_path / "read.db"  # one that Python's sqlite3 has not open in this process
    elsewhere(file, "PRAGMA journal_mode=WAL")
    elsewhere(file, "CREATE TABLE t (n)")

    def beside_a_writer(uri: str, stack: ExitStack) -> object:
        connection = begin(uri, stack)
        if left[0] > 0:
            left[0] -= 1
            elsewhere(file, f"INSERT INTO t VALUES ({left[0]})")
        return connection

    monkeypatch.setattr(reader, "begin", beside_a_writer)
    monkeypatch.setattr(reader, "QUIET_MOMENTS", 4)
    with ExitStack() as stack:
        connections = reader.begin_together(columns.uri_of(file), 2, stack)
        assert len(connections) == threads
        counted = {
            batch.column(0)[0].as_py() for one in connections for batch in reader.answers(one, "SELECT count(*) FROM t")
        }
    assert len(counted) == 1


def test_the_writer_loses_nothing_while_its_file_is_read(numbers_in_file: Node) -> None:
    """Two copies of SQLite in one process would take each other's locks away, and then commits go into a lost file."""
    numbers = numbers_in_file
    with view_of(numbers.database) as view:
        assert len(values(view.read(EVERY))) == ROWS
    add(numbers, 7000)
    file = Path(str(numbers.database.engine.url.database))
    assert elsewhere(file, "SELECT max(number) FROM numbers") == "[(7000,)]\n"
    add(numbers, 7001)
    assert elsewhere(file, "SELECT max(number) FROM numbers") == "[(7001,)]\n"


def test_who_stops_reading_can_ask_again(numbers: Node) -> None:
    ranges = [("", start, start + 99) for start in range(0, ROWS, 100)]
    with view_of(numbers.database) as view:
        batches = view.read_ranges(BETWEEN, ranges * 20)
        assert len(next(batches)[0]) == 100
        del batches
        assert len(values(view.read(EVERY))) == ROWS


def test_a_process_that_is_killed_is_told_and_replaced(numbers_in_file: Node) -> None:
    with view_of(numbers_in_file.database) as view:
        assert isinstance(view, beside.Beside)
        view._process._process.kill()
        view._process._process.wait()
        with pytest.raises(ColumnsError, match="has ended"):
            list(view.read(EVERY))
    with view_of(numbers_in_file.database) as view:
        assert len(values(view.read(EVERY))) == ROWS


def test_a_process_stays_for_the_next_file(numbers_in_file: Node) -> None:
    used = []
    for _ in range(2):
        with view_of(numbers_in_file.database) as view:
            assert isinstance(view, beside.Beside)
            used.append(view._process)
    assert used[0] is used[1]
    with view_of(numbers_in_file.database) as one, view_of(numbers_in_file.database) as other:
        assert isinstance(one, beside.Beside)
        assert isinstance(other, beside.Beside)
        assert one._process is not other._process
    beside._idle.end()
    assert not used[0].usable


def test_what_fails_far_in_is_told_where_it_is_taken(numbers_in_file: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only SQLite keeps text in a column of numbers."""
    numbers = numbers_in_file
    with numbers.database.alone() as connection:
        connection.execute(text("CREATE TABLE loose (number, word)"))
        connection.execute(text("INSERT INTO loose SELECT number, word FROM numbers"))
        connection.execute(text("UPDATE loose SET number = 'text' WHERE number = 750"))
    sql = "SELECT number FROM loose WHERE word > $1"
    for size in (0, 1 << 40):
        monkeypatch.setattr(views, "LARGE_FILE", size)
        with view_of(numbers.database) as view:
            batches = view.read_ranges(sql, [("",)] * 4)
            assert len(next(batches)[0]) == 100
            with pytest.raises(ColumnsError, match=r"INT64|whole numbers"):
                list(batches)
            assert len(values(view.read(EVERY))) == ROWS


def test_anything_but_whole_numbers_is_refused(numbers: Node) -> None:
    for sql in ("SELECT word FROM numbers", "SELECT number / 2.0 FROM numbers", "SELECT NULL FROM numbers"):
        with view_of(numbers.database) as view, pytest.raises(ColumnsError):
            list(view.read(sql))


def test_nothing_can_be_written(numbers: Node) -> None:
    with view_of(numbers.database) as view, pytest.raises(ColumnsError):
        list(view.read("DELETE FROM numbers WHERE number = $1", (1,)))
    with view_of(numbers.database) as view:
        assert len(values(view.read(EVERY))) == ROWS


def test_parameters_are_values_whatever_they_say(numbers: Node) -> None:
    words = ["'; DROP TABLE numbers; --", "語'\"", "$1", "a\\"]
    for number, word in enumerate(words, 2000):
        add(numbers, number, word)
    with view_of(numbers.database) as view:
        for number, word in enumerate(words, 2000):
            assert values(view.read("SELECT number FROM numbers WHERE word = $1", (word,))) == [number]


def test_a_query_that_can_not_be_read_is_told(numbers: Node) -> None:
    queries: list[tuple[str, tuple[int, ...]]] = [
        ("SELECT nothing FROM nowhere", ()), ("not SQL", ()), (BETWEEN, ()), (BETWEEN, (1,)), (BETWEEN, (1, 2, 2**70)),
    ]  # fmt: skip
    for sql, parameters in queries:
        with view_of(numbers.database) as view, pytest.raises(ColumnsError):
            list(view.read(sql, parameters))


def test_another_database_is_read_by_its_url(numbers: Node) -> None:
    url = numbers.database.engine.url.render_as_string(hide_password=False)
    assert arrow_values(read_columns(url, EVERY, schema="alpha")) == list(range(ROWS))
    words = read_columns(url, "SELECT word FROM numbers WHERE number < $1 ORDER BY number", (3,), schema="alpha")
    assert arrow_values(words) == ["語0", "語1", "語2"]


def test_a_file_may_have_any_name(tmp_path: Path) -> None:
    file = tmp_path / "顧客 100%#?.db"
    with closing(sqlite3.connect(file)) as target:
        target.execute("CREATE TABLE numbers AS SELECT 7 AS number")
    url = f"sqlite:///{file}".replace("%", "%25").replace("#", "%23").replace("?", "%3F")
    assert arrow_values(read_columns(url, EVERY)) == [7]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "not the URL"),
        ("customers.db", "not the URL"),
        ("mysql://host/customers", "not mysql"),
        ("sqlite://", "no database file"),
        ("sqlite:///{here}/none.db", "no database file"),
        ("sqlite:///{here}", "no database file"),
        ("sqlite:///{here}/text.db", "not a database"),
        ("postgresql://someone:secret@127.0.0.1:1/customers", "refused"),
    ],
)
def test_what_can_not_be_opened_is_told_without_its_password(tmp_path: Path, url: str, why: str) -> None:
    (tmp_path / "text.db").write_bytes(b"just some text" * 100)
    with pytest.raises(ColumnsError, match=why) as refused:
        list(read_columns(url.replace("{here}", str(tmp_path)), EVERY))
    assert "secret" not in str(refused.value)
    assert {path.name for path in tmp_path.iterdir()} == {"text.db"}


def test_a_view_of_nothing_opens_nothing(tmp_path: Path) -> None:
    with pytest.raises(ColumnsError, match="no database file"), open_view(f"sqlite:///{tmp_path}/none.db"):
        pytest.fail("it was opened")
