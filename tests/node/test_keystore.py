import pytest

from tegata.node.node import Node
from tegata.pki.keys import SoftwareSigner


def test_a_key_is_made_once_and_kept(alpha: Node) -> None:
    made: list[SoftwareSigner] = []

    def make() -> SoftwareSigner:
        made.append(SoftwareSigner.generate_p256())
        return made[-1]

    first = alpha.signer_store.load_or_create("service", make)
    second = alpha.signer_store.load_or_create("service", make)
    loaded = alpha.signer_store.load("service")
    assert len(made) == 1
    assert loaded is not None
    assert first.public_key() == second.public_key() == loaded.public_key()


def test_a_key_that_is_not_there_is_none(alpha: Node) -> None:
    assert alpha.signer_store.load("service") is None


def test_the_quicker_of_two_makers_wins(alpha: Node) -> None:
    quick = SoftwareSigner.generate_p256()

    def slow() -> SoftwareSigner:
        alpha.signer_store.load_or_create("service", lambda: quick)
        return SoftwareSigner.generate_p256()

    assert alpha.signer_store.load_or_create("service", slow).public_key() == quick.public_key()


def test_a_key_is_sealed_in_the_database(alpha: Node) -> None:
    alpha.signer_store.load_or_create("service", SoftwareSigner.generate_p256)
    with alpha.database.read() as session:
        stored = session.connection().exec_driver_sql("SELECT pem FROM node_key").scalar_one()
    assert b"PRIVATE KEY" not in bytes(stored)


def test_a_maker_that_fails_leaves_nothing(alpha: Node) -> None:
    def fail() -> SoftwareSigner:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        alpha.signer_store.load_or_create("service", fail)
    assert alpha.signer_store.load("service") is None
