"""Status words (ISO/IEC 7816-4 §5.6) that the card answers, and the refusal that carries one."""

from enum import IntEnum


class Status(IntEnum):
    """SW1 SW2. ``63Cx`` and ``61xx`` carry a number and are made by the functions below."""

    OK = 0x9000
    END_OF_FILE = 0x6282
    NOT_AUTHENTIC = 0x6300
    WRONG_LENGTH = 0x6700
    NO_CHANNELS = 0x6881
    NO_SECURE_MESSAGING = 0x6882
    CHAIN_NOT_FINISHED = 0x6883
    NO_CHAINING = 0x6884
    WRONG_KIND_OF_FILE = 0x6981
    SECURITY_NOT_SATISFIED = 0x6982
    BLOCKED = 0x6983
    BLOCKED_AS_REFERENCE_UNUSABLE = 0x6984
    CONDITIONS_NOT_SATISFIED = 0x6985
    NO_FILE_SELECTED = 0x6986
    WRONG_DATA = 0x6A80
    FILE_NOT_FOUND = 0x6A82
    NO_SPACE = 0x6A84
    WRONG_PARAMETERS = 0x6A86
    PAST_THE_END = 0x6B00
    UNKNOWN_INSTRUCTION = 0x6D00
    UNKNOWN_CLASS = 0x6E00
    FAILED = 0x6F00


class Refused(Exception):
    """A rule of the card refused the command; ``sw`` is what the card answers."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = int(sw)


def tries_left(count: int) -> int:
    """``63Cx``: the PIN was not right, or was not given; ``count`` tries are left."""
    return 0x63C0 | min(count, 15)


def more_to_come(count: int) -> int:
    """``61xx``: ``count`` more bytes wait for GET RESPONSE; 00 stands for 256 and more."""
    return 0x6100 | (count if count < 256 else 0)


def wrong_le(right: int) -> int:
    """``6Cxx``: ask again with Le = ``right``."""
    return 0x6C00 | right
