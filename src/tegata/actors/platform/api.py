"""What relying parties call at the platform operator."""

from tegata.actors.platform.service import consents, crls, questions, streams
from tegata.node.node import Node
from tegata.node.oauth import Caller
from tegata.node.web.serving import OpenFile, Reply, serve
from tegata.pki.profiles import Usage
from tegata.wire import changes as changes_wire
from tegata.wire import consents as consents_wire
from tegata.wire import four_information as four_information_wire
from tegata.wire import revocation as revocation_wire
from tegata.wire.changes import PollAnswer, PollRequest, Stream, StreamChoice, VerificationRequest
from tegata.wire.consents import ConsentRecord, SignedStatement
from tegata.wire.endpoint import AfterQuery, Empty, Page, PageQuery
from tegata.wire.four_information import Answer, Batch, BatchAnswer, Question


@serve(consents_wire.GIVE_TO_OPERATOR)
def give_consent(node: Node, caller: Caller, data: SignedStatement) -> ConsentRecord:
    """① A consent that the relying party collected."""
    return consents.give(node, caller.client_id, data)


@serve(consents_wire.OF_RELYING_PARTY)
def consents_of_party(node: Node, caller: Caller, query: PageQuery) -> Page[ConsentRecord]:
    """同意の提供状況 of the relying party's own customers."""
    return consents.of_party(node, caller.client_id, query)


@serve(revocation_wire.CRL_HANDED_ON)
def crl(node: Node, usage: Usage) -> Reply:
    """④ The list in use; its ETag is the SHA-256 of the list."""
    row = crls.handed_on(node, usage)
    return Reply(body=lambda: OpenFile(crls.opened(node, row), row.size), etag=row.sha256)


@serve(changes_wire.FEED)
def change_feed(node: Node, caller: Caller, query: AfterQuery) -> Reply:
    """④ The relying party's log from a number on."""
    page = streams.feed(node, caller.client_id, query)
    newest = page.items[-1].number if page.items else query.after
    return Reply(body=page, etag=f"{query.after}-{newest}-{len(page.items)}")


@serve(changes_wire.POLL)
def poll(node: Node, caller: Caller, data: PollRequest) -> PollAnswer:
    """④ Security events by poll (RFC 8936)."""
    return streams.poll(node, caller.client_id, data)


@serve(changes_wire.STREAM)
def stream(node: Node, caller: Caller) -> Stream:
    """How the relying party's events are delivered, and what of them it took."""
    return streams.stream(node, caller.client_id)


@serve(changes_wire.CHOOSE_STREAM)
def choose_stream(node: Node, caller: Caller, data: StreamChoice) -> Stream:
    """Choose push, poll or neither; pause and go on."""
    return streams.choose(node, caller.client_id, data)


@serve(changes_wire.VERIFY_STREAM)
def verify_stream(node: Node, caller: Caller, data: VerificationRequest) -> Empty:
    """Ask for a verification event."""
    streams.verify(node, caller.client_id, data.state)
    return Empty()


@serve(four_information_wire.ASK)
def ask(node: Node, caller: Caller, data: Question) -> Answer:
    """⑤ A question for one customer's newest four attributes."""
    return questions.ask(node, caller.client_id, data)


@serve(four_information_wire.ASK_BATCH)
def ask_batch(node: Node, caller: Caller, data: Batch) -> BatchAnswer:
    """⑤ Up to 1,000 questions."""
    return questions.ask_many(node, caller.client_id, data.questions)


HANDLERS = (
    give_consent, consents_of_party, crl, change_feed, poll, stream, choose_stream, verify_stream, ask, ask_batch,
)  # fmt: skip
