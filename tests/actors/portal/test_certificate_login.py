"""Login by TLS client certificate, from the page over a front and back: who is let in, and who is not (RFC 9440)."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from litestar.testing import TestClient

from tegata.actors import portal
from tegata.actors.portal.service import certificate_logins
from tegata.actors.portal.tables import CertificateLoginRow
from tegata.node.audit import entries_for
from tegata.node.settings import SettingsError
from tegata.node.web.app import create_app
from tegata.wire.consents import CERTIFICATE_NOT_VALID
from tegata.wire.holders import CertificateLogin
from tegata.wire.problems import Refused
from tests.actors.portal.standing_jlis import SPECS, SUB, state, told_of
from tests.actors.portal.world import Visitor
from tests.fixtures.nodes import NetworkMaker
from tests.pki.support import auth_certificate, der_of
from tests.support import TestNetwork, make_node

SECRET = "a-secret-of-more-than-thirty-two-characters"
ORIGIN = "https://localhost:8443"
DER = der_of(auth_certificate())
VALUE = f":{base64.b64encode(DER).decode()}:"
PROVED = {"Tegata-Front-Secret": SECRET}
PRESENTED = {**PROVED, "Client-Cert": VALUE}


def settings(tmp_path: Path, secret: str = SECRET, origin: str = ORIGIN) -> dict[str, object]:
    file = tmp_path / "front.secret"
    file.write_text(secret + "\n")
    return {"portal": {"tls_front": {"origin": origin, "secret_file": str(file)}}}


def ready(network: TestNetwork) -> TestNetwork:
    """J-LIS knows one holder."""
    told = told_of(network)
    told.refuses, told.owners, told.certificates = None, {DER: SUB}, [state(2001, "auth"), state(2002, "sign")]
    told.taken.clear()
    return network


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator["NetworkVisitor"]:
    directory = Path(tmp_path_factory.mktemp("certificate-login"))
    made = TestNetwork(SPECS, "", directory / "data", actors=settings(directory))
    with TestClient(create_app(made["portal"])) as client:
        yield NetworkVisitor(client, made)
    made.close()


class NetworkVisitor(Visitor):
    """A browser at the portal of a network."""

    def __init__(self, client: TestClient[Any], network: TestNetwork) -> None:
        super().__init__(client, network["portal"])
        self.network = network


@pytest.fixture
def network(standing: NetworkVisitor) -> TestNetwork:
    return ready(standing.network)


@pytest.fixture
def visitor(standing: NetworkVisitor, network: TestNetwork) -> Visitor:
    """A browser with no cookies yet."""
    assert standing.network is network
    standing.client.cookies.clear()
    return standing


def begins(visitor: Visitor, target: str = "/card") -> str:
    """Press the second button of the login page; returns the path of the door behind the front."""
    sent = visitor.send(f"/card-login?next={target}", to="/certificate-login")
    assert sent.status_code == 303, sent.text
    location = str(sent.headers["location"])
    assert location.startswith(ORIGIN + urlsplit(visitor.node.base_url).path + "/certificate-logins/")
    return location.removeprefix(ORIGIN + urlsplit(visitor.node.base_url).path)


def presents(visitor: Visitor, door: str, headers: dict[str, str] | list[tuple[str, str]]) -> httpx.Response:
    """What the front sends: another origin, so without this browser's cookies."""
    kept = list(visitor.client.cookies.jar)
    visitor.client.cookies.clear()
    answer = visitor.client.get(door, headers=headers, follow_redirects=False)
    for cookie in kept:
        visitor.client.cookies.jar.set_cookie(cookie)
    return answer


def comes_in(visitor: Visitor, headers: dict[str, str] | None = None) -> httpx.Response:
    """The whole way; returns the page that the browser comes back to."""
    back = presents(visitor, begins(visitor), PRESENTED if headers is None else headers)
    assert back.status_code == 303, back.text
    assert back.headers["location"].startswith(visitor.node.base_url + "/certificate-logins/")
    return visitor.open(back.headers["location"])


