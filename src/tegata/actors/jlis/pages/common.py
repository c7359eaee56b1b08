"""What the pages of J-LIS share: who may see them, and a certificate named in the address."""

from dataclasses import dataclass
from typing import Any

from litestar import Request

from tegata.actors.jlis.service import crls
from tegata.japan.municipalities import UnknownMunicipality, municipality
from tegata.node.web.forms import Form, empty_form, to_ascii_digits
from tegata.node.web.guards import staff_only
from tegata.pki.profiles import Usage
from tegata.wire.text import Text

SEEN_BY_STAFF = staff_only("operator", "auditor")

LARGEST_SERIAL = 2**63 - 1
NOT_A_SERIAL = Text("シリアル番号を数字で入力してください。", "Enter the serial number in digits.")


WHOLE_NAME = Text("全体", "Whole list")
ARL_NAME = Text("認証局 (ARL)", "Authorities (ARL)")


@dataclass(frozen=True)
class Wanted:
    """The certificate that a page was asked for; ``serial`` None where none was, or it was no number."""

    usage: Usage
    serial: int | None
    form: Form[Any]


def read_wanted(request: Request[Any, Any, Any]) -> Wanted:
    """``?usage=sign&serial=123``; digits may be full-width. What is no serial number is an error at the field."""
    usage: Usage = "auth" if request.query_params.get("usage") == "auth" else "sign"
    text = str(request.query_params.get("serial", "")).strip()
    form = empty_form({"usage": usage, "serial": text[:40]})
    digits = to_ascii_digits(text)
    if not text:
        return Wanted(usage, None, form)
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 20 and 0 < int(digits) <= LARGEST_SERIAL):
        form.fail("serial", NOT_A_SERIAL)
        return Wanted(usage, None, form)
    return Wanted(usage, int(digits), form)


def partition_title(partition: str) -> Text:
    """What a partition is called."""
    if partition == crls.WHOLE:
        return WHOLE_NAME
    if partition == crls.ARL:
        return ARL_NAME
    try:
        place = municipality(partition)
    except UnknownMunicipality:
        return Text(partition, partition)
    return Text(f"{place.full_name}（{partition}）", f"{place.full_name_romaji} ({partition})")
