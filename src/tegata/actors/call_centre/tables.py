"""What the call centre keeps: that a call was, what was asked in it, and what was done. Nothing of the register.

What a caller said is sealed, and erased after a time (job ``forget``); that it was asked, when, by whom and whether it
fitted stays. An ended call is one with a row in ``ending``.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tegata.node.base import COLUMN_TYPES, metadata_for
from tegata.node.columns import Sealed


class Base(DeclarativeBase):
    """The base of the call centre's tables."""

    metadata = metadata_for("call_centre")
    type_annotation_map = COLUMN_TYPES


class CallRow(Base):
    """A call. ``on_day`` and ``number`` make the reception number; ``operator`` is the login of who has it."""

    __tablename__ = "call"
    __table_args__ = (UniqueConstraint("on_day", "number"), Index("ix_call_operator", "operator", "taken_at"))

    call_id: Mapped[str] = mapped_column(primary_key=True)
    on_day: Mapped[date]
    number: Mapped[int]
    menu: Mapped[int]
    kind: Mapped[str]
    operator: Mapped[str]
    operator_name: Mapped[str]
    taken_at: Mapped[datetime] = mapped_column(index=True)


class AnswersRow(Base):
    """A set of answers of a caller: which questions, when, and what J-LIS said of it.

    ``answers`` are JSON, sealed, None once erased. ``certificates`` is what J-LIS told of one who fitted: medium, usage
    and state, without serial numbers. ``sub`` is J-LIS's handle of the person for this call centre.
    """

    __tablename__ = "answers"

    call_id: Mapped[str] = mapped_column(ForeignKey("call.call_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asked_at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str]
    questions: Mapped[list[str]]
    answers: Mapped[str | None] = mapped_column(Sealed())
    result: Mapped[str]
    answered_at: Mapped[datetime | None]
    sub: Mapped[str | None]
    certificates: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class SuspensionRow(Base):
    """A medium whose certificates were to be suspended.

    ``done_at``, or the code in ``refused``, once J-LIS has answered; neither while it has not.
    """

    __tablename__ = "suspension"

    call_id: Mapped[str] = mapped_column(ForeignKey("call.call_id"), primary_key=True)
    medium: Mapped[str] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    who: Mapped[str]
    done_at: Mapped[datetime | None] = mapped_column(index=True)
    refused: Mapped[str | None]
    certificates: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class EndingRow(Base):
    """How a call ended. ``subject``: what an enquiry was about."""

    __tablename__ = "ending"

    call_id: Mapped[str] = mapped_column(ForeignKey("call.call_id"), primary_key=True)
    outcome: Mapped[str]
    subject: Mapped[str | None]
    who: Mapped[str]
    ended_at: Mapped[datetime] = mapped_column(index=True)
