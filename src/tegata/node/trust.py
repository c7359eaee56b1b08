"""What a relying actor trusts, and its question about one certificate (FI-02, FI-05).

The trust directory of the settings holds the roots as ``sign-1.pem``, ``auth-2.pem`` (usage and generation), and
``crldp.toml``: a table ``[names]`` from a distribution point's name (RFC 4514) to the URL of its CRL, since JPKI's
distribution points are names without an address.
"""

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from tegata.node.node import Node
from tegata.node.settings import SettingsError
from tegata.node.trust_directory import read_root, root_files
from tegata.pki.ocsp import OcspAnswer, OcspRefused, Unknown, build_request, check_responses
from tegata.pki.ocsp.request import MOST_CERTIFICATES
from tegata.pki.profiles import Usage
from tegata.pki.validation import ByOcsp, Trust, Validator
from tegata.wire.problems import Refused, problem
from tegata.wire.revocation import OCSP

NAMES_FILE = "crldp.toml"
NONCE_BYTES = 16

NO_TRUST = problem(
    "no-trusted-root",
    503,
    ja="信頼するルート証明書が設定されていません。",
    en="No trusted root certificate is configured.",
    do_ja="信頼設定のフォルダーにルート証明書を置いてください。",
    do_en="Put the root certificates into the trust directory.",
)
OCSP_NOT_BELIEVED = problem(
    "ocsp-not-believed",
    502,
    ja="OCSP の応答を信頼できませんでした。",
    en="The OCSP response could not be believed.",
    do_ja="応答者の証明書と時刻を確かめてください。",
    do_en="Check the responder's certificate and the time.",
)


def roots(node: Node, usage: Usage) -> Sequence[x509.Certificate]:
    """The trusted roots of a usage, the oldest generation first. Raises ``Refused`` (no-trusted-root)."""
    files = root_files(node.settings.trust_directory, usage)
    stamp = [(file.name, file.stat().st_mtime_ns) for file in files]
    kept = node.state.get(f"trust {usage}")
    if kept is None or kept[0] != stamp:
        kept = node.state[f"trust {usage}"] = (stamp, [read_root(file) for file in files])
    if not kept[1]:
        raise Refused(NO_TRUST, {"usage": usage})
    certificates: list[x509.Certificate] = kept[1]
    return certificates


def validator(node: Node, usage: Usage) -> Validator:
    """The door of validation for one usage, by the trust settings as they are now."""
    return Validator(Trust(roots=roots(node, usage), crldp=_NamesWhenAsked(node)))


def distribution_points(node: Node) -> Mapping[x509.Name, str]:
    """Where the CRL of each distribution point's name is found; empty without a file. Raises ``SettingsError``."""
    file = node.settings.trust_directory / NAMES_FILE
    if not file.exists():
        return {}
    stamp = file.stat().st_mtime_ns
    kept = node.state.get("trust names")
    if kept is None or kept[0] != stamp:
        kept = node.state["trust names"] = (stamp, _read_names(file))
    names: Mapping[x509.Name, str] = kept[1]
    return names


class _NamesWhenAsked(Mapping[x509.Name, str]):
    """The map of distribution points, read at the first look-up: thousands of names take their time to parse."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def __getitem__(self, name: x509.Name) -> str:
        return distribution_points(self._node)[name]

    def __iter__(self) -> Iterator[x509.Name]:
        return iter(distribution_points(self._node))

    def __len__(self) -> int:
        return len(distribution_points(self._node))


def ask_ocsp(node: Node, usage: Usage, serials: Collection[int]) -> dict[int, OcspAnswer]:
    """The states of serial numbers, whichever generation issued them (FI-05).

    Raises ``Refused``: peer-unavailable, no-trusted-root, or ocsp-not-believed.
    """
    answers: dict[int, OcspAnswer] = {}
    for issuer in reversed(roots(node, usage)):
        open_ones = [each for each in serials if each not in answers or isinstance(answers[each].status, Unknown)]
        for start in range(0, len(open_ones), MOST_CERTIFICATES):
            some = open_ones[start : start + MOST_CERTIFICATES]
            answers |= dict(zip(some, _ask_issuer(node, usage, issuer, some), strict=True))
    return answers


def _ask_issuer(node: Node, usage: Usage, issuer: x509.Certificate, serials: Sequence[int]) -> list[OcspAnswer]:
    request = build_request(serials, issuer, secrets.token_bytes(NONCE_BYTES))
    response = node.fetch(OCSP, request, path={"usage": usage}).body
    try:
        return check_responses(response, request, issuer, at=node.clock.now())
    except OcspRefused as refused:
        raise Refused(OCSP_NOT_BELIEVED, {"cause": refused.code}) from refused


def by_ocsp(node: Node, usage: Usage, certificate: x509.Certificate) -> ByOcsp:
    """What a validation of this certificate needs to know of its revocation, asked now.

    For a certificate of no trusted root nothing is asked: validation refuses it for that. Raises as :func:`ask_ocsp`.
    """
    issuer = issuer_of(node, usage, certificate)
    if issuer is None:
        return ByOcsp(b"")
    return ByOcsp(node.fetch(OCSP, build_request(certificate, issuer), path={"usage": usage}).body)


def issuer_of(node: Node, usage: Usage, certificate: x509.Certificate) -> x509.Certificate | None:
    """The trusted root whose key signed a certificate; None where none did. Raises ``Refused`` (no-trusted-root)."""
    return next((root for root in roots(node, usage) if _issued(root, certificate)), None)


def _read_names(file: Path) -> dict[x509.Name, str]:
    try:
        tree = msgspec.toml.decode(file.read_bytes(), type=dict[str, dict[str, str]])
        return {x509.Name.from_rfc4514_string(name): url for name, url in tree.get("names", {}).items()}
    except (msgspec.DecodeError, ValueError) as error:
        raise SettingsError(f"{file}: {error}") from error


def _issued(root: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(root)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
