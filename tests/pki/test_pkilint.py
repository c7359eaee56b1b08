"""What pkilint finds in our output: no error but those that the JPKI profile forces, each with its reason in a list."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tegata.pki.crl import RevokedEntries
from tegata.pki.ocsp import build_request
from tests.pki.crl_support import PARTITION, USABLE, crl, library_crl
from tests.pki.ocsp_support import (
    GOOD,
    HELD,
    NEVER_ISSUED,
    REVOKED,
    answer,
    ask,
    certificate,
    issuer,
    responder_certificate,
)
from tests.pki.pkilint_support import Kind, findings
from tests.pki.support import AT, auth_certificate, authority, der_of, sign_certificate

DOCUMENTS: dict[str, Callable[[], tuple[Kind, bytes]]] = {
    "sign root": lambda: ("certificate", der_of(authority("sign").certificate)),
    "auth root": lambda: ("certificate", der_of(authority("auth").certificate)),
    "root of the second generation": lambda: ("certificate", der_of(authority("sign", 2).certificate)),
    "sign certificate": lambda: ("certificate", der_of(sign_certificate())),
    "auth certificate": lambda: ("certificate", der_of(auth_certificate())),
    "sign certificate of a phone": lambda: ("certificate", der_of(sign_certificate(medium="phone"))),
    "auth certificate of a phone": lambda: ("certificate", der_of(auth_certificate(medium="phone"))),
    "OCSP responder's certificate": lambda: ("certificate", der_of(responder_certificate())),
    "CRL of a municipality": lambda: ("crl", crl(partition=PARTITION)),
    "whole CRL": lambda: ("crl", crl((serial, AT, reason) for serial, reason in enumerate(USABLE, 1))),
    "empty CRL": lambda: ("crl", crl([])),
    "ARL": lambda: ("arl", crl([], only="authority")),
    "OCSP good": lambda: ("ocsp", answer(ask(GOOD, b"n" * 32))),
    "OCSP revoked": lambda: ("ocsp", answer(ask(REVOKED))),
    "OCSP on hold": lambda: ("ocsp", answer(ask(HELD))),
    "OCSP unknown": lambda: ("ocsp", answer(ask(NEVER_ISSUED))),
    "OCSP several": lambda: ("ocsp", answer(build_request([certificate(GOOD), certificate(HELD)], issuer()))),
}

PAGE = Path("docs/pkilint.md")


class Known(NamedTuple):
    """A finding that stays."""

    code: str
    extension: str
    documents: tuple[str, ...]
    reason: str


def _known() -> list[Known]:
    listed = tomllib.loads((Path(__file__).parent / "pkilint.toml").read_text(encoding="utf-8"))["finding"]
    return [Known(each["code"], each["extension"], tuple(each["documents"]), each["reason"]) for each in listed]


def _errors(kind: Kind, data: bytes) -> list[tuple[str, str | None]]:
    """Code and extension of every error."""
    return [(each.code, each.extension) for each in findings(kind, data) if each.is_error]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_there_are_no_errors_but_the_listed_ones(name: str) -> None:
    listed = [(each.code, each.extension) for each in _known() if name in each.documents]
    assert _errors(*DOCUMENTS[name]()) == listed


def test_an_error_would_be_found() -> None:
    """The linters do look: a list without extensions, a negative serial, a nonce that is not wrapped."""
    nonce = b"n" * 32
    broken: list[tuple[Kind, bytes]] = [
        ("crl", library_crl(RevokedEntries.empty(), extensions=[])),
        ("certificate", der_of(responder_certificate()).replace(b"\x02\x01\x09", b"\x02\x01\xf7", 1)),
        ("ocsp", answer(ask(nonce=nonce)).replace(b"\x04\x20" + nonce, b"\x05\x20" + nonce)),
    ]
    assert [{code for code, _ in _errors(*each)} for each in broken] == [
        {"pkix.authority_key_identifier_missing", "pkix.crl_number_missing"},
        {"pkix.certificate_serial_number_out_of_range"},
        {"itu.invalid_asn1_syntax"},
    ]


def test_the_page_lists_each_with_its_reason() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for each in _known():
        assert f"| `{each.code}` | {each.extension} | {', '.join(each.documents)} | {each.reason} |" in page
    assert page.count("\n| `") == len(_known())
