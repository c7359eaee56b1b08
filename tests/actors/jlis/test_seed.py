"""A population at once stands as if it had come one by one; and what is exported of it."""

import base64
import subprocess
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import msgspec
import pytest
from cryptography import x509
from sqlalchemy import select

from tegata.actors.jlis.seed import BATCH, SeedCard, SeedEarlier, SeedIssue, SeedPerson, issue_for
from tegata.actors.jlis.service import authorities, crls, export, figures, holders, status
from tegata.actors.jlis.tables import CertificateRow, Person
from tegata.japan import resident_code
from tegata.japan.dates import JST
from tegata.node import audit
from tegata.pki.attributes import attributes_of
from tegata.pki.validation import ByStatus, Trust, Validator
from tegata.wire.certificates import TOO_YOUNG
from tegata.wire.problems import Refused
from tests.actors.jlis.world import CHIYODA, HANAKO, SHIBUYA, Resident, World, open_world, private_key, spki

ISSUED_AT = datetime(2022, 4, 1, 11, 0, tzinfo=JST)
MOVED_AT = datetime(2023, 1, 16, 10, 0, tzinfo=JST)
KEY = base64.b64decode(spki(private_key()))


def moved(number: int) -> SeedEarlier | None:
    """Every fortieth has moved, and every fortieth has had the certificates renewed."""
    if number % 40 not in (10, 20):
        return None
    before = msgspec.structs.replace(HANAKO, address=f"大阪府{number}番")
    if number % 40 == 10:
        return SeedEarlier(until=MOVED_AT, reason="affiliationChanged", attributes=before, municipality_code=SHIBUYA)
    own = msgspec.structs.replace(HANAKO, address=f"東京都{number}番")
    return SeedEarlier(until=MOVED_AT, reason="superseded", attributes=own, municipality_code=CHIYODA)


def people(count: int, *, with_cards: bool = True) -> list[SeedPerson]:
    rng = Random(7)
    return [
        SeedPerson(
            resident_code=resident_code.make(rng),
            municipality_code=(CHIYODA, SHIBUYA)[number % 2],
            attributes=msgspec.structs.replace(HANAKO, address=f"東京都{number}番"),
            event_id=f"seed-{number}",
            registered_at=ISSUED_AT - timedelta(days=1000),
            card=SeedCard(
                card_id=f"card-{number}", issued_at=ISSUED_AT, expires_on=date(2032, 2, 17), auth_key=KEY,
                sign_key=KEY if number % 3 else None,
            ) if with_cards else None,
            earlier=moved(number) if with_cards else None,
        )
        for number in range(count)
    ]  # fmt: skip


def load(world: World, count: int) -> list[SeedIssue]:
    return list(issue_for(world.node, people(count)))


def test_every_certificate_is_valid_and_the_persons_own(world: World) -> None:
    issued = load(world, 60)
    assert {(one.usage, one.person.card.card_id) for one in issued if one.person.card} == {
        *(("auth", f"card-{number}") for number in range(60)),
        *(("sign", f"card-{number}") for number in range(60) if number % 3),
    }
    for one in issued[::7]:
        certificate = x509.load_der_x509_certificate(one.der)
        validator = Validator(Trust(roots=authorities.roots(world.node, one.usage)))
        live = ByStatus(status.LiveStatus(world.node, one.usage))
        validator.validate(certificate, usage=one.usage, at=world.now, revocation=live)
        if one.usage == "sign":
            assert attributes_of(certificate).four == one.person.attributes


def test_some_certificates_ended_before_so_that_the_lists_are_not_empty(world: World) -> None:
    issued = load(world, 41)
    entries = {row.usage: row.entries for row in crls.current(world.node) if row.partition == "all"}
    assert entries == dict(figures.totals(world.node).revoked) == {"sign": 2, "auth": 1}
    for number, reason, usages in ((10, "affiliationChanged", {"sign"}), (20, "superseded", {"sign", "auth"})):
        person = next(one.person for one in issued if one.person.card and one.person.card.card_id == f"card-{number}")
        known = holders.certificates_of_resident(world.node, person.resident_code).items
        over = {one.usage: one for one in known if one.state == "revoked"}
        assert over.keys() == usages
        for usage, before in over.items():
            now = next(one for one in known if one.usage == usage and one.state == "valid")
            assert (before.reason, before.replaced_by, before.not_before) == (reason, now.serial, ISSUED_AT)
            assert before.revoked_at == now.not_before == MOVED_AT
    with world.node.database.read() as session:
        rows = session.scalars(select(CertificateRow).where(CertificateRow.card_id == "card-10")).all()
    addresses = [
        (attributes_of(x509.load_der_x509_certificate(row.der)).four.address, row.municipality_code)
        for row in sorted(rows, key=lambda row: row.serial) if row.usage == "sign"
    ]  # fmt: skip
    assert addresses == [("大阪府10番", SHIBUYA), ("東京都10番", CHIYODA)]


