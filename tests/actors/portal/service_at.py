"""A service that lets people log in at the portal: Authlib's client, as its Flask and Django integrations use it."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from authlib.integrations.base_client.sync_app import BaseApp, OAuth2Mixin
from authlib.integrations.base_client.sync_openid import OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session

from tests.actors.portal.world import Holder, Visitor

CALLBACK = "http://127.0.0.1:9000/callback"


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


def parameters_of(callback: str) -> dict[str, str]:
    """What came back."""
    assert callback.startswith(CALLBACK + "?")
    return dict(parse_qsl(urlsplit(callback).query))
