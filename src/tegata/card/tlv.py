"""BER-TLV with tags of one or two bytes, as the card's text and visual files have it (ISO/IEC 7816-4 §5.2.2)."""

from collections.abc import Iterator


class MalformedTlv(ValueError):
    """The bytes are cut short or their lengths do not add up."""


def encode(tag: int, value: bytes) -> bytes:
    """One object; the shortest form of the length, at most 65535 bytes of value."""
    return tag.to_bytes(2 if tag > 0xFF else 1) + _length(len(value)) + value


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes((size,))
    return b"\x81" + bytes((size,)) if size < 0x100 else b"\x82" + size.to_bytes(2)


def header(data: bytes) -> tuple[int, int, int]:
    """Tag, size of tag and length, size of the value, of the object that ``data`` begins with.

    Raises:
        MalformedTlv: cut short, or a form of the length that the card does not use.
    """
    size = 2 if data[:1] and data[0] & 0x1F == 0x1F else 1
    if len(data) < size + 1:
        raise MalformedTlv("cut short")
    tag, first = int.from_bytes(data[:size]), data[size]
    if first < 0x80:
        return tag, size + 1, first
    more = first & 0x7F
    if more not in (1, 2) or len(data) < size + 1 + more:
        raise MalformedTlv("length")
    return tag, size + 1 + more, int.from_bytes(data[size + 1 : size + 1 + more])


def objects(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and value of each object in ``data``, in order; raises :class:`MalformedTlv`."""
    while data:
        tag, start, size = header(data)
        if len(data) < start + size:
            raise MalformedTlv("cut short")
        yield tag, data[start : start + size]
        data = data[start + size :]


def fields(data: bytes) -> dict[int, bytes]:
    """The objects in ``data`` by tag; raises :class:`MalformedTlv`, also where a tag comes twice."""
    found: dict[int, bytes] = {}
    for tag, value in objects(data):
        if tag in found:
            raise MalformedTlv(f"{tag:04X} comes twice")
        found[tag] = value
    return found
