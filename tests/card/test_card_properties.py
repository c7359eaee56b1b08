"""Whatever is sent, in whatever order: nothing protected comes out, no try comes back, nothing breaks."""

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tegata.card import Behaviour, Card, Personaliser
from tegata.card.card import COMMANDS
from tegata.card.commands import Handler
from tegata.card.files import APPLICATIONS, FILES, DataFile, PinFile
from tegata.card.issuing import issuer_response
from tegata.card.state import Image, Pin, dump, load
from tegata.card.status import Status
from tests.card.support import ISSUER_KEY, Keys, personalised

AIDS = sorted(APPLICATIONS)
IDENTIFIERS = sorted({identifier for application in APPLICATIONS.values() for identifier in application.files})
KEYS = Keys()
BEHAVIOURS = st.builds(
    Behaviour,
    pins_survive_reselect=st.booleans(),
    blocked_status=st.sampled_from([0x6983, 0x6984]),
    status_of_proven_pin=st.sampled_from(["tries", "ok"]),
    digest_info_without_null=st.booleans(),
    end_of_file=st.sampled_from(["ok", "warning"]),
)
DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420") + bytes(32)


class CardModel(RuleBasedStateMachine):
    """A reader that knows some PINs, a model of what it may see, and the card.

    The model is written from the documentation, in terms of what was sent and answered; it does not look into the card
    except through its image, for the tries and the contents.
    """

    @initialize(behaviour=BEHAVIOURS)
    def hand_over(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.card = personalised(KEYS, behaviour)
        self.pins = {key: pin.value for key, pin in self.image.pins.items()}
        self.tries = {key: pin.tries for key, pin in self.image.pins.items()}
        self.forget()

    def forget(self) -> None:
        self.aid: bytes | None = None
        self.file: int | None = None
        self.proven: set[int] = set()
        self.issuer = False

    @property
    def image(self) -> Image:
        return load(self.card.dump())

    def send(self, apdu: bytes) -> tuple[bytes, int]:
        response = self.card.transmit(apdu)
        return response[:-2], int.from_bytes(response[-2:])

    @rule(aid=st.sampled_from(AIDS))
    def select_application(self, aid: bytes) -> None:
        assert self.send(b"\x00\xa4\x04\x0c\x0a" + aid) == (b"", 0x9000)
        if aid != self.aid or not self.behaviour.pins_survive_reselect:
            self.proven = set()
        self.aid, self.file = aid, None

    @rule(identifier=st.sampled_from(IDENTIFIERS))
    def select_file(self, identifier: int) -> None:
        _, sw = self.send(b"\x00\xa4\x02\x0c\x02" + identifier.to_bytes(2))
        known = APPLICATIONS[self.aid].files if self.aid else {}
        found = identifier in known and (self.issuer or self.image.holds(known[identifier]))
        assert sw == (0x9000 if found else 0x6A82)
        if found:
            self.file = known[identifier].key

    @rule(offset=st.integers(0, 0x90), le=st.integers(0, 255))
    def read(self, offset: int, le: int) -> None:
        data, sw = self.send(bytes((0, 0xB0, offset >> 8, offset & 0xFF, le)))
        file = FILES.get(self.file or 0)
        open_to_all = isinstance(file, DataFile) and not file.read
        if isinstance(file, DataFile) and (open_to_all or file.read & self.proven):
            assert data == self.image.data.get(file.key, b"")[offset : offset + (le or 256)]
        else:
            assert data == b""
            assert sw in (0x6981, 0x6982, 0x6986, 0x6A82)

    @precondition(lambda self: isinstance(FILES.get(self.file or 0), PinFile))
    @rule(right=st.booleans(), wrong=st.binary(min_size=1, max_size=20))
    def verify(self, right: bool, wrong: bytes) -> None:
        key = self.file
        assert key is not None
        pin = self.pins[key] if right else wrong
        _, sw = self.send(bytes((0, 0x20, 0, 0x80, len(pin))) + pin)
        if self.tries[key] == 0:
            assert sw == self.behaviour.blocked_status
        elif pin == self.pins[key]:
            assert sw == 0x9000
            self.tries[key] = FILES[key].tries  # type: ignore[union-attr]
            self.proven.add(key)
        else:
            self.tries[key] -= 1
            self.proven.discard(key)
            assert sw == 0x63C0 + self.tries[key]

    @precondition(lambda self: isinstance(FILES.get(self.file or 0), PinFile))
    @rule(pin=st.sampled_from([b"1234", b"4321", b"ABC123", b"PASSWORD16CHARS0", b"123456789018", b"x"]))
    def change_pin(self, pin: bytes) -> None:
        _, sw = self.send(bytes((0, 0x24, 1, 0x80, len(pin))) + pin)
        if sw == 0x9000:
            assert self.file in self.proven
            self.pins[self.file] = pin

    @rule()
    def sign(self) -> None:
        data, sw = self.send(b"\x80\x2a\x00\x80\x33" + DIGEST_INFO + b"\x00")
        pin = {0x10017: 0x10018, 0x1001A: 0x1001B}.get(self.file or 0)
        assert (sw == 0x9000) == (pin in self.proven) == (len(data) == 256)

    @rule(right=st.booleans())
    def authenticate(self, right: bool) -> None:
        challenge, _ = self.send(bytes.fromhex("0084000010"))
        response = issuer_response(ISSUER_KEY if right else b"wrong", challenge)
        _, sw = self.send(bytes.fromhex("0082000020") + response)
        self.issuer = right
        assert sw == (0x9000 if right else 0x6300)

    @precondition(lambda self: isinstance(FILES.get(self.file or 0), PinFile))
    @rule()
    def reset_pin(self) -> None:
        key = self.file
        assert key is not None
        pin = self.pins[key]
        _, sw = self.send(bytes((0, 0x2C, 2, 0x80, len(pin))) + pin)
        assert sw == (0x9000 if self.issuer else 0x6982)
        if self.issuer:
            self.tries[key] = FILES[key].tries  # type: ignore[union-attr]
            self.proven.discard(key)

    @rule(content=st.binary(min_size=1, max_size=8), offset=st.integers(0, 8))
    def update(self, content: bytes, offset: int) -> None:
        before = self.image.data
        _, sw = self.send(bytes((0, 0xD6, 0, offset, len(content))) + content)
        assert (self.image.data != before) <= self.issuer
        assert (sw == 0x9000) <= self.issuer

    @rule()
    def reset(self) -> None:
        self.card.reset()
        self.forget()

    @rule()
    def go_through_an_image(self) -> None:
        """An image is the card without power: loading it is a reset."""
        before = self.card.dump()
        self.card = Card.load(before)
        assert self.card.dump() == before
        self.forget()

    @invariant()
    def tries_are_those_of_the_model(self) -> None:
        if hasattr(self, "card"):
            assert {key: pin.tries for key, pin in self.image.pins.items()} == self.tries
            assert {key: pin.value for key, pin in self.image.pins.items()} == self.pins


TestCardModel = CardModel.TestCase
TestCardModel.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)

