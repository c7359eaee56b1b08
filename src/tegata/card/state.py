"""What a card holds: the image that survives without power, and the session that does not."""

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa

from tegata.card.apdu import Command
from tegata.card.behaviour import Behaviour
from tegata.card.errors import CardImageRefused
from tegata.card.files import FILES_OF, LARGEST_FILE, Application, DataFile, File, KeyFile, PinFile, TokenKind
from tegata.card.signing import load_key
from tegata.card.status import Refused, Status

MAGIC = b"TGC\x01"
"""First bytes of an image: the format and its version."""
SHORTEST_ISSUER_KEY = 16


class Pin(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """A PIN's value and the tries it has left."""

    value: bytes
    tries: int


class Image(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """All that survives without power, by file key. Holds the private keys: an image is as secret as the card.

    An image of before there were phones names no ``kind``: it is a card's.
    """

    issuer_key: bytes
    behaviour: Behaviour
    data: dict[int, bytes]
    pins: dict[int, Pin]
    keys: dict[int, bytes]
    kind: TokenKind = "card"

    def holds(self, file: File) -> bool:
        """Whether the issuer has written this file yet."""
        return file.key in self.data or file.key in self.pins or file.key in self.keys


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Image)


def dump(image: Image) -> bytes:
    """The image as bytes: magic, then MessagePack; equal images give equal bytes."""
    ordered = msgspec.structs.replace(
        image,
        data=dict(sorted(image.data.items())),
        pins=dict(sorted(image.pins.items())),
        keys=dict(sorted(image.keys.items())),
    )
    return MAGIC + _encoder.encode(ordered)


def load(dumped: bytes) -> Image:
    """Read an image.

    Raises:
        CardImageRefused: not an image of this version, cut short, or with a file that no card has.
    """
    if not dumped.startswith(MAGIC):
        raise CardImageRefused("not a card image of this version")
    try:
        image = _decoder.decode(dumped[len(MAGIC) :])
    except msgspec.MsgspecError as error:
        raise CardImageRefused("broken card image") from error
    if not _is_possible(image):
        raise CardImageRefused("no card can hold this")
    return image


def with_behaviour(dumped: bytes, behaviour: Behaviour) -> bytes:
    """The image of a card with other switches. Raises :class:`CardImageRefused`."""
    return dump(msgspec.structs.replace(load(dumped), behaviour=behaviour))


def _is_possible(image: Image) -> bool:
    files = FILES_OF[image.kind]
    return (
        len(image.issuer_key) >= SHORTEST_ISSUER_KEY
        and all(
            isinstance(files.get(key), DataFile) and 0 < len(data) <= LARGEST_FILE for key, data in image.data.items()
        )
        and all(isinstance(files.get(key), KeyFile) for key in image.keys)
        and all(_is_possible_pin(files.get(key), pin) for key, pin in image.pins.items())
    )


def _is_possible_pin(file: File | None, pin: Pin) -> bool:
    return isinstance(file, PinFile) and 0 <= pin.tries <= file.tries and file.form.fullmatch(pin.value) is not None


@dataclass(slots=True)
class Session:
    """What the card forgets without power. ``proven``: keys of the PINs proven in ``application``."""

    application: Application | None = None
    file: File | None = None
    proven: set[int] = field(default_factory=set)
    issuer: bool = False
    challenge: bytes | None = None
    chain: Command | None = None
    pending: bytes = b""
    warning: Status | None = None


@dataclass(slots=True)
class Machine:
    """Image, session and source of randomness: what the commands work on."""

    image: Image
    random_bytes: Callable[[int], bytes]
    session: Session = field(default_factory=Session)
    _loaded: dict[int, rsa.RSAPrivateKey] = field(default_factory=dict)

    def private_key(self, file: KeyFile) -> rsa.RSAPrivateKey:
        """The key of this file, read from its DER on first use; 6F00 if the image holds no readable key there."""
        if file.key not in self._loaded:
            try:
                self._loaded[file.key] = load_key(self.image.keys[file.key])
            except ValueError as error:
                raise Refused(Status.FAILED) from error
        return self._loaded[file.key]

    def put_key(self, file: KeyFile, der: bytes) -> None:
        """Write a key file."""
        self._loaded.pop(file.key, None)
        self.image.keys[file.key] = der
