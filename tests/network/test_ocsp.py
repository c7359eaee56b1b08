"""The OCSP responder of several processes: what it says over HTTP to honest and hostile clients."""

import base64
import http.client
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as x509_ocsp

from tegata.actors.jlis.rules.revocation import OCSP_GRACE
from tegata.network.workers import THREADS
from tegata.pki.ocsp import (
    MALFORMED_REQUEST,
    MOST_REQUEST_BYTES,
    UNAUTHORIZED,
    Good,
    Revoked,
    build_request,
    check_response,
    encode_get,
)
from tests.actors.jlis.world import Resident
from tests.network.responding import Responding, a_world, responding

POSTED = {"content-type": "application/ocsp-request"}
HEAD = f"POST /ocsp/sign HTTP/1.1\r\nHost: a\r\nContent-Type: {POSTED['content-type']}\r\n"
QUARTER = timedelta(minutes=15)
QUICK_SECONDS = 5
"""An answer that others hold up would not come within the time that the server lets them (10 s for headers)."""


@pytest.fixture(scope="module", params=["rsa", "p256"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Responding]:
    directory = Path(tmp_path_factory.mktemp("ocsp"))
    with a_world(directory, ocsp_key=request.param) as world, responding(world, directory) as one:
        yield one


@pytest.fixture(scope="module")
def person(served: Responding) -> Resident:
    found = served.world.resident()
    found.gets()
    return found


def request_of(served: Responding, person: Resident, nonce: bytes | None = None) -> bytes:
    return build_request(person.cards["sign"], served.root, nonce)


def problem_of(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["code"])


@pytest.mark.rule("FI-05")
def test_post_and_get_give_one_answer_with_what_caches_need(served: Responding, person: Resident) -> None:
    """RFC 6960 A.1, RFC 5019 6.2; whichever process answers, the ETag is the same."""
    asked = request_of(served, person)
    posted = [httpx.post(served.url, content=asked, headers=POSTED) for _ in range(6)]
    got = [httpx.get(f"{served.url}/{encode_get(asked)}") for _ in range(6)]
    tags: dict[datetime, set[str]] = {}
    for answer in (*posted, *got):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/ocsp-response"
        checked = check_response(answer.content, person.cards["sign"], served.root, at=served.world.now)
        assert checked.status == Good()
        fresh = checked.this_update + QUARTER - served.world.now
        age = max(int(fresh.total_seconds()), 0)
        assert answer.headers["cache-control"] == f"max-age={age}, public, no-transform, must-revalidate"
        made, ends = (parsedate_to_datetime(answer.headers[name]) for name in ("last-modified", "expires"))
        assert (made, ends) == (checked.this_update, checked.this_update + QUARTER + OCSP_GRACE)
        tags.setdefault(made, set()).add(answer.headers["etag"])
    assert all(len(same) == 1 for same in tags.values())
    assert httpx.post(f"http://127.0.0.1:{served.port}/jlis/ocsp/sign", content=asked, headers=POSTED).is_success


def test_a_client_that_has_it_is_told_so(served: Responding, person: Resident) -> None:
    url = f"{served.url}/{encode_get(request_of(served, person))}"
    tag = httpx.get(url).headers["etag"]
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        answer = httpx.get(url, headers={"if-none-match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert httpx.get(url, headers={"if-none-match": '"other"'}).status_code == 200
    head = httpx.head(url)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)
    assert int(head.headers["content-length"]) > 1000


def test_what_may_change_any_moment_is_not_kept(served: Responding, person: Resident) -> None:
    """An answer to a nonce, about a serial that was not given out yet, to a request that is none."""
    nonced = request_of(served, person, b"n" * 16)
    coming = build_request(person.cards["sign"].serial_number + 1000, served.root)
    foreign = build_request(1, person.cards["sign"])
    answers = [httpx.post(served.url, content=each, headers=POSTED) for each in (nonced, coming, foreign, b"\x30\x80")]
    for answer in answers:
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert "etag" not in answer.headers
    assert check_response(answers[0].content, person.cards["sign"], served.root, at=served.world.now, nonce=b"n" * 16)
    unknown = x509_ocsp.load_der_ocsp_response(answers[1].content)
    assert unknown.certificate_status is x509_ocsp.OCSPCertStatus.UNKNOWN
    assert [answer.content for answer in answers[2:]] == [UNAUTHORIZED, MALFORMED_REQUEST]


@pytest.mark.rule("FI-05")
def test_what_was_issued_since_is_known_at_once(served: Responding) -> None:
    later = served.world.resident()
    later.gets()
    for _ in range(4):  # on new connections: both processes
        answer = httpx.get(f"{served.url}/{encode_get(request_of(served, later))}")
        assert check_response(answer.content, later.cards["sign"], served.root, at=served.world.now).status == Good()


def test_slashes_of_base64_survive_the_path(served: Responding, person: Resident) -> None:
    for filling in range(200):
        asked = request_of(served, person, bytes([filling] * 3) + b"\xff\xff\xff" * 4)
        if "//" in (encoded := base64.b64encode(asked).decode()):
            break
    answer = httpx.get(f"{served.url}/{encoded}")
    assert x509_ocsp.load_der_ocsp_response(answer.content).certificate_status is x509_ocsp.OCSPCertStatus.GOOD


@pytest.mark.parametrize("encoded", ["!!!", "AAAA", "", "A" * 5000, "%00%ff"])
def test_a_get_that_is_no_request_is_malformed(served: Responding, encoded: str) -> None:
    answer = httpx.get(f"{served.url}/{encoded}")
    assert (answer.status_code, answer.content) == (200, MALFORMED_REQUEST)


def test_what_is_not_served_is_refused(served: Responding) -> None:
    base = served.url.removesuffix("/ocsp/sign")
    for path in ("/", "/ocsp", "/ocsp/phone/AAAA", "/bank/ocsp/sign/AAAA", "/ocsp/signAAAA"):
        answer = httpx.get(base + path)
        assert (answer.status_code, problem_of(answer)) == (404, "not-found")
    refused = httpx.get(served.url)
    assert (refused.status_code, refused.headers["allow"], problem_of(refused)) == (405, "POST", "method-not-allowed")
    refused = httpx.post(f"{served.url}/AAAA", headers=POSTED)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
    refused = httpx.put(served.url, content=b"x")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    for kind in ("text/plain", "application/ocsp-response", ""):
        refused = httpx.post(served.url, content=b"x", headers={"content-type": kind})
        assert (refused.status_code, problem_of(refused)) == (415, "unsupported-media-type")


def test_what_is_too_long_is_refused(served: Responding, person: Resident) -> None:
    long = b"0" * (MOST_REQUEST_BYTES + 1)
    for content in (long, iter([long[:40_000], long[40_000:]])):  # with its length, and in chunks
        refused = httpx.post(served.url, content=content, headers=POSTED)
        assert (refused.status_code, problem_of(refused)) == (413, "too-large")
    in_chunks = httpx.post(served.url, content=iter([request_of(served, person)]), headers=POSTED)
    assert check_response(in_chunks.content, person.cards["sign"], served.root, at=served.world.now).status == Good()
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=QUICK_SECONDS)
    connection.request("GET", "/ocsp/sign/" + "A" * 200_000)
    assert connection.getresponse().status in {414, 431}
    connection.close()
    assert httpx.get(f"{served.url}/AAAA", headers={"x-much": "y" * 200_000}).status_code == 431


def test_who_sends_nothing_or_slowly_holds_up_nobody(served: Responding, person: Resident) -> None:
    head = f"{HEAD}Content-Length: 70\r\n"
    begun = (b"", head.encode(), f"{head}\r\n0".encode(), b"\x16\x03\x01\x02\x00\x01")
    held = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(200)]
    try:
        for turn, connection in enumerate(held):
            connection.sendall(begun[turn % len(begun)])
        for _ in range(20):
            answer = httpx.post(served.url, content=request_of(served, person), headers=POSTED, timeout=QUICK_SECONDS)
            assert answer.is_success
        for slow in held[:4]:
            slow.settimeout(QUICK_SECONDS)
            while slow.recv(1000):  # that it is no request, or nothing
                pass
    finally:
        for connection in held:
            connection.close()


