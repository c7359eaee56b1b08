"""From a CRL in a file to what it lists, its signature verified: all columns for us, what each peer can for the peers.

``cryptography`` gives the serials only; OpenSSL and the JDK print the whole list as text, and the command of the JDK
verifies no signature. All have the list in memory. What the answers have in common, the number of entries, is compared.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from cryptography import x509

from benchmarks.crl_lists import NOW, ListFile, mixed, uniform, write_list
from benchmarks.result import Case, Result, Runs
from benchmarks.sides import Side, alternate, python_side
from tegata.pki.crl import verify_crl_file

UNIT = "s"
SIZE = 5_000_000
MORE_IS_BETTER = False

TEGATA = "Tegata"
LIBRARY = "cryptography (serials only)"
JDK = "JDK keytool -printcrl"
JDK_HEAP = "-J-Xmx8g"
ALONE_ABOVE = 10_000_000
"""From here on the peers have no room for it."""


def run(size: int, rounds: int, tell: Callable[[str], None]) -> Result:
    """Read a list of ``size`` entries of one shape, and one of mixed shapes."""
    with tempfile.TemporaryDirectory(prefix="tegata-bench-") as name:
        tell(f"writing two lists of {size:,} entries")
        files = write_list(Path(name), "uniform", uniform(size))
        others = write_list(Path(name), "mixed", mixed(size))
        with_peers = size <= ALONE_ABOVE
        runs = alternate(_sides(files) if with_peers else [_ours(files)], rounds, tell)
        runs |= _jdk(files, size, tell) if with_peers else {}
        shapes = alternate([_ours(others), *([_library(others)] if with_peers else [])], rounds, tell)
    peers = {LIBRARY: shapes[LIBRARY].seconds} if with_peers else {}
    case = Case(ours=shapes[TEGATA].seconds, peers=peers)
    notes = [
        f"{LIBRARY}, OpenSSL and the JDK have the whole list in memory; times and reasons are not read by the first",
        "the times of OpenSSL and the JDK include the start of the process and the counting of the lines they print",
        "mixed shapes: serials of 3 to 20 octets, with and without reason, times before and after 2050",
    ]
    return Result.of_seconds(size, runs.pop(TEGATA), runs, cases={"mixed shapes": case}, notes=notes)


def _sides(files: ListFile) -> list[Side]:
    crl, authority = files.crl, files.authority
    openssl = f"openssl crl -inform DER -in {crl} -CAfile {authority} -verify -noout -text"
    return [_ours(files), _library(files), _printing("openssl crl -verify -text", openssl, "Serial Number:", crl)]


def _jdk(files: ListFile, size: int, tell: Callable[[str], None]) -> dict[str, Runs]:
    """The JDK's turn; nothing where it is not there, or its heap is too small for the list."""
    if shutil.which("keytool") is None:
        tell(f"{JDK} is left out: keytool is not there")
        return {}
    command = f"keytool {JDK_HEAP} -J-Duser.language=en -printcrl -file {files.crl}"
    side = _printing(JDK, command, "SerialNumber:", files.crl)
    runs = alternate([side], 1, tell)
    if side.answer() != size:
        tell(f"{JDK} is left out: it came to {side.answer()} entries with {JDK_HEAP}")
        return {}
    return runs


def _ours(files: ListFile) -> Side:
    return python_side(TEGATA, "benchmarks.bench_crl_read:columns", files.crl, files.authority)


def _library(files: ListFile) -> Side:
    return python_side(LIBRARY, "benchmarks.bench_crl_read:serials", files.crl, files.authority, rounds=1)


def _printing(name: str, command: str, line: str, crl: Path) -> Side:
    """A command that prints an entry's ``line``; they are counted as they come, since they take a gigabyte."""
    count = crl.with_name(f"{line.partition(':')[0]}.count".replace(" ", "-"))
    shell = ["sh", "-c", f"{command} 2> /dev/null | grep -c '{line}' > {count} || true"]
    return Side(name, shell, answer=lambda: int(count.read_text(encoding="ascii")), rounds=1)


def columns(crl: str, authority: str) -> Callable[[], int]:
    """Serials, times and reasons of all entries."""
    trusted = _certificate(authority)

    def work() -> int:
        with verify_crl_file(Path(crl), trusted, at=NOW) as listed:
            return sum(len(chunk.serials) + len(chunk.wide_table.serials) for chunk in listed.chunks())

    return work


def serials(crl: str, authority: str) -> Callable[[], int]:
    """The serials of all entries, by ``cryptography``."""
    trusted = _certificate(authority)

    def work() -> int:
        listed = x509.load_der_x509_crl(Path(crl).read_bytes())
        # A certificate may have kinds of keys that sign no list.
        if not any(listed.is_signature_valid(each.public_key()) for each in trusted):  # type: ignore[arg-type]
            raise ValueError("the signature is not good")
        return sum(each.serial_number > 0 for each in listed)

    return work


def _certificate(path: str) -> Iterable[x509.Certificate]:
    return x509.load_pem_x509_certificates(Path(path).read_bytes())
