"""Trusted roots from files, and the question about one certificate by OCSP (FI-05)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.node import trust
from tegata.node.clock import ManualClock
from tegata.node.node import Node
from tegata.node.peers import Fetched
from tegata.node.settings import SettingsError
from tegata.pki.certificates import CertificateRefused
from tegata.pki.names import partition_name
from tegata.pki.ocsp import Good, Responder, Revoked, Unknown, parse_request
from tegata.wire.problems import Refused
from tests.node.pair import spec
from tests.pki import ocsp_support
from tests.pki.support import CHIYODA
from tests.support import make_node


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    opened = make_node(spec("alpha"), "", ManualClock(ocsp_support.NOW), data_dir=tmp_path)
    opened.settings.trust_directory.mkdir()
    yield opened
    opened.close()


def _put(node: Node, name: str, content: bytes) -> None:
    (node.settings.trust_directory / name).write_bytes(content)


def _trust(node: Node, *generations: int) -> None:
    for generation in generations:
        _put(node, f"sign-{generation}.pem", ocsp_support.issuer(generation).public_bytes(Encoding.PEM))


def _answers(node: Node, monkeypatch: pytest.MonkeyPatch, by: dict[int, Responder]) -> list[bytes]:
    """Let J-LIS answer as it does; returns the questions that come."""
    asked: list[bytes] = []

    def fetch(_endpoint: Any, request: bytes, **_keywords: Any) -> Fetched:
        asked.append(request)
        wanted = parse_request(request).certificates[0]
        responder = next(one for one in by.values() if one.speaks_for(wanted))
        return Fetched(body=ocsp_support.answer(request, responder), etag="", not_modified=False)

    monkeypatch.setattr(node, "fetch", fetch)
    return asked


def test_roots_are_read_in_order_of_their_generations_and_again_when_they_change(node: Node) -> None:
    with pytest.raises(Refused) as refused:
        trust.roots(node, "sign")
    assert refused.value.code == "no-trusted-root"
    _trust(node, 1)
    assert list(trust.roots(node, "sign")) == [ocsp_support.issuer(1)]
    _trust(node, 2)
    assert list(trust.roots(node, "sign")) == [ocsp_support.issuer(1), ocsp_support.issuer(2)]


@pytest.mark.parametrize(
    "content", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"\x00\xff"]
)
def test_a_broken_root_is_named_by_its_file(node: Node, content: bytes) -> None:
    _put(node, "sign-1.pem", content)
    with pytest.raises(SettingsError, match=r"sign-1\.pem"):
        trust.roots(node, "sign")


def test_the_map_of_distribution_points_is_part_of_the_trust(node: Node) -> None:
    assert trust.distribution_points(node) == {}
    name = partition_name("sign", CHIYODA)
    _put(node, trust.NAMES_FILE, f'[names]\n"{name.rfc4514_string()}" = "http://127.0.0.1/crl"\n'.encode())
    assert trust.distribution_points(node) == {name: "http://127.0.0.1/crl"}
    _trust(node, 1)
    certificate = ocsp_support.certificate()
    validated = trust.validator(node, "sign")
    assert validated.trust.crl_url(certificate) == "http://127.0.0.1/crl"


@pytest.mark.parametrize(
    "content", [b"[names", b'[names]\n"no name" = "x"', b"names = 3", b'[names]\n"C=JP" = 3', b"\xff"]
)
def test_a_broken_map_is_named_by_its_file(node: Node, content: bytes) -> None:
    _put(node, trust.NAMES_FILE, content)
    with pytest.raises(SettingsError, match=trust.NAMES_FILE):
        trust.distribution_points(node)


@pytest.mark.rule("FI-05")
def test_good_revoked_and_unknown_are_told_apart(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    _trust(node, 1)
    asked = _answers(node, monkeypatch, {1: ocsp_support.responder(1)})
    wanted = [ocsp_support.GOOD, ocsp_support.REVOKED, ocsp_support.NEVER_ISSUED]
    answers = trust.ask_ocsp(node, "sign", wanted)
    assert [type(answers[serial].status) for serial in wanted] == [Good, Revoked, Unknown]
    assert len(asked) == 1


def test_an_older_generation_is_asked_for_what_the_newest_does_not_know(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    _trust(node, 1, 2)
    knows_nothing = {1: ocsp_support.responder(1), 2: ocsp_support.responder(2)}
    asked = _answers(node, monkeypatch, knows_nothing)
    answers = trust.ask_ocsp(node, "sign", [ocsp_support.GOOD, ocsp_support.NEVER_ISSUED])
    assert isinstance(answers[ocsp_support.GOOD].status, Good)
    assert isinstance(answers[ocsp_support.NEVER_ISSUED].status, Unknown)
    assert [len(parse_request(request).certificates) for request in asked] == [2, 1]


@pytest.mark.parametrize("body", [b"", b"<html>", b"\x30\x03\x0a\x01\x06"])
def test_an_answer_that_can_not_be_believed_is_refused(
    node: Node, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    _trust(node, 1)
    monkeypatch.setattr(node, "fetch", lambda *_a, **_k: Fetched(body=body, etag="", not_modified=False))
    with pytest.raises(Refused) as refused:
        trust.ask_ocsp(node, "sign", [ocsp_support.GOOD])
    assert refused.value.code == "ocsp-not-believed"


def test_an_answer_to_an_earlier_question_is_refused(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    _trust(node, 1)
    replayed = ocsp_support.answer(ocsp_support.ask(nonce=b"an earlier nonce"))
    monkeypatch.setattr(node, "fetch", lambda *_a, **_k: Fetched(body=replayed, etag="", not_modified=False))
    with pytest.raises(Refused) as refused:
        trust.ask_ocsp(node, "sign", [ocsp_support.GOOD])
    assert refused.value.detail["cause"] == "nonce-mismatch"


def test_a_certificate_is_validated_by_what_ocsp_says_now(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    _trust(node, 2, 1)
    _answers(node, monkeypatch, {1: ocsp_support.responder(1)})
    good, gone = ocsp_support.certificate(ocsp_support.GOOD), ocsp_support.certificate(ocsp_support.REVOKED)
    door = trust.validator(node, "sign")
    door.validate(good, usage="sign", at=ocsp_support.NOW, revocation=trust.by_ocsp(node, "sign", good))
    with pytest.raises(CertificateRefused) as refused:
        door.validate(gone, usage="sign", at=ocsp_support.NOW, revocation=trust.by_ocsp(node, "sign", gone))
    assert refused.value.code == "revoked"


def test_nothing_is_asked_about_a_certificate_of_no_trusted_root(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    _trust(node, 2)
    asked = _answers(node, monkeypatch, {1: ocsp_support.responder(1)})
    stranger = ocsp_support.certificate(generation=1)
    with pytest.raises(CertificateRefused):
        trust.validator(node, "sign").validate(
            stranger, usage="sign", at=ocsp_support.NOW, revocation=trust.by_ocsp(node, "sign", stranger)
        )
    assert asked == []
