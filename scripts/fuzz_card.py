"""Fuzz the card: many sequences of raw commands, each answer judged by the oracle of docs/card.md.

``python -m scripts.fuzz_card --sequences N --seed S [--kind KIND] [--json FILE]``. The same seed gives the
same sequences. A sequence that breaks a rule is cut down to what is needed for it, and printed; the command then ends
with 1.
"""

import argparse
import json
import platform
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field, fields
from functools import cache
from itertools import product, starmap
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from scripts.card_oracle import HANDLERS, Broken, Oracle, proof_of
from scripts.card_sequences import ANSWER_AGAIN, PROVE_WRONGLY, RELOAD, RESET, Sequences, Step
from scripts.card_tables import KINDS, OTHERWISE, Applications, Contents, Data, Pin, Switches, key_of
from tegata.card import Card

ISSUER_KEY = bytes(range(32))
PIN_VALUES = (b"1234", b"ABC123", b"123456789018", b"55021720331234")
MOST_FINDINGS = 3
NOTE_EVERY = 20_000


@dataclass(frozen=True)
class Bench:
    """What sequences run on: images for each setting of the switches, and the keys of the pool.

    ``applications`` are what this kind of card has, ``load`` makes one of an image.
    """

    images: Sequence[tuple[Switches, bytes]]
    keys: dict[bytes, rsa.RSAPrivateNumbers]
    applications: Applications
    load: Callable[[bytes], Card]

    @property
    def sequences(self) -> Sequences:
        """Who makes sequences for it."""
        return Sequences(Contents.of_image(self.images[0][1]), list(self.keys), self.applications)


@dataclass
class Tally:
    """What was done."""

    sequences: int = 0
    commands: int = 0
    answers: Counter[str] = field(default_factory=Counter)


def bench(kind: str = "card", load: Callable[[bytes], Card] = Card.load) -> Bench:
    """A bench for a kind of card, with something in each of its files and fresh keys: no finding depends on them."""
    values = [(each.default, OTHERWISE[each.name]) for each in fields(Switches)]
    settings = starmap(Switches, product(*values))
    return Bench([(each, _image(each, kind)) for each in settings], _pool(), KINDS[kind], load)


@cache
def _pool() -> dict[bytes, rsa.RSAPrivateNumbers]:
    made = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(3)]
    return {
        key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()): key.private_numbers()
        for key in made
    }


def _image(switches: Switches, kind: str) -> bytes:
    """An image, in the documented format (docs/card.md)."""
    data, pins, keys, pool = {}, {}, {}, iter(_pool())
    for aid, files in KINDS[kind].items():
        for identifier, file in files.items():
            key = key_of((aid, identifier))
            if isinstance(file, Data):
                data[key] = b"\x30\x82\x01\x30" + key.to_bytes(3) * (80 + 20 * identifier)
            elif isinstance(file, Pin):
                pins[key] = next(value for value in PIN_VALUES if file.form.fullmatch(value)), file.tries
            else:
                keys[key] = next(pool)
    return b"TGC\x01" + msgspec.msgpack.encode([ISSUER_KEY, astuple(switches), data, pins, keys, kind])


class Run:
    """One sequence on one card."""

    def __init__(self, on: Bench, switches: Switches, image: bytes, tally: Tally) -> None:
        self._bench, self._tally = on, tally
        self._card, self._challenge = on.load(image), bytes(16)
        self.oracle = Oracle(Contents.of_image(image), ISSUER_KEY, switches, on.keys, on.applications)

    def step(self, step: Step) -> None:
        """Do one step. Raises :class:`Broken`."""
        if isinstance(step, bytes):
            self._send(step)
        elif step == RESET:
            self._card.reset()
            self.oracle.reset()
        elif step == RELOAD:
            self._reload()
        else:
            self._prove(step)

    def end(self) -> None:
        """Hold what the card holds against the model. Raises :class:`Broken`."""
        self.oracle.compare(self._card.dump())

    def _send(self, raw: bytes) -> bytes:
        if self.oracle.makes_a_key(raw):
            return b""
        try:
            answer = self._card.transmit(raw)
        except Exception as error:
            raise Broken(f"never raises: {raw.hex()} raised {error!r}") from error
        sw = self.oracle.judge(raw, answer)
        self._tally.commands += 1
        ins = f"{raw[1]:02X}" if raw[1:2] and raw[1] in HANDLERS else "other"
        self._tally.answers[f"{ins} {_kind_of(sw)}"] += 1
        return answer

    def _prove(self, step: str) -> None:
        """Answer a new challenge, or the last one once more."""
        if step != ANSWER_AGAIN:
            self._challenge = self._send(bytes.fromhex("0084000010"))[:-2]
        key = bytes(32) if step == PROVE_WRONGLY else ISSUER_KEY
        self._send(bytes.fromhex("0082000020") + proof_of(key, self._challenge))

    def _reload(self) -> None:
        dumped = self._card.dump()
        self.oracle.compare(dumped)
        self._card = self._bench.load(dumped)
        if self._card.dump() != dumped:
            raise Broken("dump and load change nothing but the session")
        self.oracle.reset()


