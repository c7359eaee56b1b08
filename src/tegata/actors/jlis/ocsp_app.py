"""A server of OCSP alone, as a WSGI application: one of several processes, beside J-LIS or without it.

It answers from the same :mod:`.service.ocsp` as J-LIS does, and holds the state of certificates and the responders'
keys, no others. It takes ``POST /ocsp/{usage}`` and ``GET /ocsp/{usage}/{base64}``, also below ``/jlis``. That requests
arrive in time is seen to by whoever serves it.
"""

import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, TypeAlias

import msgspec

from tegata.actors.jlis.ocsp_http import check_media_type, headers, is_known
from tegata.actors.jlis.service.ocsp import Desk, open_desk
from tegata.actors.jlis.service.ocsp.answered import FAILED
from tegata.actors.jlis.service.ocsp.desk import SnapshotDesk
from tegata.node.node import Node
from tegata.pki.ocsp import MOST_REQUEST_BYTES, MalformedRequest, decode_get
from tegata.pki.profiles import USAGES
from tegata.wire.problems import METHOD_NOT_ALLOWED, NOT_FOUND, PROBLEM_MEDIA_TYPE, TOO_LARGE, Refused

LOOK_SECONDS: Final = 0.2
"""How often it is looked whether the clock has passed a boundary."""

_PREFIXES: Final = ("", "/jlis")

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[[str, list[tuple[str, str]]], object]


class OcspApp:
    """The application; closes the node that it is given when it is closed."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._desks: dict[str, Desk] = {usage: open_desk(node, usage, renews=False) for usage in USAGES}
        self._posts = {f"{prefix}/ocsp/{usage}": desk for prefix in _PREFIXES for usage, desk in self._desks.items()}
        self._stopping = threading.Event()
        self._look()
        self._looking = threading.Thread(target=self._look_again, name="ocsp-data")
        self._looking.start()

    def close(self) -> None:
        """Its server has ended."""
        self._stopping.set()
        self._looking.join()
        self._node.close()

    def _look(self) -> None:
        for desk in self._desks.values():
            if isinstance(desk, SnapshotDesk):
                desk.refresh_where_due()

    def _look_again(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            self._look()

    def __call__(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        """Answer a request (PEP 3333)."""
        try:
            return self._answer(environ, start_response)
        except Refused as refused:
            return _refuse(start_response, refused)

    def _answer(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        desk = self._posts.get(path)
        if desk is not None and method == "POST":
            return self._give(start_response, desk, _body(environ))
        desk, encoded = self._got(path)
        if desk is None:
            raise Refused(NOT_FOUND)
        if encoded is None:
            raise Refused(METHOD_NOT_ALLOWED, {"allow": "POST"})
        if method not in {"GET", "HEAD"}:
            raise Refused(METHOD_NOT_ALLOWED, {"allow": "GET, HEAD"})
        try:
            request = decode_get(encoded)
        except MalformedRequest:
            request = b""  # nor is this one
        return self._give(start_response, desk, request, environ.get("HTTP_IF_NONE_MATCH"))

    def _got(self, path: str) -> tuple[Desk | None, str | None]:
        """Whom a path means, and the request in it; None for a path without one."""
        prefix, _, rest = path.partition("/ocsp/")
        usage, slash, encoded = rest.partition("/")
        return self._desks.get(usage) if prefix in _PREFIXES else None, encoded if slash else None

    def _give(
        self, start_response: StartResponse, desk: Desk, request: bytes, if_none_match: str | None = None
    ) -> list[bytes]:
        now = self._node.clock.now()
        try:
            answered = desk.ready(request, now) or desk.answer_after_look(request)
        except Exception:
            self._node.log.exception("ocsp-not-answered")
            answered = FAILED
        beside = headers(answered, now)
        if if_none_match is not None and is_known(answered, if_none_match):
            start_response("304 Not Modified", beside)
            return []
        start_response("200 OK", beside)
        return [answered.der]


def _body(environ: Environ) -> bytes:
    check_media_type(environ.get("CONTENT_TYPE"))
    if int(environ.get("CONTENT_LENGTH") or 0) > MOST_REQUEST_BYTES:
        raise Refused(TOO_LARGE)
    body: bytes = environ["wsgi.input"].read(MOST_REQUEST_BYTES + 1)
    if len(body) > MOST_REQUEST_BYTES:
        raise Refused(TOO_LARGE)
    return body


def _refuse(start_response: StartResponse, refused: Refused) -> list[bytes]:
    beside = [("content-type", PROBLEM_MEDIA_TYPE), ("connection", "close")]
    if "allow" in refused.detail:
        beside.append(("allow", refused.detail["allow"]))
    start_response(f"{refused.type.status} {HTTPStatus(refused.type.status).phrase}", beside)
    return [msgspec.json.encode(refused.to_details())]
