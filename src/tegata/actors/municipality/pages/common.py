"""What the counter's pages share: who sits at which counter, and the error of a rule at the right field."""

from typing import Any

from litestar import Request

from tegata.actors.municipality.service.holders import certificates_of
from tegata.actors.municipality.service.records import Desk
from tegata.japan.dates import is_birth_date
from tegata.japan.municipalities import Municipality, UnknownMunicipality, municipality
from tegata.node.node import Node
from tegata.node.staff import Staff
from tegata.node.web.forms import DATE_PARTS, Form, to_ascii_digits
from tegata.node.web.guards import staff_only
from tegata.wire.certificates import CertificateState
from tegata.wire.problems import NOT_ALLOWED, Refused

CLERK = staff_only("clerk")
NUMBER = staff_only("number")


def desk_of(staff: Staff) -> Desk:
    """The counter of a staff member. Raises NOT_ALLOWED for one who belongs to no municipality."""
    return Desk(place_of(staff).code, staff.name)


def place_of(staff: Staff) -> Municipality:
    """The municipality of a staff member. Raises NOT_ALLOWED."""
    try:
        return municipality(staff.scope)
    except UnknownMunicipality:
        raise Refused(NOT_ALLOWED, {"cause": "no-municipality"}) from None


def certificates_now(node: Node, resident_code: str) -> tuple[list[CertificateState], Refused | None]:
    """The certificates as J-LIS has them, newest first; or none, and why they can not be told."""
    try:
        return list(reversed(certificates_of(node, resident_code))), None
    except Refused as refused:
        return [], refused


def fail(form: Form[Any], refused: Refused) -> None:
    """Put a rule's refusal at the field that it names; raises it where it names none of the form."""
    field = refused.detail.get("field")
    known = {*form.raw, *(name.rpartition("-")[0] for name in form.raw)}
    if not isinstance(field, str) or field not in known:
        raise refused
    form.fail(field, refused.type.title)


def asked(request: Request[Any, Any, Any], name: str, longest: int = 100) -> str:
    """A word of the address; empty for none, cut where it is too long."""
    return str(request.query_params.get(name, ""))[:longest].replace("\0", "").strip()


def birth_date_asked(request: Request[Any, Any, Any]) -> tuple[str, dict[str, str], bool]:
    """The birth date of three fields of the address as ISO, what was typed, and whether it is a date (or empty).

    A part that the register does not know is typed as 0.
    """
    typed = {f"birth_date-{part}": asked(request, f"birth_date-{part}", 10) for part in DATE_PARTS}
    year, month, day = (to_ascii_digits(text) for text in typed.values())
    if not (year or month or day):
        return "", typed, True
    text = f"{year.zfill(4)}-{month.zfill(2)}-{day.zfill(2)}"
    is_date = bool(year and month and day) and is_birth_date(text)
    return text if is_date else "", typed, is_date
