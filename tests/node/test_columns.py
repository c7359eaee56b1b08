from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError

from tegata.japan.dates import JST
from tegata.node.node import Node
from tegata.node.sealing import SealBroken
from tests.node.pair import Note

AT = datetime(2023, 9, 29, 18, 0, 0, 123456, tzinfo=timezone(timedelta(hours=-5)))


def add(node: Node, **values: object) -> None:
    with node.database.begin() as transaction:
        transaction.session.add(Note(**{"number": 1, "word": "w", "at": AT} | values))


def test_a_moment_comes_back_in_japan_time(alpha: Node) -> None:
    add(alpha)
    with alpha.database.read() as session:
        at = session.scalars(select(Note.at)).one()
    assert at == AT
    assert at.tzinfo is JST


def test_moments_compare_in_the_database_whatever_their_offset(alpha: Node) -> None:
    add(alpha)
    with alpha.database.read() as session:
        assert session.scalars(select(Note.number).where(Note.at == AT.astimezone(JST))).all() == [1]
        assert session.scalars(select(Note.number).where(Note.at > AT)).all() == []


def test_a_naive_moment_is_refused(alpha: Node) -> None:
    with pytest.raises(StatementError, match="offset"):
        add(alpha, at=datetime(2023, 9, 29))


def test_a_sealed_value_is_not_in_the_database_as_it_is(alpha: Node) -> None:
    add(alpha, secret="123456789018")
    with alpha.database.read() as session:
        stored = session.execute(text("SELECT secret FROM note")).scalar_one()
        assert session.scalars(select(Note.secret)).one() == "123456789018"
    assert b"123456789018" not in bytes(stored)


def test_an_altered_sealed_value_is_noticed(alpha: Node) -> None:
    add(alpha, secret="123456789018")
    with alpha.database.begin() as transaction:
        sealed = bytearray(transaction.session.execute(text("SELECT secret FROM note")).scalar_one())
        sealed[-1] ^= 1
        transaction.session.execute(text("UPDATE note SET secret = :s"), {"s": bytes(sealed)})
    with alpha.database.read() as session, pytest.raises(SealBroken):
        session.scalars(select(Note.secret)).one()


def test_nothing_stays_nothing(alpha: Node) -> None:
    add(alpha)
    with alpha.database.read() as session:
        row = session.scalars(select(Note)).one()
    assert (row.secret, row.items) == (None, None)


def test_lists_are_json(alpha: Node) -> None:
    add(alpha, items=["氏名", "住所"])
    with alpha.database.read() as session:
        assert session.scalars(select(Note.items)).one() == ["氏名", "住所"]