# Commands that are nearly right reach further into the card than random bytes do.
HEADERS = [(entry.cla, ins) for ins, entry in COMMANDS.items()]
parameters = st.sampled_from([0x0000, 0x0080, 0x0180, 0x0280, 0x040C, 0x020C, 0x0400, 0x8000, 0x8100]) | st.integers(
    0, 0xFFFF
)
bodies = (
    st.sampled_from(AIDS)
    | st.sampled_from([identifier.to_bytes(2) for identifier in IDENTIFIERS])
    | st.sampled_from([b"1234", b"ABC123", DIGEST_INFO, b"\x30\x82\x04\xa4\x02\x01\x00"])
    | st.binary(max_size=300)
)


@st.composite
def nearly_right(draw: Callable[..., object]) -> bytes:
    cla, ins = draw(st.sampled_from(HEADERS))  # type: ignore[misc]
    cla |= draw(st.sampled_from([0, 0, 0, 0x10]))
    body = draw(bodies)
    assert isinstance(body, bytes)
    lc = b"" if not body else bytes((len(body),)) if len(body) < 256 else b"\0" + len(body).to_bytes(2)
    le = draw(st.sampled_from([b"", b"\0", b"\4"] if len(body) < 256 else [b"", b"\0\0", b"\0\4"]))
    return bytes((cla, ins)) + draw(parameters).to_bytes(2) + lc + body + le  # type: ignore[attr-defined,operator]


SLOW = {0x47}
"""GENERATE takes 100 ms; it is fuzzed without the issuer's session only."""


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(apdus=st.lists(nearly_right() | st.binary(max_size=40), max_size=25), issuer=st.booleans(), behaviour=BEHAVIOURS)
def test_no_bytes_break_the_card(apdus: list[bytes], issuer: bool, behaviour: Behaviour) -> None:
    card = personalised(KEYS, behaviour)
    if issuer:
        Personaliser(card.transmit, ISSUER_KEY).authenticate()
    for apdu in apdus:
        if issuer and len(apdu) > 1 and apdu[1] in SLOW:
            continue
        response = card.transmit(apdu)
        assert len(response) >= 2
        assert response[-2] == 0x90 or 0x60 < response[-2] < 0x70
    assert Card.load(card.dump()).dump() == card.dump()


SECRETS = [file.key for file in FILES.values() if isinstance(file, DataFile) and file.read]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(apdus=st.lists(nearly_right(), max_size=40), behaviour=BEHAVIOURS)
def test_who_knows_no_pin_sees_nothing_protected_and_changes_nothing_but_tries(
    apdus: list[bytes], behaviour: Behaviour
) -> None:
    image = load(personalised(KEYS, behaviour).dump())
    for key in SECRETS:
        image.data[key] = b"SECRET" * 20
    image.pins = {key: Pin(_unguessable(key), pin.tries) for key, pin in image.pins.items()}
    card = Card.load(dump(image))
    for apdu in apdus:
        assert b"SECRET" not in card.transmit(apdu)
    after = load(card.dump())
    assert (after.data, after.keys, after.issuer_key) == (image.data, image.keys, image.issuer_key)
    for key, pin in after.pins.items():
        assert pin.value == image.pins[key].value
        assert pin.tries <= image.pins[key].tries


def _unguessable(key: int) -> bytes:
    form = FILES[key].form  # type: ignore[union-attr]
    return next(pin for pin in (b"7391", b"Q7Z9W2X4", b"739182736455", b"73918273645546") if form.fullmatch(pin))


def test_every_command_of_the_table_refuses_an_empty_card_without_breaking() -> None:
    for ins, entry in COMMANDS.items():
        handler: Handler = entry.handler
        assert handler.__doc__
        card = Card.blank(ISSUER_KEY)
        response = card.transmit(bytes((entry.cla, ins)) + (entry.parameters or 0).to_bytes(2))
        assert int.from_bytes(response) in set(Status) | {0x6C10}
        assert response != b"\x90\x00"
