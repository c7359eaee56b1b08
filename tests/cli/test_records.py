"""Audit logs, databases and the PKI of a network that stands."""

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from cryptography import x509

from tegata.network.actors import ORDER
from tests.cli.conftest import Run
from tests.whole import WholeNetwork


def test_whole_audit_logs_are_told_so(run: Run, data: Path) -> None:
    ran = run("audit", "verify", "--json", "--data", data)
    assert ran.code == 0
    reports = json.loads(ran.out)
    assert [report["actor"] for report in reports] == list(ORDER)
    assert all(report["ok"] for report in reports)
    assert run("audit", "verify", "--data", data).code == 0


def test_a_changed_entry_is_found(run: Run, data: Path) -> None:
    with sqlite3.connect(data / "bank.db") as database:
        database.execute("UPDATE node_audit SET who = 'nobody' WHERE number = 2")
    database.close()
    ran = run("audit", "verify", "bank", "--json", "--data", data)
    assert ran.code == 1
    assert json.loads(ran.out)[0]["faults"] == [{"number": 2, "kind": "changed"}]
    assert run("audit", "verify", "bank", "--data", data).code == 1
    assert run("audit", "verify", "jlis", "--data", data).code == 0


def test_a_log_that_was_put_back_is_found_by_a_noted_head(run: Run, data: Path, tmp_path: Path) -> None:
    noted = tmp_path / "noted.json"
    noted.write_text(run("audit", "verify", "--json", "--data", data).out)
    assert run("audit", "verify", "--noted", noted, "--data", data).code == 0
    later = json.loads(noted.read_text())
    later[0]["entries"] += 1
    noted.write_text(json.dumps(later))
    assert run("audit", "verify", "--noted", noted, "--data", data).code == 1


@pytest.mark.parametrize(
    "content", ["", "{}", "[1]", '[{"actor":"bank"}]', '[{"actor":"bank","entries":1,"head":"zz"}]']
)
def test_notes_that_are_none(run: Run, data: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "noted.json").write_text(content)
    assert run("audit", "verify", "--noted", tmp_path / "noted.json", "--data", data).code == 2


def test_an_unknown_actor_has_no_log(run: Run, data: Path) -> None:
    ran = run("audit", "verify", "mint", "--data", data)
    assert ran.code == 1
    assert "unknown-actor" in ran.err


def test_databases_are_at_the_newest_revision(run: Run, data: Path) -> None:
    ran = run("db", "check", "--data", data)
    assert ran.code == 0
    assert ran.out.splitlines() == [f"{name}: ok" for name in ORDER]
    assert run("db", "upgrade", "bank", "--data", data).out.startswith("bank")


def test_a_database_that_differs_is_named(run: Run, data: Path) -> None:
    import sqlite3

    with sqlite3.connect(data / "bank.db") as database:
        database.execute("DROP TABLE customer")
    database.close()
    ran = run("db", "check", "bank", "--data", data)
    assert ran.code == 1
    assert "customer" in ran.out


def test_what_there_is_none_of_is_named(run: Run, data: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(data / "jlis.db")) as database:
        database.execute("DELETE FROM standing WHERE usage = 'sign'")
        database.commit()
    ran = run("export", "pki", "--out", tmp_path, "--data", data)
    assert ran.code == 1
    assert "revoked-sign" in ran.err
    assert (tmp_path / "sign-ca.pem").exists()


def test_the_exported_pki_fits_together(run: Run, data: Path, tmp_path: Path) -> None:
    with closing(WholeNetwork(data)) as network:
        network.moves(network.holders()[0])
        network.to_next(7, 10)
    out = tmp_path / "pki"
    ran = run("export", "pki", "--out", out, "--data", data)
    assert ran.code == 0
    assert {Path(line) for line in ran.out.splitlines()} == {file for file in out.rglob("*") if file.is_file()}
    root = x509.load_pem_x509_certificate((out / "sign-ca.pem").read_bytes())
    crl = x509.load_der_x509_crl((out / "crl" / "sign-all.crl").read_bytes())
    assert crl.is_signature_valid(root.public_key())  # type: ignore[arg-type]
    for name, listed in (("good", False), ("revoked", True)):
        sample = x509.load_pem_x509_certificate((out / "samples" / f"{name}-sign.pem").read_bytes())
        sample.verify_directly_issued_by(root)
        assert (crl.get_revoked_certificate_by_serial_number(sample.serial_number) is not None) is listed


def test_openssl_accepts_the_exported_lists(run: Run, data: Path, tmp_path: Path) -> None:
    run("export", "pki", "--out", tmp_path, "--data", data)
    for usage in ("sign", "auth"):
        root = tmp_path / f"{usage}-ca.pem"
        for crl in sorted((tmp_path / "crl").glob(f"{usage}-*.crl"))[:5]:
            verified = subprocess.run(
                ["openssl", "crl", "-inform", "DER", "-in", crl, "-CAfile", root, "-noout", "-verify"],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            assert "verify OK" in verified.stderr


def test_a_rollover_is_exported_too(run: Run, data: Path, tmp_path: Path) -> None:
    ran = run("jlis", "rollover", "sign", "--data", data)
    assert ran.code == 0
    assert "generation 2" in ran.out
    assert (data / "trust" / "sign-2.pem").exists()
    run("export", "pki", "--out", tmp_path, "--data", data)
    assert list(tmp_path.glob("sign-ca*.pem")) != [tmp_path / "sign-ca.pem"]
    assert run("jlis", "rollover", "both", "--data", data).code == 2
