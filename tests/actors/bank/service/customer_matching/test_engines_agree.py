"""Spark, as a cluster on this machine with two executors of their own, gives DuckDB's answer row by row."""

import gc
import random
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tegata.actors.bank.service.customer_matching import matching, spark_engine
from tegata.actors.bank.service.customer_matching.engines import Means
from tegata.actors.bank.service.customer_matching.spark_engine import Spark
from tegata.pki.crl import Reason
from tests.actors.bank.service.customer_matching.world import REVOKED, Folder, csv_file, parquet, row
from tests.fixtures.programs import need_program
from tests.pki.crl_support import USABLE, Row

QUICK_TO_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
SMALL = f"""
spark.sql.shuffle.partitions 2
spark.sql.codegen.wholeStage false
spark.driver.extraJavaOptions {QUICK_TO_START}
spark.executor.extraJavaOptions {QUICK_TO_START}
"""
CLUSTER = "local-cluster[2,1,1024]"
ROWS = 400

pytestmark = [
    # Py4J leaves its sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

SPOILT = [
    "", " ", "x", "-1", "+7", "0", "1e3", "7.0", "0x", "1:2", "a" * 41, "9" * 49, "１", "7\n", "7\u2028", "a\x85",
    "A\n", "0x7\n\n", "z" * 9999,
]  # fmt: skip


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spark]:
    """One session for all tests; few partitions, as the tables are small."""
    need_program(shutil.which("java"), package="default-jre-headless")
    folder = tmp_path_factory.mktemp("spark")
    (folder / "spark-defaults.conf").write_text(SMALL)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SPARK_CONF_DIR", str(folder))
        with spark_engine.opened(Means(folder, spark_master=CLUSTER)) as engine:
            yield engine
    gc.collect()


@pytest.fixture
def both(folder: Folder, spark: Spark, monkeypatch: pytest.MonkeyPatch) -> "Both":
    return Both(folder, spark, monkeypatch)


class Both:
    """Matches on either engine."""

    def __init__(self, folder: Folder, spark: Spark, patched: pytest.MonkeyPatch) -> None:
        self._folder, self._spark, self._patched = folder, spark, patched

    def agree(self, customers: Path, **more: Any) -> pa.Table:
        """What both wrote."""
        rejects = self._folder.path / "rejects.parquet"
        mine = self._folder.match(customers, rejects=str(rejects), **more)
        written = self._folder.out.read_bytes(), rejects.read_bytes()
        self._patched.setattr(matching, "open_engine", self._session)
        theirs = self._folder.match(customers, rejects=str(rejects), engine="spark", **more)
        assert theirs.engine == "spark"
        assert (theirs.customers, theirs.matched, theirs.without_serial, theirs.unreadable) == (
            mine.customers, mine.matched, mine.without_serial, mine.unreadable,
        )  # fmt: skip
        assert (self._folder.out.read_bytes(), rejects.read_bytes()) == written
        return self._folder.written()

    def _session(self, _name: str, _means: Means) -> AbstractContextManager[Spark]:
        return nullcontext(self._spark)


def serials(rng: random.Random) -> list[int]:
    """Serial numbers of every length, some of them several times."""
    made = [rng.randrange(1, 1 << rng.choice([8, 31, 32, 62, 63, 64, 65, 100, 158])) for _ in range(ROWS)]
    return [*made, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, 1 << 64]


def lists(rng: random.Random, known: list[int]) -> list[list[Row]]:
    return [
        [row(serial, REVOKED - timedelta(seconds=rng.randrange(5)), rng.choice(USABLE)) for serial in chosen]
        for chosen in (sorted(set(rng.sample(known, ROWS // 2))), sorted(set(rng.sample(known, ROWS // 3))))
    ]


@pytest.mark.rule("FI-06")
@pytest.mark.parametrize("seed", [1, 2])
def test_text_of_both_forms_in_csv_and_parquet(both: Both, folder: Folder, seed: int) -> None:
    rng = random.Random(seed)
    known = serials(rng)
    folder.lists(*lists(rng, known))
    numbers = rng.choices(known, k=2 * ROWS) + [rng.randrange(1, 1 << 64) for _ in range(ROWS)]
    if seed == 1:
        cells = [rng.choice(["{:d}", " {:d}", "000{:d}"]).format(number) for number in numbers] + SPOILT
        text = "no,serial\n" + "".join(f'{n % 7},"{cell}"\n' for n, cell in enumerate(cells))
        found = both.agree(csv_file(folder.path / "c.csv", text), serials="decimal")
    else:
        cells = [rng.choice(["{:x}", " 0X{:X}", "00{:X} "]).format(number) for number in numbers] + SPOILT
        columns = {"no": [n % 7 for n in range(len(cells) + 1)], "Serial": [*cells, None]}
        found = both.agree(parquet(folder.path / "c.parquet", columns), serials="hex", column="Serial")
    assert len(found) > ROWS // 2


def test_whole_numbers_of_every_type(both: Both, folder: Folder) -> None:
    rng = random.Random(3)
    known = [serial for serial in serials(rng) if serial < 1 << 63]
    folder.lists([row(serial, reason=Reason.KEY_COMPROMISE) for serial in sorted(set(known[::2]))])
    columns = {
        "serial": pa.array([*rng.choices(known, k=ROWS), None, 0, -1], pa.int64()),
        "tag": pa.array([None if n % 5 == 0 else n % 200 for n in range(ROWS + 3)], pa.uint8()),
        "Tag": pa.array([f"タグ{n % 3}" for n in range(ROWS + 3)]).dictionary_encode(),
        "since": pa.array([REVOKED] * (ROWS + 3), pa.timestamp("us", tz="UTC")),
    }
    columns["label"] = columns.pop("Tag")
    assert len(both.agree(parquet(folder.path / "c.parquet", columns))) > ROWS // 4


def test_unsigned_numbers_and_no_match(both: Both, folder: Folder) -> None:
    folder.lists([row(1 << 63)])
    wide = parquet(folder.path / "u.parquet", {"serial": pa.array([1 << 63, 7, None], pa.uint64())})
    assert both.agree(wide).column("serial").to_pylist() == [1 << 63]
    none = parquet(folder.path / "n.parquet", {"serial": pa.array([], pa.int32())})
    assert both.agree(none).num_rows == 0
