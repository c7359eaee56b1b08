"""Revisions of the databases: one Alembic environment, and in each database two branches, the node's and the actor's.

The node's revisions are in ``node/migrations/versions``, an actor's in ``migrations/versions`` of its package. An actor
that has no revisions yet gets its tables at once. ``python -m tegata.node.migrate revision ACTOR`` writes the next
revision from what the tables say and the revisions so far make (``ruff format`` it); ``--again`` writes the first one
anew, as long as no database that matters was made by it.
"""

import argparse
import importlib
import importlib.util
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase

from tegata.node.base import NODE_PREFIX, metadata_for
from tegata.node.clock import NetworkClock
from tegata.node.columns import Instant, Sealed, SealedBytes
from tegata.node.database import Database
from tegata.node.spec import ActorSpec
from tegata.node.tables import NodeBase
from tegata.wire.text import Text

ENVIRONMENT = Path(__file__).parent / "migrations"
NODE_VERSIONS = ENVIRONMENT / "versions"
NODE = "node"


@dataclass(frozen=True)
class Plan:
    """What Alembic's environment works on. ``only`` narrows it to one branch's tables."""

    connection: Connection
    metadata: list[MetaData]
    only: Literal["node", "actor", "both"] = "both"

    def includes(self, name: str | None, kind: str, _parents: object) -> bool:
        """Whether a table of the database belongs to what is compared."""
        if kind != "table" or name is None or self.only == "both":
            return True
        return name.startswith(NODE_PREFIX) == (self.only == "node")


def versions_of(spec: ActorSpec) -> Path | None:
    """The folder of an actor's revisions; None for an actor without a package."""
    if spec.templates is None:
        return None
    found = importlib.util.find_spec(spec.templates)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(spec.templates)
    return Path(found.origin).parent / "migrations" / "versions"


def upgrade(database: Database, spec: ActorSpec) -> None:
    """Bring a database to the newest revisions, in one transaction: all of them or none.

    Of several processes one does it, and the others wait; a new SQLite file can not be opened by two at once.
    """
    with database.locks.hold("revisions"), database.alone() as connection:
        config = _config(spec, Plan(connection, _metadata(spec)))
        command.upgrade(config, "heads")
        if not has_revisions(spec):
            spec.base.metadata.create_all(connection)


def check(database: Database, spec: ActorSpec) -> list[str]:
    """What is amiss with a database, in words; empty where it is at the newest revision and fits the tables."""
    with database.engine.connect() as connection:
        plan = Plan(connection, _metadata(spec))
        script = ScriptDirectory.from_config(_config(spec, plan))
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        missing = sorted(set(script.get_heads()) - set(_reached(script, context)))
        differences = compare_metadata(context, plan.metadata)  # type: ignore[arg-type]  # several are allowed
        return [f"revision not applied: {name}" for name in missing] + [
            f"table and database differ: {difference}" for difference in differences
        ]


def has_revisions(spec: ActorSpec) -> bool:
    """Whether an actor's tables are made by revisions."""
    versions = versions_of(spec)
    return versions is not None and any(versions.glob("*.py"))


def revision(spec: ActorSpec, message: str, *, branch: Literal["node", "actor"] = "actor", again: bool = False) -> Path:
    """Write the next revision of a branch from the difference between its tables and its revisions so far.

    ``again`` removes the branch's revisions first. Raises ``ValueError`` where the actor has no package.
    """
    versions = NODE_VERSIONS if branch == "node" else versions_of(spec)
    if versions is None:
        raise ValueError(f"{spec.name} has no package to keep revisions in")
    versions.mkdir(parents=True, exist_ok=True)
    if again:
        for file in versions.glob("*.py"):
            file.unlink()
    label = NODE if branch == "node" else spec.name
    number = len(list(versions.glob("*.py"))) + 1
    with _scratch(spec) as connection:
        metadata = [NodeBase.metadata if branch == "node" else spec.base.metadata]
        script = command.revision(
            _config(spec, Plan(connection, metadata, branch)),
            message,
            autogenerate=True,
            rev_id=f"{label}_{number:04}",
            head="base" if number == 1 else f"{label}@head",
            branch_label=label if number == 1 else None,
            version_path=str(versions),
        )
    assert script is not None
    assert not isinstance(script, list)
    path = Path(script.path)
    kept = [line for line in path.read_text().splitlines() if "### " not in line]
    path.write_text("\n".join(kept).rstrip() + "\n")
    return path


def render_type(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """How a revision writes the node's column types: as what the database knows, so that it outlasts their names."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, (Sealed, SealedBytes)):
        return "sa.LargeBinary()"
    return False


def _metadata(spec: ActorSpec) -> list[MetaData]:
    return [NodeBase.metadata, spec.base.metadata]


def _config(spec: ActorSpec, plan: Plan) -> Config:
    places = [NODE_VERSIONS, versions_of(spec)]
    found = [str(place) for place in places if place is not None and place.is_dir()]
    config = Config()
    config.set_main_option("script_location", _escaped(str(ENVIRONMENT)))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", _escaped("\n".join(found)))
    config.set_main_option("file_template", _escaped("%(rev)s"))
    config.attributes["plan"] = plan
    return config


def _escaped(value: str) -> str:
    return value.replace("%", "%%")


def _reached(script: ScriptDirectory, context: MigrationContext) -> Iterator[str]:
    for head in context.get_current_heads():
        for revision_ in script.iterate_revisions(head, "base"):
            yield revision_.revision


@contextmanager
def _scratch(spec: ActorSpec) -> Iterator[Connection]:
    """A database with the revisions so far, thrown away afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/scratch.db", spec.name, bytes(32), clock=NetworkClock())
        with database.alone() as connection:
            command.upgrade(_config(spec, Plan(connection, _metadata(spec))), "heads")
            yield connection
        database.close()


def main(arguments: list[str] | None = None) -> int:
    """The developer's command."""
    parser = argparse.ArgumentParser(prog="python -m tegata.node.migrate", description=revision.__doc__)
    parser.add_argument("what", choices=["revision"])
    parser.add_argument("actor", help="an actor, or node for the tables that every actor has")
    parser.add_argument("-m", "--message", default="The first tables")
    parser.add_argument("--again", action="store_true", help="write the first revision anew")
    given = parser.parse_args(arguments)
    is_node = given.actor == NODE
    spec = _node_alone() if is_node else importlib.import_module(f"tegata.actors.{given.actor}").SPEC
    path = revision(spec, given.message, branch="node" if is_node else "actor", again=given.again)
    sys.stdout.write(f"{path}\n")
    return 0


def _node_alone() -> ActorSpec:
    """An actor without tables, to write the node's own revisions with."""

    class Base(DeclarativeBase):
        metadata = metadata_for(NODE)

    return ActorSpec(name=NODE, title=Text("", ""), role=Text("", ""), colour="#000000", base=Base)


if __name__ == "__main__":
    sys.exit(main())
