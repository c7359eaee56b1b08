"""Refusals keep their code, their sentences and their advice on the way from one actor to another."""

import msgspec
import pytest

from tegata.wire import problems
from tegata.wire.problems import REGISTRY, ProblemDetails, ProblemType, Refused, problem

every_problem = pytest.mark.parametrize("kind", REGISTRY.values(), ids=list(REGISTRY))


@every_problem
def test_says_what_happened_and_what_to_do_in_both_languages(kind: ProblemType) -> None:
    assert 400 <= kind.status < 600
    for sentence in (kind.title, kind.advice):
        assert sentence.ja.endswith("。")
        assert sentence.en.endswith(".")


@every_problem
def test_survives_the_wire(kind: ProblemType) -> None:
    sent = Refused(kind, {"field": "items"})
    body = msgspec.json.encode(sent.to_details("/x"))
    received = Refused.from_details(msgspec.json.decode(body, type=ProblemDetails))
    assert received.type is kind
    assert received.detail == {"field": "items"}
    assert received.code == kind.code


def test_a_code_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        problem("not-found", 404, ja="。", en=".", do_ja="。", do_en=".")


def test_a_code_that_only_the_peer_knows_keeps_the_peers_words() -> None:
    details = ProblemDetails(type="urn:x", title="日本語", title_en="English", status=418, code="teapot", advice="待つ")
    refused = Refused.from_details(details)
    assert (refused.code, refused.type.status) == ("teapot", 418)
    assert (refused.sentence("ja"), refused.sentence("en")) == ("日本語", "English")
    assert refused.type.advice.en == "待つ"
    assert "teapot" not in REGISTRY


def test_problem_details_follow_rfc_9457() -> None:
    body = msgspec.json.decode(msgspec.json.encode(Refused(problems.NOT_FOUND).to_details("/customers/1")))
    assert body["type"] == "urn:tegata:problem:not-found"
    assert body["status"] == 404
    assert body["instance"] == "/customers/1"
