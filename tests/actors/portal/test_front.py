"""HAProxy before the portal, over sockets: who gets through with which certificate, and what is smuggled in vain."""

import base64
import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from litestar.testing import TestClient

from tegata.node.web.app import create_app
from tests.actors.portal.front import Front, fronted, speaks, written
from tests.actors.portal.standing_jlis import SPECS, SUB, der_of, state, told_of
from tests.actors.portal.world import Visitor
from tests.node.web.running import running
from tests.pki.support import AT, CHIYODA, auth_certificate, authority, key, sign_certificate
from tests.support import TestNetwork

GOOD = auth_certificate()
OTHERS = auth_certificate(2101)
EXPIRED = authority("auth").issue_auth(2102, key("holder").public_key(), CHIYODA, AT, AT.replace(year=2024), "2309A")
HOLDERS_KEY = key("holder").private_key


class Fronted:
    """A portal behind HAProxy, and a browser at its own address."""

    def __init__(self, network: TestNetwork, front: Front, visitor: Visitor) -> None:
        self.network, self.front, self.visitor = network, front, visitor
        self.told = told_of(network)

    def begins(self) -> str:
        """The address of the front that the login page's button leads to."""
        sent = self.visitor.send("/card-login", to="/certificate-login")
        assert sent.status_code == 303, sent.text
        return str(sent.headers["location"])

    def goes(self, door: str, certificate: x509.Certificate | None, headers: Any = ()) -> httpx.Response:
        """The browser at the front; the handshake is one of its own."""
        with self.front.client(certificate, HOLDERS_KEY) as client:
            return client.get(door, headers=headers)

    def comes_in(self, certificate: x509.Certificate | None, headers: Any = ()) -> httpx.Response:
        """The whole way; returns the page that the browser comes back to."""
        back = self.goes(self.begins(), certificate, headers)
        assert back.status_code == 303, back.text
        return self.visitor.open(back.headers["location"])

    @property
    def is_in(self) -> bool:
        """Whether the browser has a session."""
        return self.visitor.open("/card").status_code == 200


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fronted]:
    directory = tmp_path_factory.mktemp("front")
    front = written(directory / "a front", [authority("auth").certificate])
    url = front.described.portal_url
    network = TestNetwork(SPECS, "", directory / "data", peers={"portal": url}, actors=front.settings())
    app = create_app(network["portal"])
    with running(app, front.portal_port), fronted(front), TestClient(create_app(network["portal"])) as client:
        yield Fronted(network, front, Visitor(client, network["portal"]))
    network.close()


@pytest.fixture
def fronted_portal(standing: Fronted) -> Fronted:
    """The same for one test, whose browser is not logged in."""
    standing.visitor.client.cookies.clear()
    standing.told.taken.clear()
    standing.told.refuses = None
    standing.told.owners = {der_of(GOOD): SUB}
    standing.told.certificates = [state(2001, "auth")]
    return standing


def test_a_certificate_of_the_network_opens_the_portal(fronted_portal: Fronted) -> None:
    result = fronted_portal.comes_in(GOOD)
    assert (result.status_code, result.headers["location"]) == (303, "/")
    assert fronted_portal.is_in
    (told,) = fronted_portal.told.taken
    assert base64.b64decode(told.certificate) == der_of(GOOD)


def test_without_a_certificate_the_portal_says_what_to_do(fronted_portal: Fronted) -> None:
    page = fronted_portal.comes_in(None)
    assert (page.status_code, "client-certificate-missing" in page.text) == (403, True)
    assert not fronted_portal.is_in
    assert fronted_portal.told.taken == []


@pytest.mark.parametrize("certificate", [OTHERS, EXPIRED], ids=["unknown", "expired"])
def test_what_is_not_good_at_this_moment_is_for_jlis_to_refuse(
    fronted_portal: Fronted, certificate: x509.Certificate
) -> None:
    """By J-LIS's records and the network's clock, not by a list and a clock of the front's."""
    page = fronted_portal.comes_in(certificate)
    assert (page.status_code, "consent-certificate-not-valid" in page.text) == (422, True)
    assert len(fronted_portal.told.taken) == 1
    assert not fronted_portal.is_in


