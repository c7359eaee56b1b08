import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.actors.citizen import figures, seed
from tegata.actors.citizen.service import cards
from tegata.card import Card, CardClient, check_number_b
from tegata.node import audit
from tegata.node.card_issuer import security_code
from tests.actors.municipality.world import AUTH_PIN, FAMILY, HANAKO, PASSWORD, SAKURA, TEXT_PIN, World


def test_a_card_of_the_population_holds_what_a_card_of_the_counter_holds(world: World) -> None:
    with world.citizen.database.read() as session:
        row = cards.newest_card(session, HANAKO.resident_code)
        client = CardClient(Card.load(row.image).transmit)
    assert client.text_attributes(TEXT_PIN) == HANAKO.attributes
    assert client.my_number(TEXT_PIN) == HANAKO.my_number
    assert client.resident_code(TEXT_PIN) == HANAKO.resident_code
    assert client.card_number() == row.card_id
    signature, authority = client.read_certificate("sign", PASSWORD), client.read_certificate("sign-ca")
    signature.verify_directly_issued_by(authority)
    client.read_certificate("auth").verify_directly_issued_by(client.read_certificate("auth-ca"))
    assert [client.pin_tries(which) for which in ("auth", "sign", "text", "resident-register")] == [3, 5, 3, 3]
    front = client.front(HANAKO.my_number, "visual-a")
    assert (front.name, front.address) == (HANAKO.attributes.name, HANAKO.attributes.address)
    assert HANAKO.card is not None
    number_b = check_number_b(front.birth_date, HANAKO.card.expires_on.year, security_code(world.citizen, row.card_id))
    assert client.front(number_b) == front
    assert client.text_attributes(number_b, "text-b") == HANAKO.attributes
    assert client.back(HANAKO.my_number) == client.my_number(HANAKO.my_number, "text-a") == HANAKO.my_number
    assert client.sign("auth", AUTH_PIN, b"x") != client.sign("sign", PASSWORD, b"x")
    assert audit.verify(world.citizen.database).ok


def test_a_childs_card_has_no_signature_key(quick_world: World) -> None:
    with quick_world.citizen.database.read() as session:
        row = cards.newest_card(session, SAKURA.resident_code)
    assert CardClient(Card.load(row.image).transmit).read_certificate("auth").public_bytes(Encoding.DER)
    told = figures.figure(quick_world.citizen, "ja")
    assert told is not None
    assert told.en == f"{sum(who.card is not None for who in FAMILY)} cards"


def test_a_pool_gives_two_different_keys_to_each_card() -> None:
    pool = seed.key_pool(2)
    assert {key.key_size for key in pool} == {2048}
    for number in range(5):
        auth, sign = seed.keys_for(pool, number)
        assert auth is not sign
    with pytest.raises(ValueError, match="two keys"):
        seed.key_pool(1)


@pytest.mark.parametrize("size", [2, 3, 5, 64])
def test_no_card_has_one_key_for_both_whatever_the_size_of_the_pool(size: int) -> None:
    pool = list(range(size))
    assert all(len(set(seed.keys_for(pool, number))) == 2 for number in range(200))


def test_a_kept_pool_is_the_same_again_and_grows(world: World) -> None:
    few, more = seed.kept_pool(world.citizen, 2), seed.kept_pool(world.citizen, 3)
    assert [key.private_numbers() for key in more[:2]] == [key.private_numbers() for key in few]
    assert len({key.private_numbers().d for key in more}) == 3
