"""Settings: one TOML file, overridden by ``TEGATA_*`` of the environment.

``TEGATA_DATABASE_URL`` sets ``database_url``; two underscores go down a level: ``TEGATA_PEERS__BANK``,
``TEGATA_ACTORS__BANK__FEED``. An unknown name is an error, so that a typing slip is not silently the default.
"""

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from tegata.node.identity_settings import WebSettings

OwnT = TypeVar("OwnT")
PREFIX = "TEGATA_"
KEY_BYTES = 32


class SettingsError(ValueError):
    """A setting is missing, unknown or of the wrong kind; the sentence names the file and the setting."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator decides.

    ``data_dir`` holds databases, keys and the clock. ``database_url`` is empty for one SQLite file an actor in
    ``data_dir``, ``sqlite:///…/{actor}.db``, or a PostgreSQL URL (each actor has a schema of its own name there).
    ``durable``: whether SQLite survives a loss of power, not only of the process. ``peers`` are base URLs by actor;
    ``actors`` holds each actor's own settings. ``secret_key_file`` defaults to ``secret.key`` in ``data_dir``.
    ``processes`` is how many processes work over an actor's database, on all machines together. Each keeps up to
    ``database_connections_kept`` connections to PostgreSQL for each of its actors, opens up to
    ``database_connections``, and one more for locks.
    """

    data_dir: Path = Path("data")
    database_url: str = ""
    durable: bool = True
    database_connections: Annotated[int, msgspec.Meta(ge=2)] = 13
    database_connections_kept: Annotated[int, msgspec.Meta(ge=1)] = 5
    processes: Annotated[int, msgspec.Meta(ge=1)] = 1
    public_base_url: str = "http://127.0.0.1:8000"
    peers: dict[str, str] = {}
    secret_key_file: Path | None = None
    trust_dir: Path | None = None
    demonstration: bool = True
    log_format: Literal["json", "console"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    peer_timeout_seconds: float = 10.0
    web: WebSettings = WebSettings()
    actors: dict[str, dict[str, Any]] = {}

    def own(self, actor: str, settings_type: type[OwnT]) -> OwnT:
        """An actor's own settings. Raises :class:`SettingsError`."""
        try:
            return msgspec.convert(self.actors.get(actor, {}), settings_type, strict=False, dec_hook=_path)
        except msgspec.ValidationError as error:
            raise SettingsError(f"[actors.{actor}]: {error}") from error

    def database_url_of(self, actor: str) -> str:
        """Where an actor's database is."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir / (actor + '.db')}"
        return self.database_url.replace("{actor}", actor)

    def base_url_of(self, actor: str) -> str:
        """Where an actor is reached: its entry in ``peers``, else its path below the public base URL."""
        return self.peers.get(actor, f"{self.public_base_url.rstrip('/')}/{actor}").rstrip("/")

    def master_key(self) -> bytes:
        """The key that every other secret is derived from (32 bytes); made on first use, readable by its owner only."""
        return read_or_make_key(self.secret_key_file or self.data_dir / "secret.key")

    @property
    def trust_directory(self) -> Path:
        """Where the root certificates that relying parties trust are kept."""
        return self.trust_dir or self.data_dir / "trust"


def read_or_make_key(path: Path) -> bytes:
    """The key in a file; a file that is not there is made. Raises :class:`SettingsError` for a broken one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)  # fails where another process was first, and then that key is the key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except ValueError as error:
        raise SettingsError(f"{path}: not a key in base64") from error
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{path}: a key of {KEY_BYTES} bytes is needed, this one has {len(key)}")
    return key


def load_settings(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings of a file and the environment (which wins). Raises :class:`SettingsError`."""
    tree = _read_file(path) if path is not None else {}
    for name, value in sorted((os.environ if environment is None else environment).items()):
        if name.startswith(PREFIX):
            _put(tree, name.removeprefix(PREFIX).lower().split("__"), value, name)
    try:
        return msgspec.convert(tree, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path or 'environment'}: {error}") from error


def _path(kind: type, value: object) -> Path:
    """A path is written as text."""
    if kind is not Path or not isinstance(value, str):
        raise ValueError(f"expected {kind.__name__}")
    return Path(value)


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise SettingsError(f"{path}: not TOML: {error}") from error


def _put(tree: dict[str, Any], keys: list[str], value: str, name: str) -> None:
    for key in keys[:-1]:
        tree = tree.setdefault(key, {})
        if not isinstance(tree, dict):
            raise SettingsError(f"{name}: a value already stands where this one needs a table")
    tree[keys[-1]] = value
