"""Card certificates issued from people's data to DER, signature and authentication certificates in turn, RSA-2048."""

import hashlib
import math
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from functools import cache
from itertools import chain, repeat
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from benchmarks.result import Case, Result
from benchmarks.sides import Side, alternate, python_side
from tegata.japan.dates import JST
from tegata.japan.four_attributes import FourAttributes
from tegata.japan.municipalities import Municipality, municipality
from tegata.network.population import generate
from tegata.pki.authority import Authority, AuthorityUrls, validity_end
from tegata.pki.bulk import BulkIssuer
from tegata.pki.certificates import load_certificate
from tegata.pki.keys import SoftwareSigner, check_public_key
from tegata.pki.profiles import USAGES, Usage

UNIT = "certificates/s"
SIZE = 20_000
MORE_IS_BETTER = True

WORKERS = 2
BY_OPENSSL = 200
BY_OPENSSL_ONE_BY_ONE = 50
AT = datetime(2023, 9, 25, 10, tzinfo=JST)
URL = "http://127.0.0.1:8000/jlis/ocsp"
_HERE = "benchmarks.bench_issue"


class Facts(NamedTuple):
    """What one certificate is made of."""

    usage: Usage
    serial: int
    attributes: FourAttributes
    place: Municipality
    start: datetime
    end: datetime
    subject_id: str


def run(size: int, rounds: int, tell: Callable[[str], None]) -> Result:
    """Measure all sides on the same people."""
    with tempfile.TemporaryDirectory() as folder:
        _prepare(Path(folder))
        few, fewer = min(size, BY_OPENSSL), min(size, BY_OPENSSL_ONE_BY_ONE)
        sides = [
            python_side("ours", f"{_HERE}:in_bulk", folder, size),
            python_side("processes", f"{_HERE}:by_processes", folder, size),
            python_side("cryptography builder", f"{_HERE}:by_builder", folder, size),
            python_side("signature only", f"{_HERE}:signatures", folder, size),
            _openssl_ca(Path(folder), few),
            _openssl_one_by_one(Path(folder), fewer),
        ]
        runs = alternate(sides, rounds, tell)
    counts = {"openssl ca -batch": few, "openssl x509 -req": fewer}
    a_second = {name: counts.get(name, size) / each.seconds for name, each in runs.items()}
    peers = ("cryptography builder", *counts)
    return Result(
        unit=UNIT, size=size, ours=a_second["ours"], peers={name: a_second[name] for name in peers},
        peak_mb=runs["ours"].peak_mb, peers_peak_mb={name: runs[name].peak_mb for name in peers},
        cases={
            f"{WORKERS} processes": Case(ours=a_second["processes"]),
            "floor": Case(ours=a_second["ours"], peers={"signature only": a_second["signature only"]}),
        },
        notes=[
            "One thread of one process, but for the case that names its processes.",
            "The builder is cryptography's, with the same names and extensions: its certificates are the same bytes.",
            f"openssl ca signs {few} requests in one process, openssl x509 -req {fewer}, a process each; their"
            " certificates have as many extensions, and the same holder in each.",
        ],
    )  # fmt: skip


def in_bulk(folder: str, size: str) -> Callable[[], str]:
    """By :class:`BulkIssuer`."""
    facts, public, roots = _facts(int(size)), _public(folder), _roots(folder)
    issuers = {usage: BulkIssuer(roots[usage]) for usage in USAGES}
    return lambda: _digest(_issue(issuers[one.usage], public, one) for one in facts)


def by_processes(folder: str, size: str) -> Callable[[], str]:
    """The same, shared out to processes that have been started."""
    facts = _facts(int(size))
    pool = ProcessPoolExecutor(WORKERS)
    list(pool.map(_part, repeat(folder), [facts[:2]] * WORKERS))
    length = math.ceil(len(facts) / (4 * WORKERS))
    parts = [facts[start : start + length] for start in range(0, len(facts), length)]
    return lambda: _digest(chain.from_iterable(pool.map(_part, repeat(folder), parts)))


def by_builder(folder: str, size: str) -> Callable[[], str]:
    """By cryptography's builder, a certificate at a time."""
    facts, roots = _facts(int(size)), _roots(folder)
    key = check_public_key(load_der_public_key(_public(folder)))

    def build() -> Iterator[bytes]:
        for usage, serial, attributes, place, start, end, name in facts:
            made = (
                roots[usage].issue_sign(serial, key, attributes, place, start, end, name)
                if usage == "sign"
                else roots[usage].issue_auth(serial, key, place, start, end, name)
            )
            yield made.public_bytes(Encoding.DER)

    return lambda: _digest(build())


def signatures(folder: str, size: str) -> Callable[[], None]:
    """The floor: as many signatures, over as many bytes as a certificate has."""
    signer, tbs = _roots(folder)["sign"].signer, bytes(1200)

    def work() -> None:
        for _ in range(int(size)):
            signer.sign(tbs)

    return work


