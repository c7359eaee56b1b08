import io
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from tegata.node.clock import ManualClock
from tegata.node.observer import Recorder
from tegata.node.peers import PAUSES_SECONDS, Fetched, Peers
from tegata.node.transport import NoAnswer, RawAnswer, Request, Sink
from tegata.wire.endpoint import AfterQuery, Empty, Endpoint
from tegata.wire.problems import CONFLICT, PEER_UNAVAILABLE, PROBLEM_MEDIA_TYPE, ProblemDetails, Refused
from tegata.wire.text import Text
from tests.node.pair import ASK, TELL, Count, Pair, Word, note
from tests.support import START

BLOB: Endpoint[None, bytes] = Endpoint(
    to="beta", method="GET", path="/blob", request=None, response=bytes, scope="blob:read", label=Text("塊", "Blob")
)
OPEN: Endpoint[Word, Empty] = Endpoint(
    to="beta", method="PUT", path="/open", request=Word, response=Empty, scope="", label=Text("", "")
)


class Line:
    """A transport that answers what the test lays ready: an answer, or None for none."""

    def __init__(self) -> None:
        self.ready: list[RawAnswer | None] = []
        self.sent: list[Request] = []

    def send(self, request: Request, into: Sink | None = None) -> RawAnswer:
        self.sent.append(request)
        answer = self.ready.pop(0)
        if into is not None and (answer is None or answer.status < 300):
            into.write(b"part" if answer is None else answer.body)
            answer = answer and msgspec.structs.replace(answer, body=b"")
        if answer is None:
            raise NoAnswer("gone")
        return answer

    def close(self) -> None: ...


class Tokens:
    def __init__(self) -> None:
        self.number = 1

    def headers(self, peer: str, base_url: str, method: str, url: str) -> dict[str, str]:
        return {"authorization": f"{peer} {method} {url} {self.number}"}

    def forget(self, peer: str) -> None:
        self.number += 1


class Alpha:
    def __init__(self) -> None:
        self.line, self.recorder = Line(), Recorder()
        self.peers = Peers(
            "alpha", lambda actor: f"https://{actor}.example/api", self.line, ManualClock(START), self.recorder
        )
        self.peers.authenticator = Tokens()

    def tell(self, **more: Any) -> Count:
        return self.peers.call(TELL, Word("w", name="手形 太郎"), path={"kind": "plain"}, **more)


@pytest.fixture
def alpha(monkeypatch: pytest.MonkeyPatch) -> Iterator[Alpha]:
    monkeypatch.setattr("tegata.node.peers.PAUSES_SECONDS", (0.0,) * len(PAUSES_SECONDS))
    opened = Alpha()
    yield opened
    opened.peers.close()


def answer(status: int, body: bytes = b"", media_type: str = "application/json", **headers: str) -> RawAnswer:
    return RawAnswer(status=status, headers={"content-type": media_type, **headers}, body=body)


GOOD = answer(200, b'{"heard":3}')


def problem_answer(status: int = 409, code: str = "conflict", **fields: Any) -> RawAnswer:
    details = ProblemDetails(type="t", title="題", status=status, code=code, **fields)
    return answer(status, msgspec.json.encode(details), PROBLEM_MEDIA_TYPE)


def test_a_call_gives_the_typed_answer(alpha: Alpha) -> None:
    alpha.line.ready = [GOOD]
    assert alpha.tell(key="k1") == Count(3)
    [request] = alpha.line.sent
    assert (request.method, request.url) == ("POST", "https://beta.example/api/words/plain")
    assert request.headers["idempotency-key"] == "k1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == "beta POST https://beta.example/api/words/plain 1"


def test_another_receiver_may_be_an_actor_or_an_address(alpha: Alpha) -> None:
    alpha.line.ready = [GOOD, GOOD]
    alpha.tell(to="gamma")
    alpha.tell(to="https://push.example/in/")
    assert [request.url for request in alpha.line.sent] == [
        "https://gamma.example/api/words/plain",
        "https://push.example/in/words/plain",
    ]


