"""J-LIS's doors over the real web application: tokens, scopes, repetition, ETags, OCSP by POST and GET."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as x509_ocsp
from litestar.testing import TestClient
from sqlalchemy.orm import DeclarativeBase

from tegata.actors.jlis import SPEC
from tegata.actors.jlis.service import authorities, crls, ocsp
from tegata.node.base import COLUMN_TYPES, metadata_for
from tegata.node.node import Node
from tegata.node.spec import ActorSpec
from tegata.node.web.app import create_app
from tegata.pki.crl import verify_crl
from tegata.pki.ocsp import MALFORMED_REQUEST, Good, build_request, check_response, encode_get
from tegata.wire import (
    certificates,
    consents,
    four_information,
    holders,
    phones,
    residents,
    revocation,
    suspensions,
)
from tegata.wire.consents import SignedStatement
from tegata.wire.endpoint import AfterQuery, Endpoint, PageQuery
from tegata.wire.holders import CardLogin, CertificateLogin, LoginStatement
from tegata.wire.phones import SignedOrder
from tegata.wire.problems import INVALID, NOT_ALLOWED, NOT_FOUND, PEER_UNAVAILABLE, Refused
from tegata.wire.revocation import CrlQuery
from tegata.wire.suspensions import SuspensionRequest
from tegata.wire.text import Text
from tests.actors.jlis.world import CHIYODA, World
from tests.fixtures.nodes import NetworkMaker

NOBODY = Text("", "")


def caller(name: str, *scopes: str) -> ActorSpec:
    """An organisation that has nothing but rights at J-LIS."""

    class Base(DeclarativeBase):
        metadata = metadata_for(name)
        type_annotation_map = COLUMN_TYPES

    return ActorSpec(name=name, title=NOBODY, role=NOBODY, colour="#000000", base=Base, outgoing=[("jlis", scopes)])


CALLERS = (
    caller("municipality", "residents:write", "certificates:issue"),
    caller("platform", "revocation:read", "consents:write", "consents:read", "four-information:read"),
    caller("portal", "consents:write", "holders:read", "phones:write", "holders:certificate"),
    caller("call_centre", "certificates:suspend"),
)


class Net:
    """A J-LIS with its callers."""

    def __init__(self, make_network: NetworkMaker, database_url: str) -> None:
        self.network = make_network([SPEC, *CALLERS], database_url)
        self.jlis: Node = self.network["jlis"]
        self.world = World(self.jlis, self.network.clock)

    def __getitem__(self, name: str) -> Node:
        return self.network[name]


@pytest.fixture
def net(make_network: NetworkMaker, database_url: str) -> Net:
    return Net(make_network, database_url)


@pytest.fixture
def client(quick_world: World) -> Iterator[TestClient]:  # type: ignore[type-arg]
    with TestClient(create_app(quick_world.node)) as opened:
        yield opened


@pytest.mark.rule("FI-03")
@pytest.mark.rule("FI-07")
def test_the_whole_way_of_a_change(net: Net) -> None:
    """① consent, ② move, ③ CRL at 07:00, ① reissue, ⑥ to ⑧ question and answer."""
    municipality, platform = net["municipality"], net["platform"]
    person = net.world.resident()
    issued = municipality.call(certificates.ISSUE, person.application())
    person.gets()
    signed = SignedStatement(document=person.signs(person.statement()))
    consent = platform.call(consents.GIVE, signed)
    net.network.advance(timedelta(days=1))
    event = person.event("move_in", msgspec.structs.replace(person.attributes, address="東京都渋谷区２番"))
    receipt = municipality.call(residents.RESIDENT_CHANGED, event)
    assert receipt.revoked == [consent.serial]
    assert issued.serial != consent.serial
    question = net.world.question(consent)
    with pytest.raises(Refused) as refused:
        platform.call(four_information.PASS_ON, question)
    assert refused.value.type is four_information.NOT_YET_AVAILABLE
    net.network.advance(timedelta(days=1))
    fetched = platform.fetch(revocation.CRL, path={"usage": "sign", "partition": "all"}, query=CrlQuery())
    listed = verify_crl(fetched.body, authorities.roots(net.jlis, "sign"), at=net.world.now)
    assert listed.lookup(consent.serial)
    person.sequence = 2
    person.gets()
    answer = platform.call(four_information.PASS_ON, net.world.question(consent))
    assert answer.newer
    assert answer.verified_claims.claims["address"] == {"formatted": "東京都渋谷区２番"}


def test_a_repeated_message_gets_the_same_answer(net: Net) -> None:
    person = net.world.resident()
    application = person.application()
    municipality = net["municipality"]
    first = municipality.call(certificates.ISSUE, application, key="k-1")
    assert municipality.call(certificates.ISSUE, application, key="k-1") == first
    assert municipality.call(certificates.ISSUE, application, key="k-2") == first


@pytest.mark.parametrize(
    ("who", "endpoint", "path"),
    [
        ("portal", revocation.CRL_LIST, None),
        ("municipality", consents.FEED, None),
        ("platform", certificates.OF_RESIDENT, {"resident_code": "00000000000"}),
        ("platform", holders.CERTIFICATES, {"sub": "x"}),
        ("portal", revocation.CRL, {"usage": "sign", "partition": "all"}),
        ("municipality", phones.OF_PHONE, {"phone_id": "x"}),
        ("call_centre", phones.OF_PHONE, {"phone_id": "x"}),
    ],
)
def test_a_door_needs_its_scope(
    make_network: NetworkMaker, who: str, endpoint: Endpoint[Any, Any], path: dict[str, str] | None
) -> None:
    net = Net(make_network, "")
    with pytest.raises(Refused) as refused:
        net[who].call(endpoint, path=path)
    assert refused.value.type.status in {401, 403}


@pytest.mark.rule("FI-04")
def test_a_crl_is_fetched_once(net: Net) -> None:
    platform, path = net["platform"], {"usage": "sign", "partition": "all"}
    with pytest.raises(Refused) as refused:
        platform.fetch(revocation.CRL, path=path)
    assert refused.value.type is revocation.NO_CRL_YET
    net.network.advance(timedelta(days=1))
    first = platform.fetch(revocation.CRL, path=path)
    assert platform.fetch(revocation.CRL, path=path, etag=first.etag).not_modified
    net.network.advance(timedelta(days=1))
    second = platform.fetch(revocation.CRL, path=path, etag=first.etag)
    assert not second.not_modified
    assert second.etag != first.etag
    listed = platform.call(revocation.CRL_LIST).items
    assert {(one.usage, one.partition, one.number) for one in listed} == {
        (usage, partition, 2) for usage in ("sign", "auth") for partition in ("all", "authority")
    }
    with pytest.raises(Refused) as refused:
        platform.fetch(revocation.CRL, path={"usage": "sign", "partition": CHIYODA})
    assert refused.value.type is NOT_FOUND
    with pytest.raises(Refused) as refused:
        platform.fetch(revocation.CRL, path={"usage": "phone", "partition": "all"})
    assert refused.value.type is NOT_FOUND


def test_an_earlier_generations_crl_is_asked_for_by_number(net: Net) -> None:
    authorities.roll_over(net.jlis, "sign")
    crls.issue_all(net.jlis, net.world.now)
    path = {"usage": "sign", "partition": "all"}
    roots = authorities.roots(net.jlis, "sign")
    for number, query in ((2, CrlQuery()), (1, CrlQuery(generation=1)), (2, CrlQuery(generation=2))):
        body = net["platform"].fetch(revocation.CRL, path=path, query=query).body
        assert verify_crl(body, [roots[number - 1]], at=net.world.now).number == 1


@pytest.mark.rule("FI-04")
def test_a_list_in_a_file_is_sent_as_one_in_its_row(net: Net) -> None:
    path = {"usage": "sign", "partition": "all"}
    net.jlis.contents.inline = 0
    crls.issue_all(net.jlis, net.world.now)
    fetched = net["platform"].fetch(revocation.CRL, path=path)
    row = crls.newest(net.jlis, "sign", "all")
    assert (row.der, len(fetched.body)) == (None, row.size)
    verify_crl(fetched.body, authorities.roots(net.jlis, "sign"), at=net.world.now)
    assert net["platform"].fetch(revocation.CRL, path=path, etag=fetched.etag).not_modified
    net.jlis.contents.path(row.sha256).unlink()
    assert net["platform"].fetch(revocation.CRL, path=path, etag=fetched.etag).not_modified
    with pytest.raises(Refused) as refused:
        net["platform"].fetch(revocation.CRL, path=path)
    assert refused.value.type is PEER_UNAVAILABLE


def test_jobs_run_at_their_times(net: Net) -> None:
    net.network.advance(timedelta(days=2))
    with net.jlis.database.read() as session:
        from sqlalchemy import select

        from tegata.node.tables import JobRun

        runs = [(run.job, f"{run.due_at:%H:%M}", run.state) for run in session.scalars(select(JobRun))]
    assert runs.count(("crl", "07:00", "done")) == 2
    assert runs.count(("end-consents", "00:00", "done")) == 2
    assert {state for _, _, state in runs} == {"done"}
    as_of = ocsp.as_of(net.jlis, "sign")
    assert as_of is not None
    assert net.world.now - as_of < timedelta(minutes=15)


@pytest.mark.rule("FI-09")
def test_the_portals_view_of_a_person(net: Net) -> None:
    person = net.world.resident()
    person.gets("auth")
    person.gets("sign")
    portal = net["portal"]
    said = LoginStatement(audience="portal", nonce="n", stated_at=net.world.now)
    login = CardLogin(document=person.signs(said, "auth"), audience="portal", nonce="n")
    sub = portal.call(holders.IDENTIFY, login).sub
    given = portal.call(consents.GIVE, SignedStatement(document=person.signs(person.statement()), channel="portal"))
    path = {"sub": sub}
    assert [one.consent_id for one in portal.call(holders.CONSENTS, path=path, query=PageQuery()).items] == [
        given.consent_id
    ]
    assert len(portal.call(holders.CERTIFICATES, path=path).items) == 2
    assert len(portal.call(holders.ACCESSES, path=path, query=PageQuery()).items) == 1
    withdrawn = portal.call(
        consents.WITHDRAW, person.withdrawal(given.consent_id), path={"consent_id": given.consent_id}
    )
    assert withdrawn.state == "withdrawn"
    feed = net["platform"].call(consents.FEED, query=AfterQuery())
    assert [event.kind for event in feed.items] == ["given", "withdrawn"]


@pytest.mark.rule("SP-01")
@pytest.mark.rule("SP-04")
@pytest.mark.rule("SP-05")
def test_the_life_of_a_phones_certificates(net: Net) -> None:
    """Applied for, used to log in, suspended by telephone, resumed on the phone, revoked with the card."""
    portal, centre = net["portal"], net["call_centre"]
    person = net.world.resident()
    person.gets("auth")
    person.gets("sign")
    phone = person.phone()
    application = phone.application()
    signed = phone.applies(application)
    assert portal.call(phones.PASS_ON_APPLICATION, signed) == portal.call(phones.PASS_ON_APPLICATION, signed)
    phone.gets(**msgspec.structs.asdict(application))
    der = phone.certificates["auth"].public_bytes(Encoding.DER)
    login = CertificateLogin(certificate=base64.b64encode(der).decode(), with_attributes=True)
    assert portal.call(holders.IDENTIFY_BY_CERTIFICATE, login).attributes == person.attributes
    answers = person.calls()
    found = centre.call(suspensions.FIND_CALLER, answers)
    request = SuspensionRequest(call_id=answers.call_id, medium="phone")
    held = centre.call(suspensions.SUSPEND, request, path={"sub": found.sub}).items
    assert {one.state for one in held} == {"suspended"}
    with pytest.raises(Refused) as refused:
        portal.call(holders.IDENTIFY_BY_CERTIFICATE, login)
    assert refused.value.type is consents.CERTIFICATE_NOT_VALID
    order = SignedOrder(document=phone.signs(phone.order("resume")))
    assert {one.state for one in portal.call(phones.PASS_ON_ORDER, order).items} == {"valid"}
    assert portal.call(holders.IDENTIFY_BY_CERTIFICATE, login)
    order = SignedOrder(document=person.signs(phone.order("revoke", occasion="lost")))
    assert {one.reason for one in portal.call(phones.PASS_ON_ORDER, order).items} == {"keyCompromise"}
    states = portal.call(phones.OF_PHONE, path={"phone_id": phone.phone_id}).items
    assert {one.state for one in states} == {"revoked"}
    assert portal.call(phones.OF_PHONE, path={"phone_id": "unknown"}).items == []


def status_of(who: Node, endpoint: Endpoint[Any, Any], message: Any, path: dict[str, str] | None) -> int:
    try:
        who.call(endpoint, message, path=path)
    except Refused as refused:
        return refused.type.status
    return 200


def test_the_doors_for_phones_and_callers_need_their_own_scopes(make_network: NetworkMaker) -> None:
    net = Net(make_network, "")
    person = net.world.resident()
    suspension = SuspensionRequest(call_id="c", medium="card")
    doors: list[tuple[Endpoint[Any, Any], Any, dict[str, str] | None]] = [
        (phones.PASS_ON_ORDER, SignedOrder(document="a.b.c"), None),
        (phones.PASS_ON_APPLICATION, person.phone().applies(document="a.b.c"), None),
        (holders.IDENTIFY_BY_CERTIFICATE, CertificateLogin(certificate="AAAA"), None),
        (suspensions.FIND_CALLER, person.calls(), None),
        (suspensions.SUSPEND, suspension, {"sub": "x"}),
    ]
    for one in CALLERS:
        rights = {scope for _, scopes in one.outgoing for scope in scopes}
        for endpoint, message, path in doors:
            closed = status_of(net[one.name], endpoint, message, path) in {401, 403}
            assert closed == (endpoint.scope not in rights), (one.name, endpoint.path)


def test_a_refused_consent_is_refused_again_and_in_the_audit(net: Net) -> None:
    signed = SignedStatement(document="a.b.c")
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            net["platform"].call(consents.GIVE, signed, key="same")
        assert refused.value.type is consents.BAD_SIGNATURE


def test_states_of_a_resident(net: Net) -> None:
    person = net.world.resident()
    person.gets()
    page = net["municipality"].call(certificates.OF_RESIDENT, path={"resident_code": person.code})
    assert [state.state for state in page.items] == ["valid"]
    with pytest.raises(Refused) as refused:
        net["municipality"].call(certificates.OF_RESIDENT, path={"resident_code": "123"})
    assert refused.value.type in {NOT_FOUND, INVALID, NOT_ALLOWED}


@pytest.mark.rule("FI-05")
def test_ocsp_by_post_and_get_without_a_token(client: TestClient, quick_world: World) -> None:  # type: ignore[type-arg]
    person = quick_world.resident()
    person.gets()
    root = authorities.roots(quick_world.node, "sign")[0]
    ocsp.refresh(quick_world.node)
    request = build_request(person.cards["sign"], root)
    posted = client.post("/ocsp/sign", content=request, headers={"content-type": "application/ocsp-request"})
    got = client.get(f"/ocsp/sign/{encode_get(request)}")
    for answer in (posted, got):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/ocsp-response"
        status = check_response(answer.content, person.cards["sign"], root, at=quick_world.now).status
        assert status == Good()
    assert "max-age=900" in got.headers["cache-control"]
    made, ends = (parsedate_to_datetime(got.headers[name]) for name in ("last-modified", "expires"))
    assert made <= quick_world.now <= ends
    assert got.headers["last-modified"].endswith("GMT")


@pytest.mark.rule("FI-05")
def test_slashes_of_base64_survive_the_path(client: TestClient, quick_world: World) -> None:  # type: ignore[type-arg]
    """Serial and hashes that encode to double slashes, sent as they are."""
    person = quick_world.resident()
    person.gets()
    root = authorities.roots(quick_world.node, "sign")[0]
    ocsp.refresh(quick_world.node)
    for filling in range(200):
        request = build_request(person.cards["sign"], root, bytes([filling] * 3) + b"\xff\xff\xff" * 4)
        encoded = base64.b64encode(request).decode()
        if "//" in encoded:
            break
    answer = client.get(f"/ocsp/sign/{encoded}")
    assert x509_ocsp.load_der_ocsp_response(answer.content).certificate_status is x509_ocsp.OCSPCertStatus.GOOD


@pytest.mark.parametrize("path", ["/ocsp/sign/!!!", "/ocsp/sign/AAAA", "/ocsp/auth/" + "A" * 5000])
def test_a_get_that_is_no_request_is_malformed(client: TestClient, path: str) -> None:  # type: ignore[type-arg]
    answer = client.get(path)
    assert (answer.status_code, answer.content) == (200, MALFORMED_REQUEST)


def test_ocsp_of_no_usage_is_not_found(client: TestClient) -> None:  # type: ignore[type-arg]
    assert client.get("/ocsp/phone/AAAA").status_code == 404
    answer = client.post("/ocsp/phone", content=b"", headers={"content-type": "application/ocsp-request"})
    assert answer.status_code == 404


def test_a_body_that_is_no_request_is_malformed(client: TestClient) -> None:  # type: ignore[type-arg]
    answer = client.post("/ocsp/sign", content=b"\x30\x80", headers={"content-type": "application/ocsp-request"})
    assert answer.content == MALFORMED_REQUEST


def test_old_data_are_refreshed_by_the_first_who_asks(client: TestClient, quick_world: World) -> None:  # type: ignore[type-arg]
    person = quick_world.resident()
    person.gets()
    root = authorities.roots(quick_world.node, "sign")[0]
    quick_world.passes(timedelta(hours=5))
    answer = client.get(f"/ocsp/sign/{encode_get(build_request(person.cards['sign'], root))}")
    checked = check_response(answer.content, person.cards["sign"], root, at=quick_world.now)
    assert checked.this_update == quick_world.now
