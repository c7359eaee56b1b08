import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import msgspec
import pytest

from tegata.pki import names
from tegata.pki.profiles import MEDIA, PROFILES, USAGES, Profiles, Usage, load_profiles
from tests.pki.support import CHIYODA

TEXT = files("tegata.pki").joinpath("profiles.toml").read_text(encoding="utf-8")


def leaves(tree: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for key, value in tree.items():
        if isinstance(value, dict) and "value" not in value:
            yield from leaves(value, f"{path}.{key}")
        else:
            yield f"{path}.{key}", value


def test_every_value_says_where_it_comes_from() -> None:
    found = dict(leaves(tomllib.loads(TEXT)))
    assert len(found) > 30
    assert {path for path, leaf in found.items() if leaf.get("source") not in {"V", "S", "GAP", "own"}} == set()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('years = { value = 10, source = "V" }', "years = { value = 10 }"),
        ('years = { value = 10, source = "V" }', 'years = { value = 10, source = "hearsay" }'),
        ('years = { value = 10, source = "V" }', 'years = { value = "ten", source = "V" }'),
        ('years = { value = 10, source = "V" }', ""),
        ("[card]", '[card]\ncolour = { value = "blue", source = "V" }'),
    ],
)
def test_a_profile_with_a_missing_mark_or_an_unknown_value_is_refused(old: str, new: str) -> None:
    assert old in TEXT
    with pytest.raises(msgspec.ValidationError):
        msgspec.toml.decode(TEXT.replace(old, new), type=Profiles)


def test_profiles_are_read_once() -> None:
    assert load_profiles() is PROFILES


@pytest.mark.parametrize("usage", USAGES)
def test_nothing_we_issue_can_pass_for_the_real_authority(usage: Usage) -> None:
    ours = [names.root_name(usage), names.partition_name(usage, CHIYODA), names.responder_name(usage)]
    for name in ours:
        assert "O=TEGATA-TEST" in name.rfc4514_string()
        assert "JPKI" not in name.rfc4514_string()
        assert "Japan Agency" not in name.rfc4514_string()
    for medium in MEDIA:
        profile = PROFILES.policies(usage, medium)
        assert profile.policy.value.startswith("1.3.6.1.4.1.32473.")
        assert profile.policy.value not in profile.real_policies.value
        assert profile.policy.source == "own"


def test_the_two_usages_share_no_name_and_no_policy_and_neither_do_the_media() -> None:
    policies = [PROFILES.policies(usage, medium).policy.value for usage in USAGES for medium in MEDIA]
    assert len(set(policies)) == 4
    assert PROFILES.suffix("card") != PROFILES.suffix("phone")
    assert names.root_name("sign") != names.root_name("auth")
    assert names.partition_name("sign", CHIYODA) != names.partition_name("auth", CHIYODA)
