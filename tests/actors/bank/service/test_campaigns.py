"""Letters with QR codes: chosen, made known to the portal, printed, counted (FI-10)."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import DeclarativeBase

from tegata.actors.bank.service import campaigns, letters
from tegata.actors.bank.tables import CampaignRow, InvitationRow
from tegata.node.base import COLUMN_TYPES, metadata_for
from tegata.node.node import Node
from tegata.node.spec import ActorSpec
from tegata.node.web.serving import serve
from tegata.wire.invitations import OFFER, Offer, OfferReceipt
from tegata.wire.problems import Refused
from tegata.wire.text import Text
from tests.actors.bank.world import SPECS, Banked, moved
from tests.actors.jlis.world import HANAKO

URL = "http://127.0.0.1:8000/portal/invitation/"


class _Base(DeclarativeBase):
    metadata = metadata_for("portal")
    type_annotation_map = COLUMN_TYPES


@serve(OFFER)
def _take(node: Node, data: Offer) -> OfferReceipt:
    node.state.setdefault("taken", []).extend(data.invitations)
    return OfferReceipt(accepted=len(data.invitations), url=URL)


PORTAL = ActorSpec(
    name="portal", title=Text("受信", "Receiver"), role=Text("試験", "Test"), colour="#444444", base=_Base,
    handlers=[_take],
)  # fmt: skip


@pytest.fixture
def bank(make_network: Callable[..., Any]) -> Banked:
    return Banked(make_network([*SPECS, PORTAL]))


def make(bank: Banked, **changes: Any) -> int:
    wanted: dict[str, Any] = {"title": "秋", "place": "", "most": 100, "items": ["name", "address"], "who": "clerk"}
    return campaigns.create(bank.node, **wanted | changes)


def rows(bank: Banked, campaign_id: int) -> tuple[CampaignRow, list[InvitationRow]]:
    with bank.node.database.read() as session:
        pairs = campaigns.letters_of(session, campaign_id)
        return campaigns.row_of(session, campaign_id), [letter for letter, _ in pairs]


@pytest.mark.rule("FI-10")
def test_letters_go_to_customers_without_consent_and_are_known_to_the_portal(bank: Banked) -> None:
    bank.with_consent()
    references = [bank.add(f"100001{number}") for number in range(3)]
    bank.add("1000020", moved(HANAKO, address="青森県青森市長島１丁目１番１号"))
    campaign_id = make(bank, place="千代田区", most=2)
    campaigns.offer(bank.node, campaign_id)
    campaigns.offer(bank.node, campaign_id)
    row, written = rows(bank, campaign_id)
    assert (row.state, row.url) == ("offered", URL)
    assert [letter.customer_number for letter in written] == ["1000010", "1000011"]
    taken = bank.network["portal"].state["taken"]
    assert [each.code for each in taken] == [letter.code for letter in written]
    assert [each.reference for each in taken] == references[:2]
    assert all(re.fullmatch("[A-Z2-7]{26}", each.code) for each in taken)
    assert not any(word in str(taken) for word in ("山田", "1000010", "東京都", "1980"))


def test_codes_are_not_in_the_database_as_they_are(bank: Banked) -> None:
    bank.add()
    campaign_id = make(bank)
    _, (letter,) = rows(bank, campaign_id)
    with bank.node.database.alone() as connection:
        (kept,) = connection.exec_driver_sql("SELECT code FROM invitation").one()
    assert letter.code.encode() not in bytes(kept)


def test_nobody_gets_two_letters_that_count(bank: Banked) -> None:
    bank.add()
    make(bank)
    with pytest.raises(Refused) as refused:
        make(bank)
    assert refused.value.code == "nobody-to-ask"
    bank.network.clock.advance(timedelta(days=91))
    assert campaigns.count_to_ask(bank.node) == 1


def test_the_portal_is_away_and_gets_the_codes_later(bank: Banked) -> None:
    bank.add()
    campaign_id = make(bank)
    bank.network.take_down("portal")
    with pytest.raises(Refused):
        campaigns.offer(bank.node, campaign_id)
    with pytest.raises(Refused) as refused:
        letters.print_letters(bank.node, campaign_id, "clerk")
    assert refused.value.code == "letters-not-known-to-portal"
    check = next(check for check in bank.node.checks() if check.name == "passing-on")
    assert check.health == "warning"
    bank.network.bring_up("portal")
    bank.network.advance(timedelta(minutes=30))
    assert rows(bank, campaign_id)[0].state == "offered"


@pytest.mark.rule("FI-10")
def test_letters_are_printed_one_page_each_with_a_code_of_their_own(bank: Banked) -> None:
    for number in range(3):
        bank.add(f"100001{number}")
    campaign_id = make(bank)
    campaigns.offer(bank.node, campaign_id)
    pdf = letters.print_letters(bank.node, campaign_id, "clerk")
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 3
    assert rows(bank, campaign_id)[0].printed_at is not None
    assert letters.preview(bank.node, campaign_id).startswith(b"<svg")


def test_a_name_that_looks_like_markup_stays_a_name(bank: Banked) -> None:
    bank.add(four=moved(HANAKO, name='#panic("x") *太字* \\ $a$ ]#'))
    campaign_id = make(bank)
    campaigns.offer(bank.node, campaign_id)
    assert letters.print_letters(bank.node, campaign_id, "clerk").startswith(b"%PDF-")


def test_without_a_japanese_font_it_says_so(bank: Banked, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.add()
    campaign_id = make(bank)
    campaigns.offer(bank.node, campaign_id)
    bank.node.state.pop(letters.STATE)
    monkeypatch.setattr(letters, "FONTS", ("No Such Family",))
    with pytest.raises(Refused) as refused:
        letters.print_letters(bank.node, campaign_id, "clerk")
    assert refused.value.code == "no-japanese-font"
    assert next(check for check in bank.node.checks() if check.name == "font").health == "warning"


def test_a_qr_code_holds_what_a_phone_opens() -> None:
    svg = letters.qr_code(URL + "A" * 26)
    assert svg.startswith("<svg")
    assert letters.qr_code(URL + "B" * 26) != svg


@pytest.mark.rule("FI-10")
def test_answers_are_counted_by_those_who_consented_in_the_portal(bank: Banked) -> None:
    references = [bank.add(f"100001{number}") for number in range(4)]
    campaign_id = make(bank)
    campaigns.offer(bank.node, campaign_id)
    person = bank.holder()
    bank.consents_in_portal(person, references[0])
    bank.to_next(12)
    with bank.node.database.read() as session:
        numbers = campaigns.numbers(session, campaigns.row_of(session, campaign_id))
    assert (numbers.letters, numbers.consented, numbers.share) == (4, 1, 25)
