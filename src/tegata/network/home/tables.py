"""The start page keeps nothing of its own: what passed is in each actor's audit log."""

from sqlalchemy.orm import DeclarativeBase

from tegata.node.base import COLUMN_TYPES, metadata_for


class Base(DeclarativeBase):
    """No tables."""

    metadata = metadata_for("network")
    type_annotation_map = COLUMN_TYPES
