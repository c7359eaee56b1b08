"""The day's CRLs: whole, by municipality, ARL; their numbers; a killed run; what openssl says of them."""

import hashlib
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import func, insert, select

from tegata.actors.jlis.service import authorities, crls
from tegata.actors.jlis.tables import CrlRow
from tegata.japan.municipalities import municipality
from tegata.node.contents import CONTENT_LOST
from tegata.node.database import Transaction
from tegata.pki.crl import Reason, read_crl, verify_crl
from tegata.pki.names import partition_name, root_name
from tegata.wire.problems import NOT_FOUND, Refused
from tegata.wire.revocation import NO_CRL_YET
from tests.actors.jlis.world import CHIYODA, SHIBUYA, World

DAY = timedelta(days=1)


@pytest.mark.rule("FI-04")
def test_serial_time_and_reason_are_listed(world: World) -> None:
    person = world.resident()
    serial = person.gets().serial
    revoked_at = world.now
    person.moves()
    world.passes(timedelta(hours=2))
    crls.issue_all(world.node, world.now)
    listed = verify_crl(crls.newest(world.node, "sign", "all").der, authorities.roots(world.node, "sign"), at=world.now)
    assert [(entry.serial, entry.at, entry.reason) for entry in listed.entries] == [
        (serial, revoked_at, Reason.AFFILIATION_CHANGED)
    ]


@pytest.mark.rule("FI-04")
def test_one_list_for_each_municipality_with_certificates(world: World) -> None:
    mover, stayer = world.resident(), world.resident(municipality=SHIBUYA)
    moved = mover.gets().serial
    stayer.gets()
    mover.moves()
    crls.issue_all(world.node, world.now)
    roots = authorities.roots(world.node, "sign")
    by_place = {}
    for code in (CHIYODA, SHIBUYA):
        partition = partition_name("sign", municipality(code))
        der = crls.newest(world.node, "sign", code).der
        by_place[code] = verify_crl(der, roots, at=world.now, partition=partition)
    assert [len(by_place[code].entries) for code in (CHIYODA, SHIBUYA)] == [1, 0]
    assert by_place[CHIYODA].lookup(moved)
    rows = crls.current(world.node)
    assert {(row.usage, row.partition) for row in rows} == {
        ("sign", "all"), ("sign", "authority"), ("sign", CHIYODA), ("sign", SHIBUYA),
        ("auth", "all"), ("auth", "authority"),
    }  # fmt: skip


def test_the_partition_is_that_of_the_certificate(world: World) -> None:
    """The issuing municipality's, also after the holder moved: its name stands in the certificate."""
    person = world.resident()
    person.gets()
    person.moves()
    crls.issue_all(world.node, world.now)
    points = person.cards["sign"].extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert points[0].full_name
    listed = read_crl(crls.newest(world.node, "sign", CHIYODA).der)
    assert listed.partition is not None
    assert x509.DirectoryName(listed.partition) in points[0].full_name


def test_the_arl_is_for_authorities_only(world: World) -> None:
    crls.issue_all(world.node, world.now)
    der = crls.newest(world.node, "auth", "authority").der
    roots = authorities.roots(world.node, "auth")
    arl = verify_crl(der, roots, at=world.now, partition=root_name("auth"), only="authority")
    assert (len(arl.entries), arl.only) == (0, "authority")


@pytest.mark.rule("FI-04")
def test_numbers_count_up_by_one_from_day_to_day(world: World) -> None:
    world.resident().gets()
    for _ in range(3):
        world.passes(DAY)
        crls.issue_all(world.node, world.now)
    assert [row.number for row in crls.history(world.node, "sign", "all", 1)] == [3, 2, 1]
    newest = crls.newest(world.node, "sign", CHIYODA)
    assert newest.number == 3
    assert newest.next_update > world.now + DAY


@pytest.mark.rule("FI-04")
def test_a_run_that_is_done_again_issues_no_second_list(world: World) -> None:
    due = world.now
    assert crls.issue_all(world.node, due) == 4
    before = crls.newest(world.node, "sign", "all")
    person = world.resident()
    person.gets()
    person.moves()
    world.passes(timedelta(minutes=10))
    assert crls.issue_all(world.node, due) == 0
    after = crls.newest(world.node, "sign", "all")
    assert (after.number, after.sha256) == (before.number, before.sha256)