def test_a_certificate_of_another_authority_ends_in_the_handshake(fronted_portal: Fronted) -> None:
    forged = (
        x509.CertificateBuilder()
        .subject_name(GOOD.subject)
        .issuer_name(GOOD.issuer)
        .public_key(key("holder").public_key())
        .serial_number(GOOD.serial_number + 5)
        .not_valid_before(AT)
        .not_valid_after(AT + timedelta(days=3650))
        .sign(key("somebody else").private_key, hashes.SHA256())
    )
    for certificate in (forged, sign_certificate()):
        door = fronted_portal.begins()
        with pytest.raises(httpx.TransportError):
            fronted_portal.goes(door, certificate)
    assert fronted_portal.told.taken == []


def test_what_a_client_smuggles_through_the_front_is_taken_away(fronted_portal: Fronted) -> None:
    value = f":{base64.b64encode(der_of(GOOD)).decode()}:"
    for headers in (
        {"Client-Cert": value},
        [("Client-Cert", value), ("client-cert", value)],
        {"Client-Cert": value, "Tegata-Front-Secret": fronted_portal.front.secret},
        {"Client_Cert": value},
        {"Client-Cert-Chain": value},
    ):
        page = fronted_portal.comes_in(None, headers)
        assert (page.status_code, "client-certificate-missing" in page.text) == (403, True), headers
    page = fronted_portal.comes_in(OTHERS, {"Client-Cert": value})
    assert "consent-certificate-not-valid" in page.text
    assert [base64.b64decode(told.certificate) for told in fronted_portal.told.taken] == [der_of(OTHERS)]
    assert not fronted_portal.is_in


def test_the_portals_own_address_takes_no_certificate(fronted_portal: Fronted) -> None:
    value = f":{base64.b64encode(der_of(GOOD)).decode()}:"
    path = urlsplit(fronted_portal.begins()).path
    for secret in ("", "Tegata-Front-Secret: guessed\r\n"):
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\n{secret}Client-Cert: {value}\r\nConnection: close\r\n\r\n"
        answer = speaks(fronted_portal.front.portal_port, request.encode())
        assert answer.startswith(b"HTTP/1.1 403"), answer[:200]
    assert fronted_portal.told.taken == []


def test_the_front_leads_to_nothing_but_its_door(fronted_portal: Fronted) -> None:
    origin, portal = fronted_portal.front.origin, fronted_portal.front.described.portal_url
    with fronted_portal.front.client(GOOD, HOLDERS_KEY) as client:
        for path in (
            "/",
            "/card",
            "/card-login",
            "/certificate-logins/x/result?ticket=y",
            "/certificate-logins/x%2f..",
        ):
            answer = client.get(origin + path)
            assert (answer.status_code, answer.headers["location"]) == (303, portal + "/"), path
        assert client.post(origin + "/certificate-logins/x").status_code == 303
        assert client.get(origin + "/certificate-logins/x").status_code == 410


def test_each_request_is_a_handshake_of_its_own(fronted_portal: Fronted) -> None:
    """Nothing is resumed or kept open, so a card that was taken away opens nothing more."""
    with fronted_portal.front.client(GOOD, HOLDERS_KEY) as client:
        assert client.get(fronted_portal.begins()).headers["connection"] == "close"
    context = ssl.create_default_context(cafile=str(fronted_portal.front.directory / "server-ca.pem"))
    first = _session(fronted_portal, context, None)
    _, reused = _session(fronted_portal, context, first[0])
    assert not reused


def _session(fronted: Fronted, context: ssl.SSLContext, known: ssl.SSLSession | None) -> tuple[Any, bool]:
    with (
        socket.create_connection(("127.0.0.1", fronted.front.described.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost", session=known) as secured,
    ):
        assert secured.version() == "TLSv1.2"
        return secured.session, bool(secured.session_reused)
