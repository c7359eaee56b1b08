"""同意のお願い: customers are chosen, letters previewed and printed, answers counted (FI-10)."""

from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from tegata.actors.bank.pages.common import FOR_STAFF, notice_of
from tegata.actors.bank.service import campaigns, letters
from tegata.actors.bank.service.collecting import ITEM_NAMES
from tegata.japan.four_attributes import ITEMS, Item
from tegata.node.node import Node
from tegata.node.staff import Staff
from tegata.node.web.forms import Form, empty_form, read_form
from tegata.node.web.shell import Page, page, redirect
from tegata.wire.problems import Refused
from tegata.wire.text import Text

MOST_LETTERS = 1000


class CampaignForm(msgspec.Struct):
    """Whom to write to, and what to ask for."""

    title: Annotated[str, msgspec.Meta(max_length=60)]
    most: Annotated[int, msgspec.Meta(ge=1, le=MOST_LETTERS)]
    items: Annotated[list[Item], msgspec.Meta(min_length=1, max_length=4)]
    place: Annotated[str, msgspec.Meta(max_length=40)] = ""


@get("/campaigns", guards=FOR_STAFF, sync_to_thread=True)
def all_campaigns(node: Node) -> Page:
    """The letters so far, in numbers, and the form for new ones."""
    return _show(node, empty_form({"items": [*node.own.items], "most": "100"}))


def _show(node: Node, form: Form[CampaignForm], status: int = 200) -> Page:
    with node.database.read() as session:
        rows = campaigns.all_campaigns(session)
        found = [(row, campaigns.numbers(session, row)) for row in rows]
    return page(
        "bank/campaigns.html", status=status, form=form, found=found, to_ask=campaigns.count_to_ask(node),
        items=[(item, ITEM_NAMES[item]) for item in ITEMS if item in node.own.items], font=letters.find_font(node),
        no_font=letters.NO_FONT,
    )  # fmt: skip


@post("/campaigns", guards=FOR_STAFF, sync_to_thread=True)
def create(request: Request[Any, Any, Any], node: Node, staff: Staff) -> Response[Any]:
    """Choose customers, make codes, and let the portal know them."""
    form = read_form(request, CampaignForm)
    if not form.ok:
        return _show(node, form, 422)
    wanted = form.require()
    try:
        campaign_id = campaigns.create(
            node, title=wanted.title, place=wanted.place, most=wanted.most, items=wanted.items, who=staff.login
        )
    except Refused as refused:
        form.fail("place", notice_of(refused))
        return _show(node, form, 422)
    return redirect(request, f"/campaigns/{campaign_id}", notice=_offer(node, campaign_id))


def _offer(node: Node, campaign_id: int) -> Text:
    try:
        campaigns.offer(node, campaign_id)
    except Refused as refused:
        return notice_of(refused)
    return Text(
        "コードをマイナポータルに登録しました。お手紙を印刷できます。",
        "The portal knows the codes; letters can be printed.",
    )


@get("/campaigns/{campaign_id:int}", guards=FOR_STAFF, sync_to_thread=True)
def one(node: Node, campaign_id: FromPath[int]) -> Page:
    """One campaign: its letters, its answers."""
    with node.database.read() as session:
        row = campaigns.row_of(session, campaign_id)
        numbers = campaigns.numbers(session, row)
        some = campaigns.letters_of(session, campaign_id, 20)
    return page(
        "bank/campaign.html", row=row, numbers=numbers, letters=some, names=ITEM_NAMES, font=letters.find_font(node),
        no_font=letters.NO_FONT,
    )  # fmt: skip


@post("/campaigns/{campaign_id:int}/offer", guards=FOR_STAFF, sync_to_thread=True)
def offer(request: Request[Any, Any, Any], node: Node, campaign_id: FromPath[int]) -> Response[Any]:
    """Let the portal know the codes, once more."""
    return redirect(request, f"/campaigns/{campaign_id}", notice=_offer(node, campaign_id))


@post("/campaigns/{campaign_id:int}/letters", guards=FOR_STAFF, sync_to_thread=True)
def print_letters(
    request: Request[Any, Any, Any], node: Node, staff: Staff, campaign_id: FromPath[int]
) -> Response[Any]:
    """The letters as PDF."""
    try:
        pdf = letters.print_letters(node, campaign_id, staff.login)
    except Refused as refused:
        if refused.type.status == 404:
            raise
        return redirect(request, f"/campaigns/{campaign_id}", notice=notice_of(refused))
    headers = {
        "Content-Disposition": f'attachment; filename="letters-{campaign_id}.pdf"', "Cache-Control": "no-store",
    }  # fmt: skip
    return Response(pdf, media_type="application/pdf", headers=headers)


@get("/campaigns/{campaign_id:int}/preview.svg", guards=FOR_STAFF, sync_to_thread=True)
def preview(node: Node, campaign_id: FromPath[int]) -> Response[bytes]:
    """How a letter looks, without a name or a code."""
    return Response(letters.preview(node, campaign_id), media_type="image/svg+xml")


HANDLERS = (all_campaigns, create, one, offer, print_letters, preview)