@pytest.mark.rule("FI-04")
def test_a_run_that_was_killed_leaves_nothing_and_is_done_again_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.resident().gets()
    due = world.now

    class Killed(BaseException):
        pass

    def killed(self: Transaction, *args: object, **kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "record", killed)
        with pytest.raises(Killed):
            crls.issue_all(world.node, due)
    with world.node.database.read() as session:
        assert session.scalar(select(func.count()).select_from(CrlRow)) == 0
    assert crls.issue_all(world.node, due) == 5
    assert {row.number for row in crls.current(world.node)} == {1}


def test_a_run_killed_between_the_usages_goes_on_with_the_second(world: World) -> None:
    due = world.now
    crls._issue(world.node, "sign", due)
    assert crls.issue_all(world.node, due) == 2
    assert {(row.usage, row.number) for row in crls.current(world.node)} == {("sign", 1), ("auth", 1)}


@pytest.mark.rule("FI-04")
def test_an_expired_certificate_stands_on_one_more_list(world: World) -> None:
    person = world.resident()
    serial = person.gets(card_expires_on=(world.now + DAY).date()).serial
    person.moves()
    found = []
    for _ in range(4):
        crls.issue_all(world.node, world.now)
        found.append(read_crl(crls.newest(world.node, "sign", "all").der).lookup(serial) is not None)
        world.passes(DAY)
    assert found == [True, True, True, False]


def test_the_difference_to_the_issue_before(world: World) -> None:
    first, second = world.resident(), world.resident()
    serials = [first.gets().serial, second.gets().serial]
    first.moves()
    crls.issue_all(world.node, world.now)
    one = crls.difference(world.node, crls.newest(world.node, "sign", "all"))
    assert (one.before, [entry.serial for entry in one.added.first]) == (None, serials[:1])
    world.passes(DAY)
    second.moves()
    crls.issue_all(world.node, world.now)
    two = crls.difference(world.node, crls.newest(world.node, "sign", "all"))
    assert (two.before, [entry.serial for entry in two.added.first], two.gone.total) == (1, serials[1:], 0)


def test_of_a_large_difference_the_first_are_told_and_all_are_counted(
    quick_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crls, "SHOWN", 2)
    world, serials = quick_world, list[int]()
    crls.issue_all(world.node, world.now)
    for _ in range(3):
        person = world.resident()
        serials.append(person.gets().serial)
        person.moves()
    world.passes(DAY)
    crls.issue_all(world.node, world.now)
    added = crls.difference(world.node, crls.newest(world.node, "sign", "all")).added
    assert (added.total, [entry.serial for entry in added.first]) == (3, serials[:2])


def test_old_issues_are_forgotten_the_whole_ones_last(quick_world: World) -> None:
    world = quick_world
    world.resident().gets()
    for _ in range(33):
        crls.issue_all(world.node, world.now)
        world.passes(DAY)
    assert [row.number for row in crls.history(world.node, "sign", "all", 1)] == list(range(33, 3, -1))
    assert [row.number for row in crls.history(world.node, "sign", CHIYODA, 1)] == [33, 32]


def test_before_the_first_issue_and_for_a_place_without_certificates(world: World) -> None:
    with pytest.raises(Refused) as refused:
        crls.newest(world.node, "sign", "all")
    assert refused.value.type is NO_CRL_YET
    crls.issue_all(world.node, world.now)
    with pytest.raises(Refused) as refused:
        crls.newest(world.node, "sign", SHIBUYA)
    assert refused.value.type is NOT_FOUND
    with pytest.raises(Refused) as refused:
        crls.one(world.node, "sign", "all", 9, 1)
    assert refused.value.type is NOT_FOUND


