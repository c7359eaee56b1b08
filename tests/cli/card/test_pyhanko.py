"""PDFs signed through OpenSC's PKCS#11 module by pyHanko's own command, and by ours.

pyHanko validates them with this network's CRL and OCSP, before and after the certificate is revoked. "Before" rests on
the time that the validator names: the files hold no timestamp, and the time that a signer claims proves nothing. What
was revoked later is known from the newest list, which says since when ("retroactive" to pyHanko). pyHanko's library
judges, since its command checks no revocation once a time is named.
"""

import asyncio
import io
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import typst
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from tegata.actors.citizen.service import insertion
from tegata.cli.card.judging import Responder, lists_of_network
from tegata.network.population import Person
from tests.cli.conftest import Run
from tests.fixtures.pcsc import VirtualReader, opensc_module
from tests.fixtures.whole_network import served
from tests.support import START
from tests.whole import WholeNetwork

SETUP = """\
pkcs11-setups:
  card:
    module-path: {module}
    token-criteria:
      label: "JPKI (Digital Signature PIN)"
    cert-label: "Digital Signature Certificate"
    key-label: "Digital Signature Key"
    user-pin: "{pin}"
"""
PYHANKO = Path(sys.executable).with_name("pyhanko")
TEGATA = Path(sys.executable).with_name("tegata")


