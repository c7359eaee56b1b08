"""The staff accounts of a demonstration: the same for the same population, shown on each login page."""

from dataclasses import dataclass

from tegata.actors.municipality.seed import open_counter
from tegata.japan.municipalities import municipality
from tegata.network.actors import specs
from tegata.network.population import FIRST_PERSONS, generate
from tegata.network.site import Record
from tegata.node.identity_settings import DemonstrationAccount
from tegata.node.node import Node
from tegata.node.staff import add_staff
from tegata.wire.text import Text

PASSWORD = "tegata-demo"  # noqa: S105  # of made-up staff, shown on the login page, reached on loopback only
MUNICIPALITY = "municipality"
NEW_HOMES = ("131016", "271004")
"""千代田区 and 大阪市: counters to move to, whoever the population is."""


@dataclass(frozen=True)
class Account:
    """A member of staff with every role of the actor. ``scope``: the municipality that the person works for."""

    login: str
    name: Text
    roles: frozenset[str]
    scope: str = ""

    @property
    def shown(self) -> DemonstrationAccount:
        """As the login page shows it."""
        return DemonstrationAccount(login=self.login, password=PASSWORD, name=self.name.ja)


def demonstration(record: Record) -> dict[str, list[Account]]:
    """The accounts of each actor that has staff."""
    found: dict[str, list[Account]] = {}
    for spec in specs():
        if spec.name == MUNICIPALITY:
            found[spec.name] = [_counter(code, frozenset(spec.roles)) for code in _municipalities(record)]
        elif spec.roles:
            found[spec.name] = [
                Account(role, Text(f"{title.ja}", f"{title.en}"), frozenset({role}))
                for role, title in spec.roles.items()
            ]
    return found


def _municipalities(record: Record) -> list[str]:
    """Counters: the new homes, then where the first people of the population live."""
    first = generate(record.seed, min(record.people, FIRST_PERSONS), on=record.on)
    return list(dict.fromkeys([*NEW_HOMES, *(person.municipality_code for person in first)]))


def _counter(code: str, roles: frozenset[str]) -> Account:
    place = municipality(code)
    return Account(
        f"counter-{code}", Text(f"{place.prefecture}{place.name} 窓口", f"{place.name_romaji}, counter"), roles, code
    )


def create(node: Node, accounts: list[Account]) -> None:
    """Write the accounts of one actor."""
    if node.spec.name == MUNICIPALITY:
        for account in accounts:
            open_counter(node, account.scope, password=PASSWORD)
        return
    for account in accounts:
        with node.database.begin() as transaction:
            add_staff(
                transaction, node, login=account.login, name=account.name.ja, password=PASSWORD, roles=account.roles,
                scope=account.scope,
            )  # fmt: skip
