"""Sequences of commands for a card: right ones, nearly right ones, and noise, from a seed.

A step is a command (bytes), or one of the words below. Steps are plain values, so that a sequence can be printed, cut
down and run again.
"""

import random
from collections.abc import Callable, Iterator, Sequence

from scripts.card_tables import CARD, DIGEST_INFOS, MOST, Applications, Contents, Data, Key, Pin, Place

RESET, RELOAD = "reset", "dump and load"
PROVE, PROVE_WRONGLY = "prove the issuer key", "prove another issuer key"
ANSWER_AGAIN = "answer the last challenge again, with the issuer key"
Step = bytes | str

LENGTHS = (0, 1, 2, 4, 7, 16, 17, 32, 33, 160, 255, 256)
FOREIGN_AIDS = tuple(bytes.fromhex(aid) for aid in ("A000000308000010000100", "D2760001240102", "3F00", "00"))
PLAIN_INSTRUCTIONS = (0x0E, 0x20, 0x24, 0x2A, 0x2C, 0x47, 0x82, 0x84, 0xA4, 0xB0, 0xC0, 0xD6, 0xD8)


class Sequences:
    """Makes sequences for cards with these contents. ``keys`` are private keys (DER) for PUT KEY."""

    def __init__(self, contents: Contents, keys: Sequence[bytes], applications: Applications = CARD) -> None:
        self._applications = applications
        self._places: list[Place] = [(aid, identifier) for aid, files in applications.items() for identifier in files]
        self._pins = [place for place in self._places if isinstance(self._file(place), Pin)]
        self._data = [place for place in self._places if isinstance(self._file(place), Data)]
        self._key_files = [place for place in self._places if isinstance(self._file(place), Key)]
        self._right = {place: value for place, (value, _) in contents.pins.items()}
        self._keys = keys
        self._digests = [
            prefix + bytes([fill]) * size for prefix, (size, _) in DIGEST_INFOS.items() for fill in (0, 0xA5)
        ]
        self._moves: Sequence[tuple[Callable[[random.Random], Iterator[Step]], int]] = (
            (self._select, 10), (self._read_with_pin, 9), (self._read, 8), (self._guess, 8), (self._sign, 5),
            (self._change, 4), (self._ask_tries, 4), (self._write, 4), (self._reset_pin, 4), (self._key, 2),
            (self._prove, 3), (self._fetch, 3), (self._noise, 6), (self._power, 3),
        )  # fmt: skip
        self._weights = [weight for _, weight in self._moves]

    def make(self, rng: random.Random) -> list[Step]:
        """One sequence, of 1 to some 40 steps."""
        steps: list[Step] = []
        for _ in range(rng.choice((1, 3, 6, 9, 12))):
            move = rng.choices(self._moves, self._weights)[0][0]
            steps.extend(move(rng))
        return [_disturbed(step, rng) if isinstance(step, bytes) and rng.random() < 0.12 else step for step in steps]

    def _file(self, place: Place) -> object:
        return self._applications[place[0]][place[1]]

    def _select(self, rng: random.Random) -> Iterator[Step]:
        if rng.random() < 0.1:
            yield command(0xA4, 0x040C, rng.choice(FOREIGN_AIDS))
            return
        yield from self._go_to(rng.choice(self._places), rng)

    def _go_to(self, place: Place, rng: random.Random) -> Iterator[Step]:
        """Select a file, mostly with its application before it."""
        if rng.random() < 0.8:
            yield command(0xA4, rng.choice((0x040C, 0x040C, 0x0400)), place[0], le=rng.choice((None, None, 256)))
        yield command(0xA4, 0x020C, place[1].to_bytes(2))

    def _read(self, rng: random.Random) -> Iterator[Step]:
        if rng.random() < 0.6:
            yield from self._go_to(rng.choice(self._data), rng)
        yield command(0xB0, rng.choice((0, 0, 0, 4, 32, 300, 32000)), le=rng.choice((*LENGTHS[1:], 65536)))

    def _read_with_pin(self, rng: random.Random) -> Iterator[Step]:
        place = rng.choice(self._data)
        file = self._file(place)
        assert isinstance(file, Data)
        if file.pins:
            yield from self._verify((place[0], rng.choice(file.pins)), rng)
        if rng.random() < 0.15:
            yield command(0xA4, 0x040C, rng.choice(list(self._applications)))
        yield command(0xA4, 0x020C, place[1].to_bytes(2))
        yield command(0xB0, 0, le=rng.choice(LENGTHS[1:]))

    def _verify(self, place: Place, rng: random.Random) -> Iterator[Step]:
        yield from self._go_to(place, rng)
        yield command(0x20, 0x0080, self._right[place])

    def _guess(self, rng: random.Random) -> Iterator[Step]:
        """A PIN, mostly a wrong one, once or until it is blocked and once more."""
        place = rng.choice(self._pins)
        yield from self._go_to(place, rng)
        for _ in range(rng.choice((1, 1, 2, 4, 11))):
            yield command(0x20, 0x0080, self._pin(place, rng))
        if rng.random() < 0.3:
            yield command(0x20, 0x0080, self._right[place])

    def _pin(self, place: Place, rng: random.Random) -> bytes:
        right = self._right[place]
        return rng.choice((right, right[::-1], right[:-1], right + b"1", b"0" * len(right), rng.randbytes(4)))

    def _ask_tries(self, rng: random.Random) -> Iterator[Step]:
        yield from self._go_to(rng.choice(self._pins), rng)
        yield command(0x20, 0x0080)

    def _change(self, rng: random.Random) -> Iterator[Step]:
        place = rng.choice(self._pins)
        if rng.random() < 0.6:
            yield from self._verify(place, rng)
        yield command(0x24, 0x0180, self._pin(place, rng))
        yield command(0x20, 0x0080, self._pin(place, rng))

    def _sign(self, rng: random.Random) -> Iterator[Step]:
        place = rng.choice(self._key_files)
        file = self._file(place)
        assert isinstance(file, Key)
        if rng.random() < 0.6:
            yield from self._verify((place[0], file.pin), rng)
        yield command(0xA4, 0x020C, place[1].to_bytes(2))
        le = rng.choice((256, 256, 256, 20, None))
        yield command(0x2A, 0x0080, rng.choice(self._digests), cla=0x80, le=le)
        if le != 256:
            yield command(0xC0, 0, le=rng.choice((256, 256, 100)))

    def _prove(self, rng: random.Random) -> Iterator[Step]:
        """The issuer's answer, another's, or one that comes again; a challenge of another length."""
        yield rng.choice((PROVE, PROVE, PROVE_WRONGLY))
        if rng.random() < 0.3:
            yield rng.choice((ANSWER_AGAIN, command(0x84, 0, le=rng.choice((8, 256)))))

    def _write(self, rng: random.Random) -> Iterator[Step]:
        """The issuer's writing, with its key proven or not."""
        if rng.random() < 0.5:
            yield PROVE
        yield from self._go_to(rng.choice(self._data), rng)
        content = rng.randbytes(rng.choice((1, 20, 200, 300)))
        if rng.random() < 0.3:
            yield command(0xD6, 0, content, cla=0x10)
        if rng.random() < 0.03:
            yield command(0xD6, 0, bytes(MOST - 10))
            yield command(0xD6, MOST - 20, content)
        yield command(0xD6, rng.choice((0, 0, 5, 400, MOST)), content)
        if rng.random() < 0.4:
            yield command(0x0E, rng.choice((0, 3, 100)))

    def _reset_pin(self, rng: random.Random) -> Iterator[Step]:
        if rng.random() < 0.5:
            yield PROVE
        place = rng.choice(self._pins)
        yield from self._go_to(place, rng)
        yield command(0x2C, 0x0280, self._pin(place, rng))
        yield command(0x20, 0x0080, self._pin(place, rng))

    def _key(self, rng: random.Random) -> Iterator[Step]:
        if rng.random() < 0.7:
            yield PROVE
        yield from self._go_to(rng.choice(self._key_files), rng)
        der = rng.choice(self._keys)
        cut = rng.choice((0, 0, 255, 600))
        if cut:
            yield command(0xD8, 0, der[:cut], cla=0x90)
        yield command(0xD8, 0, der[cut:], cla=0x80)
        yield command(0x47, rng.choice((0x8100, 0x8000)), le=rng.choice((256, 65536)))

    def _fetch(self, rng: random.Random) -> Iterator[Step]:
        yield command(0xC0, 0, le=rng.choice(LENGTHS[1:]))

    def _power(self, rng: random.Random) -> Iterator[Step]:
        yield rng.choice((RESET, RELOAD))

    def _noise(self, rng: random.Random) -> Iterator[Step]:
        if rng.random() < 0.5:
            yield rng.randbytes(rng.choice((0, 1, 3, 4, 5, 6, 7, 12, 40)))
        else:
            ins = rng.choice(PLAIN_INSTRUCTIONS)
            yield bytes((rng.choice((0, 0x80, 0x10, 0x90, 1, 4)), ins)) + rng.randbytes(rng.choice((2, 3, 4, 9, 30)))


