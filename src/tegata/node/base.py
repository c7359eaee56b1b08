"""The base of an actor's tables.

In ``actors/<name>/tables.py``, as a class (a base made by a function is unknown to mypy)::

    class Base(DeclarativeBase):
        metadata = metadata_for("bank")
        type_annotation_map = COLUMN_TYPES

Then ``Mapped[datetime]`` is an ``Instant``, ``Mapped[dict[str, Any]]`` and ``Mapped[list[str]]`` are JSON, and
``mapped_column(Sealed())`` is text encrypted at rest.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, MetaData
from sqlalchemy.types import TypeEngine

from tegata.node.columns import Instant

NODE_PREFIX = "node_"
"""The names of the tables that every actor has begin so."""

COLUMN_TYPES: dict[Any, TypeEngine[Any]] = {datetime: Instant(), dict[str, Any]: JSON(), list[str]: JSON()}
"""The ``type_annotation_map`` of every base."""

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraints have stable names: a migration has to be able to name them."""


def metadata_for(actor: str) -> MetaData:
    """New metadata for the tables of one actor (or of ``node``)."""
    return MetaData(naming_convention=NAMING, info={"actor": actor})
