"""SELECT, READ BINARY, VERIFY, CHANGE PIN and SIGN, as readers send them."""

import hashlib
from typing import Literal

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from tegata.card import Behaviour, Card
from tests.card.support import (
    BACK,
    CARD_NUMBER,
    COMMON_AID,
    FRONT,
    JPKI_AID,
    MY_NUMBER,
    PINS,
    REGISTER_AID,
    TEXT_AID,
    VISUAL_AID,
    Keys,
    ask,
    personalised,
    select,
    verify,
)

DIGEST_INFO = {
    "sha1": "3021300906052B0E03021A05000414",
    "sha256": "3031300D060960864801650304020105000420",
    "sha384": "3041300D060960864801650304020205000430",
    "sha512": "3051300D060960864801650304020305000440",
}
"""RFC 8017 §9.2 note 1."""


# SELECT


@pytest.mark.parametrize("aid", [JPKI_AID, TEXT_AID, VISUAL_AID, REGISTER_AID, COMMON_AID])
def test_every_application_can_be_selected_without_and_with_control_information(card: Card, aid: str) -> None:
    assert ask(card, f"00A4040C0A{aid}") == ask(card, f"00A404000A{aid}") == "9000"
    assert ask(card, f"00A404000A{aid}00") == f"6F0C840A{aid}9000"


@pytest.mark.parametrize(
    "aid", ["A000000308000010000100", "A0000000031010", "D2760001240102", JPKI_AID[:-2], JPKI_AID + "00", "3F00"]
)
def test_foreign_applications_are_not_found_and_change_nothing(card: Card, aid: str) -> None:
    select(card, JPKI_AID, "000A")
    assert ask(card, f"00A4040C{len(aid) // 2:02X}{aid}") == "6A82"
    assert ask(card, "00B0000001") == "309000"


@pytest.mark.parametrize(
    ("apdu", "sw"),
    [
        ("00A4040009A0000003080000100000", "6A82"),
        ("00A4040C0FD23300000045737445494420763335", "6A82"),
        ("00A404000CF276A288BCFBA69D34F31001", "6A82"),
        ("00A4040006D2760001240100", "6A82"),
        ("00CB3FFF035C017E08", "6D00"),
        ("00CADF3005", "6D00"),
    ],
)
def test_what_opensc_sends_to_find_out_which_card_this_is(card: Card, apdu: str, sw: str) -> None:
    assert ask(card, apdu) == sw


@pytest.mark.parametrize(("file", "sw"), [("0003", "6A82"), ("3F00", "6A82"), ("00", "6700"), ("00000A", "6700")])
def test_foreign_files_are_not_found(card: Card, file: str, sw: str) -> None:
    select(card, JPKI_AID)
    assert ask(card, f"00A4020C{len(file) // 2:02X}{file}") == sw


def test_a_file_is_found_only_in_its_application(card: Card) -> None:
    assert ask(card, "00A4020C02000A") == "6A82"
    select(card, TEXT_AID)
    assert ask(card, "00A4020C02000A") == "6A82"


@pytest.mark.parametrize("parameters", ["000C", "010C", "030C", "080C", "0404", "0201", "FFFF"])
def test_other_ways_to_select_are_refused(card: Card, parameters: str) -> None:
    assert ask(card, f"00A4{parameters}023F00") == "6A86"


def test_selecting_an_application_unselects_the_file(card: Card) -> None:
    select(card, JPKI_AID, "000A")
    select(card, JPKI_AID)
    assert ask(card, "00B0000001") == "6986"


# READ BINARY


def test_as_opensc_reads_four_bytes_first_and_the_length_after(card: Card, keys: Keys) -> None:
    select(card, JPKI_AID, "000A")
    head = bytes.fromhex(ask(card, "00B0000004")[:-4])
    size = int.from_bytes(head[2:4]) + 4
    content = b""
    while len(content) < size:
        le = min(size - len(content), 256)
        part = card.transmit(bytes((0, 0xB0, len(content) >> 8, len(content) & 0xFF, le % 256)))
        assert part[-2:] == b"\x90\x00"
        content += part[:-2]
    assert content == keys.auth_certificate


def test_one_extended_read_gives_the_whole_file(card: Card, keys: Keys) -> None:
    select(card, JPKI_AID, "000A")
    assert ask(card, "00B0000000 0000") == keys.auth_certificate.hex().upper() + "9000"
    assert ask(card, "00B0000000 0005") == keys.auth_certificate[:5].hex().upper() + "9000"