def command(ins: int, p: int, data: bytes = b"", *, cla: int = 0, le: int | None = None) -> bytes:
    """A command, short where it can be."""
    head = bytes((cla, ins)) + p.to_bytes(2)
    if len(data) < 256 and (le or 0) <= 256:
        lc = bytes((len(data),)) if data else b""
        return head + lc + data + (b"" if le is None else bytes((le % 256,)))
    lc = b"\0" + len(data).to_bytes(2) if data else b""
    last = b"" if le is None else (le % 65536).to_bytes(2)
    return head + lc + data + (last if data or not last else b"\0" + last)


def _disturbed(step: bytes, rng: random.Random) -> bytes:
    """A command with something wrong, or coded in another way; a very short one stays as it is."""
    return rng.choice(DISTURBANCES)(step, rng) if len(step) > 5 else step


def _flip_a_bit(step: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(step))
    return step[:at] + bytes((step[at] ^ 1 << rng.randrange(8),)) + step[at + 1 :]


def _cut_short(step: bytes, rng: random.Random) -> bytes:
    return step[: rng.randrange(len(step))]


def _append(step: bytes, rng: random.Random) -> bytes:
    return step + rng.randbytes(rng.choice((1, 2, 3)))


def _begin_a_chain(step: bytes, _: random.Random) -> bytes:
    return bytes((step[0] | 0x10,)) + step[1:]


def _change_class(step: bytes, rng: random.Random) -> bytes:
    return bytes((rng.choice((0x01, 0x04, 0x0C, 0x80, 0x84, 0xFF)),)) + step[1:]


def _change_parameters(step: bytes, rng: random.Random) -> bytes:
    return step[:2] + rng.randbytes(2) + step[4:]


def _extend(step: bytes, _: random.Random) -> bytes:
    """The same command in the extended form, where it is a short one with data and no Le."""
    return step[:4] + b"\0\0" + step[4:] if step[4] == len(step) - 5 else step


DISTURBANCES: Sequence[Callable[[bytes, random.Random], bytes]] = (
    _flip_a_bit, _cut_short, _append, _begin_a_chain, _change_class, _change_parameters, _extend,
)  # fmt: skip
