"""What the commands read from a card, apart from how it is asked for and printed."""

from collections.abc import Callable, Sequence

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.card import CardClient, CardError, CardFailure, Front
from tegata.card.files import APPLICATIONS, JPKI, PINS, CertificateName, PinName
from tegata.card.pcsc import Reader
from tegata.card.portrait import as_png
from tegata.card.status import Status
from tegata.cli.card import words
from tegata.cli.language import t
from tegata.wire.text import Text

FIELDS = {
    "name": Text("氏名", "name"),
    "address": Text("住所", "address"),
    "birth_date": Text("生年月日", "birth date"),
    "gender": Text("性別", "gender"),
    "my_number": Text("個人番号", "My Number"),
    "expires_on": Text("有効期限", "expires on"),
    "security_code": Text("セキュリティコード", "security code"),
    "photo": Text("顔写真", "photo"),
}


class CardFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A card in a reader. ``readers``: all of the machine. ``tries``: of the PINs that the card has."""

    reader: str
    readers: list[str]
    atr: str
    token: str
    applications: list[str]
    tries: dict[PinName, int]


def of_card(client: CardClient, reader: Reader, readers: Sequence[Reader]) -> CardFacts:
    """All that a card tells without a PIN."""
    present = [application for application in APPLICATIONS.values() if client.has(application)]
    return CardFacts(
        reader=reader.name,
        readers=[one.name for one in readers],
        atr=reader.atr.hex(" ").upper(),
        token=client.token_info() if JPKI in present else "",
        applications=[application.aid.hex().upper() for application in present],
        tries=tries(client),
    )


def application_names(aids: Sequence[str]) -> list[str]:
    """Applications in the language of the terminal."""
    return [t(words.APPLICATION_NAMES[bytes.fromhex(aid)]) for aid in aids]


def tries(client: CardClient) -> dict[PinName, int]:
    """The tries of each PIN that the card has."""
    found = {which: _tries(client, which) for which in PINS}
    return {which: left for which, left in found.items() if left is not None}


def _tries(client: CardClient, which: PinName) -> int | None:
    try:
        return client.pin_tries(which)
    except CardError as error:
        if error.sw == Status.FILE_NOT_FOUND:
            return None
        raise


def certificate(client: CardClient, which: CertificateName, password: Callable[[], str]) -> bytes:
    """A certificate in DER; the password is asked for where it is needed."""
    return client.read_certificate(which, password() if which == "sign" else None).public_bytes(Encoding.DER)


def pem(der: bytes) -> str:
    """A certificate in PEM."""
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode("ascii")


def told(der: bytes) -> dict[str, str]:
    """A certificate's facts, and itself in PEM."""
    one = x509.load_der_x509_certificate(der)
    return {
        "serial": str(one.serial_number),
        "subject": one.subject.rfc4514_string(),
        "issuer": one.issuer.rfc4514_string(),
        "not_before": one.not_valid_before_utc.isoformat(),
        "not_after": one.not_valid_after_utc.isoformat(),
        "pem": pem(der),
    }


def attributes(client: CardClient, by: PinName, pin: str, *, my_number: bool) -> dict[str, str]:
    """The four attributes as far as ``by`` opens them, and My Number where it is wanted."""
    four = {} if by == "text-a" else msgspec.structs.asdict(client.text_attributes(pin, by))
    return four | ({"my_number": client.my_number(pin, by)} if my_number else {})


class NoFront(CardFailure):
    """Nothing is printed on the card that a reader could read."""

    code = "card-without-front"
    ja = "このカードには、券面の情報 (顔写真) が入っていません。"
    en = "This card holds nothing of what is printed on it (no face photo)."
    next_ja = "お住まいの市区町村の窓口で、カードの再交付についてご相談ください。"
    next_en = "Ask at the counter of your municipality about a new card."


def front(client: CardClient, by: PinName, number: Callable[[], str]) -> Front:
    """What is printed on the front; the number is asked for where the card has it. Raises :class:`NoFront`."""
    if _tries(client, by) is None:
        raise NoFront
    try:
        return client.front(number(), by)
    except CardError as error:
        if error.sw == Status.FILE_NOT_FOUND:
            raise NoFront from error
        raise


def photo(front: Front, kind: str) -> bytes:
    """The photo as a file of this kind: ``.png``, or ``.jp2`` as it is on the card."""
    return as_png(front.photo) if kind == ".png" else front.photo


def printed(front: Front) -> dict[str, str]:
    """What is printed on the front, the photo apart."""
    return {
        "name": front.name,
        "address": front.address,
        "birth_date": front.birth_date,
        "gender": front.gender,
        "expires_on": front.expires_on.isoformat(),
        "security_code": front.security_code,
    }


def answer(command: bytes, response: bytes) -> dict[str, str]:
    """A command and its answer, with the meaning of the status word."""
    sw = int.from_bytes(response[-2:])
    return {
        "command": command.hex(" ").upper(),
        "data": response[:-2].hex(" ").upper(),
        "sw": f"{sw:04X}",
        "meaning": t(words.meaning(sw)),
    }
