"""OCSP: good, revoked and unknown; data 15 minutes old; what was issued since; hostile requests; what openssl says."""

import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as x509_ocsp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tegata.actors.jlis.service import authorities, ocsp
from tegata.pki.ocsp import (
    MALFORMED_REQUEST,
    UNAUTHORIZED,
    Good,
    OcspAnswer,
    Revoked,
    build_request,
    cert_id,
    check_response,
)
from tegata.pki.profiles import Usage
from tests.actors.jlis.world import Resident, World, open_world

QUARTER = timedelta(minutes=15)


def ask(world: World, person: Resident, usage: Usage = "sign", nonce: bytes | None = None) -> OcspAnswer:
    root = authorities.roots(world.node, usage)[0]
    certificate = person.cards[usage]
    der = ocsp.answer(world.node, usage, build_request(certificate, root, nonce)).der
    return check_response(der, certificate, root, at=world.now)


@pytest.mark.rule("FI-05")
@pytest.mark.parametrize("usage", ["sign", "auth"])
def test_good_then_revoked_with_time_and_reason(world: World, usage: Usage) -> None:
    person = world.resident()
    person.gets(usage)
    ocsp.refresh(world.node)
    assert ask(world, person, usage).status == Good()
    at = world.now
    person.happens("death", None)
    world.passes(QUARTER)
    ocsp.refresh(world.node)
    status = ask(world, person, usage).status
    assert isinstance(status, Revoked)
    assert (status.at, status.reason) == (at, "cessationOfOperation")


@pytest.mark.rule("FI-05")
def test_the_data_are_a_snapshot_of_at_most_fifteen_minutes(world: World) -> None:
    person = world.resident()
    person.gets()
    ocsp.refresh(world.node)
    person.moves()
    world.passes(QUARTER - timedelta(seconds=1))
    assert ask(world, person).status == Good()
    world.passes(timedelta(seconds=1))
    answer = ask(world, person)
    assert isinstance(answer.status, Revoked)
    assert answer.this_update == world.now


@pytest.mark.rule("FI-05")
def test_what_was_issued_since_is_known_at_once(world: World) -> None:
    ocsp.refresh(world.node)
    person = world.resident()
    person.gets()
    assert ask(world, person).status == Good()


def test_what_was_never_issued_is_unknown(world: World) -> None:
    person = world.resident()
    issued = person.gets()
    root = authorities.roots(world.node, "sign")[0]
    ocsp.refresh(world.node)
    for serial in (issued.serial + 1, 2**31, 2**150):
        wanted = cert_id(root, serial)
        request = x509_ocsp.OCSPRequestBuilder().add_certificate_by_hash(
            wanted.issuer_name_hash, wanted.issuer_key_hash, serial, hashes.SHA1()
        )
        der = ocsp.answer(world.node, "sign", request.build().public_bytes(Encoding.DER)).der
        response = x509_ocsp.load_der_ocsp_response(der)
        assert response.certificate_status is x509_ocsp.OCSPCertStatus.UNKNOWN


def test_live_answers_where_the_interval_is_zero(database_url: str, tmp_path: Path) -> None:
    with open_world(database_url, tmp_path, ocsp_minutes=0) as world:
        person = world.resident()
        person.gets()
        assert ask(world, person).status == Good()
        person.moves()
        assert isinstance(ask(world, person).status, Revoked)
        assert ocsp.ready(world.node, "sign", b"") is None


def test_live_answers_renew_their_responder(tmp_path: Path) -> None:
    with open_world("", tmp_path, ocsp_minutes=0) as world:
        person = world.resident()
        person.gets()
        ask(world, person)
        world.passes(timedelta(days=40))
        assert ask(world, person).status == Good()


def test_a_live_responder_knows_the_generation(database_url: str, tmp_path: Path) -> None:
    with open_world(database_url, tmp_path, ocsp_minutes=0) as world:
        person = world.resident()
        person.gets()
        authorities.roll_over(world.node, "sign")
        new = authorities.roots(world.node, "sign")[1]
        der = ocsp.answer(world.node, "sign", build_request(person.cards["sign"], new)).der
        assert x509_ocsp.load_der_ocsp_response(der).certificate_status is x509_ocsp.OCSPCertStatus.UNKNOWN
        assert ask(world, person).status == Good()
        assert ocsp.answer(world.node, "sign", b"\0").der == MALFORMED_REQUEST


def test_from_memory_where_nothing_else_is_needed(world: World) -> None:
    person = world.resident()
    person.gets()
    root = authorities.roots(world.node, "sign")[0]
    request = build_request(person.cards["sign"], root)
    ocsp.refresh(world.node)
    first = ocsp.ready(world.node, "sign", request)
    assert first is not None
    assert ocsp.ready(world.node, "sign", request) == first
    nonced = build_request(person.cards["sign"], root, b"n" * 16)
    one = ocsp.ready(world.node, "sign", nonced)
    assert one is not None
    assert b"n" * 16 in one.der
    world.passes(QUARTER)
    assert ocsp.ready(world.node, "sign", request) is None
    later = world.resident()
    later.gets()
    ocsp.refresh(world.node)
    newest = world.resident()
    newest.gets()
    assert ocsp.ready(world.node, "sign", build_request(newest.cards["sign"], root)) is None


def test_certificates_of_the_other_authority_are_not_ours(world: World) -> None:
    person = world.resident()
    person.gets("auth")
    root = authorities.roots(world.node, "auth")[0]
    der = ocsp.answer(world.node, "sign", build_request(person.cards["auth"], root)).der
    assert der == UNAUTHORIZED


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer(quick_world: World, request_der: bytes) -> None:
    answered = ocsp.answer(quick_world.node, "sign", request_der)
    status = x509_ocsp.load_der_ocsp_response(answered.der).response_status
    assert status is not x509_ocsp.OCSPResponseStatus.SUCCESSFUL
    assert answered.window is None


@pytest.fixture
def responder(quick_world: World) -> Iterator[str]:
    """The answers of a world over HTTP, for a program that asks by POST."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            der = ocsp.answer(quick_world.node, "sign", body).der
            self.send_response(200)
            self.send_header("content-type", "application/ocsp-response")
            self.send_header("content-length", str(len(der)))
            self.end_headers()
            self.wfile.write(der)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.rule("FI-05")
@pytest.mark.parametrize("nonce", ["-nonce", "-no_nonce"])
def test_openssl_believes_the_answers(quick_world: World, responder: str, tmp_path: Path, nonce: str) -> None:
    world = quick_world
    good, revoked = world.resident(), world.resident()
    good.gets()
    revoked.gets()
    revoked.moves()
    world.passes(QUARTER)
    ocsp.refresh(world.node)
    root = tmp_path / "root.pem"
    root.write_bytes(authorities.roots(world.node, "sign")[0].public_bytes(Encoding.PEM))
    for person, status in ((good, ": good"), (revoked, ": revoked")):
        file = tmp_path / "certificate.pem"
        file.write_bytes(person.cards["sign"].public_bytes(Encoding.PEM))
        done = subprocess.run(
            ["openssl", "ocsp", "-issuer", root, "-CAfile", root, "-cert", file, "-url", responder, nonce, *_at(world)],
            capture_output=True, text=True, check=True, timeout=20,
        )  # fmt: skip
        assert "Response verify OK" in done.stderr
        assert f"{file}{status}" in done.stdout
        assert ("affiliationChanged" in done.stdout) == (person is revoked)


def _at(world: World) -> list[str]:
    """The network's time is long past: openssl is told so."""
    return ["-attime", str(int(world.now.timestamp())), "-validity_period", str(10**9)]
