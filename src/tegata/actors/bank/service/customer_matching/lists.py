"""The lists that customers are matched with: found, each checked on its own, and streamed as Arrow columns.

1. the files: named ones, and all ``*.crl``, ``*.der`` and ``*.pem`` of a directory       else match-no-lists
2. each is checked as a list from elsewhere is: issuer, signature, form, time, scope      else crl-not-used
3. all are of one issuer's name: serial numbers count for one issuer only             else match-several-authorities

A list of the whole scope and lists of municipalities may stand side by side. A directory's lists of revoked authorities
(ARL) are passed over, as no customer has such a certificate; one that was named by itself is not. One list that is not
good stops all: a result without it would hold customers for unrevoked whose revocation it has.
"""

import base64
import resource
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import pyarrow as pa
from cryptography import x509

from tegata.actors.bank.service.customer_matching import arrow, problems, verdicts
from tegata.actors.bank.service.customer_matching.keys import KEY, KEY_TYPES, VERDICT, Form, keys_of
from tegata.pki.crl import ANY_PARTITION, CrlFile, CrlRefused, verify_crl_file
from tegata.pki.profiles import Usage
from tegata.wire.problems import Refused

SUFFIXES = frozenset({".crl", ".der", ".pem"})
OTHER_FILES = 256
PEM_MARK = b"-----BEGIN X509 CRL-----"
PEM_END = "-----END X509 CRL-----"


class ListFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a report says of a list; ``partition`` is empty for the list of the whole scope."""

    file: str
    number: str
    this_update: datetime
    next_update: datetime
    partition: str
    entries: int


@dataclass(frozen=True)
class Lists:
    """Checked lists of one issuer, the newest first: a list's place is its rank in a verdict."""

    files: tuple[CrlFile, ...]
    facts: tuple[ListFacts, ...]
    passed_over: int

    @property
    def numbers(self) -> list[int]:
        """CRL numbers by rank."""
        return [file.facts.number for file in self.files]

    @property
    def entries(self) -> int:
        """Entries of all lists together."""
        return sum(facts.entries for facts in self.facts)

    def batches(self, form: Form, told: Callable[[int], None]) -> pa.RecordBatchReader:
        """All entries as ``key`` (of the form) and ``verdict``; ``told`` hears how many were read."""
        schema = pa.schema([(KEY, KEY_TYPES[form]), (VERDICT, pa.int64())])
        return pa.RecordBatchReader.from_batches(schema, self._batches(schema, form, told))

    def _batches(self, schema: pa.Schema, form: Form, told: Callable[[int], None]) -> Iterator[pa.RecordBatch]:
        for rank, file in enumerate(self.files):
            for chunk in file.chunks():
                for keys, entries in keys_of(chunk, form):
                    packed = verdicts.pack(entries.revoked_at, rank, entries.reasons)
                    yield pa.record_batch([keys, arrow.of_integers(packed, pa.int64())], schema=schema)
                told(len(chunk))


@dataclass(frozen=True)
class Found:
    """A file that should be a list; ``named``: by itself, not by its directory."""

    path: Path
    named: bool


def find(given: Sequence[Path]) -> list[Found]:
    """Step 1, in order of name, each file once. Raises ``Refused`` (match-no-lists)."""
    found = dict[Path, Found]()
    for path in given:
        inside = _lists_of(path) if path.is_dir() else [path]
        if not inside or not all(one.is_file() for one in inside):
            raise Refused(problems.NO_LISTS, {"crl": str(path)})
        found |= {one: Found(one, not path.is_dir()) for one in inside}
    if not 0 < len(found) < verdicts.MOST_LISTS:
        raise Refused(problems.NO_LISTS, {"files": len(found)})
    return list(found.values())


def _lists_of(directory: Path) -> list[Path]:
    return sorted(path for path in directory.iterdir() if path.suffix.lower() in SUFFIXES)


def check(
    found: Sequence[Found],
    roots: dict[Usage, Sequence[x509.Certificate]],
    *,
    usage: Usage | None,
    at: datetime,
    workspace: Path,
    stack: ExitStack,
    told: Callable[[int], None],
) -> Lists:
    """Steps 2 and 3. With ``usage`` the lists of the other usage's authority are passed over; all others must be good.

    ``told`` hears of each list; the lists' entries lie in files that ``stack`` closes. Raises ``Refused``: crl-not-used
    (with file and cause), match-several-authorities, match-no-lists, match-out-of-memory.
    """
    trusted = [root for some in roots.values() for root in some]
    _allow_open_files(len(found))
    checked = list[tuple[Path, CrlFile]]()
    for number, one in enumerate(found):
        file = _checked(one, trusted, at, workspace / f"list-{number}.der")
        if file is not None:
            checked.append((one.path, stack.enter_context(file)))
        told(1)
    wanted = [each for each in checked if usage is None or each[1].facts.issuer in _names(roots.get(usage, ()))]
    issuers = {file.facts.issuer for _, file in wanted}
    if len(issuers) > 1:
        raise Refused(problems.SEVERAL_AUTHORITIES, {"issuers": sorted(name.rfc4514_string() for name in issuers)})
    if not wanted:
        raise Refused(problems.NO_LISTS, {"usage": usage, "passed_over": len(found)})
    wanted.sort(key=lambda each: (-each[1].facts.number, str(each[0])))
    facts = tuple(_facts_of(path, file) for path, file in wanted)
    return Lists(tuple(file for _, file in wanted), facts, len(found) - len(wanted))


def _names(roots: Sequence[x509.Certificate]) -> set[x509.Name]:
    return {root.subject for root in roots}


def _checked(one: Found, trusted: Sequence[x509.Certificate], at: datetime, unarmoured: Path) -> CrlFile | None:
    """A list that is good; None for a directory's ARL, which is a good list as well."""
    try:
        der = _in_der(one.path, unarmoured)
        return verify_crl_file(der, trusted, at=at, partition=ANY_PARTITION, folder=unarmoured.parent)
    except CrlRefused as refused:
        # Of a list of any partition this refusal, the last of all, says that it is for authorities.
        if refused.code == "wrong-partition" and not one.named:
            return None
        raise Refused(problems.CRL_NOT_USED, {"file": one.path.name, "cause": refused.code}) from refused
    except OSError as error:
        raise Refused(problems.OUT_OF_MEMORY, {"cause": error.strerror}) from error


def _allow_open_files(lists: int) -> None:
    """Each list's entries are an open file, and a country has more municipalities than a process usually may open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = lists + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
        )


def _in_der(path: Path, unarmoured: Path) -> Path:
    """The file itself, or what its PEM armour holds in a file of its own."""
    with path.open("rb") as file:
        if file.read(len(PEM_MARK)) != PEM_MARK:
            return path
        text = (PEM_MARK + file.read()).decode("ascii", "replace").strip()
    if text.count(PEM_END) != 1:
        raise CrlRefused(
            "truncated" if PEM_END not in text else "malformed", "PEM without its end, or of several lists"
        )
    try:
        body = text.removeprefix(PEM_MARK.decode()).removesuffix(PEM_END)
        unarmoured.write_bytes(base64.b64decode("".join(body.split()), validate=True))
    except ValueError as error:
        raise CrlRefused("malformed", "PEM that is not base64") from error
    return unarmoured


def _facts_of(path: Path, file: CrlFile) -> ListFacts:
    crl = file.facts
    partition = "" if crl.partition is None else crl.partition.rfc4514_string()
    return ListFacts(
        file=path.name, number=str(crl.number), this_update=crl.this_update, next_update=crl.next_update,
        partition=partition, entries=len(file),
    )  # fmt: skip
