"""A request to sign, as the reader takes it from a page of another organisation.

In order of checks: the address is a card request of a peer that the settings name; the peer has it; it is not larger
than a request can be and well-formed; it is the one that the address names; the answer goes back to the same peer; it
has not expired.
"""

import binascii
import re
from base64 import b64decode
from datetime import datetime

import msgspec

from tegata.actors.citizen.problems import REQUEST_NOT_TAKEN, REQUEST_OVER
from tegata.node.node import Node
from tegata.wire.endpoint import Endpoint
from tegata.wire.problems import NOT_FOUND, Refused
from tegata.wire.reader import FETCH_PATH, SigningRequest
from tegata.wire.text import Text

LARGEST_BYTES = 3_000_000
LONGEST_ADDRESS = 500
LONGEST_SUMMARY = 2000
"""Characters of a line that the reader shows."""

FETCH: Endpoint[None, bytes] = Endpoint(
    to="",
    method="GET",
    path=FETCH_PATH,
    request=None,
    response=bytes,
    scope="",
    label=Text("署名の依頼", "Request to sign"),
)
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,80}")


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """A request and the peer that it came from."""

    peer: str
    request: SigningRequest


def fetch(node: Node, request_uri: str) -> Fetched:
    """The request at an address. Raises ``Refused``: REQUEST_NOT_TAKEN, REQUEST_OVER, peer-unavailable."""
    peer, request_id = _address(node, request_uri)
    try:
        body = node.fetch(FETCH, path={"request_id": request_id}, to=peer).body
    except Refused as refused:
        if refused.type.status < 500:
            raise Refused(REQUEST_OVER if refused.type in (NOT_FOUND, REQUEST_OVER) else REQUEST_NOT_TAKEN) from refused
        raise
    request = read(body)
    check(request, request_id, node.settings.base_url_of(peer), node.clock.now())
    return Fetched(peer=peer, request=request)


def read(body: bytes) -> SigningRequest:
    """A request as it came. Raises REQUEST_NOT_TAKEN."""
    if len(body) > LARGEST_BYTES:
        raise Refused(REQUEST_NOT_TAKEN, {"cause": "too-large"})
    try:
        return msgspec.json.decode(body, type=SigningRequest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(REQUEST_NOT_TAKEN, {"cause": "malformed"}) from error


def check(request: SigningRequest, request_id: str, base_url: str, now: datetime) -> None:
    """Whether the request is the one asked for and may be shown. Raises REQUEST_NOT_TAKEN or REQUEST_OVER."""
    lines = (request.asker, request.title, *request.summary)
    if request.request_id != request_id:
        raise Refused(REQUEST_NOT_TAKEN, {"cause": "another-request"})
    if not request.return_url.startswith(f"{base_url}/") or re.search(r"[\s\\]", request.return_url):
        raise Refused(REQUEST_NOT_TAKEN, {"cause": "return-address"})
    if any(len(text) > LONGEST_SUMMARY for line in lines for text in (line.ja, line.en)):
        raise Refused(REQUEST_NOT_TAKEN, {"cause": "too-long"})
    if not payload_of(request):
        raise Refused(REQUEST_NOT_TAKEN, {"cause": "payload"})
    if request.expires_at.tzinfo is None:
        raise Refused(REQUEST_NOT_TAKEN, {"cause": "expiry"})
    if request.expires_at <= now:
        raise Refused(REQUEST_OVER)


def payload_of(request: SigningRequest) -> bytes:
    """What is to be signed. Raises REQUEST_NOT_TAKEN."""
    try:
        return b64decode(request.payload, validate=True)
    except binascii.Error as error:
        raise Refused(REQUEST_NOT_TAKEN, {"cause": "payload"}) from error


def _address(node: Node, request_uri: str) -> tuple[str, str]:
    """The peer and the request's id that an address names."""
    if len(request_uri) <= LONGEST_ADDRESS:
        for peer in node.own.asking_peers:
            before = node.settings.base_url_of(peer) + FETCH_PATH.partition("{")[0]
            request_id = request_uri.removeprefix(before)
            if request_id != request_uri and _ID.fullmatch(request_id) and request_id not in (".", ".."):
                return peer, request_id
    raise Refused(REQUEST_NOT_TAKEN, {"cause": "unknown-address"})
