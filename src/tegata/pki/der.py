"""DER (X.690) as CRLs and OCSP messages need it: writing by nesting, and reading that never leaves its bounds."""

from typing import Final, NamedTuple, Protocol, overload

from cryptography.hazmat.primitives.asymmetric import rsa

from tegata.pki.keys import PublicKey

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OBJECT_IDENTIFIER: Final = 0x06
ENUMERATED: Final = 0x0A
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
SEQUENCE: Final = 0x30

_SHA256_WITH_RSA: Final = bytes.fromhex("300d06092a864886f70d01010b0500")
_ECDSA_WITH_SHA256: Final = bytes.fromhex("300a06082a8648ce3d040302")

Buffer = bytes | memoryview


class Octets(Protocol):
    """Bytes, in memory or in a file, that are read piece by piece."""

    def __len__(self) -> int: ...

    @overload
    def __getitem__(self, at: int, /) -> int: ...

    @overload
    def __getitem__(self, at: slice, /) -> Buffer: ...


class DerError(ValueError):
    """The bytes are not the DER they should be; ``truncated`` where they end before they say they do."""

    def __init__(self, message: str, *, truncated: bool = False) -> None:
        super().__init__(message)
        self.truncated = truncated


def context(number: int, *, constructed: bool = True) -> int:
    """The identifier octet of a context-specific tag ``[number]``."""
    return (0xA0 if constructed else 0x80) | number


def header(tag: int, length: int) -> bytes:
    """Identifier and length octets of an element whose content has ``length`` bytes."""
    if length < 0x80:
        return bytes((tag, length))
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size, "big")


def encode(tag: int, *contents: bytes) -> bytes:
    """One element around ``contents``."""
    content = b"".join(contents)
    return header(tag, len(content)) + content


def integer(value: int) -> bytes:
    """An INTEGER in its shortest form."""
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return encode(INTEGER, value.to_bytes(size, "big", signed=True))


def bit_string(content: bytes) -> bytes:
    """A BIT STRING of whole bytes."""
    return encode(BIT_STRING, b"\0", content)


def signature_algorithm(key: PublicKey) -> bytes:
    """AlgorithmIdentifier of the one signature that each kind of key makes here (RFC 4055 5, RFC 5758 3.2)."""
    return _SHA256_WITH_RSA if isinstance(key, rsa.RSAPublicKey) else _ECDSA_WITH_SHA256


class Element(NamedTuple):
    """Where an element lies: ``start`` is its first identifier octet, ``body``:``end`` its content."""

    tag: int
    start: int
    body: int
    end: int


class Reader:
    """Reads elements one after the other between ``start`` and ``end`` of ``data``; raises :class:`DerError`."""

    def __init__(self, data: Octets, start: int = 0, end: int | None = None) -> None:
        self.data = data
        self.position = start
        self.end = len(data) if end is None else end

    def peek(self) -> int | None:
        """The next element's identifier octet, or None at the end."""
        return self.data[self.position] if self.position < self.end else None

    def read(self, tag: int) -> Element:
        """The next element, which must have this tag."""
        if self.peek() != tag:
            found = self.peek()
            raise DerError(
                f"expected tag {tag:#04x}, found {found if found is None else hex(found)}",
                truncated=found is None and self.end == len(self.data),
            )
        start = self.position
        body, length = self._length(start + 1)
        self.position = body + length
        if self.position > self.end:
            raise DerError(f"an element of {length} bytes does not fit", truncated=self.end == len(self.data))
        return Element(tag, start, body, self.position)

    def optional(self, tag: int) -> Element | None:
        """The next element if it has this tag."""
        return self.read(tag) if self.peek() == tag else None

    def enter(self, tag: int) -> "Reader":
        """A reader of the next element's content."""
        return self.inside(self.read(tag))

    def inside(self, element: Element) -> "Reader":
        """A reader of ``element``'s content."""
        return Reader(self.data, element.body, element.end)

    def content(self, tag: int) -> bytes:
        """The next element's content."""
        return self.bytes_of(self.read(tag))

    def bytes_of(self, element: Element, *, whole: bool = False) -> bytes:
        """An element's content, or with its identifier and length octets when ``whole``."""
        return bytes(self.data[element.start if whole else element.body : element.end])

    def integer(self, most: int = 20) -> int:
        """The next INTEGER, of at most ``most`` octets, in its shortest form."""
        content = self.content(INTEGER)
        if not 0 < len(content) <= most or _has_padding(content):
            raise DerError(f"an integer of {len(content)} octets, or not in its shortest form")
        return int.from_bytes(content, "big", signed=True)

    def boolean(self) -> bool:
        """The next BOOLEAN, absent meaning false (DER forbids writing a default, X.690 11.5)."""
        element = self.optional(BOOLEAN)
        if element is not None and self.bytes_of(element) != b"\xff":
            raise DerError("a BOOLEAN DEFAULT FALSE that is not TRUE")
        return element is not None

    def finish(self) -> None:
        """Raise unless everything was read."""
        if self.position != self.end:
            raise DerError(f"{self.end - self.position} bytes too many")

    def _length(self, at: int) -> tuple[int, int]:
        """Where the content starts and how long it is: definite and in its shortest form (X.690 10.1)."""
        first = self._octets(at, 1)[0]
        if first < 0x80:
            return at + 1, first
        size = first & 0x7F
        if not 1 <= size <= 4:
            raise DerError(f"a length of {size} octets")
        length = int.from_bytes(self._octets(at + 1, size), "big")
        if length < 0x80 or length.bit_length() <= 8 * (size - 1):
            raise DerError("a length that is not in its shortest form")
        return at + 1 + size, length

    def _octets(self, at: int, count: int) -> Buffer:
        if at + count > self.end:
            raise DerError("ends within a length", truncated=self.end == len(self.data))
        return self.data[at : at + count]


def _has_padding(content: bytes) -> bool:
    return len(content) > 1 and (
        (content[0] == 0x00 and content[1] < 0x80) or (content[0] == 0xFF and content[1] >= 0x80)
    )
