"""Staff of an actor: accounts with argon2 passwords, roles, and a scope that narrows what they see."""

from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select

from tegata.node.identity_tables import StaffRow

if TYPE_CHECKING:
    from tegata.node.database import Transaction
    from tegata.node.node import Node

MIN_PASSWORD_LENGTH = 8
MAX_PASSWORD_LENGTH = 200


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    """Who is logged in. ``scope`` is, for example, the code of the municipality they work for; empty is everything."""

    id: int
    login: str
    name: str
    roles: frozenset[str]
    scope: str = ""

    def has(self, *roles: str) -> bool:
        """Whether the person has one of the roles."""
        return not self.roles.isdisjoint(roles)


def staff_of(row: StaffRow) -> Staff:
    """The person of a row."""
    return Staff(id=row.id, login=row.login, name=row.name, roles=frozenset(row.roles), scope=row.scope)


@lru_cache(maxsize=8)
def _hasher(time_cost: int, memory_kib: int, parallelism: int) -> PasswordHasher:
    return PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)


def hasher_of(node: "Node") -> PasswordHasher:
    """The password hasher with the cost that the settings name."""
    web = node.settings.web
    return _hasher(web.argon2_time_cost, web.argon2_memory_kib, web.argon2_parallelism)


@lru_cache(maxsize=8)
def _decoy(hasher: PasswordHasher) -> str:
    return hasher.hash("no account has this password")


def add_staff(
    tx: "Transaction", node: "Node", *, login: str, name: str, password: str, roles: frozenset[str], scope: str = ""
) -> None:
    """Add an account, or change the one of this login.

    Raises ``ValueError`` for a role that the actor does not know, or a password of fewer than 8 or more than 200
    characters.
    """
    if unknown := roles - node.spec.roles.keys():
        raise ValueError(f"unknown roles: {sorted(unknown)}")
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        raise ValueError("a password has 8 to 200 characters")
    row = tx.session.scalar(select(StaffRow).where(StaffRow.login == login))
    row = row or StaffRow(login=login, created_at=tx.now)
    row.name, row.roles, row.scope, row.active = name, sorted(roles), scope, True
    row.password_hash = hasher_of(node).hash(password)
    tx.session.add(row)


def check_password(node: "Node", login: str, password: str) -> Staff | None:
    """The person, where login and password fit; an unknown login takes as long as a wrong password."""
    with node.database.read() as session:
        row = session.scalar(select(StaffRow).where(StaffRow.login == login, StaffRow.active))
        staff, stored = (staff_of(row), row.password_hash) if row else (None, _decoy(hasher_of(node)))
    try:
        hasher_of(node).verify(stored, password)
    except (VerificationError, InvalidHashError):
        return None
    return staff
