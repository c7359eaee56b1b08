"""OpenSC, as it comes with Debian, uses a card whose certificates J-LIS issued."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from tegata.actors.citizen.tables import CardRow
from tegata.actors.jlis.tables import CertificateRow
from tegata.cli.site import reading
from tegata.network.population import Person
from tests.cli.card.conftest import Drawer, Program
from tests.fixtures.pcsc import VirtualReader, opensc_module

IDS = {"auth": "01", "sign": "02", "auth-ca": "03", "sign-ca": "04"}
"""The identifiers that OpenSC's driver gives to the card's objects; its slots are in the same order."""


@pytest.fixture(autouse=True)
def opensc() -> None:
    opensc_module()


@pytest.fixture(scope="module")
def person(signers: Iterator[Person]) -> Person:
    return next(signers)


@pytest.fixture
def on_reader(drawer: Drawer, virtual_reader: VirtualReader, person: Person) -> Iterator[Person]:
    """Somebody's card, on the reader for one test."""
    with drawer.inserted(virtual_reader, person):
        yield person


def issued(drawer: Drawer, person: Person, usage: str) -> bytes:
    """The certificate as J-LIS keeps it."""
    query = select(CertificateRow.der).where(
        CertificateRow.usage == usage, CertificateRow.card_id == card_of(drawer, person)
    )
    with reading(drawer.data, None, "jlis") as (jlis, _), jlis.database.read() as session:
        return session.scalars(query).one()


def card_of(drawer: Drawer, person: Person) -> str:
    with drawer.node.database.read() as session:
        return session.scalars(select(CardRow.card_id).where(CardRow.person_id == person.person_id)).one()


def tries(program: Program) -> dict[str, int]:
    """The tries that OpenSC shows, by the identifier of the PIN."""
    dumped = program("pkcs15-tool", "--list-pins").stdout
    return {
        found[0]: int(found[1])
        for found in re.findall(r"ID +: (\d\d)$.*?Tries left +: (\d)", dumped, re.MULTILINE | re.DOTALL)
    }


def sign(program: Program, usage: str, pin: str, folder: Path, *, code: int = 0) -> str:
    (folder / "data").write_bytes(b"what is agreed to")
    slot = ("--slot-index", ["auth", "sign"].index(usage), "--login", "--pin", pin)
    files = ("-i", folder / "data", "-o", folder / "signature")
    return program("pkcs11-tool", *slot, "--sign", "-m", "SHA256-RSA-PKCS", *files, code=code).stderr


def verified_by_openssl(program: Program, der: bytes, folder: Path) -> str:
    key = x509.load_der_x509_certificate(der).public_key()
    (folder / "key.pem").write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    check = ("-verify", folder / "key.pem", "-signature", folder / "signature", folder / "data")
    return program("openssl", "dgst", "-sha256", *check).stdout


@pytest.mark.usefixtures("on_reader")
def test_the_card_is_known_as_jpki(program: Program) -> None:
    assert program("opensc-tool", "-n").stdout.strip() == "jpki"
    assert program("opensc-tool", "-a").stdout.strip() == "3b:e0:00:ff:81:31:fe:45:14"


@pytest.mark.usefixtures("on_reader")
def test_a_dump_shows_pins_keys_and_certificates(program: Program) -> None:
    dumped = program("pkcs15-tool", "--dump").stdout
    assert tries(program) == {"01": 3, "02": 5}
    for shown in (
        "PKCS#15 Card [JPKI]",
        "PIN [User Authentication PIN]",
        "PIN [Digital Signature PIN]",
        "Private RSA Key [User Authentication Key]",
        "Private RSA Key [Digital Signature Key]",
        "X.509 Certificate [User Authentication Certificate]",
        "X.509 Certificate [Digital Signature Certificate]",
        "X.509 Certificate [User Authentication Certificate CA]",
        "X.509 Certificate [Digital Signature Certificate CA]",
    ):
        assert shown in dumped


