"""Tables in columns: every row once and in order, one state whatever is written meanwhile, and clear errors."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import text

from tegata.node import bulk
from tegata.node.bulk import ColumnsError, View, open_view, read_columns, view_of
from tegata.node.node import Node
from tests.node.pair import spec
from tests.support import make_node

BETWEEN = "SELECT number, word FROM numbers WHERE word <> $1 AND number BETWEEN $2 AND $3 ORDER BY number"
EVERY = "SELECT number FROM numbers ORDER BY number"
ROWS = 1000


@pytest.fixture
def numbers(alpha: Node, monkeypatch: pytest.MonkeyPatch) -> Node:
    """A node with a table of a thousand numbers, read in batches of a hundred."""
    return _filled(alpha, monkeypatch)


@pytest.fixture
def numbers_in_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    """The same on SQLite."""
    node = make_node(spec("alpha"), "", data_dir=tmp_path)
    yield _filled(node, monkeypatch)
    node.close()


def _filled(node: Node, monkeypatch: pytest.MonkeyPatch) -> Node:
    monkeypatch.setattr(bulk, "BATCH_ROWS", 100)
    with node.database.alone() as connection:
        connection.execute(text("CREATE TABLE numbers (number BIGINT PRIMARY KEY, word VARCHAR NOT NULL)"))
        rows = [{"number": number, "word": f"語{number}"} for number in range(ROWS)]
        connection.execute(text("INSERT INTO numbers VALUES (:number, :word)"), rows)
    return node


def add(node: Node, number: int, word: str = "new") -> None:
    with node.database.alone() as connection:
        connection.execute(text("INSERT INTO numbers VALUES (:number, :word)"), {"number": number, "word": word})


def values(batches: Iterator[pa.RecordBatch]) -> list[int]:
    found = list(batches)
    assert all(0 < len(batch) <= bulk.BATCH_ROWS for batch in found)
    return [value for batch in found for value in batch.column(0).to_pylist()]


def test_every_row_comes_once_and_in_order(numbers: Node) -> None:
    with view_of(numbers.database) as view:
        assert values(view.read(EVERY)) == list(range(ROWS))
        batches = list(view.read(BETWEEN, ("語5", 3, 7)))
    assert [batch.to_pydict() for batch in batches] == [{"number": [3, 4, 6, 7], "word": ["語3", "語4", "語6", "語7"]}]


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


@pytest.mark.parametrize(("commits", "threads"), [(3, 2), (10**9, 1)], ids=["a busy moment", "never a quiet one"])
def test_connections_that_begin_while_others_commit(
    numbers_in_file: Node, monkeypatch: pytest.MonkeyPatch, commits: int, threads: int
) -> None:
    """A commit comes between the beginnings of two connections: they must not see different states."""
    numbers, begin, left = numbers_in_file, bulk._begin_sqlite, [commits]

    def beside_a_writer(uri: str, stack: ExitStack) -> object:
        connection = begin(uri, stack)
        if left[0] > 0:
            left[0] -= 1
            add(numbers, 10_000 + left[0])
        return connection

    monkeypatch.setattr(bulk, "_begin_sqlite", beside_a_writer)
    with view_of(numbers.database) as view:
        assert view.threads == threads
        both = [values(view.read_ranges(EVERY, [()] * 2)) for _ in range(2)]
    assert both[0][: len(both[0]) // 2] == both[0][len(both[0]) // 2 :]
    assert both[0] == both[1]


def columns_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "columns"]


def test_who_stops_reading_leaves_no_thread(numbers: Node) -> None:
    ranges = [("", start, start + 99) for start in range(0, ROWS, 100)]
    with view_of(numbers.database) as view:
        batches = view.read_ranges(BETWEEN, ranges * 20)
        assert len(next(batches)) == 100
        batches.close()  # type: ignore[attr-defined]
        assert columns_threads() == []
        assert len(values(view.read(EVERY))) == ROWS


def test_what_fails_far_in_is_told_where_it_is_taken(numbers_in_file: Node) -> None:
    """Only SQLite keeps text in a column of numbers."""
    numbers = numbers_in_file
    with numbers.database.alone() as connection:
        connection.execute(text("CREATE TABLE loose (number, word)"))
        connection.execute(text("INSERT INTO loose SELECT number, word FROM numbers"))
        connection.execute(text("UPDATE loose SET number = 'text' WHERE number = 750"))
    sql = "SELECT number FROM loose WHERE word > $1"
    with view_of(numbers.database) as view:
        batches = view.read_ranges(sql, [("",)] * 4)
        assert len(next(batches)) == 100
        with pytest.raises(ColumnsError, match="expected INT64"):
            list(batches)
        assert columns_threads() == []


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
        ("SELECT nothing FROM nowhere", ()), ("not SQL", ()), (BETWEEN, ()), (BETWEEN, (1,)), (EVERY, (2**70,)),
    ]  # fmt: skip
    for sql, parameters in queries:
        with view_of(numbers.database) as view, pytest.raises(ColumnsError):
            list(view.read(sql, parameters))


def test_another_database_is_read_by_its_url(numbers: Node) -> None:
    url = numbers.database.engine.url.render_as_string(hide_password=False)
    assert values(read_columns(url, EVERY, schema="alpha")) == list(range(ROWS))
    assert values(read_columns(url, "SELECT number FROM numbers WHERE number < $1", (3,), schema="alpha")) == [0, 1, 2]


def test_a_file_may_have_any_name(tmp_path: Path) -> None:
    file = tmp_path / "顧客 100%#?.db"
    with closing(sqlite3.connect(file)) as target:
        target.execute("CREATE TABLE numbers AS SELECT 7 AS number")
    url = f"sqlite:///{file}".replace("%", "%25").replace("#", "%23").replace("?", "%3F")
    assert values(read_columns(url, EVERY)) == [7]


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
    with pytest.raises(ColumnsError), open_view(f"sqlite:///{tmp_path}/none.db") as view:
        assert isinstance(view, View)
