"""A bank as it stands when a network is set up."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tegata.actors import bank
from tegata.actors.bank import seed
from tegata.actors.bank.service import consents, matching
from tegata.actors.bank.tables import ConsentRow
from tegata.japan.dates import JST
from tegata.network.population import bank_customers, generate
from tegata.node import audit
from tegata.node.node import Node
from tegata.wire.consents import ConsentRecord
from tests.support import make_node

AT = datetime(2023, 9, 1, tzinfo=JST)


@pytest.fixture
def node(database_url: str, tmp_path: Path) -> Iterator[Node]:
    opened = make_node(bank.SPEC, database_url, data_dir=tmp_path)
    yield opened
    opened.close()


def record(number: int, reference: str) -> ConsentRecord:
    return ConsentRecord(
        consent_id=f"c{number}", relying_party="bank", relying_party_name="銀行", service="account",
        service_name="口座",
        items=["name", "address"], purpose="確認", reference=reference, channel="relying_party", state="active",
        given_at=AT, valid_from=AT, valid_until=AT.replace(year=2033), serial=1000 - number,
    )  # fmt: skip


def test_customers_and_consents_are_loaded_once_and_linked(node: Node) -> None:
    rows = list(bank_customers(generate(1, 50), 1, 700))
    references = seed.load_customers(node, rows)
    assert seed.load_customers(node, rows) == references
    assert len(set(references.values())) == 700
    records = [record(number, reference) for number, reference in enumerate([*references.values()][:600])]
    assert seed.load_consents(node, records) == seed.load_consents(node, records) == 600
    assert seed.load_consents(node, [record(900, "k-nobody")]) == 0
    with node.database.read() as session:
        row = session.get_one(ConsentRow, "c0")
        assert (row.customer_number, row.identity, row.items) == (
            rows[0]["customer_number"],
            "known",
            ["name", "address"],
        )
        assert (consents.serial_of(session, "c0"), consents.unlinked(session)) == (1000, 1)
        assert consents.count_standing(session, node.clock.now()) == 600
    assert len(matching.held_certificates(node).serials) == 600
    assert audit.verify(node.database).ok


def test_a_row_that_is_not_good_is_no_part_of_a_population(node: Node) -> None:
    (row,) = bank_customers(generate(1, 10), 1, 1)
    with pytest.raises(ValueError, match="not good"):
        seed.load_customers(node, [row | {"gender": "?"}])
