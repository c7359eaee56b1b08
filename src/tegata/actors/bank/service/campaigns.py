"""Letters with a QR code that ask customers for consent in the portal (FI-10).

1. customers without consent are chosen, each gets a code of 130 random bits
2. the codes are made known to the portal; until that is done no letter is printed
3. the letters are printed; who consents is learned from the operator's log, by the reference
"""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session

from tegata.actors.bank.service import consents
from tegata.actors.bank.tables import CampaignRow, ConsentRow, CustomerRow, InvitationRow
from tegata.japan.four_attributes import Item
from tegata.node.node import Node
from tegata.wire.invitations import OFFER, Invitation, Offer
from tegata.wire.problems import NOT_FOUND, Refused, problem

CODE_LENGTH = 26
AT_ONCE = 1000

NOBODY_TO_ASK = problem(
    "nobody-to-ask", 409,
    ja="同意をお願いするお客さまがいません。", en="There is no customer to ask.",
    do_ja="条件を変えてください。同意済みの方と、期限内のお手紙がある方は除かれます。",
    do_en="Change the choice; whoever consented, or has a letter that still counts, is left out.",
)  # fmt: skip


@dataclass(frozen=True)
class Numbers:
    """A campaign in numbers: letters, consents given since, and what share that is in hundredths."""

    letters: int
    consented: int

    @property
    def share(self) -> int:
        """Hundredths of the letters that led to a consent."""
        return round(100 * self.consented / self.letters) if self.letters else 0


def new_code() -> str:
    """130 random bits in base32."""
    return base64.b32encode(secrets.token_bytes(17)).decode("ascii")[:CODE_LENGTH]


def to_ask(at: datetime, place: str = "") -> Select[CustomerRow]:
    """Customers without a consent or a letter that counts; ``place`` stands in the address."""
    consenting = select(ConsentRow.customer_number).where(
        ConsentRow.customer_number.is_not(None), consents.standing(at)
    )
    invited = (
        select(InvitationRow.customer_number)
        .join(CampaignRow, CampaignRow.campaign_id == InvitationRow.campaign_id)
        .where(CampaignRow.expires_at >= at)
    )
    query = select(CustomerRow).where(CustomerRow.number.not_in(consenting), CustomerRow.number.not_in(invited))
    if place:
        query = query.where(CustomerRow.address.contains(place, autoescape=True))
    return query.order_by(CustomerRow.number)


def count_to_ask(node: Node, place: str = "") -> int:
    """How many customers there are to ask."""
    query = select(func.count()).select_from(to_ask(node.clock.now(), place).order_by(None).subquery())
    with node.database.read() as session:
        return session.scalar(query) or 0


def create(node: Node, *, title: str, place: str, most: int, items: Sequence[Item], who: str) -> int:
    """Step 1; returns the campaign's number. Raises ``Refused`` (nobody-to-ask)."""
    with node.database.begin() as tx:
        chosen = tx.session.scalars(to_ask(tx.now, place).limit(most)).all()
        if not chosen:
            raise Refused(NOBODY_TO_ASK)
        row = CampaignRow(
            title=title, who=who, items=[*items], made_at=tx.now, expires_at=tx.now + node.own.letter_lifetime,
            state="preparing",
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        letters = [
            {"campaign_id": row.campaign_id, "number": number, "customer_number": one.number, "code": new_code()}
            for number, one in enumerate(chosen, start=1)
        ]
        tx.session.execute(insert(InvitationRow), letters)
        detail = {"campaign": row.campaign_id, "letters": len(letters)}
        tx.record("campaign-made", subject=None, who=who, detail=detail)
        return row.campaign_id


def offer(node: Node, campaign_id: int) -> None:
    """Step 2; harmless to repeat. Raises ``Refused`` where the portal does not take the codes."""
    with node.database.read() as session:
        row = row_of(session, campaign_id)
        if row.state != "preparing":
            return
        pairs = letters_of(session, campaign_id)
    invitations = [_invitation(node, row, letter, customer) for letter, customer in pairs]
    url = ""
    for start in range(0, len(invitations), AT_ONCE):
        key = f"campaign.{campaign_id}.{start}"
        url = node.call(OFFER, Offer(invitations=invitations[start : start + AT_ONCE]), key=key).url
    with node.database.begin() as tx:
        row = row_of(tx.session, campaign_id)
        row.state, row.url = "offered", url
        tx.record("campaign-offered", subject=None, who=tx.actor, to="portal", detail={"campaign": campaign_id})


def _invitation(node: Node, row: CampaignRow, letter: InvitationRow, customer: CustomerRow) -> Invitation:
    own = node.own
    return Invitation(
        code=letter.code, reference=customer.reference, service=own.service, service_name=own.service_name_ja,
        relying_party_name=own.name_ja, items=cast("list[Item]", row.items), purpose=own.purpose_ja,
        contact=own.contact_ja, expires_at=row.expires_at,
    )  # fmt: skip


def offer_waiting(node: Node) -> None:
    """Step 2 for the campaigns that the portal has not got yet. Raises ``Refused``."""
    with node.database.read() as session:
        waiting = session.scalars(select(CampaignRow.campaign_id).where(CampaignRow.state == "preparing")).all()
    for campaign_id in waiting:
        offer(node, campaign_id)


def row_of(session: Session, campaign_id: int) -> CampaignRow:
    """A campaign. Raises ``Refused`` (not-found)."""
    row = session.get(CampaignRow, campaign_id)
    if row is None:
        raise Refused(NOT_FOUND)
    return row


def letters_of(session: Session, campaign_id: int, most: int | None = None) -> list[tuple[InvitationRow, CustomerRow]]:
    """The letters of a campaign with their customers, in order."""
    query = (
        select(InvitationRow, CustomerRow)
        .join(CustomerRow, CustomerRow.number == InvitationRow.customer_number)
        .where(InvitationRow.campaign_id == campaign_id)
        .order_by(InvitationRow.number)
        .limit(most)
    )
    return [(letter, customer) for letter, customer in session.execute(query)]


def all_campaigns(session: Session) -> list[CampaignRow]:
    """Every campaign, newest first."""
    return list(session.scalars(select(CampaignRow).order_by(CampaignRow.campaign_id.desc())))


def numbers(session: Session, row: CampaignRow) -> Numbers:
    """How many letters there are, and how many of their customers have consented since."""
    letters = select(func.count()).select_from(InvitationRow).where(InvitationRow.campaign_id == row.campaign_id)
    consented = (
        select(func.count(InvitationRow.customer_number.distinct()))
        .join(ConsentRow, ConsentRow.customer_number == InvitationRow.customer_number)
        .where(InvitationRow.campaign_id == row.campaign_id, ConsentRow.given_at >= row.made_at)
        .where(ConsentRow.channel.is_(None) | (ConsentRow.channel == "portal"))
    )
    return Numbers(session.scalar(letters) or 0, session.scalar(consented) or 0)


def mark_printed(node: Node, campaign_id: int, who: str, letters: int) -> None:
    """Record that letters left as a file."""
    with node.database.begin() as tx:
        row = row_of(tx.session, campaign_id)
        row.printed_at = row.printed_at or tx.now
        tx.record(
            "letters-printed", subject=None, who=who, items=["name", "address"], to="file",
            detail={"campaign": campaign_id, "letters": letters},
        )  # fmt: skip
