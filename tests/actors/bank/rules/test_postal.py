"""The postal code of an address."""

import pytest

from tegata.actors.bank.rules.postal import postal_code_of


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("東京都渋谷区神南１丁目１９番１１号", "1500041"),
        ("渋谷区神南1-19-11", "1500041"),
        ("神奈川県横浜市中区本町６丁目５０番地の１０", "2310005"),
        ("北海道札幌市中央区北一条西２丁目", ""),  # the code depends on the 丁目
        ("東京都千代田区どこにもない町１番", ""),
        ("どこでもない", ""),
        ("", ""),
    ],
)
def test_a_code_is_given_only_where_it_is_certain(address: str, code: str) -> None:
    assert postal_code_of(address) == code
