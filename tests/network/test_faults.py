"""Bad input: each ends in a clear error, and nothing is kept of it. Faults of machines: ``test_outages.py``."""

import base64
import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from tegata.actors.bank.service import imports
from tegata.actors.bank.tables import ConsentRow as BankConsentRow
from tegata.actors.jlis.tables import ConsentRow
from tegata.actors.municipality.service import register
from tegata.actors.platform.service import consents as operator_consents
from tegata.actors.platform.tables import ConsentRow as OperatorConsentRow
from tegata.actors.platform.tables import QuestionRow
from tegata.japan.municipalities import municipality
from tegata.network.population import Person, bank_customers
from tegata.node.node import Node
from tegata.pki.authority import Authority, AuthorityUrls
from tegata.pki.documents import read_document, sign_document
from tegata.pki.keys import SoftwareSigner
from tegata.wire.consents import GIVE, GIVE_TO_OPERATOR, SignedStatement
from tegata.wire.four_information import ASK, PASS_ON, Question
from tegata.wire.problems import Refused
from tests.whole import WholeNetwork

KEPT_BY = {"jlis": ConsentRow, "platform": OperatorConsentRow, "bank": BankConsentRow}


def refusal(call: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value


def ask(whole: WholeNetwork, person: Person, **changed: Any) -> Refused:
    """The refusal of the bank's question for a person."""
    question = msgspec.structs.replace(Question(consent_id=whole.consent_of(person)), **changed)
    return refusal(lambda: whole["bank"].call(ASK, question))


def outcomes(whole: WholeNetwork) -> list[str]:
    """What became of the questions that the operator got."""
    with whole["platform"].database.read() as session:
        return list(session.scalars(select(QuestionRow.outcome).order_by(QuestionRow.asked_at)))


def kept(whole: WholeNetwork) -> dict[str, int]:
    """How many consents each of the three has."""
    counts = {}
    for name, row in KEPT_BY.items():
        with whole[name].database.read() as session:
            counts[name] = session.scalar(select(func.count()).select_from(row)) or 0
    return counts


@pytest.mark.rule("FI-07")
def test_an_unknown_serial_number(whole: WholeNetwork) -> None:
    person = whole.holders()[0]
    refused = ask(whole, person, known_serial=2**62)
    assert (refused.code, refused.type.status) == ("unknown-serial", 404)
    assert outcomes(whole) == ["unknown-serial"]
    assert len(whole.versions(person)) == 1


def first_to_expire(whole: WholeNetwork) -> tuple[Person, Any]:
    """The person with a consent whose certificate ends first, and when that is."""
    ends = {
        person.person_id: read_document(whole.signs(person, b"x")).certificate.not_valid_after_utc
        for person in whole.holders()
    }
    first = min(ends, key=lambda person_id: ends[person_id])
    return next(person for person in whole.people if person.person_id == first), ends[first]


@pytest.mark.rule("FI-07")
@pytest.mark.rule("FI-02")
def test_an_expired_certificate(whole: WholeNetwork) -> None:
    person, end = first_to_expire(whole)
    whole.clock.set(end + timedelta(hours=20))
    whole.scheduler.run_due()
    assert ask(whole, person).code == "certificate-expired"

    before = kept(whole)
    request_id, payload = whole.asked_to_sign(person)
    refused = refusal(lambda: whole.comes_back(request_id, whole.signs(person, payload)))
    assert (refused.code, refused.detail["cause"]) == ("consent-certificate-not-valid", "expired")
    assert kept(whole) == before


@pytest.mark.rule("FI-07")
@pytest.mark.rule("FI-02")
def test_a_revoked_certificate_without_a_newer_one(whole: WholeNetwork) -> None:
    person = whole.holders()[0]
    register.leave_country(
        whole["municipality"], whole.desk(person), [whole.resident_id(person)], effective_on=whole.now.date()
    )
    whole.settle()
    whole.to_next(8, 30)
    (case,) = whole.cases(person)
    assert (case.state, case.code, case.reason) == ("refused", "certificate-revoked", "cessationOfOperation")
    assert len(whole.versions(person)) == 1
    assert ask(whole, person).code == "certificate-revoked"

    before = kept(whole)
    request_id, payload = whole.asked_to_sign(person)
    refused = refusal(lambda: whole.comes_back(request_id, whole.signs(person, payload)))
    assert (refused.code, refused.detail["cause"]) == ("consent-certificate-not-valid", "revoked")
    assert kept(whole) == before


def of_another_issuer(whole: WholeNetwork, person: Person, payload: bytes) -> str:
    """Signed with a certificate like the person's own, by an authority that calls itself the same."""
    own = read_document(whole.signs(person, payload)).certificate
    key = SoftwareSigner.generate_rsa()
    stranger = Authority.create("sign", SoftwareSigner.generate_rsa(), at=whole.now, urls=AuthorityUrls(ocsp=""))
    certificate = stranger.issue_sign(
        own.serial_number, key.public_key(), person.attributes, municipality(person.municipality_code),
        own.not_valid_before_utc, own.not_valid_after_utc, "1",
    )  # fmt: skip
    return sign_document(payload, key.sign, certificate)


def with_another_signature(whole: WholeNetwork, person: Person, payload: bytes) -> str:
    """The person's certificate, the signature of somebody else's key."""
    own = read_document(whole.signs(person, payload)).certificate
    return sign_document(payload, SoftwareSigner.generate_rsa().sign, own)


def with_another_text(whole: WholeNetwork, person: Person, payload: bytes) -> str:
    """What the person signed, changed afterwards."""
    header, _, signature = whole.signs(person, payload).split(".")
    changed = msgspec.json.encode({**msgspec.json.decode(payload), "items": ["name"]})
    return ".".join((header, base64.urlsafe_b64encode(changed).decode().rstrip("="), signature))


@pytest.mark.rule("FI-02")
@pytest.mark.parametrize(
    ("forge", "cause"),
    [
        (of_another_issuer, "unknown-issuer"),
        (with_another_signature, "forged"),
        (with_another_text, "forged"),
    ],
    ids=["wrong issuer", "forged signature", "changed text"],
)
def test_a_consent_that_the_person_did_not_sign(
    whole: WholeNetwork, forge: Callable[[WholeNetwork, Person, bytes], str], cause: str
) -> None:
    person = whole.holders(consented=False)[0]
    before = kept(whole)
    request_id, payload = whole.asked_to_sign(person)
    document = forge(whole, person, payload)
    signed = SignedStatement(document=document)
    doors: list[Callable[[], object]] = [
        lambda: whole.comes_back(request_id, document),
        lambda: whole["bank"].call(GIVE_TO_OPERATOR, signed),
        lambda: whole["platform"].call(GIVE, signed),
    ]
    for door in doors:
        refused = refusal(door)
        assert (refused.code, refused.detail["cause"]) == ("consent-signature-invalid", cause)
    assert refusal(lambda: whole.comes_back(request_id, whole.signs(person, payload))).code == "card-request-used"
    whole.advance(timedelta(days=1))
    assert kept(whole) == before


Step = Callable[[WholeNetwork, Person], None]


def around(
    monkeypatch: pytest.MonkeyPatch,
    node: Node,
    endpoint: object,
    *,
    before: Step | None,
    after: Step | None,
    whole: WholeNetwork,
    person: Person,
) -> list[str]:
    """Do something once, just before a node's call sets out or just after its answer came; what was done is listed."""
    call, done = node.call, list[str]()

    def watched(called: Any, *arguments: Any, **keywords: Any) -> Any:
        is_it = called is endpoint and not done
        if is_it:
            done.append("seen")
        if is_it and before is not None:
            before(whole, person)
        answer = call(called, *arguments, **keywords)
        if is_it and after is not None:
            after(whole, person)
        return answer

    monkeypatch.setattr(node, "call", watched)
    return done


def withdraws_and_all_hear_of_it(whole: WholeNetwork, person: Person) -> None:
    whole.withdraws(person)
    operator_consents.learn(whole["platform"])
    whole["platform"].dispatcher.run_once(to="bank")


def changed_and_withdrawn(whole: WholeNetwork, person: Person) -> None:
    """What holds after a consent was withdrawn between question and answer."""
    (case,) = whole.cases(person)
    assert (case.state, case.outcome) == ("closed", "consent-ended")
    assert len(whole.versions(person)) == 1, "nothing that was told after the withdrawal is used"
    whole.advance(timedelta(days=1))
    assert ask(whole, person).code == "consent-withdrawn"
    assert whole.waiting() == []


@pytest.mark.rule("FI-07")
@pytest.mark.rule("FI-09")
def test_a_consent_withdrawn_before_the_question_arrives(whole: WholeNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    person = whole.holders()[0]
    whole.moves(person)
    whole.reissues(person)
    done = around(
        monkeypatch, whole["bank"], ASK, before=WholeNetwork.withdraws, after=None, whole=whole, person=person
    )
    whole.to_next(8, 30)
    assert done
    assert outcomes(whole) == ["consent-withdrawn"]
    changed_and_withdrawn(whole, person)


@pytest.mark.rule("FI-07")
@pytest.mark.rule("FI-09")
def test_a_consent_withdrawn_while_the_answer_is_on_its_way(
    whole: WholeNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = whole.holders()[0]
    whole.moves(person)
    whole.reissues(person)
    operator = whole["platform"]
    done = around(
        monkeypatch, operator, PASS_ON, before=None, after=withdraws_and_all_hear_of_it, whole=whole, person=person
    )
    whole.to_next(8, 30)
    assert done
    assert outcomes(whole) == ["ok"], "the answer was given"
    changed_and_withdrawn(whole, person)


def as_csv(rows: list[dict[str, str]], *broken: str) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return (text.getvalue() + "\r\n".join([*broken, ""])).encode("cp932")


def test_a_file_of_customers_with_broken_rows(whole: WholeNetwork) -> None:
    rows = list(bank_customers(whole.people, whole.record.seed, whole.record.customers, broken=9, on=whole.record.on))
    person = whole.holders()[0]
    changed = next(row for row in rows if row["customer_number"] == whole.numbers[person.person_id])
    changed["kana"] = "ﾍﾝｺｳ ｽﾐ"
    content = as_csv(
        rows,
        '8000001,"never closed,x',
        "8000002,too,few",
        "8000003,山田　新,ﾔﾏﾀﾞ,1000005,東京都千代田区丸の内1-1,1990-01-01,male",
    )
    before = whole.consents

    report = imports.import_csv(whole["bank"], io.BytesIO(content), who="clerk")
    first_broken = whole.record.customers + 2
    assert [(line, code) for line, _, code in report.faults] == [
        *[(first_broken + index, code) for index, code in enumerate(CODES)],
        (first_broken + 9, "quote"),
        (first_broken + 10, "too-few-cells"),
    ]
    assert (report.added, report.changed, report.unchanged) == (1, 1, whole.record.customers - 1)
    assert whole.consents == before
    assert whole.versions(person)[-1][0] == "import"

    again = imports.import_csv(whole["bank"], io.BytesIO(content), who="clerk")
    assert (again.added, again.changed, again.refused) == (0, 0, report.refused)


CODES = [
    "missing",
    "birth-date",
    "gender",
    "postal-code",
    "characters",
    "too-long",
    "duplicate",
    "missing",
    "birth-date",
]
"""Why the broken rows of the population are not taken, in their order."""