def test_a_certificate_opens_the_portal_as_a_card_does(
    make_network: NetworkMaker, database_url: str, tmp_path: Path
) -> None:
    network = ready(make_network(SPECS, database_url, actors=settings(tmp_path)))
    with TestClient(create_app(network["portal"])) as client:
        visitor = Visitor(client, network["portal"])
        result = comes_in(visitor)
        assert (result.status_code, result.headers["location"]) == (303, "/card")
        assert "わたしのカードとスマートフォン" in visitor.open("/card").text
    assert told_of(network).taken == [CertificateLogin(certificate=VALUE.strip(":"))]
    (entry,) = [each.entry for each in entries_for(network["portal"].database, SUB)]
    assert (entry.action, entry.basis, entry.detail) == ("login", "certificate", {"serial": 2001})


def test_the_result_may_be_loaded_again_and_opens_no_second_session(visitor: Visitor) -> None:
    back = presents(visitor, begins(visitor), PRESENTED).headers["location"]
    assert visitor.open(back).headers["location"] == "/card"
    token = visitor.client.cookies["tegata_session"]
    again = visitor.open(back)
    assert (again.status_code, "set-cookie" in again.headers) == (303, False)
    assert visitor.client.cookies["tegata_session"] == token


def test_the_page_lets_its_form_through_to_the_front(visitor: Visitor) -> None:
    page = visitor.open("/card-login")
    assert ORIGIN in page.headers["content-security-policy"]
    assert "ブラウザーの証明書でログインする" in page.text
    assert "Log in with the browser&#39;s certificate" in visitor.open("/card-login?lang=en").text


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"Client-Cert": VALUE}, {"Client-Cert": VALUE, "Tegata-Front-Secret": "x" * 40},
        {"Client-Cert": VALUE, "Tegata-Front-Secret": ""}, {"Client-Cert": VALUE, "Authorization": f"Bearer {SECRET}"},
    ],
)  # fmt: skip
def test_who_comes_past_the_front_is_refused_whatever_the_header_says(
    network: TestNetwork, visitor: Visitor, headers: dict[str, str]
) -> None:
    door = begins(visitor)
    answer = presents(visitor, door, headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "tls-front-not-proved")
    assert told_of(network).taken == []
    assert presents(visitor, door, PRESENTED).status_code == 303


def test_a_doubled_proof_or_certificate_is_refused(network: TestNetwork, visitor: Visitor) -> None:
    twice = presents(visitor, begins(visitor), [*PRESENTED.items(), ("Tegata-Front-Secret", SECRET)])
    assert twice.json()["code"] == "tls-front-not-proved"
    back = presents(visitor, begins(visitor), [*PRESENTED.items(), ("client-cert", VALUE)])
    page = visitor.open(back.headers["location"])
    assert (page.status_code, "client-certificate-malformed" in page.text) == (400, True)
    assert told_of(network).taken == []


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        (PROVED, 403, "client-certificate-missing"),
        ({**PROVED, "Client-Cert": VALUE[:-9] + ":"}, 400, "client-certificate-malformed"),
        ({**PROVED, "Client-Cert": "::"}, 400, "client-certificate-malformed"),
        ({**PROVED, "Client-Cert": f":{base64.b64encode(der_of(auth_certificate(9))).decode()}:"}, 422,
         "consent-certificate-not-valid"),
    ],
)  # fmt: skip
def test_who_has_no_good_certificate_is_told_so_on_the_portals_page(
    visitor: Visitor, headers: dict[str, str], status: int, code: str
) -> None:
    page = comes_in(visitor, headers)
    assert (page.status_code, f"<code>{code}</code>" in page.text) == (status, True)
    assert "/card-login" in page.text
    assert visitor.open("/card").status_code == 303


@pytest.mark.rule("SP-04")
def test_what_jlis_refuses_opens_nothing(network: TestNetwork, visitor: Visitor) -> None:
    told_of(network).refuses = Refused(CERTIFICATE_NOT_VALID, {"cause": "on-hold"})
    page = comes_in(visitor)
    assert (page.status_code, "consent-certificate-not-valid" in page.text) == (422, True)
    assert visitor.open("/card").status_code == 303


def test_where_jlis_does_not_answer_nothing_is_opened(network: TestNetwork, visitor: Visitor) -> None:
    network.take_down("jlis")
    page = comes_in(visitor)
    assert (page.status_code, "peer-unavailable" in page.text) == (503, True)
    assert visitor.open("/card").status_code == 303
    network.bring_up("jlis")
    assert comes_in(visitor).status_code == 303