def test_reading_from_the_end_on_is_refused(card: Card, keys: Keys) -> None:
    select(card, JPKI_AID, "000A")
    size = len(keys.auth_certificate)
    last = size - 1
    assert ask(card, f"00B0{last:04X}00") == f"{keys.auth_certificate[-1]:02X}9000"
    assert ask(card, f"00B0{size:04X}00") == ask(card, "00B07FFF00") == "6B00"


@pytest.mark.parametrize(("apdu", "sw"), [("00B00000", "6700"), ("00B0000001AA01", "6700"), ("00B0810001", "6A86")])
def test_reads_without_le_with_data_or_by_short_identifier_are_refused(card: Card, apdu: str, sw: str) -> None:
    select(card, JPKI_AID, "000A")
    assert ask(card, apdu) == sw


def test_an_le_past_the_end_gives_what_there_is_and_a_warning_by_a_switch(keys: Keys) -> None:
    for behaviour, sw in ((Behaviour(), "9000"), (Behaviour(end_of_file="warning"), "6282")):
        card = personalised(keys, behaviour)
        select(card, TEXT_AID)
        verify(card, "0011", PINS["text"])
        assert ask(card, "00A4020C020001") == "9000"
        assert ask(card, "00B0000011") == "FF100C" + MY_NUMBER.encode().hex() + sw
        assert ask(card, "00B000000F").endswith("9000")
        assert ask(card, "00B0000000").endswith("9000")


@pytest.mark.parametrize(
    ("aid", "file", "openers"),
    [
        (JPKI_AID, "0001", {"001B"}),
        (TEXT_AID, "0001", {"0011", "0014"}),
        (TEXT_AID, "0002", {"0011", "0015"}),
        (TEXT_AID, "0003", {"0011", "0014", "0015"}),
        (VISUAL_AID, "0002", {"0012", "0013"}),
        (VISUAL_AID, "0005", {"0013"}),
        (REGISTER_AID, "0001", {"0011"}),
    ],
)
def test_each_protected_file_opens_to_its_pins_and_no_other(card: Card, aid: str, file: str, openers: set[str]) -> None:
    for pin_file, pin in PINS_BY_FILE[aid].items():
        select(card, aid)
        assert verify(card, pin_file, pin) == "9000"
        assert ask(card, f"00A4020C02{file}") == "9000"
        assert ask(card, "00B0000001")[-4:] == ("9000" if pin_file in openers else "6982")


PINS_BY_FILE = {
    JPKI_AID: {"0018": PINS["auth"], "001B": PINS["sign"]},
    TEXT_AID: {"0011": PINS["text"], "0014": PINS["text-a"], "0015": PINS["text-b"]},
    VISUAL_AID: {"0013": PINS["visual-a"], "0012": PINS["visual-b"]},
    REGISTER_AID: {"0011": PINS["resident-register"]},
}


@pytest.mark.parametrize(
    ("aid", "file"),
    [(JPKI_AID, f) for f in ("0002", "0006", "000A", "000B")]
    + [(TEXT_AID, "0004"), (TEXT_AID, "0005"), (COMMON_AID, "0001")],
)
def test_free_files_need_no_pin(card: Card, aid: str, file: str) -> None:
    select(card, aid, file)
    assert ask(card, "00B0000001").endswith("9000")


def test_the_visual_and_common_files_are_what_was_written(card: Card) -> None:
    select(card, VISUAL_AID)
    verify(card, "0013", PINS["visual-a"])
    for file, content in (("0002", FRONT), ("0005", BACK)):
        assert ask(card, f"00A4020C02{file}") == "9000"
        assert ask(card, "00B0000000") == content.hex().upper() + "9000"
    select(card, COMMON_AID, "0001")
    assert bytes.fromhex(ask(card, "00B0000000")[6:-4]).decode() == CARD_NUMBER


# VERIFY


@pytest.mark.parametrize(
    ("aid", "file", "tries"),
    [
        (JPKI_AID, "0018", 3),
        (JPKI_AID, "001B", 5),
        (TEXT_AID, "0011", 3),
        (TEXT_AID, "0014", 10),
        (TEXT_AID, "0015", 10),
        (VISUAL_AID, "0012", 10),
        (VISUAL_AID, "0013", 10),
        (REGISTER_AID, "0011", 3),
    ],
)
def test_wrong_pins_count_down_and_block_for_good(card: Card, aid: str, file: str, tries: int) -> None:
    select(card, aid)
    for left in reversed(range(tries)):
        assert verify(card, file, "0000") == f"63C{left:X}"
        assert ask(card, "00200080") == f"63C{left:X}"
    assert verify(card, file, PINS_BY_FILE[aid][file]) == "6984"
    card.reset()
    select(card, aid)
    assert verify(card, file, PINS_BY_FILE[aid][file]) == "6984"
    assert ask(card, "00200080") == "63C0"


