"""Brings an actor's database to the newest revision."""

from tegata.node.database import Database
from tegata.node.spec import ActorSpec


def upgrade(database: Database, spec: ActorSpec) -> None:
    """Make what is missing."""
    database.create(spec)