def test_a_change_without_a_key_gets_one_that_its_repetitions_share(alpha: Alpha) -> None:
    alpha.line.ready = [None, GOOD, GOOD]
    alpha.tell()
    alpha.tell()
    keys = [request.headers["idempotency-key"] for request in alpha.line.sent]
    assert keys[0] == keys[1] != keys[2]


def test_an_open_door_needs_no_token(alpha: Alpha) -> None:
    alpha.line.ready = [answer(204)]
    assert alpha.peers.call(OPEN, Word("w")) == Empty()
    assert "authorization" not in alpha.line.sent[0].headers


def test_a_query_is_sent_but_not_told(alpha: Alpha) -> None:
    alpha.line.ready = [GOOD]
    alpha.peers.call(ASK, query=AfterQuery(after=5))
    assert alpha.line.sent[0].url.endswith("/words?after=5&limit=1000")
    assert alpha.recorder.messages[0].path == "/words"


@pytest.mark.parametrize("failing", [None, answer(500), answer(503), problem_answer(503, "x")])
def test_who_does_not_answer_is_asked_three_times(alpha: Alpha, failing: RawAnswer | None) -> None:
    alpha.line.ready = [failing] * 3
    with pytest.raises(Refused) as refused:
        alpha.tell()
    assert refused.value.code == "peer-unavailable"
    assert refused.value.detail["peer"] == "beta"
    assert len(alpha.line.sent) == 3


def test_what_is_answered_the_second_time_is_good(alpha: Alpha) -> None:
    alpha.line.ready = [None, answer(502), GOOD]
    assert alpha.tell() == Count(3)


def test_the_outbox_sends_once_and_waits_by_itself(alpha: Alpha) -> None:
    from tegata.node.messages import outgoing

    alpha.line.ready = [None]
    with pytest.raises(Refused, match="peer-unavailable"):
        alpha.peers.deliver(outgoing(TELL, Word("w"), to="beta", key="k", path={"kind": "plain"}))
    assert len(alpha.line.sent) == 1


def test_a_refusal_comes_back_as_its_type(alpha: Alpha) -> None:
    alpha.line.ready = [problem_answer(detail={"state": "old"})]
    with pytest.raises(Refused) as refused:
        alpha.tell()
    assert refused.value.type is CONFLICT
    assert refused.value.detail == {"state": "old"}
    assert len(alpha.line.sent) == 1


def test_an_unknown_refusal_keeps_the_peers_own_words(alpha: Alpha) -> None:
    alpha.line.ready = [problem_answer(410, "gone-for-good", title_en="Gone", advice="待つ", advice_en="Wait")]
    with pytest.raises(Refused) as refused:
        alpha.tell()
    assert (refused.value.code, refused.value.type.status) == ("gone-for-good", 410)
    assert (refused.value.sentence("ja"), refused.value.sentence("en")) == ("題", "Gone")


@pytest.mark.parametrize(
    "strange",
    [
        answer(404, b"<html>", "text/html"),
        answer(302),
        answer(409, b"{", PROBLEM_MEDIA_TYPE),
        answer(409, b'{"code": 3}', PROBLEM_MEDIA_TYPE),
        answer(200, b""),
        answer(200, b"{"),
        answer(200, b'{"heard":"three"}'),
        answer(200, b'{"heard":"\xff"}'),
    ],
)
def test_what_can_not_be_read_is_said_so(alpha: Alpha, strange: RawAnswer) -> None:
    alpha.line.ready = [strange]
    with pytest.raises(Refused, match="peer-misunderstood"):
        alpha.tell()


def test_an_old_token_is_renewed_once(alpha: Alpha) -> None:
    alpha.line.ready = [problem_answer(401, "token-invalid"), GOOD]
    assert alpha.tell() == Count(3)
    assert [request.headers["authorization"][-1] for request in alpha.line.sent] == ["1", "2"]


