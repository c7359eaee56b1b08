"""What a card must answer, written from docs/card.md and not from the card: a small model that judges every exchange.

The model knows the files, their access rules and tries from its own tables, follows what is sent, and says of each
command what the answer has to be. It imports nothing of the card. All that it takes from the answer is a challenge; a
signature it computes by plain arithmetic.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa

from scripts.card_tables import (
    CARD,
    CHAINED,
    CLASSES,
    DIGEST_INFOS,
    MOST,
    PARAMETERS,
    Apdu,
    Applications,
    Contents,
    Data,
    File,
    Key,
    No,
    Pin,
    Place,
    Switches,
    read_apdu,
)


class Broken(AssertionError):
    """The card broke a rule; the message says which, and how."""


@dataclass
class Session:
    """What is forgotten at each reset."""

    aid: bytes | None = None
    file: int | None = None
    proven: set[int] = field(default_factory=set)
    issuer: bool = False
    challenge: bytes | None = None
    chain: Apdu | None = None
    pending: bytes = b""


class Oracle:
    """Follows one card. ``private_keys``: the numbers of each key (DER) that the card may hold."""

    def __init__(
        self, contents: Contents, issuer_key: bytes, switches: Switches,
        private_keys: Mapping[bytes, rsa.RSAPrivateNumbers],
        applications: Applications = CARD,
    ) -> None:  # fmt: skip
        self.contents, self.session = contents, Session()
        self.switches, self._issuer_key = switches, issuer_key
        self._private_keys, self._applications = private_keys, applications
        self._answer = b""

    def reset(self) -> None:
        """The card lost its power."""
        self.session = Session()

    def judge(self, raw: bytes, answer: bytes) -> int:
        """Follow one exchange; the status word. Raises :class:`Broken` where the answer is not the one it has to be."""
        if len(answer) < 2:
            raise Broken(f"answers at least two bytes: {raw.hex()} was answered by {answer.hex() or 'nothing'}")
        self._answer, sw = answer[:-2], int.from_bytes(answer[-2:])
        secret, ins = self._is_closed(), raw[1:2]
        data, expected = self._expect(raw)
        if (self._answer, sw) == (data, expected):
            return sw
        said = f"{raw.hex()} was answered by {answer.hex()[:64]}, not by {data.hex()[:60]} {expected:04X}"
        if secret and ins in (b"\x2a", b"\xb0") and (self._answer or sw >> 8 in (0x61, 0x62, 0x90)):
            done = "used" if ins == b"\x2a" else "read"
            raise Broken(f"what a PIN protects is {done} with that PIN only: {said}")
        raise Broken(f"each command is answered as documented: {said}")

    def compare(self, image: bytes) -> None:
        """Hold a dump of the card against the model. Raises :class:`Broken`."""
        found, known = Contents.of_image(image), self.contents
        for place, (value, tries) in found.pins.items():
            before = known.pins.get(place)
            if before is not None and tries > before[1]:
                raise Broken(f"tries rise by a right PIN or the issuer only: {place} has {tries}, not {before[1]}")
            if before != (value, tries):
                raise Broken(f"PINs change by who may only: {place}")
        if (found.data, found.keys, found.pins.keys()) != (known.data, known.keys, known.pins.keys()):
            raise Broken("files and keys change by the issuer only")

    def _is_closed(self) -> bool:
        file = self._file()
        proven = self.session.proven
        return (isinstance(file, Data) and bool(file.pins) and proven.isdisjoint(file.pins)) or (
            isinstance(file, Key) and file.pin not in proven
        )

    def _file(self) -> File | None:
        aid, identifier = self.session.aid, self.session.file
        return None if aid is None or identifier is None else self._applications[aid][identifier]

    @property
    def _selected(self) -> Place:
        assert self.session.aid is not None
        assert self.session.file is not None
        return self.session.aid, self.session.file

    def _expect(self, raw: bytes) -> tuple[bytes, int]:
        """Data and status word that the command has to be answered by; the model moves on."""
        session = self.session
        try:
            if len(raw) > 5 and raw[4] == 0 and not self.switches.extended_length:
                raise No(0x6700)
            command, ended = self._whole(read_apdu(raw))
            if not ended:
                session.pending = b""
                return b"", 0x9000
            data, sw = self._run(command)
        except No as no:
            session.chain, session.pending = None, b""
            return b"", no.sw
        le = command.le or 0
        session.pending = data[le:]
        if session.pending:
            more = len(session.pending)
            return data[:le], 0x6100 | (more if more < 256 else 0)
        return data, sw

    def _whole(self, command: Apdu) -> tuple[Apdu, bool]:
        if command.ins not in HANDLERS:
            raise No(0x6D00)
        cla = command.cla & 0xEF
        if cla != CLASSES.get(command.ins, 0):
            raise No(0x6881 if cla in (1, 2, 3) else 0x6882 if cla in (4, 8, 12) else 0x6E00)
        begun, self.session.chain = self.session.chain, None
        if begun is not None:
            if (begun.cla & 0xEF, begun.ins, begun.p) != (cla, command.ins, command.p):
                raise No(0x6883)
            command = Apdu(command.cla, command.ins, command.p, begun.data + command.data, command.le)
        if command.cla & 0x10:
            if command.ins not in CHAINED:
                raise No(0x6884)
            if len(command.data) > MOST:
                raise No(0x6700)
            self.session.chain = command
            return command, False
        if PARAMETERS.get(command.ins, command.p) != command.p:
            raise No(0x6A86)
        return command, True

    def _run(self, command: Apdu) -> tuple[bytes, int]:
        found = HANDLERS[command.ins](self, command)
        return found if isinstance(found, tuple) else (found, 0x9000)

    def _of_kind(self, kind: type, *, written: bool = True) -> File:
        file = self._file()
        if file is None:
            raise No(0x6986)
        if not isinstance(file, kind):
            raise No(0x6981)
        if written and not self._is_written(self._selected):
            raise No(0x6A82)
        return file

    def _is_written(self, place: Place) -> bool:
        return place in self.contents.data or place in self.contents.pins or place in self.contents.keys

    def _need_issuer(self) -> None:
        if not self.session.issuer:
            raise No(0x6982)

    def select(self, command: Apdu) -> bytes:
        """A4."""
        if command.p not in (0x0400, 0x040C, 0x0200, 0x020C):
            raise No(0x6A86)
        session = self.session
        if command.p >> 8 == 4:
            if command.data not in self._applications:
                raise No(0x6A82)
            if command.data != session.aid or not self.switches.pins_survive_reselect:
                session.proven = set()
            session.aid, session.file = command.data, None
            asked = command.p == 0x0400 and command.le is not None
            return b"\x6f\x0c\x84\x0a" + command.data if asked else b""
        if len(command.data) != 2:
            raise No(0x6700)
        identifier = int.from_bytes(command.data)
        if session.aid is None or identifier not in self._applications[session.aid]:
            raise No(0x6A82)
        if not (session.issuer or self._is_written((session.aid, identifier))):
            raise No(0x6A82)
        session.file = identifier
        return b""

    def read(self, command: Apdu) -> tuple[bytes, int]:
        """B0."""
        if command.p & 0x8000:
            raise No(0x6A86)
        file = self._of_kind(Data)
        assert isinstance(file, Data)
        if file.pins and self.session.proven.isdisjoint(file.pins):
            raise No(0x6982)
        if command.data or command.le is None:
            raise No(0x6700)
        content = self.contents.data[self._selected]
        if command.p >= len(content):
            raise No(0x6B00)
        part = content[command.p : command.p + command.le]
        warns = self.switches.end_of_file == "warning" and len(part) < command.le and command.le not in (256, 65536)
        return part, 0x6282 if warns else 0x9000

    def verify(self, command: Apdu) -> bytes:
        """20."""
        file = self._of_kind(Pin)
        assert isinstance(file, Pin)
        place = self._selected
        value, tries = self.contents.pins[place]
        if not command.data:
            if self.switches.status_of_proven_pin == "ok" and place[1] in self.session.proven:
                return b""
            raise No(self.switches.blocked_status if self._says_blocked(tries) else 0x63C0 + tries)
        if tries == 0:
            raise No(self.switches.blocked_status)
        if command.data == value:
            self.contents.pins[place] = (value, file.tries)
            self.session.proven.add(place[1])
            return b""
        self.contents.pins[place] = (value, tries - 1)
        self.session.proven.discard(place[1])
        raise No(0x63C0 + tries - 1)

    def _says_blocked(self, tries: int) -> bool:
        return tries == 0 and self.switches.status_of_blocked_pin == "blocked"

    def change(self, command: Apdu) -> bytes:
        """24."""
        file = self._of_kind(Pin)
        assert isinstance(file, Pin)
        if not file.changeable:
            raise No(0x6985)
        if self._selected[1] not in self.session.proven:
            raise No(0x6982)
        return self._set(file, command.data)

    def _set(self, file: Pin, value: bytes) -> bytes:
        if file.form.fullmatch(value) is None:
            raise No(0x6A80)
        self.contents.pins[self._selected] = (value, file.tries)
        return b""

    def sign(self, command: Apdu) -> bytes:
        """2A: the signature of the answer is checked with the public key."""
        file = self._of_kind(Key)
        assert isinstance(file, Key)
        if file.pin not in self.session.proven:
            raise No(0x6982)
        known = self.switches.digest_info_without_null
        if not any(command.data[:-size] == prefix and (null or known) for prefix, (size, null) in DIGEST_INFOS.items()):
            raise No(0x6A80)
        return signature(self._key(), command.data)

    def _key(self) -> rsa.RSAPrivateNumbers:
        return self._private_keys[self.contents.keys[self._selected]]

    def get_challenge(self, command: Apdu) -> bytes:
        """84."""
        if command.le not in (16, 256):
            raise No(0x6C10)
        if len(self._answer) != 16:
            raise Broken("a challenge has 16 bytes")
        self.session.challenge = self._answer
        return self._answer

    def authenticate(self, command: Apdu) -> bytes:
        """82."""
        challenge, self.session.challenge = self.session.challenge, None
        self.session.issuer = False
        if challenge is None:
            raise No(0x6985)
        if command.data != proof_of(self._issuer_key, challenge):
            raise No(0x6300)
        self.session.issuer = True
        return b""

    def reset_pin(self, command: Apdu) -> bytes:
        """2C."""
        file = self._of_kind(Pin, written=False)
        assert isinstance(file, Pin)
        self._need_issuer()
        self._set(file, command.data)
        self.session.proven.discard(self._selected[1])
        return b""

    def update(self, command: Apdu) -> bytes:
        """D6."""
        if command.p & 0x8000:
            raise No(0x6A86)
        self._of_kind(Data, written=False)
        self._need_issuer()
        content = self.contents.data.get(self._selected, b"")
        end = command.p + len(command.data)
        if not command.data:
            raise No(0x6700)
        if command.p > len(content):
            raise No(0x6B00)
        if end > MOST:
            raise No(0x6A84)
        self.contents.data[self._selected] = content[: command.p] + command.data + content[end:]
        return b""

    def erase(self, command: Apdu) -> bytes:
        """0E."""
        if command.p & 0x8000:
            raise No(0x6A86)
        self._of_kind(Data, written=False)
        self._need_issuer()
        kept = self.contents.data.pop(self._selected, b"")[: command.p]
        if kept:
            self.contents.data[self._selected] = kept
        return b""

    def put_key(self, command: Apdu) -> bytes:
        """D8: only the keys of the pool are sent whole; whatever else is sent is no key."""
        self._of_kind(Key, written=False)
        self._need_issuer()
        if command.data not in self._private_keys:
            raise No(0x6A80)
        self.contents.keys[self._selected] = command.data
        return b""

    def public_key(self, command: Apdu) -> bytes:
        """47 81; making a pair (80) takes long and is left out where the issuer's session is open."""
        if command.p not in (0x8000, 0x8100):
            raise No(0x6A86)
        self._of_kind(Key, written=False)
        self._need_issuer()
        if not self._is_written(self._selected):
            raise No(0x6A82)
        modulus = self._key().public_numbers.n.to_bytes(256)
        return bytes.fromhex("7f4982010981820100") + modulus + bytes.fromhex("8203010001")

    def makes_a_key(self, raw: bytes) -> bool:
        """Whether the command would have the card make a key pair, which takes 100 ms."""
        return raw[1:4] == b"\x47\x80\x00" and self.session.issuer and isinstance(self._file(), Key)

    def get_response(self, command: Apdu) -> bytes:
        """C0."""
        if not self.session.pending:
            raise No(0x6985)
        if command.le is None:
            raise No(0x6700)
        return self.session.pending


def proof_of(issuer_key: bytes, challenge: bytes) -> bytes:
    """What proves an issuer key to a card that gave this challenge."""
    return hmac.new(issuer_key, b"tegata card issuer v1\0" + challenge, hashlib.sha256).digest()


@cache
def signature(key: rsa.RSAPrivateNumbers, digest_info: bytes) -> bytes:
    """RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.1) by plain arithmetic."""
    padded = b"\0\1" + b"\xff" * (253 - len(digest_info)) + b"\0" + digest_info
    return pow(int.from_bytes(padded), key.d, key.public_numbers.n).to_bytes(256)


HANDLERS: dict[int, Callable[[Oracle, Apdu], bytes | tuple[bytes, int]]] = {
    0x0E: Oracle.erase, 0x20: Oracle.verify, 0x24: Oracle.change, 0x2A: Oracle.sign, 0x2C: Oracle.reset_pin,
    0x47: Oracle.public_key, 0x82: Oracle.authenticate, 0x84: Oracle.get_challenge, 0xA4: Oracle.select,
    0xB0: Oracle.read, 0xC0: Oracle.get_response, 0xD6: Oracle.update, 0xD8: Oracle.put_key,
}  # fmt: skip
