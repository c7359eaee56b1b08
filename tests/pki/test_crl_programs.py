"""Every list that is written is read by OpenSSL, by ``cryptography`` and by the JDK, with the same entries."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.pki.authority import Authority
from tegata.pki.crl import Reason, RevokedEntries, Scope
from tests.fixtures.programs import need_program
from tests.pki.crl_support import PARTITION, TODAY, USABLE, Row, crl, p256_authority
from tests.pki.support import authority

Listed = list[tuple[int, datetime, str]]
"""Serial, time and the reason's name in capitals with underscores, as the JDK writes it."""

AFTER_2049 = datetime(2050, 1, 1, tzinfo=UTC)
REASON_NAMES = {reason: re.sub(r"(?<=[a-z])(?=[A-Z])", "_", reason.value).upper() for reason in Reason} | {
    Reason.UNSPECIFIED: "",
    Reason.CA_COMPROMISE: "CA_COMPROMISE",
    Reason.AA_COMPROMISE: "AA_COMPROMISE",
}

UNIFORM: list[Row] = [(0x0100_0000 + 977 * n, TODAY - timedelta(hours=n), Reason.SUPERSEDED) for n in range(300)]
ONE_OF_EACH_SIZE: list[Row] = [
    (edge, TODAY, Reason.AFFILIATION_CHANGED)
    for size in range(1, 21)
    for edge in ((1 << (8 * size - 1)) - 1, 1 << (8 * size - 8))
]
BOTH_TIMES: list[Row] = [
    (1 + n, AFTER_2049 + timedelta(days=257 * (n - 140), seconds=n), USABLE[n % len(USABLE)]) for n in range(280)
]
WITH_AND_WITHOUT_REASON: list[Row] = [(n, TODAY, USABLE[n % len(USABLE)]) for n in range(1, 600)]

LISTS: dict[str, tuple[list[Row], x509.Name | None, Scope | None, Callable[[], Authority]]] = {
    "uniform": (UNIFORM, None, None, authority),
    "one of each size": (ONE_OF_EACH_SIZE, PARTITION, None, authority),
    "both times": (BOTH_TIMES, None, "user", authority),
    "with and without reason": (WITH_AND_WITHOUT_REASON, PARTITION, "user", authority),
    "empty": ([], None, "authority", authority),
    "on P-256": (WITH_AND_WITHOUT_REASON[:20], None, None, p256_authority),
}


@pytest.fixture(scope="module", params=LISTS, ids=str)
def listed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Listed]:
    """A list in a file, its authority's certificate, and what it lists."""
    rows, partition, only, make = LISTS[request.param]
    by, folder = make(), tmp_path_factory.mktemp("lists")
    path, ca = folder / "list.crl", folder / "ca.pem"
    path.write_bytes(crl(rows, by=by, partition=partition, only=only))
    ca.write_bytes(by.certificate.public_bytes(Encoding.PEM))
    entries = [(each.serial, each.at, REASON_NAMES[each.reason]) for each in RevokedEntries.from_rows(rows)]
    return path, ca, entries


def _run(program: str, package: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(need_program(shutil.which(program), package=package)), *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=60, env={"TZ": "UTC", "LC_ALL": "C"}
    )


def _reasons(words: Iterable[str]) -> list[str]:
    return [word.upper().replace(" ", "_") for word in words]


def test_cryptography_reads_it(listed: tuple[Path, Path, Listed]) -> None:
    path, ca, entries = listed
    parsed = x509.load_der_x509_crl(path.read_bytes())
    assert parsed.is_signature_valid(x509.load_pem_x509_certificate(ca.read_bytes()).public_key())  # type: ignore[arg-type]
    assert len(parsed) == len(entries)
    assert [(each.serial_number, each.revocation_date_utc) for each in parsed] == [entry[:2] for entry in entries]
    stated = [
        each.extensions.get_extension_for_class(x509.CRLReason).value.reason for each in parsed if each.extensions
    ]
    assert [reason.name.upper() for reason in stated] == [reason for *_, reason in entries if reason]


def test_openssl_reads_it(listed: tuple[Path, Path, Listed]) -> None:
    path, ca, entries = listed
    done = _run("openssl", "openssl", "crl", "-inform", "DER", "-in", path, "-CAfile", ca, "-verify", "-noout", "-text")
    assert "verify OK" in done.stderr
    serials = re.findall(r"Serial Number: ([0-9A-F]+)", done.stdout)
    times = re.findall(r"Revocation Date: (.*) GMT", done.stdout)
    reasons = re.findall(r"Reason Code: \n\s+(.*)", done.stdout)
    assert [int(serial, 16) for serial in serials] == [serial for serial, *_ in entries]
    assert [datetime.strptime(at + " +0000", "%b %d %H:%M:%S %Y %z") for at in times] == [at for _, at, _ in entries]
    assert _reasons(reasons) == [reason for *_, reason in entries if reason]


def test_the_jdk_reads_it(listed: tuple[Path, Path, Listed]) -> None:
    path, _, entries = listed
    text = _run("keytool", "default-jre-headless", "-J-Duser.language=en", "-printcrl", "-file", path).stdout
    count = re.search(r"^Revoked Certificates: (\d+)$", text, re.MULTILINE)
    assert int(count[1]) == len(entries) if count else "NO certificates have been revoked" in text
    found = re.findall(r"SerialNumber: (\S+)  On: \w+ (.*?) UTC (\d+)\n((?:    .*\n)*)", text)
    assert [
        (
            int(serial.replace(":", ""), 16),
            datetime.strptime(f"{at} {year} +0000", "%b %d %H:%M:%S %Y %z"),
            "".join(re.findall(r"Reason Code: (\w+)", more)),
        )
        for serial, at, year, more in found
    ] == entries
