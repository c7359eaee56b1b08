import pytest

from tegata.card import Card, CardClient, Personaliser
from tests.card.support import ISSUER_KEY, Keys, personalised


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys()


@pytest.fixture
def card(keys: Keys) -> Card:
    return personalised(keys)


@pytest.fixture
def blank() -> Card:
    return Card.blank(ISSUER_KEY)


@pytest.fixture
def client(card: Card) -> CardClient:
    return CardClient(card.transmit)


@pytest.fixture
def counter(card: Card) -> Personaliser:
    counter = Personaliser(card.transmit, ISSUER_KEY)
    counter.authenticate()
    return counter
