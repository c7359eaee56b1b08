"""The story of a move, from the counter to the bank's updated record (①–⑨ of attachment 7; rules FI-03 to FI-07).

1. somebody is chosen who has a card, an account and a consent that counts
2. the move is recorded at the counter of the new municipality, and J-LIS learns of it          ②
3. the signature certificate is reissued on the card, by APDUs                                   ①
4. the clock goes to the next 07:00: the CRL; then the operator fetches it and pushes            ③ ④
5. the bank asks, J-LIS checks and answers, the record is updated                                ⑤ to ⑨
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from tegata.actors.bank.service import consents as bank_consents
from tegata.actors.bank.service import customers
from tegata.actors.bank.tables import ConsentRow, CustomerRow
from tegata.actors.citizen.tables import PersonRow
from tegata.actors.jlis.tables import CertificateRow, Person
from tegata.actors.municipality.rules.cards import Pins
from tegata.actors.municipality.service import cards, records, register
from tegata.actors.municipality.service.records import Desk
from tegata.actors.municipality.tables import ResidentRow
from tegata.japan.dates import age_on
from tegata.japan.four_attributes import FourAttributes
from tegata.japan.municipalities import municipality
from tegata.japan.postal import towns_of
from tegata.network.assembly import Network
from tegata.network.stories.record import Progress, Story
from tegata.node.jobs import Daily
from tegata.wire.problems import Refused, problem
from tegata.wire.text import Text

WHO = "story"
ADULT = 18
DESTINATIONS = ("131016", "271004")
"""千代田区; 大阪市 for who lives there already."""
HOUSE = "１丁目２番３号"
MORNING = Daily(time(7))
STEP = timedelta(minutes=5)
LATEST = timedelta(hours=1, minutes=5)
"""How long after 07:00 the bank has at most; what was missed is asked at 08:00."""

NOBODY_TO_MOVE = problem(
    "story-nobody-to-move", 409,
    ja="引っ越しの話に合う人がいません。", en="There is nobody whom the story of a move fits.",
    do_ja="カード・口座・有効な同意のある大人が要ります。人数を増やして作り直すか、同意を集めてください。",
    do_en="It takes an adult with a card, an account and a consent: make a larger network, or collect consents.",
)  # fmt: skip
NOT_FINISHED = problem(
    "story-not-finished", 409,
    ja="銀行の登録は、朝のうちに新しくなりませんでした。", en="The bank's record was not updated in the morning.",
    do_ja="各機関の監視の画面で、止まっているところを確かめてください。",
    do_en="Look at the actors' monitors for what has stopped.",
)  # fmt: skip


@dataclass(frozen=True)
class Mover:
    """Whose story it is, as each actor knows them."""

    person_id: str
    resident_id: str
    resident_code: str
    municipality_code: str
    customer_number: str
    register: FourAttributes
    bank: FourAttributes


def tell(network: Network, progress: Progress, person_id: str | None) -> tuple[str, dict[str, Any]]:
    """Run the story. Raises ``Refused``: story-nobody-to-move, story-not-finished, and what the actors refuse."""
    mover = choose(network, person_id)
    desk = Desk(next(code for code in DESTINATIONS if code != mover.municipality_code), WHO)
    place = municipality(desk.municipality_code).full_name
    progress(Text(f"{place}の窓口で、転入を届け出ています。", f"The move is reported at the counter of {place}."))
    _move_in(network, desk, mover)
    progress(Text("カードに、新しい電子証明書を書いています。", "The new certificate is written to the card."))
    cards.reissue(network["municipality"], desk, mover.resident_id, ("sign",), Pins())
    morning = MORNING.following(network.clock.now())
    progress(Text("次の 07:00 まで、時計を進めています。", "The clock goes to the next 07:00."))
    network.scheduler.advance_to(morning)
    progress(Text("失効情報が、銀行に届くところです。", "The revocation is on its way to the bank."))
    after = _wait_for_bank(network, mover, morning)
    progress(Text("銀行の登録が、新しくなりました。", "The bank's record is up to date."))
    return "updated", {
        "person": {"id": mover.person_id, "customer_number": mover.customer_number},
        "before": mover.bank, "after": after, "register": _registered(network, mover.resident_id),
    }  # fmt: skip


def _move_in(network: Network, desk: Desk, mover: Mover) -> None:
    node = network["municipality"]
    town = next(town for town in towns_of(desk.municipality_code) if town.town)
    place = municipality(desk.municipality_code)
    register.move_in(
        node, desk, [mover.resident_id], address=f"{place.full_name}{town.town}{HOUSE}", postal_code=town.postal_code,
        effective_on=node.clock.now().date(),
    )  # fmt: skip
    network.scheduler.settle()


def _wait_for_bank(network: Network, mover: Mover, morning: datetime) -> FourAttributes:
    """Go on in small steps until the bank's record is new. Raises ``Refused`` (story-not-finished)."""
    while (record := _customer(network, mover.customer_number)) == mover.bank:
        now = network.clock.now()
        if now >= morning + LATEST:
            raise Refused(NOT_FINISHED)
        network.scheduler.advance_to(max(now, morning) + STEP)
    return record


