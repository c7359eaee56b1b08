import base64
import stat
from pathlib import Path

import msgspec
import pytest

from tegata.node.settings import Settings, SettingsError, load_settings, read_or_make_key


class Own(msgspec.Struct, forbid_unknown_fields=True):
    feed: str = "push"
    limit: int = 10


def test_defaults_are_one_machine_and_sqlite() -> None:
    settings = load_settings(environment={})
    assert settings.database_url_of("bank") == "sqlite:///data/bank.db"
    assert settings.base_url_of("bank") == "http://127.0.0.1:8000/bank"
    assert settings.durable


def test_a_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "tegata.toml"
    file.write_text(
        'log_level = "error"\npublic_base_url = "https://a.example"\n[actors.bank]\nfeed = "poll"\nlimit = 3\n'
    )
    environment = {
        "TEGATA_PUBLIC_BASE_URL": "https://b.example/",
        "TEGATA_PEERS__JLIS": "https://jlis.example/",
        "TEGATA_ACTORS__BANK__LIMIT": "7",
        "TEGATA_DEMONSTRATION": "false",
        "PATH": "/bin",
    }
    settings = load_settings(file, environment)
    assert settings.log_level == "error"
    assert settings.base_url_of("bank") == "https://b.example/bank"
    assert settings.base_url_of("jlis") == "https://jlis.example"
    assert settings.own("bank", Own) == Own("poll", 7)
    assert settings.own("portal", Own) == Own()
    assert settings.demonstration is False


def test_postgresql_is_one_url_for_all_and_a_file_may_name_the_actor() -> None:
    assert Settings(database_url="postgresql+psycopg://h/d").database_url_of("bank") == "postgresql+psycopg://h/d"
    assert Settings(database_url="sqlite:////x/{actor}.db").database_url_of("bank") == "sqlite:////x/bank.db"


@pytest.mark.parametrize(
    ("text", "environment", "says"),
    [
        ("databse_url = 'x'", {}, "databse_url"),
        ("log_level = 'loud'", {}, "log_level"),
        ("durable = 'perhaps'", {}, "durable"),
        ("not toml", {}, "not TOML"),
        ("", {"TEGATA_PEER": "x"}, "peer"),
        ("", {"TEGATA_PEERS": "x"}, "peers"),
        ("peers = 3", {"TEGATA_PEERS__BANK": "x"}, "TEGATA_PEERS__BANK"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, environment: dict[str, str], says: str) -> None:
    file = tmp_path / "tegata.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=says):
        load_settings(file, environment)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing\.toml"):
        load_settings(tmp_path / "missing.toml", {})


def test_an_actors_own_settings_are_checked() -> None:
    with pytest.raises(SettingsError, match=r"\[actors\.bank\].*lmit"):
        Settings(actors={"bank": {"lmit": 3}}).own("bank", Own)


def test_the_master_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")
    key = settings.master_key()
    assert len(key) == 32
    assert settings.master_key() == key
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret.key"]
    assert stat.S_IMODE((tmp_path / "new" / "secret.key").stat().st_mode) == 0o600


def test_two_networks_have_two_keys(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path / "a").master_key() != Settings(data_dir=tmp_path / "b").master_key()


@pytest.mark.parametrize("content", [b"", b"!!!", base64.b64encode(bytes(31)), base64.b64encode(bytes(33))])
def test_a_broken_key_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret.key"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"secret\.key"):
        read_or_make_key(file)
    assert file.read_bytes() == content


def test_paths_of_a_file_and_of_the_environment_are_paths(tmp_path: Path) -> None:
    file = tmp_path / "tegata.toml"
    file.write_text('data_dir = "/srv/tegata"\ntrust_dir = "/srv/trust"\n')
    settings = load_settings(file, {"TEGATA_SECRET_KEY_FILE": "/srv/key"})
    assert settings.data_dir == Path("/srv/tegata")
    assert settings.trust_directory == Path("/srv/trust")
    assert settings.secret_key_file == Path("/srv/key")
    file.write_text("data_dir = 7\n")
    with pytest.raises(SettingsError, match="data_dir"):
        load_settings(file, {})


def test_trust_is_in_the_data_directory_unless_said_otherwise(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path).trust_directory == tmp_path / "trust"
    assert Settings(trust_dir=tmp_path / "t").trust_directory == tmp_path / "t"
