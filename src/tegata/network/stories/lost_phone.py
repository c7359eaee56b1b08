"""The story of a lost phone, from the application to the trade-in (rules SP-01, SP-03 to SP-05; FI-04, FI-05).

1. somebody with a card gets a phone and applies: two certificates are on it, and it logs in at the portal
2. the phone is gone, at half past two at night: the call centre suspends; the portal refuses it at once
3. OCSP tells with its next data, the CRL at the next 07:00: revoked, certificateHold
4. the phone is back: its holder resumes in the app; OCSP says good, and the next CRL no longer lists it
5. the phone is traded in: its holder revokes in the app before; OCSP and CRL say revoked, for good
"""

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Protocol

import msgspec
from cryptography import x509
from sqlalchemy import select

from tegata.actors.call_centre.rules.caller import Said
from tegata.actors.call_centre.rules.menus import menu_of
from tegata.actors.call_centre.service import callers, calls, suspensions
from tegata.actors.citizen.service import memory, phones
from tegata.actors.citizen.service.phones import Outcome
from tegata.actors.citizen.tables import CardRow
from tegata.actors.jlis.service import records
from tegata.actors.jlis.tables import CertificateRow
from tegata.actors.platform.service import crls
from tegata.actors.portal.service import card_requests, people
from tegata.japan.dates import age_on
from tegata.network.assembly import Network
from tegata.network.population import Person, generate
from tegata.network.site import Site
from tegata.network.stories import witness
from tegata.network.stories.record import Progress, Story
from tegata.network.stories.witness import Witnessed
from tegata.node.jobs import Daily
from tegata.node.staff import Staff
from tegata.wire.phones import Action, Occasion
from tegata.wire.problems import Refused, problem
from tegata.wire.reader import ReaderAnswer
from tegata.wire.text import Text

OPERATOR = Staff(id=0, login="story", name="story", roles=frozenset({"operator"}))
LOSS_MENU = 2
ADULT = 18
MODEL = "tegata-one"
PASSWORD, PIN = "PHONE2023", "2468"  # of a made-up person's made-up phone
NIGHT = Daily(time(2, 30))
MORNING = Daily(time(7))
AFTER_MORNING = timedelta(minutes=5)
BROWSER = "a browser of the story"

NOBODY_WITH_A_CARD = problem(
    "story-nobody-with-a-card", 409,
    ja="スマートフォンの話に合う人がいません。", en="There is nobody whom the story of a phone fits.",
    do_ja="カードに有効な署名用電子証明書がある大人が要ります。人数を増やして作り直してください。",
    do_en="It takes an adult with a valid signature certificate on the card: make a larger network.",
)  # fmt: skip
NOT_DONE = problem(
    "story-phone-not-done", 409,
    ja="スマートフォンの手続が、終わりませんでした。", en="What the phone asked for was not done.",
    do_ja="ポータルと J-LIS の監視の画面で、止まっているところを確かめてください。",
    do_en="Look at the monitors of the portal and of J-LIS for what has stopped.",
)  # fmt: skip


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen after something happened: ``crl`` is the reason on the operator's list, empty where not listed.

    ``login`` is ok, or the code of the portal's refusal.
    """

    at: datetime
    what: str
    what_en: str
    ocsp: Witnessed
    crl: str
    login: str


class Look(Protocol):
    """Looks at OCSP, CRL and login, and keeps what it saw."""

    def __call__(self, what: Text) -> None:
        """After something happened."""
        ...


@dataclass(frozen=True)
class Holder:
    """Whose story it is, with the password of the card."""

    person: Person
    password: str


def tell(network: Network, progress: Progress, person_id: str | None) -> tuple[str, dict[str, Any]]:
    """Run the story. Raises ``Refused``: story-nobody-with-a-card, story-phone-not-done, and what the actors refuse."""
    holder = choose(network, person_id)
    progress(Text("スマートフォンで、電子証明書を申し込んでいます。", "The phone applies for its certificates."))
    phone_id = _apply(network, holder)
    steps: list[Step] = []

    def look(what: Text) -> None:
        steps.append(_look(network, holder, phone_id, what))

    look(Text("申込み", "Applied for"))
    progress(
        Text("夜中にスマートフォンがなくなりました。電話で届け出ています。", "The phone is gone at night: a call.")
    )
    network.scheduler.advance_to(NIGHT.following(network.clock.now()))
    _call(network, holder)
    look(Text("電話で一時利用停止", "Suspended by telephone"))
    _news(network, look, Text("一時利用停止が伝わる", "The suspension is known"))
    progress(Text("スマートフォンが見つかりました。アプリで再開しています。", "The phone is back: resumed in the app."))
    _order(network, phone_id, "resume", "found")
    _news(network, look, Text("利用再開が伝わる", "The resumption is known"))
    progress(Text("下取りに出す前に、アプリで失効しています。", "Revoked in the app before it is traded in."))
    _order(network, phone_id, "revoke", "trade-in")
    _news(network, look, Text("失効が伝わる", "The revocation is known"))
    progress(Text("手元を離れても、もう使えません。", "Whoever has it now can not use it."))
    return "revoked", {"person": {"id": holder.person.person_id}, "phone": phone_id, "steps": steps}


def _apply(network: Network, holder: Holder) -> str:
    node, person_id = network["citizen"], holder.person.person_id
    phone_id = phones.get(node, person_id, MODEL)
    applied = phones.apply(
        node, person_id, phone_id, card_password=holder.password, password=PASSWORD, pin=PIN
    )  # fmt: skip
    _require(applied)
    return phone_id


def _order(network: Network, phone_id: str, action: Action, occasion: Occasion) -> None:
    _require(phones.order(network["citizen"], phone_id, action, occasion=occasion, secret=PASSWORD))


def _require(outcome: Outcome) -> None:
    if outcome.state != "done":
        code = outcome.refusal.code if outcome.refusal is not None else ""
        raise Refused(NOT_DONE, {"state": outcome.state, "refusal": code})


def _call(network: Network, holder: Holder) -> None:
    """The call, as the operator takes it: menu 2, the questions, and one large button."""
    node, four = network["call_centre"], holder.person.attributes
    call_id = calls.take(node, OPERATOR, menu_of(LOSS_MENU))
    said = Said(name=four.name, birth_date=four.birth_date, address=four.address)
    callers.write_down(node, OPERATOR, call_id, said)
    callers.compare(node, OPERATOR, call_id, 1)
    suspensions.suspend(node, OPERATOR, call_id, ["phone"])
    calls.end(node, OPERATOR, call_id, "suspended")


def _news(network: Network, look: Look, what: Text) -> None:
    """What OCSP says with its next data, then the CRL of the next morning."""
    interval = network["jlis"].own.ocsp_interval
    network.scheduler.advance_to(network.clock.now() + interval)
    look(Text(f"{what.ja} (OCSP)", f"{what.en} (OCSP)"))
    network.scheduler.advance_to(MORNING.following(network.clock.now()) + AFTER_MORNING)
    look(Text(f"{what.ja} (CRL)", f"{what.en} (CRL)"))


def _look(network: Network, holder: Holder, phone_id: str, what: Text) -> Step:
    certificate = _certificate(network, phone_id)
    said = witness.ask(network["platform"], "sign", certificate)
    known = crls.in_use(network["platform"], "sign")
    listed = known.crl.lookup(certificate.serial_number) if known is not None else None
    return Step(
        at=network.clock.now(), what=what.ja, what_en=what.en, ocsp=said, crl=str(listed.reason) if listed else "",
        login=_log_in(network, holder),
    )  # fmt: skip


def _certificate(network: Network, phone_id: str) -> x509.Certificate:
    """The phone's signature certificate, as J-LIS issued it: after its revocation the phone no longer has it."""
    query = select(CertificateRow.der).where(CertificateRow.usage == "sign", CertificateRow.card_id == phone_id)
    with network["jlis"].database.read() as session:
        return x509.load_der_x509_certificate(session.scalars(query).one())


