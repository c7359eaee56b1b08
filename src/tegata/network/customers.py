"""The bank's customers, and the consents of some of them, given on the bank's screen with the card."""

import base64
import secrets
from collections.abc import Sequence
from itertools import islice
from typing import cast

from tegata.actors.bank.seed import load_customers
from tegata.actors.bank.service import collecting
from tegata.actors.bank.settings import Field
from tegata.actors.citizen.service.signing import sign_with_card
from tegata.japan.four_attributes import ITEMS
from tegata.network.assembly import Network
from tegata.network.phases import Phases, counted
from tegata.network.population import Person, bank_customers, customer_numbers
from tegata.network.site import Record
from tegata.wire.text import Text

CONSENTS = 60
"""How many customers of the network have consented when it begins; the rest can be asked by letter."""
WHO = "population"


def fill(network: Network, record: Record, people: Sequence[Person], phase: Phases) -> None:
    """Load customers, and have consents signed by the cards of those who can."""
    with phase(Text("銀行の顧客", "The bank's customers"), record.customers) as done:
        rows = bank_customers(people, record.seed, record.customers, on=record.on)
        load_customers(network["bank"], counted((cast("dict[Field, str]", row) for row in rows), done))
    numbers = customer_numbers(len(people), record.seed, record.customers)
    able = (each for each in people if each.has_sign_certificate and each.person_id in numbers)
    chosen = list(islice(able, CONSENTS))
    with phase(Text("同意 (カードで署名)", "Consents, signed by cards"), len(chosen)) as done:
        for person in counted(chosen, done):
            consent(network, person.person_id, person.sign_password, numbers[person.person_id])


def consent(network: Network, person_id: str, password: str, customer_number: str) -> str | None:
    """One consent by the way of the bank's screen; its id, or None where it waits for the operator.

    Raises ``Refused`` as the card, the bank and the operator do.
    """
    bank, browser = network["bank"], secrets.token_hex(16)
    link = collecting.link_of(bank, collecting.make_link(bank, customer_number, WHO))
    request_id = collecting.ask_to_sign(bank, link, ITEMS, browser)
    request = collecting.signing_request(bank, request_id)
    payload = base64.b64decode(request.payload)
    document = sign_with_card(network["citizen"], person_id, request.usage, password, payload, asker=bank.spec.name)
    return collecting.take_signed(bank, request_id, document, browser).consent_id
