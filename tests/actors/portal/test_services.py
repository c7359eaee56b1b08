"""Services are registered by the settings; what was kept for a moment is forgotten; the portal's own figures."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey
from litestar.testing import TestClient

from tegata.actors.portal import SPEC
from tegata.actors.portal.service import authorizations, services, tokens
from tegata.actors.portal.service.figures import checks, figure
from tegata.actors.portal.settings import LoginService
from tegata.actors.portal.tables import AuthorizationRow, CardRequestRow, ClientRow, GrantRow
from tegata.node.node import Node
from tegata.node.settings import SettingsError
from tegata.node.web.app import create_app
from tests.actors.portal.rules.test_authorization import REQUEST
from tests.actors.portal.world import Portal, Visitor
from tests.support import START, make_node

URI = "https://shop.example/callback"
SECRET = "s" * 32
PUBLIC = dict(ECKey.generate_key("P-256").as_dict(private=False))


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A portal by itself."""
    made = make_node(SPEC, "", data_dir=tmp_path_factory.mktemp("portal"))
    yield made
    made.close()


def service(**changes: Any) -> LoginService:
    told: dict[str, Any] = {
        "id": "shop",
        "name_ja": "お店",
        "name_en": "Shop",
        "redirect_uris": (URI,),
        "secret": SECRET,
    }
    return LoginService(**{**told, **changes})


def test_a_service_is_registered_and_changed(quick_world: Portal) -> None:
    node = quick_world.node
    services.register(node, service())
    services.register(node, service(secret="", public_jwk=PUBLIC, scopes=("openid",)))
    with node.database.read() as session:
        row = session.get_one(ClientRow, "shop")
    assert (row.secret, row.scopes, row.registered_at) == (None, ["openid"], START)
    assert services.names(node)["shop"].en == "Shop"
    assert services.find(node, "shop\0") is None


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": ""}, {"public_jwk": PUBLIC}, {"secret": "short"}, {"scopes": ("name",)},
        {"scopes": ("openid", "email")},
        {"redirect_uris": ("http://shop.example/",)},
        {"secret": "", "public_jwk": dict(ECKey.generate_key("P-256").as_dict(private=True))},
        {"secret": "", "public_jwk": dict(ECKey.generate_key("P-384").as_dict(private=False))},
        {"secret": "", "public_jwk": dict(OctKey.generate_key(256).as_dict())},
        {"secret": "", "public_jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}},
        {"secret": "", "public_jwk": {"kty": "RSA", "e": "AQAB", "n": "_" * 171}},
        {"secret": "", "public_jwk": {"kty": "RSA", "e": "AQAB", "n": 5}},
    ],
)  # fmt: skip
def test_a_service_that_can_not_be_registered_is_named(node: Node, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"shop|key|https"):
        services.register(node, service(**changes))


def test_the_settings_register_services_at_the_start(tmp_path: Path) -> None:
    told = {"id": "shop", "name_ja": "お店", "name_en": "Shop", "redirect_uris": [URI], "secret": SECRET}
    node = make_node(SPEC, "", data_dir=tmp_path, actors={"portal": {"services": [told]}}, demonstration=False)
    assert set(services.names(node)) == {"shop"}
    node.close()
    with pytest.raises(SettingsError, match=r"actors.portal"):
        make_node(SPEC, "", data_dir=tmp_path / "2", actors={"portal": {"services": [{**told, "secret": "short"}]}})


def test_a_demonstration_has_a_sample_service_with_a_secret_of_its_own(
    quick_world: Portal, tmp_path: Path, visitor: Visitor
) -> None:
    other = make_node(SPEC, "", data_dir=tmp_path / "other")
    assert services.sample(quick_world.node).secret != services.sample(other).secret
    other.close()
    assert services.sample(quick_world.node).secret in visitor.open("/developers").text


def test_without_a_demonstration_no_secret_is_shown(tmp_path: Path) -> None:
    node = make_node(SPEC, "", data_dir=tmp_path, demonstration=False)
    with TestClient(create_app(node)) as client:
        assert "client_secret</dt>" not in client.get("/developers", headers={"Accept": "text/html"}).text
    node.close()