def test_a_login_that_another_browser_began_opens_nothing_for_it(network: TestNetwork, visitor: Visitor) -> None:
    """Somebody is made to follow a link to the front: neither they nor whoever made the link get a session."""
    with TestClient(create_app(network["portal"])) as other:
        thief = Visitor(other, network["portal"])
        back = presents(visitor, begins(thief), PRESENTED).headers["location"]
        fooled = visitor.open(back)
        assert (fooled.status_code, "card-request-of-another-browser" in fooled.text) == (403, True)
        for ticket in ("", "x" * 43):
            guessed = thief.open(back.partition("?")[0] + f"?ticket={ticket}")
            assert guessed.status_code in {400, 403, 422}, ticket
        assert thief.open("/card").status_code == 303
        assert visitor.open("/card").status_code == 303


def test_a_certificate_is_presented_once(visitor: Visitor) -> None:
    door = begins(visitor)
    assert presents(visitor, door, PRESENTED).status_code == 303
    again = presents(visitor, door, PRESENTED)
    assert (again.status_code, again.json()["code"]) == (410, "certificate-login-over")


def test_a_login_ends_after_its_time_and_is_forgotten(network: TestNetwork, visitor: Visitor) -> None:
    door, second = begins(visitor), begins(visitor)
    back = presents(visitor, second, PRESENTED).headers["location"]
    network.clock.advance(timedelta(minutes=10))
    assert presents(visitor, door, PRESENTED).status_code == 410
    assert visitor.open(back).status_code == 410
    certificate_logins.forget(network["portal"])
    with network["portal"].database.read() as session:
        assert session.query(CertificateLoginRow).count() == 0


def test_the_certificate_is_not_kept(network: TestNetwork, visitor: Visitor) -> None:
    comes_in(visitor)
    with network["portal"].database.read() as session:
        rows = session.query(CertificateLoginRow).filter(CertificateLoginRow.used_at.is_not(None)).all()
    assert {(row.certificate, row.outcome) for row in rows} == {(None, "done")}


def test_the_login_goes_to_no_other_site_afterwards(visitor: Visitor) -> None:
    back = presents(visitor, begins(visitor, "//evil.example/"), PRESENTED).headers["location"]
    assert visitor.open(back).headers["location"] == "/"


def test_strange_logins_are_refused(visitor: Visitor) -> None:
    for text in ("%00", "..%2f..", "a" * 5000, "%F0%9F%98%80", "x"):
        assert presents(visitor, f"/certificate-logins/{text}", PRESENTED).status_code in {404, 410}, text
        assert visitor.open(f"/certificate-logins/{text}/result?ticket=x").status_code in {404, 410}, text
    assert visitor.open("/certificate-logins/x/result").status_code in {400, 422}


def test_without_a_front_there_is_no_such_door(make_network: NetworkMaker) -> None:
    network = make_network(SPECS, "")
    with TestClient(create_app(network["portal"])) as client:
        visitor = Visitor(client, network["portal"])
        assert "ブラウザーの証明書" not in visitor.open("/card-login").text
        assert visitor.send("/card-login", to="/certificate-login").status_code == 404
        assert presents(visitor, "/certificate-logins/x", PRESENTED).status_code == 404
        assert visitor.open("/certificate-logins/x/result?ticket=x").status_code == 404


@pytest.mark.parametrize(
    ("secret", "origin"),
    [("short", ORIGIN), ("x" * 40 + " y", ORIGIN), ("é" * 40, ORIGIN), (SECRET, "http://localhost"), ("", ORIGIN)],
)
def test_settings_that_would_not_protect_stop_the_start(tmp_path: Path, secret: str, origin: str) -> None:
    with pytest.raises(SettingsError, match=r"tls_front|secret"):
        make_node(portal.SPEC, "", data_dir=tmp_path, actors=settings(tmp_path, secret, origin))


def test_a_missing_secret_file_stops_the_start(tmp_path: Path) -> None:
    told = {"portal": {"tls_front": {"origin": ORIGIN, "secret_file": str(tmp_path / "none")}}}
    with pytest.raises(SettingsError, match="tls_front"):
        make_node(portal.SPEC, "", data_dir=tmp_path, actors=told)