def ran(command: Sequence[object], folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """A program's end and words."""
    words = [str(one) for one in command]
    return subprocess.run(words, cwd=folder, input=given, capture_output=True, text=True, timeout=60, check=False)


def pyhanko(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """pyHanko's own command, from this environment."""
    return ran([PYHANKO, *arguments], folder)


@dataclass
class Signed:
    """A network whose signer moved away after signing; files signed by pyHanko's command and by ours.

    ``lists`` and ``responses`` are the CRL and the OCSP response of before the move, and of the next morning.
    """

    folder: Path
    network: WholeNetwork
    certificate: x509.Certificate
    root: x509.Certificate
    before: datetime = START
    after: datetime = START
    lists: dict[str, bytes] = field(default_factory=dict)
    responses: dict[str, bytes] = field(default_factory=dict)

    def file(self, by: str) -> Path:
        return self.folder / f"by-{by}.pdf"

    def keep(self, when: str) -> None:
        [self.lists[when]] = lists_of_network(self.folder / "data")
        self.responses[when] = Responder(self.network.base_url)(self.certificate, self.root)


def write_pdf(file: Path) -> None:
    source = file.with_suffix(".typ")
    source.write_text("#set document(date: none)\n同意書", encoding="utf-8")
    file.write_bytes(typst.compile(str(source)))


@pytest.fixture(scope="module")
def signed(
    network_template: Path, tmp_path_factory: pytest.TempPathFactory, virtual_reader: VirtualReader
) -> Iterator[Signed]:
    folder = Path(tmp_path_factory.mktemp("signed"))
    with served(network_template, folder / "data") as network:
        person = network.holders()[0]
        write_pdf(folder / "plain.pdf")
        sign_both(network, virtual_reader, person, folder)
        made = Signed(folder, network, *signer_of(folder / "by-pyhanko.pdf", folder / "data"))
        made.before = network.now
        made.keep("before")
        network.advance(timedelta(hours=1))
        network.moves(person)
        network.to_next(hour=7, minute=30)
        made.after = network.now
        made.keep("after")
        yield made


def sign_both(network: WholeNetwork, reader: VirtualReader, person: Person, folder: Path) -> None:
    """By pyHanko's command through OpenSC, and by ours through PC/SC."""
    (folder / "pyhanko.yml").write_text(SETUP.format(module=opensc_module(), pin=person.sign_password))
    chosen = insertion.choose(network["citizen"], person.person_id)
    with insertion.laid_out(network["citizen"], chosen) as card, reader.holding(card):
        how = ("--field", "Signature1", "--use-pades", "pkcs11", "--p11-setup", "card")
        assert pyhanko(folder, "sign", "addsig", *how, "plain.pdf", "by-pyhanko.pdf").returncode == 0
        ours = (TEGATA, "card", "sign", "pdf", "plain.pdf", "--out", "by-tegata.pdf", "--pin-stdin")
        assert ran(ours, folder, given=person.sign_password).returncode == 0
        for more in ((), ("--attached",)):
            cms = (TEGATA, "card", "sign", "cms", "plain.pdf", *more, "--pin-stdin")
            assert ran(cms, folder, given=person.sign_password).returncode == 0


def signer_of(file: Path, data: Path) -> tuple[x509.Certificate, x509.Certificate]:
    """The certificate in a signed file, and the root."""
    [one] = PdfFileReader(io.BytesIO(file.read_bytes())).embedded_regular_signatures
    root = x509.load_pem_x509_certificate((data / "trust" / "sign-1.pem").read_bytes())
    return x509.load_der_x509_certificate(one.signer_cert.dump()), root


def judged(signed: Signed, by: str, at: datetime, source: str, *, known: str) -> tuple[bool, str]:
    """pyHanko's judgement by one source of revocation data as it was known then: valid or not, and its words."""
    kept = {"crls": [signed.lists[known]]} if source == "crl" else {"ocsps": [signed.responses[known]]}
    loaded = {
        "crls": [asn1_crl.CertificateList.load(one) for one in kept.get("crls", [])],
        "ocsps": [asn1_ocsp.OCSPResponse.load(one) for one in kept.get("ocsps", [])],
    }
    root = asn1_x509.Certificate.load(signed.root.public_bytes(Encoding.DER))
    context = ValidationContext(
        trust_roots=[root], moment=at, allow_fetching=False, revocation_mode="require",
        retroactive_revinfo=known == "after" and at == signed.before, **loaded,
    )  # fmt: skip
    [one] = PdfFileReader(io.BytesIO(signed.file(by).read_bytes())).embedded_regular_signatures
    status = asyncio.run(async_validate_pdf_signature(one, context))
    assert status.intact
    assert status.valid
    return status.bottom_line, status.pretty_print_details()


BOTH = pytest.mark.parametrize("by", ["pyhanko", "tegata"])


@BOTH
@pytest.mark.parametrize("source", ["crl", "ocsp"])
def test_pyhanko_validates_it_for_a_time_before_and_not_after(signed: Signed, by: str, source: str) -> None:
    assert judged(signed, by, signed.before, source, known="before")[0]
    valid, words = judged(signed, by, signed.after, source, known="after")
    assert not valid
    assert "The signer's certificate is revoked." in words


@BOTH
def test_the_list_of_today_answers_for_the_time_before(signed: Signed, by: str) -> None:
    """It says since when. A response that says the same is no answer to pyHanko: it wants the one of then."""
    assert judged(signed, by, signed.before, "crl", known="after")[0]
    valid, words = judged(signed, by, signed.before, "ocsp", known="after")
    assert not valid
    assert "The signer's certificate is revoked." not in words


@BOTH
@pytest.mark.parametrize("ocsp", ["--ocsp", "--no-ocsp"])
def test_our_command_says_the_same(signed: Signed, run: Run, by: str, ocsp: str) -> None:
    common = (signed.file(by), "--data", signed.folder / "data", "--on", signed.network.base_url, ocsp, "--json")
    before = run("card", "verify", *common, "--at", signed.before.isoformat())
    now = run("card", "verify", *common)
    assert (before.code, now.code) == (0, 1)
    [was], [is_now] = json.loads(before.out), json.loads(now.out)
    sources = {"crl"} | ({"ocsp"} if ocsp == "--ocsp" else set())
    assert {one["source"]: one["says"] for one in was["revocation"]} == dict.fromkeys(sources, "good")
    assert {one["source"]: one["says"] for one in is_now["revocation"]} == dict.fromkeys(sources, "revoked")
    assert was["valid"]
    assert not is_now["valid"]
    assert all(is_now[fact] for fact in ("content", "signature", "whole"))


def test_a_signed_file_that_was_changed_is_not_valid(signed: Signed, run: Run, tmp_path: Path) -> None:
    whole = signed.file("tegata").read_bytes()
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    ran = run(
        "card", "verify", changed, "--data", signed.folder / "data", "--at", signed.before.isoformat(), "--no-ocsp"
    )
    assert ran.code == 1


def test_what_is_added_after_a_signature_is_seen(signed: Signed, run: Run, tmp_path: Path) -> None:
    """An incremental update that puts another page into a signed file."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.writer import PageObject

    writer = IncrementalPdfFileWriter(io.BytesIO(signed.file("tegata").read_bytes()))
    page = PageObject(contents=writer.add_object(generic.StreamObject(stream_data=b"")), media_box=(0, 0, 100, 100))
    writer.insert_page(page)
    added = tmp_path / "added.pdf"
    with added.open("wb") as out:
        writer.write(out)
    common = ("--data", signed.folder / "data", "--at", signed.before.isoformat(), "--no-ocsp", "--json")
    ran = run("card", "verify", added, *common)
    [verdict] = json.loads(ran.out)
    assert ran.code == 1
    assert (verdict["content"], verdict["signature"], verdict["whole"]) == (True, True, False)
    assert verdict["changes"] == "other"


def test_a_cms_signature_is_judged_with_the_file_beside_it(signed: Signed, run: Run, tmp_path: Path) -> None:
    common = ("--data", signed.folder / "data", "--at", signed.before.isoformat(), "--no-ocsp")
    assert run("card", "verify", signed.folder / "plain.pdf.p7s", *common).code == 0
    assert run("card", "verify", signed.folder / "plain.pdf.p7m", *common).code == 0
    alone = tmp_path / "plain.pdf.p7s"
    alone.write_bytes((signed.folder / "plain.pdf.p7s").read_bytes())
    missing = run("card", "verify", alone, *common)
    assert (missing.code, "content-missing" in missing.err) == (1, True)
    assert run("card", "verify", alone, "--content", signed.folder / "plain.pdf", *common).code == 0
    (tmp_path / "plain.pdf").write_bytes(b"something else")
    assert run("card", "verify", alone, *common).code == 1


def test_openssl_verifies_the_cms_signature(signed: Signed) -> None:
    root = signed.folder / "data" / "trust" / "sign-1.pem"
    at = str(int(signed.before.timestamp()))
    told = ran(
        ("openssl", "cms", "-verify", "-inform", "DER", "-in", "plain.pdf.p7s", "-content", "plain.pdf", "-binary",
         "-CAfile", root, "-purpose", "any", "-attime", at, "-out", "verified"),
        signed.folder,
    )  # fmt: skip
    assert (told.returncode, "CMS Verification successful" in told.stderr) == (0, True), told