def _kind_of(sw: int) -> str:
    if sw & 0xFFF0 == 0x63C0:
        return "63Cx"
    return "61xx" if sw >> 8 == 0x61 else f"{sw:04X}"


def run_steps(on: Bench, setting: int, steps: Sequence[Step], tally: Tally | None = None) -> None:
    """Run one sequence on a fresh card. Raises :class:`Broken`."""
    run = Run(on, *on.images[setting], tally or Tally())
    for step in steps:
        run.step(step)
    run.end()


@dataclass(frozen=True)
class Finding:
    """A sequence that broke a rule, cut down."""

    number: int
    rule: str
    switches: Switches
    steps: Sequence[Step]

    def __str__(self) -> str:
        lines = [f"  {step.hex(' ') if isinstance(step, bytes) else step}" for step in self.steps]
        return "\n".join([f"sequence {self.number}: {self.rule}", f"  {self.switches}", *lines])


def sequence(on: Bench, makes: Sequences, seed: int, number: int) -> tuple[int, list[Step]]:
    """The setting of the switches and the steps of one sequence: the same for the same seed and number."""
    rng = random.Random(f"{seed}:{number}")  # noqa: S311 - to be repeated, not to be secret
    return rng.randrange(len(on.images)), makes.make(rng)


def fuzz(
    on: Bench, sequences: int, seed: int, *, note: Callable[[Tally], None] = lambda _: None, most: int = MOST_FINDINGS
) -> tuple[Tally, list[Finding]]:
    """Run sequences until all are done or ``most`` have broken a rule."""
    tally, findings, makes = Tally(), [], on.sequences
    for number in range(sequences):
        setting, steps = sequence(on, makes, seed, number)
        try:
            run_steps(on, setting, steps, tally)
        except Broken:
            findings.append(minimise(on, setting, steps, number))
        tally.sequences += 1
        if tally.sequences % NOTE_EVERY == 0:
            note(tally)
        if len(findings) >= most:
            break
    return tally, findings


def minimise(on: Bench, setting: int, steps: Sequence[Step], number: int = 0) -> Finding:
    """Leave out steps, halves first and single ones last, as long as some rule is still broken."""
    kept, size = list(steps), max(1, len(steps) // 2)
    while size:
        at = 0
        while at < len(kept):
            fewer = kept[:at] + kept[at + size :]
            kept, at = (fewer, at) if _breaks(on, setting, fewer) else (kept, at + size)
        size //= 2
    return Finding(number, _breaks(on, setting, kept), on.images[setting][0], kept)


def _breaks(on: Bench, setting: int, steps: Sequence[Step]) -> str:
    try:
        run_steps(on, setting, steps)
    except Broken as broken:
        return str(broken)
    return ""


def report(tally: Tally, findings: Sequence[Finding], seed: int, seconds: float) -> dict[str, Any]:
    """The record of a run."""
    return {
        "seed": seed, "sequences": tally.sequences, "commands": tally.commands, "seconds": round(seconds, 1),
        "python": platform.python_version(), "answers": dict(sorted(tally.answers.items())),
        "findings": [str(finding) for finding in findings],
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m scripts.fuzz_card", description=__doc__)
    parser.add_argument("--sequences", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=sorted(KINDS), default="card")
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args(arguments)
    started = time.perf_counter()

    def note(tally: Tally) -> None:
        seconds = time.perf_counter() - started
        _say(f"{tally.sequences:,} sequences, {tally.commands:,} commands, {seconds:.0f} s")

    tally, findings = fuzz(bench(wanted.kind), wanted.sequences, wanted.seed, note=note)
    note(tally)
    seconds = time.perf_counter() - started
    for finding in findings:
        _say(str(finding))
    _say(f"seed {wanted.seed}: {'no rule was broken' if not findings else f'{len(findings)} broke a rule'}")
    if wanted.json:
        record = report(tally, findings, wanted.seed, seconds)
        wanted.json.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if findings else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
