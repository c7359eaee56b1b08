"""A service that lets people log in at the portal: Authlib's client, as its Flask and Django integrations use it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from authlib.integrations.base_client.sync_app import BaseApp, OAuth2Mixin
from authlib.integrations.base_client.sync_openid import OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session
from joserfc.jwk import ECKey, RSAKey

from tegata.actors.portal.service import services
from tegata.actors.portal.settings import LoginService
from tegata.node.clock import NetworkClock
from tegata.node.web.app import create_app
from tests.actors.portal.world import SPECS, Holder, Portal, Visitor
from tests.node.web.running import free_port, running
from tests.support import TestNetwork

CALLBACK = "http://127.0.0.1:9000/callback"
SECRET = "a secret of at least thirty-two characters"
OTHER_SECRET = "another secret of at least thirty-two characters"
EC_KEY = ECKey.generate_key("P-256")
RSA_KEY = RSAKey.generate_key(2048)


class Client(OAuth2Mixin, OpenIDMixin, BaseApp):  # type: ignore[misc]
    """Authlib's OpenID Connect client over requests."""

    client_cls = OAuth2Session


@dataclass
class Service:
    """What a service keeps of one login: Authlib made state, nonce and verifier."""

    issuer: str
    client_id: str
    secret: Any
    method: str = "client_secret_basic"
    scope: str = "openid"
    auth_methods: list[Any] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client = Client(
            None, "portal", client_id=self.client_id, client_secret=self.secret,
            server_metadata_url=f"{self.issuer}/.well-known/openid-configuration",
            client_auth_methods=self.auth_methods,
            client_kwargs={
                "scope": self.scope, "code_challenge_method": "S256", "token_endpoint_auth_method": self.method,
            },
        )  # fmt: skip

    def begins(self, **parameters: Any) -> str:
        """Where the browser is sent to."""
        self.kept = self.client.create_authorization_url(CALLBACK, **parameters)
        return str(self.kept["url"])

    def fetches(self, callback: str, **changes: Any) -> dict[str, Any]:
        """The tokens for the code that came to the callback."""
        metadata = self.client.load_server_metadata()
        with self.client._get_oauth_client(**metadata) as session:
            told = {
                "authorization_response": callback, "state": self.kept["state"], "redirect_uri": CALLBACK,
                "code_verifier": self.kept["code_verifier"], **changes,
            }  # fmt: skip
            return dict(session.fetch_token(metadata["token_endpoint"], **told))

    def reads(self, token: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """The claims of the ID token, validated by Authlib."""
        return dict(self.client.parse_id_token(token, **{"nonce": self.kept["nonce"], **changes}))

    def userinfo(self, token: dict[str, Any]) -> dict[str, Any]:
        """What UserInfo tells."""
        return dict(self.client.userinfo(token=token))


def arrives(visitor: Visitor, url: str, holder: Holder) -> httpx.Response:
    """A person comes from the service, logs in with the card, and stands before the two buttons."""
    asked = visitor.open(url)
    assert asked.status_code == 303, asked.text
    page = visitor.open(asked.headers["location"])
    if page.status_code == 303:
        result = visitor.signs(visitor.send(page.headers["location"]), holder)
        assert result.status_code == 303, result.text
        page = visitor.open(result.headers["location"])
    assert page.status_code == 200, page.text
    return page


def agrees(visitor: Visitor, url: str, holder: Holder, decision: str = "allow") -> str:
    """The person decides; returns where the browser is sent: the service's callback."""
    page = arrives(visitor, url, holder)
    sent = visitor.send(page.url.path, {"decision": decision})
    assert sent.status_code == 303, sent.text
    return str(sent.headers["location"])


def altered(url: str, changes: dict[str, str | None]) -> str:
    """The address with parameters changed, or left out (None)."""
    parts = urlsplit(url)
    told = {**dict(parse_qsl(parts.query)), **changes}
    query = urlencode({name: value for name, value in told.items() if value is not None})
    return parts._replace(query=query).geturl()


def parameters_of(callback: str) -> dict[str, str]:
    """What came back."""
    assert callback.startswith(CALLBACK + "?")
    return dict(parse_qsl(urlsplit(callback).query))


class Served:
    """The portal on loopback at the real time, as client libraries know no other, and a person with a card."""

    def __init__(self, world: Portal, url: str, visitor: Visitor, holder: Holder) -> None:
        self.world, self.url, self.visitor, self.holder = world, url, visitor, holder

    def service(self, name: str = "shop", **changes: Any) -> Service:
        """A registered service."""
        return Service(self.url, name, **{"secret": SECRET, **changes})


@contextmanager
def open_served(data_dir: Path) -> Iterator[Served]:
    """A portal with services, served until the end."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    network = TestNetwork(SPECS, "", data_dir, start=NetworkClock(None).now(), peers={"portal": url})
    network.clock.run()
    world = Portal(network)
    _register(world)
    with running(create_app(world.node), port) as url, world.browser() as visitor:
        yield Served(world, url, visitor, world.holder())
    network.close()


def _register(world: Portal) -> None:
    """Services with a secret, with each kind of key, and one that may ask for little."""
    told: dict[str, Any] = {"name_ja": "お店", "name_en": "Shop", "redirect_uris": (CALLBACK,)}
    for service in (
        LoginService(id="shop", secret=SECRET, **told),
        LoginService(id="other", secret=OTHER_SECRET, **told),
        LoginService(id="signer", public_jwk=dict(EC_KEY.as_dict(private=False)), **told),
        LoginService(id="rsa-signer", public_jwk=dict(RSA_KEY.as_dict(private=False)), **told),
        LoginService(id="modest", secret=SECRET, scopes=("openid", "birthdate"), **told),
    ):
        services.register(world.node, service)