def _log_in(network: Network, holder: Holder) -> str:
    """What the portal says to a login with the phone, through the doors that a browser uses."""
    portal = network["portal"]
    address = people.ask_login(portal, BROWSER, "/")
    request_id = address.rpartition("%2F")[2]
    payload = b64decode(card_requests.signing_request(portal, request_id).payload)
    try:
        signed = phones.sign_with_phone(
            network["citizen"], holder.person.person_id, "auth", PIN, payload, asker="portal"
        )
        card_requests.take(portal, request_id, ReaderAnswer(request_id=request_id, response=signed))
        people.finish_login(portal, card_requests.answered(portal, request_id, BROWSER))
    except Refused as refused:
        return refused.code
    return "ok"


def choose(network: Network, person_id: str | None) -> Holder:
    """The person named, or the first whom the story fits. Raises ``Refused`` (story-nobody-with-a-card)."""
    for holder in _holders(network):
        if person_id in (None, holder.person.person_id):
            return holder
    raise Refused(NOBODY_WITH_A_CARD, {} if person_id is None else {"person_id": person_id})


def _holders(network: Network) -> Iterator[Holder]:
    record = Site(network.settings.data_dir).ready()
    today = network.clock.now().date()
    for person in generate(record.seed, record.people, on=record.on):
        age = age_on(person.attributes.birth_date, today)
        if person.has_sign_certificate and age is not None and age >= ADULT and _is_as_it_was(network, person):
            yield Holder(person, _password(network, person))


def _is_as_it_was(network: Network, person: Person) -> bool:
    """Whether the card can apply, and the caller's answers are those of the population."""
    with network["jlis"].database.read() as session:
        known = records.person_of_code(session, person.resident_code)
        if known is None or records.has_ended(known):
            return False
        states = records.states(session, records.certificates_of(session, known.person_id, "sign"), network.clock.now())
        same = records.attributes_of(records.register_of(session, known)) == person.attributes
    on_cards = [state for state in states if state.medium == "card"]
    return same and bool(on_cards) and on_cards[-1].state == "valid"


def _password(network: Network, person: Person) -> str:
    """The password that the person remembers, or was given when the population was made."""
    newest = select(CardRow.card_id).where(CardRow.person_id == person.person_id, CardRow.medium == "card")
    with network["citizen"].database.read() as session:
        card_id = session.scalar(newest.order_by(CardRow.received_at.desc()).limit(1))
        known = memory.remembered(session, card_id, "sign") if card_id is not None else ""
    return known or person.sign_password


STORY = Story(
    name="lost-phone",
    title=Text(
        "スマートフォンの紛失: 申込み、一時利用停止、利用再開、失効",
        "A lost phone: applied for, suspended, resumed, revoked",
    ),
    summary=Text(
        "だれか１人がスマホ用電子証明書を申し込み、夜中に電話で一時利用停止をします。見つかったのでアプリで再開し、"
        "下取りに出す前に失効します。OCSP と CRL に伝わるところまで、時計も進みます。",
        "Somebody applies for phone certificates and has them suspended by telephone at night. The phone turns up, and "
        "they are resumed in the app; before it is traded in they are revoked. The clock goes on until OCSP and CRL "
        "tell of it.",
    ),
    tell=tell,
)
