"""What all tests share: the rule marks are checked, and a test may ask for a PostgreSQL of its own."""

import pytest
from hypothesis import HealthCheck, settings

from scripts import rules

pytest_plugins = [
    "pytester",
    "tests.fixtures.browser",
    "tests.fixtures.pcsc",
    "tests.fixtures.postgres",
    "tests.fixtures.nodes",
    "tests.fixtures.whole_network",
]


# No test is a measurement: a busy machine must not fail one.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuses a rule mark that names no rule: it would prove nothing."""
    known = rules.load_rules()
    unknown = [
        f"{item.nodeid}: {rule_id!r}"
        for item in items
        for mark in item.iter_markers("rule")
        for rule_id in mark.args or ("(no id)",)
        if rule_id not in known
    ]
    if unknown:
        raise pytest.UsageError("rule marks that name no rule of docs/rules.toml:\n" + "\n".join(unknown))


LONGEST_ID = 60


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A name that is the same in every process: keys are drawn anew in each, and so are bytes and documents of them."""
    if isinstance(val, bytes) or (isinstance(val, str) and len(val) > LONGEST_ID):
        return argname
    return None