def test_the_right_pin_gives_all_tries_back(card: Card) -> None:
    select(card, JPKI_AID)
    assert [verify(card, "0018", pin) for pin in ("0000", "1111", "1234")] == ["63C2", "63C1", "9000"]
    assert ask(card, "00200080") == "63C3"


def test_a_wrong_pin_takes_away_what_the_right_one_gave(card: Card) -> None:
    select(card, JPKI_AID)
    verify(card, "001B", PINS["sign"])
    verify(card, "001B", "WRONG1")
    assert ask(card, "00A4020C020001") == "9000"
    assert ask(card, "00B0000001") == "6982"


def test_pins_of_other_length_are_wrong_pins(card: Card) -> None:
    select(card, JPKI_AID)
    assert verify(card, "0018", "123") == "63C2"
    assert verify(card, "0018", "12345") == "63C1"


def test_asking_for_the_tries_uses_none(card: Card) -> None:
    select(card, JPKI_AID, "001B")
    assert {ask(card, "00200080") for _ in range(10)} == {"63C5"}
    assert ask(card, "0020008000") == "63C5"


def test_the_answer_for_a_blocked_pin_is_a_switch(keys: Keys) -> None:
    card = personalised(keys, Behaviour(blocked_status=0x6983))
    select(card, JPKI_AID)
    assert [verify(card, "0018", "0000") for _ in range(4)] == ["63C2", "63C1", "63C0", "6983"]


def test_the_status_of_a_proven_pin_is_a_switch(keys: Keys) -> None:
    card = personalised(keys, Behaviour(status_of_proven_pin="ok"))
    select(card, JPKI_AID, "0018")
    assert ask(card, "00200080") == "63C3"
    verify(card, "0018", PINS["auth"])
    assert ask(card, "00200080") == "9000"
    assert ask(card, "00A4020C02001B") == "9000"
    assert ask(card, "00200080") == "63C5"


@pytest.mark.parametrize(("survive", "sw"), [(False, "6982"), (True, "9000")])
def test_whether_pins_survive_selecting_the_same_application_is_a_switch(keys: Keys, survive: bool, sw: str) -> None:
    card = personalised(keys, Behaviour(pins_survive_reselect=survive))
    select(card, JPKI_AID)
    verify(card, "001B", PINS["sign"])
    select(card, JPKI_AID, "0001")
    assert ask(card, "00B0000001")[-4:] == sw


def test_no_pin_survives_selecting_another_application(keys: Keys) -> None:
    card = personalised(keys, Behaviour(pins_survive_reselect=True))
    select(card, JPKI_AID)
    verify(card, "001B", PINS["sign"])
    select(card, TEXT_AID)
    select(card, JPKI_AID, "0001")
    assert ask(card, "00B0000001") == "6982"


# CHANGE PIN


def test_a_proven_pin_can_be_changed(card: Card) -> None:
    select(card, JPKI_AID)
    verify(card, "001B", PINS["sign"])
    assert ask(card, "0024018008" + b"NEWPASS9".hex()) == "9000"
    assert verify(card, "001B", PINS["sign"]) == "63C4"
    assert verify(card, "001B", "NEWPASS9") == "9000"


def test_a_pin_not_proven_can_not_be_changed(card: Card) -> None:
    select(card, JPKI_AID)
    verify(card, "0018", PINS["auth"])
    assert ask(card, "00A4020C02001B") == "9000"
    assert ask(card, "0024018008" + b"NEWPASS9".hex()) == "6982"


@pytest.mark.parametrize("pin", ["", "ABC12", "abc123", "ABC 123", "A" * 17, "ABC123\n", "ＡＢＣ１２３"])
def test_a_new_password_has_6_to_16_upper_case_letters_and_digits(card: Card, pin: str) -> None:
    select(card, JPKI_AID)
    verify(card, "001B", PINS["sign"])
    data = pin.encode()
    lc = bytes((len(data),)) if data else b""
    assert card.transmit(bytes.fromhex("00240180") + lc + data) == bytes.fromhex("6A80")
    assert verify(card, "001B", PINS["sign"]) == "9000"


