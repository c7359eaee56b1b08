"""The letters of a campaign as PDF: one page a customer, set by Typst, the QR code by segno (FI-10)."""

import io
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Literal, cast

import msgspec
import segno
import typst

from tegata.actors.bank.service import campaigns
from tegata.actors.bank.service.collecting import ITEM_NAMES
from tegata.actors.bank.settings import BankSettings
from tegata.actors.bank.tables import CampaignRow, CustomerRow, InvitationRow
from tegata.japan.dates import era_date
from tegata.japan.four_attributes import Item
from tegata.node.node import Node
from tegata.wire.problems import Refused, problem

FONTS = (
    "Noto Sans CJK JP", "Noto Sans JP", "BIZ UDPGothic", "BIZ UDGothic", "IPAexGothic", "IPAGothic",
    "Source Han Sans JP", "Hiragino Sans", "Yu Gothic", "Meiryo", "Noto Serif CJK JP",
)  # fmt: skip
"""Families with Japanese characters, the first that is installed is used."""

STATE = "letter font"

NO_FONT = problem(
    "no-japanese-font", 503,
    ja="日本語のフォントが見つからないため、お手紙を作成できません。",
    en="No Japanese font was found, so letters can not be made.",
    do_ja="フォント（Debian では fonts-noto-cjk）を入れて、もう一度起動してください。",
    do_en="Install a font (on Debian fonts-noto-cjk) and start again.",
)  # fmt: skip
NOT_OFFERED = problem(
    "letters-not-known-to-portal", 409,
    ja="お手紙のコードが、まだマイナポータルに登録されていません。",
    en="The portal does not know the codes of these letters yet.",
    do_ja="登録が終わるまでお待ちください。自動でくり返し登録を試みます。",
    do_en="Wait until it does; it is tried again and again.",
)  # fmt: skip


class Letter(msgspec.Struct, frozen=True):
    """What stands in one letter; ``qr`` is SVG."""

    name: str
    postal_code: str
    address: str
    code: str
    url: str
    qr: str


class Sheet(msgspec.Struct, frozen=True):
    """What all letters of a campaign have in common."""

    bank: str
    sender_address: str
    service: str
    purpose: str
    items: str
    contact: str
    day: str
    until: str
    letters: list[Letter]


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True)


def find_font(node: Node) -> str:
    """The font for letters, looked for once; empty where none has Japanese characters."""
    if STATE not in node.state:
        installed = set(_fonts().families())
        node.state[STATE] = next((family for family in FONTS if family in installed), "")
    return str(node.state[STATE])


def print_letters(node: Node, campaign_id: int, who: str) -> bytes:
    """All letters of a campaign as one PDF. Raises ``Refused``: no-japanese-font, letters-not-known-to-portal."""
    row, pairs = _content(node, campaign_id, None)
    if row.state != "offered":
        raise Refused(NOT_OFFERED)
    pdf = _compile(node, row, pairs, "pdf")
    campaigns.mark_printed(node, campaign_id, who, len(pairs))
    return pdf


def preview(node: Node, campaign_id: int) -> bytes:
    """The first letter as SVG, its code and customer left out."""
    row, pairs = _content(node, campaign_id, 1)
    return _compile(node, row, pairs, "svg", sample=True)


def _content(
    node: Node, campaign_id: int, most: int | None
) -> tuple[CampaignRow, list[tuple[InvitationRow, CustomerRow]]]:
    with node.database.read() as session:
        return campaigns.row_of(session, campaign_id), campaigns.letters_of(session, campaign_id, most)


def _compile(
    node: Node, row: CampaignRow, pairs: Sequence[tuple[InvitationRow, CustomerRow]], form: Literal["pdf", "svg"],
    *, sample: bool = False,
) -> bytes:  # fmt: skip
    font = find_font(node)
    if not font:
        raise Refused(NO_FONT)
    letters = [SAMPLE] if sample else [_letter(row, letter, customer) for letter, customer in pairs]
    source = (files("tegata.actors.bank") / "files" / "letter.typ").read_bytes()
    inputs = {"font": font, "sheet": msgspec.json.encode(_sheet(node.own, row, letters)).decode()}
    return typst.compile(
        source, font_paths=_fonts(), format=form, sys_inputs=inputs, timestamp=int(row.made_at.timestamp())
    )


def _sheet(own: BankSettings, row: CampaignRow, letters: list[Letter]) -> Sheet:
    names = [ITEM_NAMES[item].ja for item in cast("list[Item]", row.items)]
    return Sheet(
        bank=own.name_ja, sender_address=own.sender_address, service=own.service_name_ja, purpose=own.purpose_ja,
        items="、".join(names), contact=own.contact_ja, day=era_date(row.made_at.date()),
        until=era_date(row.expires_at.date()), letters=letters,
    )  # fmt: skip


def _letter(row: CampaignRow, letter: InvitationRow, customer: CustomerRow) -> Letter:
    url = f"{row.url}{letter.code}"
    code = "-".join(letter.code[start : start + 5] for start in range(0, len(letter.code), 5))
    postal = f"{customer.postal_code[:3]}-{customer.postal_code[3:]}" if customer.postal_code else ""
    return Letter(customer.name, postal, customer.address, code, url, qr_code(url))


def qr_code(url: str) -> str:
    """A QR code (ISO/IEC 18004, error correction M) as SVG."""
    svg = io.BytesIO()
    segno.make(url, error="m", micro=False).save(svg, kind="svg", border=4, xmldecl=False)
    return svg.getvalue().decode()


SAMPLE = Letter(
    "（お客さまのお名前）",
    "000-0000",
    "（お客さまのご住所）",
    "XXXXX-XXXXX-XXXXX",
    "（お客さまごとのURL）",
    qr_code("sample"),
)
