"""All that a card says of its holder, written in one go: texts, what is printed on it, and its check numbers."""

from dataclasses import dataclass
from datetime import date

from tegata.card.check_numbers import check_number_b
from tegata.card.files import BACK_FILE, FRONT_FILE, VISUAL, PinName
from tegata.card.personalise import Personaliser
from tegata.card.portrait import portrait
from tegata.card.state import load
from tegata.card.text_issuer import TextIssuer
from tegata.card.visual_contents import Front, back_file, front_file, read_back, read_front
from tegata.japan.dates import age_on
from tegata.japan.four_attributes import FourAttributes


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A card's holder and the card's own numbers; ``security_code`` is the four digits that are printed on it."""

    attributes: FourAttributes
    my_number: str
    resident_code: str
    card_number: str
    security_code: str
    issued_on: date
    expires_on: date


def write_holder(counter: Personaliser, holder: Holder, issuer: TextIssuer | None = None) -> None:
    """Write the files of text, visual, resident register and common application, and the check numbers A and B.

    The photo is drawn from the resident code as of the day of issue, so that it stays the same when it is written
    again. Without ``issuer`` nobody signs the text files. Raises :class:`CardError`, and ``ValueError`` where no check
    number B can be made.
    """
    four = holder.attributes
    counter.write_text(four, holder.my_number, sign=issuer.sign if issuer else None)
    if issuer is not None:
        counter.write_text_issuer(issuer.information, issuer.certificate)
    photo = portrait(holder.resident_code, age=age_on(four.birth_date, holder.issued_on), gender=four.gender)
    front = Front.of(four, holder.expires_on, holder.security_code, photo)
    counter.write_visual(front_file(front), back_file(holder.my_number))
    counter.write_resident_code(holder.resident_code)
    counter.write_card_number(holder.card_number)
    number_b = check_number_b(four.birth_date, holder.expires_on.year, holder.security_code)
    check_numbers: dict[PinName, str] = {
        "text-a": holder.my_number, "text-b": number_b, "visual-a": holder.my_number, "visual-b": number_b,
    }  # fmt: skip
    for which, number in check_numbers.items():
        counter.set_pin(which, number)


def printed_front(image: bytes) -> Front | None:
    """What an eye sees on the front of a card, which needs no PIN; None where nothing has been printed.

    For whoever holds the card, not for a reader: it looks into the card's image. Raises :class:`CardContentRefused`.
    """
    content = load(image).data.get(VISUAL.files[FRONT_FILE].key)
    return None if content is None else read_front(content)


def printed_back(image: bytes) -> str | None:
    """The My Number that an eye sees on the back; None where nothing has been printed."""
    content = load(image).data.get(VISUAL.files[BACK_FILE].key)
    return None if content is None else read_back(content)