@pytest.mark.parametrize("pin", ["123", "12345", "12A4"])
def test_a_new_pin_has_four_digits(card: Card, pin: str) -> None:
    select(card, JPKI_AID)
    verify(card, "0018", PINS["auth"])
    assert ask(card, f"00240180{len(pin):02X}{pin.encode().hex()}") == "6A80"


def test_a_check_number_is_printed_on_the_card_and_stays(card: Card) -> None:
    select(card, VISUAL_AID)
    verify(card, "0013", MY_NUMBER)
    assert ask(card, "002401800C" + MY_NUMBER.encode().hex()) == "6985"


# SIGN


@pytest.mark.parametrize("hash_name", DIGEST_INFO)
@pytest.mark.parametrize("which", ["auth", "sign"])
def test_signatures_verify(card: Card, keys: Keys, hash_name: str, which: Literal["auth", "sign"]) -> None:
    pin_file, key_file = {"auth": ("0018", "0017"), "sign": ("001B", "001A")}[which]
    digest = hashlib.new(hash_name, b"to be signed").digest()
    data = bytes.fromhex(DIGEST_INFO[hash_name]) + digest
    select(card, JPKI_AID)
    verify(card, pin_file, PINS[which])
    assert ask(card, f"00A4020C02{key_file}") == "9000"
    response = bytes.fromhex(ask(card, f"802A0080{len(data):02X}{data.hex()}00"))
    assert (len(response), response[-2:]) == (258, b"\x90\x00")
    algorithm = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
    public_key = (keys.auth if which == "auth" else keys.sign).public_key()
    public_key.verify(response[:-2], digest, padding.PKCS1v15(), Prehashed(algorithm[hash_name]()))


def test_a_digest_info_without_null_is_signed_as_it_stands_or_refused_by_a_switch(keys: Keys) -> None:
    data = bytes.fromhex("302F300B0609608648016503040201 0420") + hashlib.sha256(b"x").digest()
    for accepted in (True, False):
        card = personalised(keys, Behaviour(digest_info_without_null=accepted))
        select(card, JPKI_AID)
        verify(card, "0018", PINS["auth"])
        select_key = ask(card, "00A4020C020017")
        response = bytes.fromhex(ask(card, f"802A0080{len(data):02X}{data.hex()}00"))
        assert select_key == "9000"
        assert response[-2:].hex() == ("9000" if accepted else "6a80")
        if accepted:
            numbers = keys.auth.public_key().public_numbers()
            padded = pow(int.from_bytes(response[:-2]), numbers.e, numbers.n).to_bytes(256)
            assert padded == b"\x00\x01" + b"\xff" * (256 - 3 - len(data)) + b"\x00" + data


def test_a_signature_longer_than_le_waits(card: Card, keys: Keys) -> None:
    digest = hashlib.sha256(b"x").digest()
    data = bytes.fromhex(DIGEST_INFO["sha256"]) + digest
    select(card, JPKI_AID)
    verify(card, "0018", PINS["auth"])
    ask(card, "00A4020C020017")
    assert ask(card, f"802A0080{len(data):02X}{data.hex()}") == "6100"
    signature = bytes.fromhex(ask(card, "00C0000000")[:-4])
    keys.auth.public_key().verify(signature, digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))


def test_a_key_needs_its_own_pin(card: Card) -> None:
    data = DIGEST_INFO["sha256"] + "00" * 32
    for pin_file, pin, key_file in (("0018", PINS["auth"], "001A"), ("001B", PINS["sign"], "0017")):
        select(card, JPKI_AID)
        verify(card, pin_file, pin)
        assert ask(card, f"00A4020C02{key_file}") == "9000"
        assert ask(card, f"802A0080{len(data) // 2:02X}{data}00") == "6982"


@pytest.mark.parametrize(
    "data",
    [
        "",
        "00" * 32,  # a digest without DigestInfo
        DIGEST_INFO["sha256"] + "00" * 31,
        DIGEST_INFO["sha256"] + "00" * 33,
        DIGEST_INFO["sha256"] + "00" * 20,
        DIGEST_INFO["sha1"] + "00" * 32,
        "3020300C06082A864886F70D020505000410" + "00" * 16,  # MD5
        "3032300E060960864801650304020105000500 0420".replace(" ", "") + "00" * 32,
    ],
)
def test_what_is_no_digest_info_is_not_signed(card: Card, data: str) -> None:
    select(card, JPKI_AID)
    verify(card, "0018", PINS["auth"])
    ask(card, "00A4020C020017")
    lc = f"{len(data) // 2:02X}" if data else ""
    assert ask(card, f"802A0080{lc}{data}00") == "6A80"
