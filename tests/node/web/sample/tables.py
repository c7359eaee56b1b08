from datetime import datetime

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tegata.node.base import COLUMN_TYPES, metadata_for


class Base(DeclarativeBase):
    metadata = metadata_for("desk")
    type_annotation_map = COLUMN_TYPES


class NoteRow(Base):
    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    about: Mapped[str]
    at: Mapped[datetime]