def _part(folder: str, facts: Sequence[Facts]) -> list[bytes]:
    issuers, public = _issuers(folder), _public(folder)
    return [_issue(issuers[one.usage], public, one) for one in facts]


@cache
def _issuers(folder: str) -> dict[Usage, BulkIssuer]:
    return {usage: BulkIssuer(root) for usage, root in _roots(folder).items()}


def _issue(issuer: BulkIssuer, public: bytes, one: Facts) -> bytes:
    attributes = one.attributes if one.usage == "sign" else None
    return issuer.issue(one.serial, public, one.place, one.start, one.end, one.subject_id, attributes)


def _digest(certificates: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for each in certificates:
        digest.update(each)
    return digest.hexdigest()


def _facts(size: int) -> list[Facts]:
    people = generate(1, (size + 1) // 2)
    found = []
    for number, person in enumerate(people, 1):
        start = AT - timedelta(days=number % 1000, seconds=number % 3600)
        end, place = validity_end(person.attributes.birth_date, start), municipality(person.municipality_code)
        name = f"{number:014}{place.code5}{number % 1000:03}A"
        found += [Facts(usage, number, person.attributes, place, start, end, name) for usage in USAGES]
    return found[:size]


def _prepare(folder: Path) -> None:
    """Two roots, a holder's key, and what openssl is given."""
    for usage in USAGES:
        root = Authority.create(usage, SoftwareSigner.generate_rsa(), at=AT.replace(year=2019), urls=AuthorityUrls(URL))
        assert isinstance(root.signer, SoftwareSigner)
        (folder / f"{usage}.key").write_bytes(root.signer.to_pem())
        (folder / f"{usage}.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))
    holder = SoftwareSigner.generate_rsa()
    (folder / "holder.key").write_bytes(holder.to_pem())
    public = holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    (folder / "holder.spki").write_bytes(public)
    (folder / "openssl.cnf").write_text(_CONFIGURATION, encoding="utf-8")
    command = ["openssl", "req", "-new", "-utf8", "-key", "holder.key", "-subj", "/C=JP/CN=ABCDEFGHIJKLMN13101001A",
               "-out", "holder.csr"]  # fmt: skip
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def _public(folder: str) -> bytes:
    return (Path(folder) / "holder.spki").read_bytes()


def _roots(folder: str) -> dict[Usage, Authority]:
    found: dict[Usage, Authority] = {}
    for usage in USAGES:
        signer = SoftwareSigner.from_pem((Path(folder) / f"{usage}.key").read_bytes())
        certificate = load_certificate((Path(folder) / f"{usage}.pem").read_bytes())
        found[usage] = Authority(usage, certificate, signer, AuthorityUrls(URL))
    return found


def _openssl_ca(folder: Path, count: int) -> Side:
    script = f"""
        rm -rf new index.txt* serial*; mkdir new; : > index.txt; echo 01 > serial
        exec openssl ca -batch -notext -config openssl.cnf -infiles {" ".join(["holder.csr"] * count)}"""
    return Side("openssl ca -batch", ["sh", "-ec", script], cwd=folder, environment=dict(os.environ))


def _openssl_one_by_one(folder: Path, count: int) -> Side:
    script = f"""
        for number in $(seq {count}); do
            openssl x509 -req -sha256 -in holder.csr -CA sign.pem -CAkey sign.key -set_serial $number -days 1825 \\
                -extfile openssl.cnf -extensions holder -out one.pem
        done"""
    return Side("openssl x509 -req", ["sh", "-ec", script], cwd=folder, environment=dict(os.environ))


_CONFIGURATION = """
[ca]
default_ca = ours
[ours]
database = index.txt
new_certs_dir = new
serial = serial
certificate = sign.pem
private_key = sign.key
default_md = sha256
default_days = 1825
policy = any
unique_subject = no
x509_extensions = holder
[any]
countryName = supplied
commonName = supplied
[holder]
keyUsage = critical, digitalSignature, nonRepudiation
certificatePolicies = critical, 1.3.6.1.4.1.32473.8.5.1.0.20
subjectAltName = @alternative
issuerAltName = issuer:copy
crlDistributionPoints = list
authorityInfoAccess = OCSP;URI:http://127.0.0.1:8000/jlis/ocsp
authorityKeyIdentifier = keyid
subjectKeyIdentifier = hash
[alternative]
otherName.1 = 1.2.392.200149.8.5.5.1;UTF8:手形　太郎
otherName.2 = 1.2.392.200149.8.5.5.4;UTF8:319800217
otherName.3 = 1.2.392.200149.8.5.5.3;UTF8:1
otherName.4 = 1.2.392.200149.8.5.5.5;UTF8:東京都千代田区丸の内１丁目１番１号
otherName.5 = 1.2.392.200149.8.5.5.2;UTF8:00000
otherName.6 = 1.2.392.200149.8.5.5.6;UTF8:00000000000000000
[list]
fullname = dirName:point
[point]
C = JP
O = TEGATA-TEST
OU = CRL Distribution Points
CN = Chiyoda-ku 131016
"""
