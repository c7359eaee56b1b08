"""The tests' own ground: a private database server, and sockets closed to the world."""

import socket

import pytest
import pytest_socket
import sqlalchemy

from scripts.postgres import PostgresServer
from tests.fixtures.programs import need_program


def tables_of(url: str) -> list[str]:
    engine = sqlalchemy.create_engine(url)
    try:
        return sqlalchemy.inspect(engine).get_table_names()
    finally:
        engine.dispose()


def test_a_database_is_empty_and_utf8(postgres_database: str) -> None:
    engine = sqlalchemy.create_engine(postgres_database)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE people (name text)"))
        connection.execute(sqlalchemy.text("INSERT INTO people VALUES ('髙橋　花子')"))
        assert connection.scalar(sqlalchemy.text("SELECT char_length(name) FROM people")) == 5
    engine.dispose()


def test_databases_do_not_share_tables(postgres_database: str, postgres_server: PostgresServer) -> None:
    engine = sqlalchemy.create_engine(postgres_database)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE mine (id int)"))
    engine.dispose()
    other = postgres_server.create_database()
    assert tables_of(postgres_database) == ["mine"]
    assert tables_of(postgres_server.url(other)) == []
    postgres_server.drop_database(other)


def test_the_shared_database_answers(postgres_url: str) -> None:
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.scalar(sqlalchemy.text("SHOW fsync")) == "off"
    engine.dispose()


def test_a_missing_program_is_a_failure_in_continuous_integration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="postgresql"):
        need_program(None, package="postgresql")


def test_a_missing_program_is_a_skip_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="scripts/system-packages"):
        need_program(None, package="chromium")


def test_sockets_reach_this_machine_only() -> None:
    with socket.socket() as listener, socket.socket() as client:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        client.connect(listener.getsockname())
    blocked = pytest.raises(pytest_socket.SocketConnectBlockedError)
    with socket.socket() as client, pytest.warns(UserWarning, match="192.0.2.1"), blocked:
        client.connect(("192.0.2.1", 80))
