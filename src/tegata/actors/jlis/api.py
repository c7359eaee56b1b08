"""What other actors call at J-LIS, and OCSP, which is open to all."""

from typing import Any

import anyio.to_thread
from litestar import Request, route
from litestar.params import FromPath
from litestar.response import Response

from tegata.actors.jlis import ocsp_http
from tegata.actors.jlis.service import (
    callers,
    consents,
    crls,
    four_information,
    holders,
    issue,
    ocsp,
    phones,
    residents,
    revocations,
)
from tegata.actors.jlis.service.ocsp import Answered
from tegata.actors.jlis.service.ocsp.answered import MALFORMED
from tegata.node.node import Node
from tegata.node.oauth import Caller
from tegata.node.web.serving import OpenFile, Reply, serve
from tegata.pki.ocsp import MalformedRequest, decode_get
from tegata.pki.profiles import USAGES
from tegata.wire import certificates as certificates_wire
from tegata.wire import consents as consents_wire
from tegata.wire import four_information as four_information_wire
from tegata.wire import holders as holders_wire
from tegata.wire import phones as phones_wire
from tegata.wire import residents as residents_wire
from tegata.wire import revocation as revocation_wire
from tegata.wire import suspensions as suspensions_wire
from tegata.wire.certificates import Application, CertificateState, Issued, RevocationRequest, Usage
from tegata.wire.consents import ConsentEvent, ConsentRecord, SignedStatement
from tegata.wire.endpoint import AfterQuery, Identifier, Page, PageQuery
from tegata.wire.four_information import Answer, BatchAnswer, OperatorBatch, OperatorQuestion
from tegata.wire.holders import Access, CardLogin, CertificateLogin, Holder
from tegata.wire.phones import PhoneCertificates, SignedApplication, SignedOrder
from tegata.wire.problems import NOT_FOUND, Refused
from tegata.wire.residents import ResidentCode, ResidentEvent, ResidentReceipt
from tegata.wire.revocation import CrlInfo, CrlQuery
from tegata.wire.suspensions import CallerAnswers, IdentifiedCaller, SuspensionRequest


@serve(residents_wire.RESIDENT_CHANGED)
def resident_changed(node: Node, caller: Caller, data: ResidentEvent) -> ResidentReceipt:
    """② A change of the resident register."""
    return residents.take_event(node, data, caller.client_id)


@serve(certificates_wire.ISSUE)
def issue_certificate(node: Node, caller: Caller, data: Application) -> Issued:
    """① A certificate for a key made on the card."""
    return issue.issue(node, data, caller.client_id)


@serve(certificates_wire.REVOKE)
def revoke_certificate(node: Node, caller: Caller, data: RevocationRequest) -> CertificateState:
    """② Revocation on request."""
    return revocations.revoke(node, data, caller.client_id)


@serve(certificates_wire.OF_RESIDENT)
def certificates_of_resident(node: Node, resident_code: ResidentCode) -> Page[CertificateState]:
    """The state of a resident's certificates."""
    return holders.certificates_of_resident(node, resident_code)


@serve(revocation_wire.CRL_LIST)
def crl_list(node: Node) -> Page[CrlInfo]:
    """Every list of the newest issue."""
    return Page(items=[crls.info(row) for row in crls.current(node)])


@serve(revocation_wire.CRL)
def crl(node: Node, usage: Usage, partition: str, query: CrlQuery) -> Reply:
    """③ The newest list of a partition; its ETag is the SHA-256 of the list."""
    row = crls.newest(node, usage, partition, query.generation)
    return Reply(body=lambda: OpenFile(crls.opened(node, row), row.size), etag=row.sha256)


@serve(consents_wire.GIVE)
def give_consent(node: Node, caller: Caller, data: SignedStatement) -> ConsentRecord:
    """① A consent to the handing over of the four attributes."""
    return consents.give(node, data, caller.client_id)


@serve(consents_wire.WITHDRAW)
def withdraw_consent(node: Node, caller: Caller, consent_id: Identifier, data: SignedStatement) -> ConsentRecord:
    """A consent is withdrawn."""
    return consents.withdraw(node, consent_id, data, caller.client_id)


@serve(consents_wire.FEED)
def consent_feed(node: Node, query: AfterQuery) -> Page[ConsentEvent]:
    """What happened to consents, by number."""
    return consents.feed(node, query)


@serve(four_information_wire.PASS_ON)
def four_information_question(node: Node, caller: Caller, data: OperatorQuestion) -> Answer:
    """⑥ A question for one customer's newest four attributes."""
    return four_information.ask(node, data, caller.client_id)


@serve(four_information_wire.PASS_ON_BATCH)
def four_information_batch(node: Node, caller: Caller, data: OperatorBatch) -> BatchAnswer:
    """⑥ Up to 1,000 questions."""
    return four_information.ask_many(node, data.questions, caller.client_id)


