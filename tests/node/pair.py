"""Two small actors for tests of the node: alpha notes something and tells beta, over a bare ASGI application."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tegata.node import inbox
from tegata.node.base import COLUMN_TYPES, metadata_for
from tegata.node.clock import ManualClock, NetworkClock
from tegata.node.columns import Sealed
from tegata.node.jobs import Job
from tegata.node.node import Node
from tegata.node.observer import Recorder
from tegata.node.peers import Anonymous
from tegata.node.scheduler import Scheduler
from tegata.node.spec import ActorSpec
from tegata.node.transport import AsgiApp, LocalApps
from tegata.wire.endpoint import Endpoint
from tegata.wire.problems import CONFLICT, PROBLEM_MEDIA_TYPE, Refused
from tegata.wire.text import Text
from tests.support import START, make_node

NOTHING = Text("", "")


class AlphaBase(DeclarativeBase):
    metadata = metadata_for("alpha")
    type_annotation_map = COLUMN_TYPES


class BetaBase(DeclarativeBase):
    metadata = metadata_for("beta")
    type_annotation_map = COLUMN_TYPES


class Note(AlphaBase):
    __tablename__ = "note"

    number: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str]
    at: Mapped[datetime]
    secret: Mapped[str | None] = mapped_column(Sealed())
    items: Mapped[list[str] | None]


class Heard(BetaBase):
    __tablename__ = "heard"

    number: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str]


class Word(msgspec.Struct, frozen=True):
    word: str
    name: str = ""


class Count(msgspec.Struct, frozen=True):
    heard: int


TELL: Endpoint[Word, Count] = Endpoint(
    to="beta",
    method="POST",
    path="/words/{kind}",
    request=Word,
    response=Count,
    scope="words:write",
    label=Text("言葉", "Word"),
    step="②",
)
ASK: Endpoint[None, Count] = Endpoint(
    to="beta",
    method="GET",
    path="/words",
    request=None,
    response=Count,
    scope="words:read",
    label=Text("照会", "Question"),
)


def spec(name: str, *, jobs: Sequence[Job] = (), **more: Any) -> ActorSpec:
    base: type[DeclarativeBase] = {"alpha": AlphaBase, "beta": BetaBase}[name]
    return ActorSpec(name=name, title=Text(name, name), role=NOTHING, colour="#000000", base=base, jobs=jobs, **more)


def note(node: Node, word: str, *, secret: str | None = None) -> None:
    """Write a note and tell beta, in one transaction."""
    with node.database.begin() as transaction:
        transaction.session.add(Note(word=word, at=transaction.now, secret=secret))
        transaction.send(TELL, Word(word), to="beta", key=f"word-{word}", path={"kind": "plain"})


def hook(node: Node, name: str) -> None:
    """Where a test may step in: ``node.state[name]`` is called with nothing."""
    node.state.get(name, lambda: None)()


def hear(node: Node, word: Word) -> Count:
    with node.database.begin() as transaction:
        if word.word == "unheard-of":
            raise Refused(CONFLICT)
        transaction.session.add(Heard(word=word.word))
        transaction.record("hear", subject=None, who="alpha")
        transaction.session.flush()
        hook(node, "writing")
    hook(node, "written")
    return Count(len(heard(node)))


def heard(node: Node) -> list[str]:
    with node.database.read() as session:
        return list(session.scalars(select(Heard.word).order_by(Heard.number)))


def notes(node: Node) -> list[str]:
    with node.database.read() as session:
        return list(session.scalars(select(Note.word).order_by(Note.number)))


def beta_app(node: Node) -> AsgiApp:
    """Beta's door: a change goes through the inbox."""

    def answer(scope: Any, body: bytes) -> tuple[int, str, bytes]:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        try:
            if scope["method"] == "GET":
                return 200, "application/json", msgspec.json.encode(Count(len(heard(node))))
            word = msgspec.json.decode(body, type=Word)
            kept = inbox.once(
                node.database,
                caller="alpha",
                key=headers["idempotency-key"],
                request_hash=inbox.request_hash(scope["path"], body),
                work=lambda: inbox.Answer(200, "application/json", msgspec.json.encode(hear(node, word))),
            )
        except Refused as refused:
            return refused.type.status, PROBLEM_MEDIA_TYPE, msgspec.json.encode(refused.to_details())
        hook(node, "answered")
        return kept.status, kept.media_type, kept.body

    async def app(scope: Any, receive: Any, send: Any) -> None:
        request = await receive()
        status, media_type, body = await asyncio.to_thread(answer, scope, request["body"])
        headers = [(b"content-type", media_type.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


class Pair:
    """Alpha and beta in this process, without authentication, under one scheduler."""

    def __init__(
        self,
        database_url: str,
        data_dir: Path,
        *,
        clock: NetworkClock | None = None,
        jobs: Sequence[Job] = (),
        beta_jobs: Sequence[Job] = (),
    ) -> None:
        self.clock = clock or ManualClock(START)
        self.local = LocalApps()
        self.recorder = Recorder()
        shared: dict[str, Any] = {"data_dir": data_dir, "local": self.local, "observer": self.recorder}
        self.alpha = make_node(spec("alpha", jobs=jobs), database_url, self.clock, **shared)
        self.beta = make_node(spec("beta", jobs=beta_jobs), database_url, self.clock, **shared)
        self.alpha.peers.authenticator = Anonymous()
        self.local.register(self.beta.base_url, beta_app(self.beta))
        self.scheduler = Scheduler([self.alpha, self.beta], self.clock)

    def close(self) -> None:
        self.scheduler.stop()
        self.alpha.close()
        self.beta.close()
        self.local.close()