def test_a_peer_that_knows_no_token_refuses(alpha: Alpha) -> None:
    alpha.line.ready = [problem_answer(401, "token-invalid")] * 2
    with pytest.raises(Refused, match="token-invalid"):
        alpha.tell()
    assert len(alpha.line.sent) == 2


def test_a_raw_body_comes_with_its_etag_and_is_not_sent_again(alpha: Alpha) -> None:
    alpha.line.ready = [
        answer(200, b"\x30\x82", "application/pkix-crl", etag='"7"'),
        answer(304, etag='"7"'),
        answer(304),
    ]
    first = alpha.peers.fetch(BLOB)
    assert first == Fetched(body=b"\x30\x82", etag='"7"', not_modified=False)
    assert alpha.peers.fetch(BLOB, etag=first.etag) == Fetched(body=b"", etag='"7"', not_modified=True)
    assert alpha.peers.fetch(BLOB, etag='"8"').etag == '"8"'
    assert "if-none-match" not in alpha.line.sent[0].headers
    assert alpha.line.sent[1].headers["if-none-match"] == '"7"'


def test_a_raw_body_can_go_into_a_file(alpha: Alpha) -> None:
    alpha.line.ready = [answer(200, b"\x30\x82", "application/pkix-crl", etag='"7"'), answer(304, etag='"7"')]
    file = io.BytesIO()
    assert alpha.peers.fetch(BLOB, into=file) == Fetched(body=b"", etag='"7"', not_modified=False)
    assert alpha.peers.fetch(BLOB, etag='"7"', into=file).not_modified
    assert file.getvalue() == b"\x30\x82"


def test_a_body_that_broke_off_in_a_file_is_not_asked_for_again(alpha: Alpha) -> None:
    alpha.line.ready = [answer(503), None, GOOD]
    file = io.BytesIO()
    with pytest.raises(Refused) as refused:
        alpha.peers.fetch(BLOB, into=file)
    assert refused.value.type is PEER_UNAVAILABLE
    assert (file.getvalue(), len(alpha.line.sent)) == (b"part", 2)


def test_every_message_is_told_with_personal_data_masked(alpha: Alpha) -> None:
    alpha.line.ready = [GOOD, problem_answer(), answer(304)]
    alpha.tell()
    with pytest.raises(Refused):
        alpha.tell()
    alpha.peers.fetch(BLOB)
    told = alpha.recorder.messages
    assert [(message.outcome, message.status) for message in told] == [
        ("ok", 200),
        ("conflict", 409),
        ("not-modified", 304),
    ]
    assert [message.number for message in told] == sorted(message.number for message in told)
    assert told[0].body_masked == {"word": "w", "name": "●●●"}
    assert (told[0].sender, told[0].receiver, told[0].label.ja, told[0].at) == ("alpha", "beta", "言葉", START)
    assert told[0].ms >= 0


def test_a_fault_of_ones_own_is_told_too(alpha: Alpha) -> None:
    alpha.line.ready = []
    with pytest.raises(IndexError):
        alpha.tell()
    assert alpha.recorder.messages[0].outcome == "failed"


def test_a_token_is_asked_for_by_a_bare_post(alpha: Alpha) -> None:
    alpha.line.ready = [answer(400, b"no"), None]
    post: Callable[[], tuple[int, bytes]] = lambda: alpha.peers.post_form("beta", "https://b/t", b"a=b", {"x": "y"})  # noqa: E731
    assert post() == (400, b"no")
    assert (alpha.line.sent[0].method, alpha.line.sent[0].content) == ("POST", b"a=b")
    with pytest.raises(Refused, match="peer-unavailable"):
        post()


def test_nested_messages_are_told_in_the_order_in_which_they_set_out(sqlite_pair: Pair) -> None:
    pair = sqlite_pair
    note(pair.alpha, "one")
    pair.scheduler.settle()
    assert pair.alpha.call(ASK) == Count(1)
    assert [message.label.en for message in pair.recorder.messages] == ["Word", "Question"]