@pytest.mark.parametrize("usage", ["auth", "sign"])
def test_certificates_are_those_that_were_issued_byte_for_byte(
    drawer: Drawer, on_reader: Person, program: Program, usage: str
) -> None:
    password = ("--verify-pin", "--auth-id", "02", "--pin", on_reader.sign_password) if usage == "sign" else ()
    for name, wanted in ((usage, issued(drawer, on_reader, usage)), (f"{usage}-ca", root(drawer, usage))):
        given = program("pkcs15-tool", "--read-certificate", IDS[name], *password).stdout
        assert x509.load_pem_x509_certificate(given.encode()).public_bytes(Encoding.DER) == wanted


def root(drawer: Drawer, usage: str) -> bytes:
    pem = (drawer.data / "trust" / f"{usage}-1.pem").read_bytes()
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


@pytest.mark.usefixtures("on_reader")
def test_the_signature_certificate_stays_closed_without_its_password(program: Program) -> None:
    ran = program("pkcs15-tool", "--read-certificate", IDS["sign"], code=None)
    assert ran.returncode != 0
    assert "BEGIN" not in ran.stdout


def test_pkcs11_lists_what_each_token_holds(drawer: Drawer, on_reader: Person, program: Program) -> None:
    openly = program("pkcs11-tool", "-O").stdout
    assert "User Authentication Certificate" in openly
    assert "Digital Signature Certificate\n" not in openly
    logged_in = program("pkcs11-tool", "--slot-index", "1", "--login", "--pin", on_reader.sign_password, "-O").stdout
    serial = x509.load_der_x509_certificate(issued(drawer, on_reader, "sign")).serial_number
    assert "Private Key Object" in logged_in
    assert f"serial:     {serial:02X}" in logged_in


@pytest.mark.parametrize("usage", ["auth", "sign"])
def test_openssl_verifies_what_pkcs11_signed(
    drawer: Drawer, on_reader: Person, program: Program, tmp_path: Path, usage: str
) -> None:
    sign(program, usage, on_reader.auth_pin if usage == "auth" else on_reader.sign_password, tmp_path)
    assert verified_by_openssl(program, issued(drawer, on_reader, usage), tmp_path).strip() == "Verified OK"


@pytest.mark.parametrize(
    ("switches", "pkcs11_says", "pkcs15_says"),
    [
        ({}, "CKR_GENERAL_ERROR", "Reference data not usable"),
        ({"blocked_status": 0x6983}, "CKR_PIN_LOCKED", "Authentication method blocked"),
    ],
    ids=["as the real card answers", "as ISO 7816-4 has it"],
)
@pytest.mark.parametrize(("usage", "most"), [("auth", 3), ("sign", 5)])
def test_wrong_pins_count_down_and_block(
    drawer: Drawer, virtual_reader: VirtualReader, signers: Iterator[Person], program: Program, tmp_path: Path,
    usage: str, most: int, switches: dict[str, int], pkcs11_says: str, pkcs15_says: str,
) -> None:  # fmt: skip
    person = next(signers)
    wrong, right = ("0000", person.auth_pin) if usage == "auth" else ("WRONG0", person.sign_password)
    assert wrong != right
    with drawer.inserted(virtual_reader, person, **switches):
        for left in range(most - 1, -1, -1):
            assert "CKR_PIN_INCORRECT" in sign(program, usage, wrong, tmp_path, code=1)
            assert tries(program)[IDS[usage]] == left
        assert pkcs11_says in sign(program, usage, right, tmp_path, code=1)
        ran = program("pkcs15-tool", "--verify-pin", "--auth-id", IDS[usage], "--pin", right, code=None)
        assert pkcs15_says in ran.stderr
        assert not (tmp_path / "signature").exists()
    with drawer.inserted(virtual_reader, person):
        assert tries(program)[IDS[usage]] == 0


def test_a_right_pin_gives_the_tries_back(
    drawer: Drawer, virtual_reader: VirtualReader, signers: Iterator[Person], program: Program, tmp_path: Path
) -> None:
    person = next(signers)
    with drawer.inserted(virtual_reader, person):
        sign(program, "auth", "0000", tmp_path, code=1)
        assert tries(program)["01"] == 2
        sign(program, "auth", person.auth_pin, tmp_path)
        assert tries(program)["01"] == 3
