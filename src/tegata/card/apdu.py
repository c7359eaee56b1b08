"""Command APDUs, short and extended, cases 1 to 4 (ISO/IEC 7816-4 §5.2)."""

from dataclasses import dataclass

SHORT_DATA = 255
"""Most data bytes of a short command."""
SHORT_LE = 256
"""Most response bytes that a short Le can ask for (coded 00)."""
EXTENDED_LE = 65536
"""Most response bytes that an extended Le can ask for (coded 0000)."""
CHAINING = 0x10
"""The bit of CLA that says: more of this command follows (ISO/IEC 7816-4 §5.4.1)."""


class MalformedCommand(ValueError):
    """The bytes are no command APDU: header, Lc, data and Le do not add up."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command. ``le`` is the number of response bytes allowed (1 to 65536), ``None`` where Le is absent."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    @property
    def header(self) -> tuple[int, int, int, int]:
        """CLA without its chaining bit, INS, P1, P2: equal for all the commands of a chain."""
        return self.cla & ~CHAINING, self.ins, self.p1, self.p2

    @property
    def is_extended(self) -> bool:
        """Whether the command can only be coded with extended length fields."""
        return len(self.data) > SHORT_DATA or (self.le or 0) > SHORT_LE

    def encode(self) -> bytes:
        """The command's bytes, short where that is possible."""
        head = bytes((self.cla, self.ins, self.p1, self.p2))
        return head + (self._extended_body() if self.is_extended else self._short_body())

    def _short_body(self) -> bytes:
        lc = bytes((len(self.data),)) if self.data else b""
        le = b"" if self.le is None else bytes((self.le % SHORT_LE,))
        return lc + self.data + le

    def _extended_body(self) -> bytes:
        lc = b"\0" + len(self.data).to_bytes(2) if self.data else b""
        le = b"" if self.le is None else (self.le % EXTENDED_LE).to_bytes(2)
        return lc + self.data + (le if lc or not le else b"\0" + le)


def is_extended_form(apdu: bytes) -> bool:
    """Whether the lengths of a command are coded in the extended form (a zero byte where a short one has Lc)."""
    return len(apdu) > 5 and apdu[4] == 0


def parse(apdu: bytes) -> Command:
    """Read a command APDU.

    Raises:
        MalformedCommand: shorter than a header, or the lengths do not add up.
    """
    if len(apdu) < 4:
        raise MalformedCommand("shorter than a header")
    cla, ins, p1, p2 = apdu[:4]
    data, le = _body(apdu[4:])
    return Command(cla, ins, p1, p2, data, le)


def _body(body: bytes) -> tuple[bytes, int | None]:
    if not body:
        return b"", None
    if len(body) == 1:
        return b"", body[0] or SHORT_LE
    if body[0]:
        return _data_and_le(body, lc_size=1, lc=body[0], le_size=1, most=SHORT_LE)
    if len(body) == 3:
        return b"", int.from_bytes(body[1:]) or EXTENDED_LE
    return _data_and_le(body, lc_size=3, lc=int.from_bytes(body[1:3]), le_size=2, most=EXTENDED_LE)


def _data_and_le(body: bytes, *, lc_size: int, lc: int, le_size: int, most: int) -> tuple[bytes, int | None]:
    rest = len(body) - lc_size - lc
    if lc == 0 or rest not in (0, le_size):
        raise MalformedCommand("Lc does not fit the length")
    data = body[lc_size : lc_size + lc]
    return data, (int.from_bytes(body[-le_size:]) or most) if rest else None
