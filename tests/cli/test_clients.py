"""Organisations that may call an actor: registered by their keys, with rights that the actor has."""

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, RSAKey

from tests.cli.conftest import Run


def jwk_file(folder: Path, key: ECKey | RSAKey, *, private: bool = False) -> Path:
    file = folder / "key.jwk"
    file.write_text(json.dumps(key.as_dict(private=private)))
    return file


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return jwk_file(tmp_path, ECKey.generate_key("P-256"))


def registered(run: Run, data: Path) -> dict[str, dict[str, object]]:
    return {
        one["client_id"]: one for one in json.loads(run("clients", "list", "platform", "--json", "--data", data).out)
    }


def test_an_organisation_is_registered_changed_and_stopped(run: Run, data: Path, key: Path) -> None:
    assert "bank" in registered(run, data)
    rights = ("--scope", "changes:read", "--scope", "four-information:read")
    assert run("clients", "add", "platform", "mybank", "--key", key, *rights, "--data", data).code == 0
    assert registered(run, data)["mybank"]["scopes"] == ["changes:read", "four-information:read"]
    assert (
        run("clients", "add", "platform", "mybank", "--key", key, "--scope", "changes:read", "--data", data).code == 0
    )
    assert registered(run, data)["mybank"]["scopes"] == ["changes:read"]
    assert run("clients", "stop", "platform", "mybank", "--data", data).code == 0
    assert registered(run, data)["mybank"]["active"] is False
    assert "stopped" in run("clients", "list", "platform", "--data", data).out
    assert run("audit", "verify", "platform", "--data", data).code == 0


def test_an_actors_own_key_can_be_registered_elsewhere(run: Run, data: Path, tmp_path: Path) -> None:
    told = run("clients", "key", "portal", "--data", data).out
    assert "d" not in json.loads(told)
    (tmp_path / "portal.jwk").write_text(told)
    ran = run(
        "clients", "add", "jlis", "portal2", "--key", tmp_path / "portal.jwk", "--scope", "holders:read", "--data", data
    )
    assert ran.code == 0


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", "not json", '{"kty":"EC","crv":"P-256"}', '{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}'],
)
def test_keys_that_are_none(run: Run, data: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "bad.jwk").write_text(content)
    ran = run(
        "clients", "add", "platform", "mybank", "--key", tmp_path / "bad.jwk", "--scope", "changes:read", "--data", data
    )
    assert ran.code == 2
    assert "mybank" not in registered(run, data)


def test_only_a_public_key_on_p256_is_taken(run: Run, data: Path, tmp_path: Path) -> None:
    for key, private in (
        (ECKey.generate_key("P-256"), True),
        (ECKey.generate_key("P-384"), False),
        (RSAKey.generate_key(2048), False),
    ):
        file = jwk_file(tmp_path, key, private=private)
        assert (
            run("clients", "add", "platform", "mybank", "--key", file, "--scope", "changes:read", "--data", data).code
            == 2
        )


def test_rights_that_the_actor_has_not(run: Run, data: Path, key: Path) -> None:
    ran = run("clients", "add", "platform", "mybank", "--key", key, "--scope", "everything", "--data", data)
    assert ran.code == 1
    assert "everything" in ran.err


@pytest.mark.parametrize("client", ["", "a b", "x" * 81, "../bank", "銀行"])
def test_names_that_are_none(run: Run, data: Path, key: Path, client: str) -> None:
    ran = run("clients", "add", "platform", client, "--key", key, "--scope", "changes:read", "--data", data)
    assert ran.code == 2


def test_whoever_is_not_registered_can_not_be_stopped(run: Run, data: Path, tmp_path: Path) -> None:
    assert run("clients", "stop", "platform", "nobody", "--data", data).code == 1
    assert run("clients", "list", "mint", "--data", data).code == 1
    assert (
        run(
            "clients", "add", "platform", "a", "--key", tmp_path / "none", "--scope", "changes:read", "--data", data
        ).code
        == 1
    )