def test_what_was_kept_for_a_moment_is_forgotten(quick_world: Portal, visitor: Visitor) -> None:
    node, network = quick_world.node, quick_world.network
    services.register(node, service())
    authorizations.keep(node, REQUEST, None)
    visitor.send("/card-login")
    visitor.logs_in(quick_world.holder())
    with node.database.begin() as tx:
        tx.session.add(
            GrantRow(
                code_hash="h", client_id="shop", sub="s", redirect_uri=URI, scopes=["openid"], code_challenge="c",
                authenticated_at=tx.now, claims='{"name": "山田"}', issued_at=tx.now,
                expires_at=tx.now + timedelta(seconds=60),
            )
        )  # fmt: skip
    network.clock.advance(timedelta(minutes=45))
    network.scheduler.run_job("portal", "forget")
    with node.database.read() as session:
        assert session.get_one(GrantRow, "h").claims is None
        assert session.query(AuthorizationRow).count() == 0
        assert session.query(CardRequestRow).count() == 2
    network.clock.advance(timedelta(days=2))
    network.scheduler.run_job("portal", "forget")
    with node.database.read() as session:
        assert session.query(CardRequestRow).all() == []


def test_the_attributes_lie_sealed_until_they_are_fetched(quick_world: Portal) -> None:
    node = quick_world.node
    services.register(node, service())
    with node.database.begin() as tx:
        tx.session.add(
            GrantRow(
                code_hash="h", client_id="shop", sub="s", redirect_uri=URI, scopes=["openid"], code_challenge="c",
                authenticated_at=tx.now, claims='{"name": "Yamada Hanako"}', issued_at=tx.now, expires_at=tx.now,
            )
        )  # fmt: skip
    with node.database.alone() as connection:
        (raw,) = connection.exec_driver_sql("SELECT claims FROM login_grant").one()
    assert b"Yamada" not in raw


def test_an_access_token_tells_nothing_to_its_bearer_and_ends(quick_world: Portal) -> None:
    node = quick_world.node
    services.register(node, service())
    with node.database.begin() as tx:
        grant = GrantRow(
            code_hash="h", client_id="shop", sub="s", redirect_uri=URI, scopes=["openid", "name"], code_challenge="c",
            authenticated_at=tx.now, issued_at=tx.now, expires_at=tx.now, used_at=tx.now,
        )  # fmt: skip
        tx.session.add(grant)
    made = tokens._token_set(node, tokens.Redeemed(grant, {"name": "山田 花子"}, quick_world.now))
    assert "山田".encode() not in made.access_token.encode()
    told = tokens.userinfo(node, made.access_token)
    assert told == {"sub": tokens.pairwise(node, "shop", "s"), "name": "山田 花子"}
    assert tokens.userinfo(node, made.access_token[:-2] + "AA") is None
    quick_world.network.clock.advance(timedelta(seconds=299))
    assert tokens.userinfo(node, made.access_token) is not None
    quick_world.network.clock.advance(timedelta(seconds=1))
    assert tokens.userinfo(node, made.access_token) is None


def test_the_map_and_the_monitor_tell_how_it_is(quick_world: Portal, visitor: Visitor) -> None:
    visitor.logs_in(quick_world.holder())
    assert "1" in figure(quick_world.node, "ja").ja
    assert [check.health for check in checks(quick_world.node)] == ["ok"]


def test_discovery_tells_what_is_served(quick_world: Portal, visitor: Visitor) -> None:
    told = visitor.client.get("/.well-known/openid-configuration").json()
    assert told["issuer"] == quick_world.node.base_url
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        assert visitor.client.get(visitor.path(told[name])).status_code in {200, 400, 401, 405}, name
    (key,) = visitor.client.get(visitor.path(told["jwks_uri"])).json()["keys"]
    assert (key["alg"], key["use"], "d" in key) == ("ES256", "sig", False)
    own = visitor.client.get("/.well-known/jwks.json").json()["keys"][0]
    assert key["kid"] != own["kid"]
