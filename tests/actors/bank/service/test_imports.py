"""Files of customers: good rows kept, bad rows reported, nothing done twice."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from tegata.actors import bank
from tegata.actors.bank.service import customers, exports, imports
from tegata.actors.bank.service.imports import ImportReport, import_csv
from tegata.actors.bank.settings import FIELDS, Field
from tegata.network.population import BANK_FIELDS, bank_customers, generate
from tegata.node import audit
from tegata.node.node import Node
from tegata.node.tables import AuditRow
from tegata.wire.problems import Refused
from tests.actors.bank.world import row_of
from tests.support import make_node

HEADER = ",".join(FIELDS)


@pytest.fixture
def node(database_url: str, tmp_path: Path) -> Iterator[Node]:
    opened = make_node(bank.SPEC, database_url, data_dir=tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Node]:
    opened = make_node(bank.SPEC, "", data_dir=tmp_path)
    yield opened
    opened.close()


def line(number: str = "1", **changes: str) -> str:
    return ",".join(row_of(number, **changes).values())


def load(node: Node, *lines: str, encoding: str = "utf-8", **options: object) -> ImportReport:
    return import_csv(node, io.BytesIO("\n".join(lines).encode(encoding)), **options)  # type: ignore[arg-type]


def numbers(report: ImportReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, report.refused


def name_of(node: Node, number: str) -> str:
    with node.database.read() as session:
        return customers.row_of(session, number).name


def test_good_rows_are_kept_and_bad_ones_reported(node: Node) -> None:
    report = load(
        node, HEADER, line("1"), line("2", gender="?"), line("1", name="重複　太郎"), "3,too,few", line("4") + ",more",
        '5,"open', line("6", birth_date="1980-02-30"), line("7", name="山田\x00"), line("8"),
    )  # fmt: skip
    assert report.faults == [
        (3, "gender", "gender"), (4, "customer_number", "duplicate"), (5, "", "too-few-cells"),
        (6, "", "too-many-cells"), (7, "", "quote"), (8, "birth_date", "birth-date"), (9, "name", "characters"),
    ]  # fmt: skip
    assert (report.rows, numbers(report)) == (9, (2, 0, 0, 7))
    assert name_of(node, "1") == name_of(node, "8") == "山田　花子"
    row, faults = imports.row_of(node, report.import_id)
    assert (row.state, row.share, len(faults)) == ("done", 100, 7)


def test_the_same_file_again_changes_nothing(node: Node) -> None:
    assert numbers(load(node, HEADER, line("1"), line("2"))) == (2, 0, 0, 0)
    assert numbers(load(node, HEADER, line("1"), line("2"))) == (0, 0, 2, 0)
    assert numbers(load(node, HEADER, line("1"), line("2", name="佐藤　花子"))) == (0, 1, 1, 0)
    with node.database.read() as session:
        newest, first = customers.history(session, "2")
    assert (newest.changed, newest.version, first.name) == (["name"], 2, "山田　花子")


def test_an_old_file_does_not_undo_what_the_register_brought(node: Node) -> None:
    load(node, HEADER, line("1"))
    with node.database.begin() as tx:
        row = customers.row_of(tx.session, "1")
        fresh = customers.with_items(customers.details_of(row), {"address": "東京都渋谷区神南１丁目１番１号"})
        customers.change(tx, row, fresh, customers.Source("register", "bank"))
    assert numbers(load(node, HEADER, line("1"))) == (0, 0, 1, 0)
    with node.database.read() as session:
        assert customers.row_of(session, "1").address == "東京都渋谷区神南１丁目１番１号"
    assert numbers(load(node, HEADER, line("1", address="東京都港区芝１番"))) == (0, 1, 0, 0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_every_encoding_is_found(quick: Node, encoding: str) -> None:
    report = load(quick, "顧客番号,お名前,フリガナ,〒,住所,生年月日,性別".replace("〒", "郵便番号"),
                  line("1", name="髙橋　一郎"), encoding=encoding)  # fmt: skip
    assert numbers(report) == (1, 0, 0, 0)
    assert name_of(quick, "1") == "髙橋　一郎"


def test_a_wrong_encoding_costs_only_the_rows_it_breaks(quick: Node) -> None:
    report = load(quick, HEADER, line("1"), "2,Taro,,,Tokyo,1980-02-17,m", encoding="cp932")
    assert numbers(report) == (2, 0, 0, 0)
    forced = import_csv(
        quick, io.BytesIO(("\n".join([HEADER, line("3"), "4,Taro,,,Tokyo,1980-02-17,m"])).encode("cp932")),
        encoding="utf-8",
    )  # fmt: skip
    assert numbers(forced) == (1, 0, 0, 1)
    assert forced.faults[0][2] == "characters"


def test_headers_of_the_banks_own_are_known_by_a_map(quick: Node) -> None:
    header = "契約番号;氏名;誕生日;性別;住所".replace(";", ",")
    own: dict[str, Field] = {"契約番号": "customer_number", "誕生日": "birth_date"}
    report = load(quick, header, "1,山田花子,1980-02-17,女,東京都千代田区丸の内1-1-1", headers=own)
    assert numbers(report) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("lines", "code", "detail"),
    [
        ([], "customer-file-empty", {}),
        (["", ""], "customer-file-empty", {}),
        (['"open'], "customer-file-empty", {}),
        (["name,address"], "customer-file-columns",
         {"missing": ["customer_number", "birth_date", "gender"], "twice": []}),
        ([HEADER + ",氏名"], "customer-file-columns", {"missing": [], "twice": ["name"]}),
    ],
)  # fmt: skip
def test_a_file_without_the_right_columns_is_refused_whole(
    quick: Node, lines: list[str], code: str, detail: dict[str, object]
) -> None:
    with pytest.raises(Refused) as refused:
        load(quick, *lines)
    assert (refused.value.code, refused.value.detail) == (code, detail)
    assert (imports.newest(quick)[0].state, imports.newest(quick)[0].code) == ("stopped", code)


def test_rows_that_were_read_before_a_failure_stay(quick: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "BATCH", 2)
    stored = imports._Import._store
    calls = []

    def fail_at_third(self: imports._Import, *arguments: object) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise OSError("the disk is full")
        stored(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(imports._Import, "_store", fail_at_third)
    lines = [HEADER, *(line(str(number)) for number in range(1, 8))]
    with pytest.raises(OSError, match="full"):
        load(quick, *lines)
    assert (imports.newest(quick)[0].state, imports.newest(quick)[0].rows) == ("stopped", 4)
    assert numbers(load(quick, *lines)) == (3, 0, 4, 0)


def test_a_reading_that_a_killed_process_left_is_marked_at_the_next_start(quick: Node) -> None:
    import_id = imports.begin(quick, "x.csv", "clerk", "utf-8")
    imports.end_cut_off(quick)
    assert imports.row_of(quick, import_id)[0].state == "stopped"


def test_ten_thousand_customers_of_the_demonstration_with_progress(quick: Node) -> None:
    rows = list(bank_customers(generate(1, 300), 1, 10_000, broken=9))
    text = "\n".join([",".join(BANK_FIELDS), *(",".join(row.values()) for row in rows)])
    told: list[tuple[int, int]] = []
    report = import_csv(quick, io.BytesIO(text.encode("cp932")), progress=lambda *at: told.append(at))
    assert (report.rows, report.added, report.refused) == (10_009, 10_000, 9)
    assert {fault[2] for fault in report.faults} == {
        "missing", "birth-date", "gender", "postal-code", "characters", "too-long", "duplicate",
    }  # fmt: skip
    assert told[-1] == (10_009, 100)
    assert len(told) == 11


def test_a_file_written_is_a_file_that_can_be_read(quick: Node, tmp_path: Path) -> None:
    load(quick, HEADER, line("1", name="𠮷田　花子"), line("2", name="髙橋　一郎"))
    for encoding, substituted in (("utf-8", 0), ("cp932", 1)):
        target = io.BytesIO()
        report = exports.export_csv(quick, target, encoding=encoding)  # type: ignore[arg-type]
        assert (report.rows, report.substituted) == (2, substituted)
        again = import_csv(quick, io.BytesIO(target.getvalue()))
        assert (again.encoding, again.refused) == (encoding, 0)
    assert name_of(quick, "1") == "吉田　花子"


@pytest.mark.parametrize("formula", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)"])
def test_no_value_becomes_a_formula(quick: Node, formula: str) -> None:
    load(quick, HEADER, line("1", name=formula))
    target = io.BytesIO()
    exports.export_csv(quick, target)
    assert f",'{formula}," in target.getvalue().decode("utf-8-sig")
    assert numbers(import_csv(quick, io.BytesIO(target.getvalue()))) == (0, 0, 1, 0)


def test_leaving_is_recorded_and_the_record_holds_no_name(node: Node) -> None:
    load(node, HEADER, line("1"))
    exports.export_csv(node, io.BytesIO(), who="clerk")
    exports.export_changes(node, io.BytesIO(), who="clerk")
    with node.database.read() as session:
        entries = session.scalars(select(AuditRow).order_by(AuditRow.number)).all()
    assert [entry.action for entry in entries] == ["customers-imported", "customers-exported", "changes-exported"]
    assert [entry.who for entry in entries] == ["cli", "clerk", "clerk"]
    assert not any("山田" in str(entry.detail) for entry in entries)
    assert audit.verify(node.database).ok