def test_more_slow_bodies_than_threads_hold_up_nobody(tmp_path: Path) -> None:
    """Also where each of them comes behind a whole request, and goes on byte by byte."""
    with a_world(tmp_path) as world, responding(world, tmp_path, 1, quiet_seconds=600) as one:
        person = world.resident()
        person.gets()
        asked = request_of(one, person)
        whole = f"{HEAD}Content-Length: {len(asked)}\r\n\r\n".encode() + asked
        held = [socket.create_connection(("127.0.0.1", one.port)) for _ in range(THREADS + 50)]
        try:
            for turn, connection in enumerate(held):
                connection.sendall((whole if turn % 2 else b"") + whole[:-50])
            for place in range(-50, -30):
                for connection in held:
                    with suppress(OSError):  # it is shut
                        connection.sendall(whole[place : place + 1])
                answer = httpx.post(one.url, content=asked, headers=POSTED, timeout=QUICK_SECONDS)
                assert check_response(answer.content, person.cards["sign"], one.root, at=world.now).status == Good()
        finally:
            for connection in held:
                connection.close()


def test_many_questions_on_one_connection(served: Responding, person: Resident) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=QUICK_SECONDS)
    asked = request_of(served, person)
    for _ in range(20):
        connection.request("POST", "/ocsp/sign", body=asked, headers=POSTED)
        assert connection.getresponse().read() != MALFORMED_REQUEST
    connection.close()


@pytest.mark.rule("FI-05")
def test_openssl_believes_it_by_post_and_get(served: Responding, tmp_path: Path) -> None:
    """Good; and revoked once a boundary has passed. OpenSSL's own client asks by POST, its verifier is given a GET."""
    person = served.world.resident()
    person.gets()
    root, own = tmp_path / "root.pem", tmp_path / "own.pem"
    root.write_bytes(served.root.public_bytes(Encoding.PEM))
    own.write_bytes(person.cards["sign"].public_bytes(Encoding.PEM))

    def told(*how: str | Path) -> str:
        common = ["-issuer", root, "-CAfile", root, "-cert", own, "-attime", str(int(served.world.now.timestamp()))]
        command = ["openssl", "ocsp", *common, "-validity_period", str(10**9), *how]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
        assert "Response verify OK" in done.stderr
        return done.stdout

    got = tmp_path / "got.der"

    def told_twice() -> list[str]:
        got.write_bytes(httpx.get(f"{served.url}/{encode_get(request_of(served, person))}").content)
        return [told("-url", served.url), told("-url", served.url, "-no_nonce"), told("-respin", got, "-no_nonce")]

    assert all("own.pem: good" in each for each in told_twice())
    person.moves()
    served.world.passes(QUARTER)
    ends = time.monotonic() + QUICK_SECONDS
    while not all("own.pem: revoked" in each for each in told_twice()):
        assert time.monotonic() < ends
    status = check_response(got.read_bytes(), person.cards["sign"], served.root, at=served.world.now).status
    assert isinstance(status, Revoked)