def test_openssl_verifies_every_list(quick_world: World, tmp_path: Path) -> None:
    world = quick_world
    for usage in ("sign", "auth"):
        person = world.resident()
        person.gets(usage)  # type: ignore[arg-type]
        person.happens("death", None)
    crls.issue_all(world.node, world.now)
    rows = crls.current(world.node)
    assert len(rows) == 6
    for row in rows:
        root, file = tmp_path / "root.pem", tmp_path / "list.crl"
        root.write_bytes(authorities.roots(world.node, row.usage)[0].public_bytes(Encoding.PEM))  # type: ignore[arg-type]
        file.write_bytes(crls.one(world.node, row.usage, row.partition, row.number, 1).der)  # type: ignore[arg-type]
        done = subprocess.run(
            ["openssl", "crl", "-verify", "-inform", "DER", "-in", file, "-CAfile", root, "-noout"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert "verify OK" in done.stdout + done.stderr


def listed(world: World, partition: str = "all") -> list[int]:
    with crls.opened(world.node, crls.newest(world.node, "sign", partition)) as der:
        serials: list[int] = read_crl(der.read()).entries.serials.tolist()
    return serials


def files(world: World) -> set[str]:
    directory = world.node.contents.directory
    return {path.name for path in directory.iterdir()} - {"lock"} if directory.exists() else set()


@pytest.mark.rule("FI-04")
def test_a_large_list_lies_in_a_file_and_is_the_same(world: World) -> None:
    person = world.resident()
    serial = person.gets().serial
    person.moves()
    crls.issue_all(world.node, world.now)
    in_row = crls.newest(world.node, "sign", "all")
    world.node.contents.inline = in_row.size - 1
    world.passes(DAY)
    crls.issue_all(world.node, world.now)
    in_file = crls.newest(world.node, "sign", "all")
    assert (in_file.der, in_file.size, in_file.number) == (None, in_row.size, 2)
    assert listed(world) == [serial]
    with crls.opened(world.node, in_file) as der:
        verify_crl(der.read(), authorities.roots(world.node, "sign"), at=world.now)
    found = crls.difference(world.node, in_file)
    assert (found.before, found.added.total, found.gone.total) == (1, 0, 0)


def test_files_go_with_the_lists_that_refer_to_them(quick_world: World) -> None:
    world = quick_world
    world.node.contents.inline = 0
    world.resident().gets()
    for _ in range(4):
        crls.issue_all(world.node, world.now)
        world.passes(DAY)
    with world.node.database.read() as session:
        rows = session.execute(select(CrlRow.partition, CrlRow.sha256)).all()
    assert files(world) == {sha256 for _, sha256 in rows}
    assert sum(partition == CHIYODA for partition, _ in rows) == 2


@pytest.mark.rule("FI-04")
def test_files_of_a_run_that_was_cut_off_are_removed_by_the_next(
    quick_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, due = quick_world, quick_world.now
    world.node.contents.inline = 0

    def cut_off(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(crls, "_commit", cut_off)
        with pytest.raises(KeyboardInterrupt):
            crls.issue_all(world.node, due)
    left = files(world)
    assert len(left) == 2
    world.passes(timedelta(minutes=10))
    assert crls.issue_all(world.node, due) == 4
    assert len(files(world)) == 4
    assert not files(world) & left


def test_a_list_whose_file_was_altered_is_not_given(quick_world: World) -> None:
    quick_world.node.contents.inline = 0
    crls.issue_all(quick_world.node, quick_world.now)
    row = crls.newest(quick_world.node, "sign", "all")
    path = quick_world.node.contents.path(row.sha256)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(Refused) as refused:
        crls.opened(quick_world.node, row)
    assert refused.value.type is CONTENT_LOST


def test_the_list_of_a_municipality_whose_code_begins_with_zero(quick_world: World) -> None:
    sapporo = "011002"
    person = quick_world.resident(municipality=sapporo)
    serial = person.gets().serial
    person.moves()
    crls.issue_all(quick_world.node, quick_world.now)
    assert listed(quick_world, sapporo) == [serial]


def test_small_lists_wait_in_a_file_where_they_are_many(quick_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crls, "IN_MEMORY", 100)
    monkeypatch.setattr(crls, "ROWS_AT_ONCE", 2)
    for municipality_code in (CHIYODA, SHIBUYA, "011002"):
        person = quick_world.resident(municipality=municipality_code)
        person.gets()
        person.moves()
    crls.issue_all(quick_world.node, quick_world.now)
    roots = authorities.roots(quick_world.node, "sign")
    for row in crls.current(quick_world.node):
        if row.usage == "sign":
            der = crls.newest(quick_world.node, "sign", row.partition).der
            assert der is not None
            assert verify_crl(
                der, roots, at=quick_world.now, partition=read_crl(der).partition, only=read_crl(der).only
            )
            assert hashlib.sha256(der).hexdigest() == row.sha256


def test_a_list_can_not_be_written_twice(world: World) -> None:
    crls.issue_all(world.node, world.now)
    row = crls.newest(world.node, "sign", "all")
    values = {column.name: getattr(row, column.name) for column in CrlRow.__table__.columns}
    with pytest.raises(Exception, match=r"(?i)unique"), world.node.database.begin() as tx:
        tx.session.execute(insert(CrlRow), [values])
