"""Every test of NIST's PKITS against the one door of validation, and against its shortcut for two levels."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from tegata.pki.certificates import CertificateRefused, load_certificate
from tegata.pki.crl import CrlRefused, RevocationList, verify_crl
from tegata.pki.validation import (
    ANY_POLICY,
    ByCrl,
    ByRevocationData,
    Revocation,
    Trust,
    UnsuitableRoot,
    Validator,
    unsafe_no_revocation_check,
)
from tests.pki.validation import pkits
from tests.pki.validation.pkits import Case

AT = datetime(2011, 4, 15, tzinfo=UTC)
"""A day on which the suite's certificates and lists are meant to be used."""

ACCEPT_ALL = {"sign": frozenset({ANY_POLICY})}
DOCUMENT = Path(__file__).parents[3] / "docs" / "pkits.md"
CASES = pkits.cases()

UNSUPPORTED = {"4.1.4": "weak-algorithm", "4.1.5": "malformed"}
"""Valid tests that we refuse, and with what: DSA over SHA-1, and a DSA key without its parameters."""


def outcome(certificate: str, trust: Trust, revocation: Revocation) -> str | None:
    """None where the door accepts, else the code of its refusal."""
    try:
        end_entity = load_certificate(pkits.certificate_files()[certificate])
        Validator(trust).validate(end_entity, usage="sign", at=AT, revocation=revocation)
    except CertificateRefused as refused:
        return refused.code
    return None


def root() -> x509.Certificate:
    return load_certificate(pkits.certificate_files()["TrustAnchorRootCertificate"])


@pytest.mark.parametrize("name", [name for name, _ in CASES])
def test_pkits(name: str) -> None:
    case = dict(CASES)[name]
    authorities, lists = pkits.directory(case.certificate)
    accepted = frozenset(f"{pkits.POLICY_ARC}.{number}" for number in case.policies) or ACCEPT_ALL["sign"]
    trust = Trust([root()], policies={"sign": accepted}, intermediates=authorities)
    code = outcome(case.certificate, trust, ByRevocationData(lists))
    assert code == case.code
    assert (code is None) == case.valid or UNSUPPORTED.get(name) == code


def test_the_table_has_every_end_entity_of_the_suite_and_every_number_once() -> None:
    listed = {case.certificate for _, case in CASES}
    assert listed == {name for name in pkits.certificate_files() if name.endswith("EE")}
    for section in pkits.sections():
        numbers = sorted({case.number for case in section.tests})
        assert numbers == list(range(1, len(numbers) + 1)), section.number
    assert len({name for name, _ in CASES}) == len(CASES)


def test_the_table_agrees_with_what_the_files_call_themselves() -> None:
    for name, case in CASES:
        number = re.search(r"Test(\d+)EE$", case.certificate)
        assert number is not None
        assert int(number[1]) == case.number, name
        if case.certificate.startswith("Invalid"):
            assert not case.valid, name


def test_nothing_invalid_is_accepted_and_what_is_unsupported_is_listed_with_its_reason() -> None:
    assert [name for name, case in CASES if not case.valid and case.code is None] == []
    refused = {name: case.code for name, case in CASES if case.valid and case.code is not None}
    assert refused == UNSUPPORTED
    text = DOCUMENT.read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| (4\.\d+\.\d+) \| .* \| `([a-z-]+)` \|", text, flags=re.MULTILINE))
    assert listed == UNSUPPORTED


def issuers_of(certificate: str) -> list[x509.Certificate]:
    authorities, _ = pkits.directory(certificate)
    try:
        issuer = load_certificate(pkits.certificate_files()[certificate]).issuer
    except CertificateRefused:
        return []
    return [authority for authority in [*authorities, root()] if authority.subject == issuer]


def readable_lists(lists: list[bytes], issuers: list[x509.Certificate]) -> list[RevocationList]:
    """Those that the reader for bulk use accepts, for any of their partitions."""
    found = []
    for data in lists:
        try:
            point = x509.load_der_x509_crl(data).extensions.get_extension_for_class(x509.IssuingDistributionPoint)
            names = point.value.full_name or []
            partition = names[0].value if len(names) == 1 and isinstance(names[0], x509.DirectoryName) else None
        except (x509.ExtensionNotFound, ValueError):
            partition = None
        try:
            found.append(verify_crl(data, issuers, at=AT, partition=partition))
        except CrlRefused:
            continue
    return found


FAULT_ABOVE = {"4.4.2"}
"""Invalid because the issuing authority is revoked, which can not show when that authority is itself the root."""

OWN_SECTIONS = ("4.1", "4.2", "4.4", "4.14", "4.15", "4.16")
"""Where the fault of an invalid test lies in the end entity, its signature, its time or its revocation."""


def shortcuts() -> dict[str, tuple[Case, Trust, list[RevocationList]]]:
    """Each end entity whose issuer may itself be a root, so that the path has two levels."""
    found = {}
    for name, case in CASES:
        issuers = issuers_of(case.certificate)
        trust = Trust(issuers, policies=ACCEPT_ALL)
        try:
            Validator(trust)
        except UnsuitableRoot:
            continue
        if issuers and not case.policies:
            _, lists = pkits.directory(case.certificate)
            found[name] = (case, trust, readable_lists(lists, issuers))
    return found


@pytest.fixture(scope="module")
def two_levels() -> dict[str, tuple[Case, Trust, list[RevocationList]]]:
    return shortcuts()


def test_the_shortcut_accepts_no_path_that_the_full_algorithm_refuses(
    two_levels: dict[str, tuple[Case, Trust, list[RevocationList]]],
) -> None:
    both = 0
    for name, (case, trust, _) in two_levels.items():
        if outcome(case.certificate, trust, unsafe_no_revocation_check) is None:
            # A further authority that nothing leads to sends the same question through the full algorithm.
            full = replace(trust, intermediates=[root()])
            assert outcome(case.certificate, full, unsafe_no_revocation_check) is None, name
            both += 1
    assert both > 80


def test_the_shortcut_refuses_what_is_invalid_of_itself(
    two_levels: dict[str, tuple[Case, Trust, list[RevocationList]]],
) -> None:
    codes = {
        name: outcome(case.certificate, trust, ByCrl(*lists))
        for name, (case, trust, lists) in two_levels.items()
        if name.rsplit(".", 1)[0] in OWN_SECTIONS and not case.valid
    }
    assert {name for name, code in codes.items() if code is None} == FAULT_ABOVE
    assert set(codes.values()) >= {"bad-signature", "not-yet-valid", "expired", "revoked"}
    assert len(codes) > 30


def test_the_shortcut_accepts_what_is_valid_with_ordinary_lists(
    two_levels: dict[str, tuple[Case, Trust, list[RevocationList]]],
) -> None:
    accepted = {
        name
        for name, (case, trust, lists) in two_levels.items()
        if case.valid and outcome(case.certificate, trust, ByCrl(*lists)) is None
    }
    assert accepted >= {"4.1.1", "4.2.3", "4.2.4", "4.2.8", "4.4.13", "4.4.16", "4.14.10", "4.16.1"}