def _customer(network: Network, number: str) -> FourAttributes:
    with network["bank"].database.read() as session:
        return customers.details_of(customers.row_of(session, number)).four


def _registered(network: Network, resident_id: str) -> FourAttributes:
    with network["municipality"].database.read() as session:
        return records.record_of(session, resident_id).attributes


def choose(network: Network, person_id: str | None) -> Mover:
    """The person named, or the first whom the story fits. Raises ``Refused`` (story-nobody-to-move)."""
    for mover in _movers(network):
        if person_id in (None, mover.person_id) and _fits(network, mover):
            return mover
    raise Refused(NOBODY_TO_MOVE, {} if person_id is None else {"person_id": person_id})


def _movers(network: Network) -> Iterator[Mover]:
    """Customers with a consent that counts tomorrow morning, oldest consent first."""
    morning = MORNING.following(network.clock.now())
    query = (
        select(ConsentRow.consent_id, CustomerRow)
        .join(CustomerRow, CustomerRow.number == ConsentRow.customer_number)
        .where(bank_consents.standing(morning), ConsentRow.identity == "known", ConsentRow.valid_from <= morning)
        .order_by(ConsentRow.given_at, ConsentRow.consent_id)
    )
    with network["bank"].database.read() as session:
        found = [
            (bank_consents.serial_of(session, consent_id), row.number, customers.details_of(row).four)
            for consent_id, row in session.execute(query)
        ]
    for serial, number, four in found:
        mover = _mover(network, serial, number, four)
        if mover is not None:
            yield mover


def _mover(network: Network, serial: int, number: str, four: FourAttributes) -> Mover | None:
    code = select(Person.resident_code).join(CertificateRow, CertificateRow.person_id == Person.person_id)
    with network["jlis"].database.read() as session:
        resident_code = session.scalar(code.where(CertificateRow.usage == "sign", CertificateRow.serial == serial))
    with network["municipality"].database.read() as session:
        row = session.scalar(select(ResidentRow).where(ResidentRow.resident_code == resident_code))
    with network["citizen"].database.read() as session:
        person_id = session.scalar(select(PersonRow.person_id).where(PersonRow.resident_code == resident_code))
    if row is None or person_id is None or row.status != "resident":
        return None
    return Mover(
        person_id, row.resident_id, row.resident_code, row.municipality_code, number,
        records.record_in(row).attributes, four,
    )  # fmt: skip


def _fits(network: Network, mover: Mover) -> bool:
    """An adult whom the bank writes as the register does: only then is the record the register's afterwards."""
    age = age_on(mover.register.birth_date, network.clock.now().date())
    same = not {"name", "birth_date", "gender"} & set(mover.bank.changed_from(mover.register))
    return same and age is not None and age >= ADULT


STORY = Story(
    name="move",
    title=Text(
        "引っ越し: 役所の窓口から、銀行の登録が新しくなるまで", "A move: from the counter to the bank's updated record"
    ),
    summary=Text(
        "だれか１人が別の市区町村に移り、電子証明書の再発行を受けます。"
        "翌朝 07:00 に失効情報が出て、銀行が最新の４情報を照会します。",
        "Somebody moves to another municipality and has the certificate reissued. At 07:00 next morning the CRL tells "
        "of it, and the bank asks for the newest four attributes.",
    ),
    tell=tell,
)