@serve(holders_wire.IDENTIFY)
def identify_holder(node: Node, caller: Caller, data: CardLogin) -> Holder:
    """Who holds the card that signed a login."""
    return holders.identify(node, data, caller.client_id)


@serve(holders_wire.IDENTIFY_BY_CERTIFICATE)
def identify_by_certificate(node: Node, caller: Caller, data: CertificateLogin) -> Holder:
    """Who holds the key of a TLS client certificate."""
    return holders.identify_by_certificate(node, data, caller.client_id)


@serve(holders_wire.CERTIFICATES)
def holder_certificates(node: Node, caller: Caller, sub: Identifier) -> Page[CertificateState]:
    """The state of a person's certificates."""
    return holders.certificates(node, sub, caller.client_id)


@serve(holders_wire.CONSENTS)
def holder_consents(node: Node, caller: Caller, sub: Identifier, query: PageQuery) -> Page[ConsentRecord]:
    """A person's consents."""
    return holders.consents(node, sub, query, caller.client_id)


@serve(holders_wire.ACCESSES)
def holder_accesses(node: Node, caller: Caller, sub: Identifier, query: PageQuery) -> Page[Access]:
    """Who saw what of a person's data, and when."""
    return holders.accesses(node, sub, query, caller.client_id)


@serve(phones_wire.PASS_ON_APPLICATION)
def apply_for_phone(node: Node, caller: Caller, data: SignedApplication) -> PhoneCertificates:
    """Certificates for the keys of a phone, applied for with the card."""
    return phones.apply(node, data, caller.client_id)


@serve(phones_wire.PASS_ON_ORDER)
def order_for_phone(node: Node, caller: Caller, data: SignedOrder) -> Page[CertificateState]:
    """A phone's certificates are revoked or resumed by their holder."""
    return phones.order(node, data, caller.client_id)


@serve(phones_wire.OF_PHONE)
def certificates_of_phone(node: Node, phone_id: Identifier) -> Page[CertificateState]:
    """The state of a phone's certificates."""
    return phones.of_phone(node, phone_id)


@serve(suspensions_wire.FIND_CALLER)
def find_caller(node: Node, caller: Caller, data: CallerAnswers) -> IdentifiedCaller:
    """Who calls."""
    return callers.find(node, data, caller.client_id)


@serve(suspensions_wire.SUSPEND)
def suspend_certificates(
    node: Node, caller: Caller, sub: Identifier, data: SuspensionRequest
) -> Page[CertificateState]:
    """Certificates are held by telephone."""
    return callers.suspend(node, sub, data, caller.client_id)


@serve(revocation_wire.OCSP)
async def ocsp_post(node: Node, usage: Usage, data: bytes, request: Request[Any, Any, Any]) -> Reply:
    """The state of certificates, asked by POST (RFC 6960 A.1)."""
    ocsp_http.check_media_type(request.headers.get("content-type"))
    answered = await _answer(node, usage, data)
    return Reply(body=answered.der, headers=dict(ocsp_http.headers(answered, node.clock.now())))


@route("/ocsp/{usage:str}/{encoded:path}", http_method=["GET", "HEAD"], name="GET /ocsp/{usage}/{request}")
async def ocsp_get(request: Request[Any, Any, Any], node: Node, usage: FromPath[str]) -> Response[bytes]:
    """The state of certificates, asked by GET (RFC 6960 A.1), with the cache headers of RFC 5019 section 6.2."""
    if usage not in USAGES:
        raise Refused(NOT_FOUND)
    known: Usage = "sign" if usage == "sign" else "auth"
    try:
        answered = await _answer(node, known, decode_get(_after_usage(request, known)))
    except MalformedRequest:
        answered = MALFORMED
    headers = dict(ocsp_http.headers(answered, node.clock.now()))
    if ocsp_http.is_known(answered, request.headers.get("if-none-match", "")):
        return Response(b"", status_code=304, media_type=revocation_wire.OCSP.media_type, headers=headers)
    return Response(answered.der, media_type=revocation_wire.OCSP.media_type, headers=headers)


async def _answer(node: Node, usage: Usage, request: bytes) -> Answered:
    """From memory where that is all it takes; else in a worker thread, as the database is asked."""
    found = ocsp.ready(node, usage, request)
    return found if found is not None else await anyio.to_thread.run_sync(ocsp.answer, node, usage, request)


def _after_usage(request: Request[Any, Any, Any], usage: str) -> str:
    """The path as it was sent: Base64 has slashes, and a router would join two of them."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return raw.decode("latin-1").partition("?")[0].partition(f"/ocsp/{usage}/")[2]


HANDLERS = (
    resident_changed, issue_certificate, revoke_certificate, certificates_of_resident, crl_list, crl, give_consent,
    withdraw_consent, consent_feed, four_information_question, four_information_batch, identify_holder,
    identify_by_certificate, holder_certificates, holder_consents, holder_accesses, apply_for_phone, order_for_phone,
    certificates_of_phone, find_caller, suspend_certificates, ocsp_post, ocsp_get,
)  # fmt: skip