def test_life_goes_on_after_the_load(world: World) -> None:
    one = next(one for one in load(world, 4) if one.usage == "sign")
    person = Resident(world, one.person.resident_code, one.person.attributes, one.person.municipality_code, sequence=1)
    assert person.moves().revoked == [one.serial]
    reissued = person.gets()
    assert reissued.replaces == one.serial
    assert audit.verify(world.node.database).ok


def test_more_than_one_batch_and_people_without_cards(quick_world: World) -> None:
    assert list(issue_for(quick_world.node, people(BATCH + 3, with_cards=False))) == []
    totals = figures.totals(quick_world.node)
    assert (totals.people, totals.issued) == (BATCH + 3, {"sign": 0, "auth": 0})


def test_the_same_population_twice_is_refused_and_changes_nothing(world: World) -> None:
    load(world, 5)
    with pytest.raises(ValueError, match="known already"):
        load(world, 3)
    assert figures.totals(world.node).people == 5


def test_the_rules_hold_for_a_population_too(world: World) -> None:
    child = msgspec.structs.replace(HANAKO, birth_date="2015-01-01")
    wrong = [SeedPerson(**{**vars(people(2)[1]), "attributes": child})]
    with pytest.raises(Refused) as refused:
        list(issue_for(world.node, wrong))
    assert refused.value.type is TOO_YOUNG
    with world.node.database.read() as session:
        assert session.query(Person).count() == 0


def test_the_export_is_checked_by_openssl(quick_world: World, tmp_path: Path) -> None:
    load(quick_world, 41)
    authorities.roll_over(quick_world.node, "sign")
    quick_world.passes(timedelta(days=1))
    crls.issue_all(quick_world.node, quick_world.now)
    exported = export.export_pki(quick_world.node, tmp_path)
    assert exported.missing == []
    assert {file.relative_to(tmp_path).as_posix() for file in exported.files} >= {
        "sign-ca.pem", "sign-ca-g1.pem", "auth-ca.pem", "samples/good-sign.pem", "samples/revoked-sign.pem",
        "crl/sign-all.crl", "crl/sign-all-g1.crl", "crl/auth-all.crl", "crl/auth-authority.crl",
        f"crl/sign-{CHIYODA}.crl",
    }  # fmt: skip
    at = str(int(quick_world.now.timestamp()))
    for sample in ("good-sign", "revoked-sign"):
        command = ["openssl", "verify", "-attime", at, "-CAfile", tmp_path / "sign-ca-g1.pem"]
        subprocess.run([*command, tmp_path / "samples" / f"{sample}.pem"], check=True, capture_output=True)
    for file in (tmp_path / "crl").iterdir():
        mark = "-g1" if "-g1" in file.name else ""
        authority = tmp_path / f"{file.name.partition('-')[0]}-ca{mark}.pem"
        done = subprocess.run(
            ["openssl", "crl", "-verify", "-inform", "DER", "-in", file, "-CAfile", authority, "-noout"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert "verify OK" in done.stdout + done.stderr
    assert not any(b"PRIVATE" in file.read_bytes() for file in exported.files)


@pytest.mark.rule("SP-01")
def test_the_export_has_a_phones_certificate_where_there_is_one(quick_world: World, tmp_path: Path) -> None:
    person = quick_world.resident()
    card = person.gets()
    phone = person.phone().gets()
    written = {file.name for file in export.export_pki(quick_world.node, tmp_path / "1").files}
    assert {"good-sign.pem", "good-phone-sign.pem"} <= written
    samples = tmp_path / "1" / "samples"
    serials = {
        name: x509.load_pem_x509_certificate((samples / f"{name}.pem").read_bytes()).serial_number
        for name in ("good-sign", "good-phone-sign")
    }
    assert serials == {"good-sign": card.serial, "good-phone-sign": phone.certificates["sign"].serial_number}
    subprocess.run(
        ["openssl", "verify", "-attime", str(int(quick_world.now.timestamp()) + 60), "-CAfile",
         tmp_path / "1" / "sign-ca.pem", samples / "good-phone-sign.pem"], check=True, capture_output=True,
    )  # fmt: skip
    quick_world.suspends(person)
    again = export.export_pki(quick_world.node, tmp_path / "2")
    assert "good-phone-sign.pem" not in {file.name for file in again.files}
    assert "good-phone-sign" not in again.missing


def test_an_export_before_anything_says_what_is_missing(tmp_path: Path) -> None:
    with open_world("", tmp_path) as world:
        exported = export.export_pki(world.node, tmp_path / "out")
    assert exported.missing == ["crl", "good-sign", "revoked-sign"]
