import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.card.apdu import EXTENDED_LE, SHORT_LE, Command, MalformedCommand, parse

byte = st.integers(0, 255)
commands = st.builds(
    Command,
    byte,
    byte,
    byte,
    byte,
    st.binary(max_size=600),
    st.none() | st.integers(1, EXTENDED_LE),
)


@given(commands)
def test_encoding_and_parsing_are_inverse(command: Command) -> None:
    assert parse(command.encode()) == command


@pytest.mark.parametrize(
    ("apdu", "data", "le"),
    [
        pytest.param("00200080", "", None, id="case 1"),
        pytest.param("00B0000004", "", 4, id="case 2 short"),
        pytest.param("00B0000000", "", SHORT_LE, id="case 2 short, all"),
        pytest.param("00B00000000200", "", 512, id="case 2 extended"),
        pytest.param("00B00000000000", "", EXTENDED_LE, id="case 2 extended, all"),
        pytest.param("00A4020C02000A", "000A", None, id="case 3 short"),
        pytest.param("00D60000000003AABBCC", "AABBCC", None, id="case 3 extended"),
        pytest.param("802A008002AABB00", "AABB", SHORT_LE, id="case 4 short"),
        pytest.param("802A0080000002AABB0100", "AABB", 256, id="case 4 extended"),
        pytest.param("802A0080000002AABB0000", "AABB", EXTENDED_LE, id="case 4 extended, all"),
    ],
)
def test_the_four_cases(apdu: str, data: str, le: int | None) -> None:
    command = parse(bytes.fromhex(apdu))
    assert (command.data, command.le) == (bytes.fromhex(data), le)


@pytest.mark.parametrize(
    "apdu",
    [
        "",
        "00A404",
        "00A4020C03000A",  # Lc promises more
        "00A4020C01000A0000",  # bytes beyond Le
        "00A4020C0000",  # Lc 0, short
        "00D60000000000AA",  # Lc 0, extended
        "00D60000000005AABB",  # extended Lc promises more
        "00D60000000002AABB00",  # one byte of an extended Le
        "00D60000000002AABB000000",
    ],
)
def test_lengths_that_do_not_add_up_are_refused(apdu: str) -> None:
    with pytest.raises(MalformedCommand):
        parse(bytes.fromhex(apdu))


def test_a_command_is_short_where_it_can_be() -> None:
    assert len(Command(0, 0xD6, 0, 0, bytes(255)).encode()) == 5 + 255
    assert len(Command(0, 0xD6, 0, 0, bytes(256)).encode()) == 7 + 256


@given(st.binary(max_size=40))
def test_any_bytes_parse_to_what_they_encode_or_are_malformed(apdu: bytes) -> None:
    try:
        command = parse(apdu)
    except MalformedCommand:
        return
    assert parse(command.encode()) == command
