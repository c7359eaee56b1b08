"""Cards in readers, where pieces are missing: each has its own words. With a card: tests/cli/card."""

import subprocess
import sys

import pytest

from tegata.card import pcsc
from tegata.card.pcsc import NoCard, NoPyscard, NoReader, PcscFailure, Reader

FULL, EMPTY = Reader("ACME Pad 00 00", b"\x3b\x00"), Reader("Virtual PCD 00 00", b"")


@pytest.mark.parametrize(
    ("apdu", "sent"),
    [
        ("00200080", "00200080"),
        ("00B0000010", "00B0000010"),
        ("00A4040C0AD392F000260100000001", "00A4040C0AD392F000260100000001"),
        ("00A404000AD392F00026010000000100", "00A404000AD392F000260100000001"),
        ("802A00800200FF00", "802A00800200FF"),
        ("0020", "0020"),
        ("00", "00"),
    ],
)
def test_with_t0_a_command_with_data_carries_no_le(apdu: str, sent: str) -> None:
    assert pcsc.for_t0(bytes.fromhex(apdu)).hex().upper() == sent


def test_the_first_reader_with_a_card_is_taken() -> None:
    assert pcsc.choose([EMPTY, FULL], "") == FULL
    assert pcsc.choose([EMPTY, FULL], "acme") == FULL


@pytest.mark.parametrize(
    ("known", "wanted", "failure"),
    [([], "", NoReader), ([FULL], "virtual", NoReader), ([EMPTY, FULL], "virtual", NoCard), ([EMPTY], "", NoCard)],
)
def test_no_reader_and_no_card(known: list[Reader], wanted: str, failure: type[PcscFailure]) -> None:
    with pytest.raises(failure):
        pcsc.choose(known, wanted)


def test_without_pyscard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard", None)
    with pytest.raises(NoPyscard) as missing:
        pcsc.readers()
    assert "make card" in missing.value.next_en


def test_without_pcscd(tmp_path: object) -> None:
    """In a process of its own: pcsc-lite remembers where it found its service."""
    script = (
        "from tegata.card import pcsc\ntry: pcsc.readers()\nexcept pcsc.PcscFailure as failure: print(failure.code)"
    )
    environment = {"PCSCLITE_CSOCK_NAME": f"{tmp_path}/nothing"}
    ran = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "pcscd-not-running"


def test_every_failure_has_a_code_of_its_own_and_both_languages() -> None:
    kinds = [PcscFailure, *PcscFailure.__subclasses__()]
    assert len({kind.code for kind in kinds}) == len(kinds)
    for kind in kinds:
        assert kind.ja != kind.en
        assert kind.next_ja != kind.next_en
