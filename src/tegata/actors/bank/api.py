"""What other actors call at the bank: one door, for pushed security events."""

from tegata.actors.bank.service import stream
from tegata.node.node import Node
from tegata.node.oauth import Caller
from tegata.node.web.serving import serve
from tegata.wire.changes import PUSH
from tegata.wire.endpoint import Empty


@serve(PUSH)
def take_event(node: Node, caller: Caller, data: bytes) -> Empty:
    """④ A security event token; the same one again changes nothing (RFC 8935)."""
    stream.take_push(node, caller.client_id, data)
    return Empty()


HANDLERS = (take_event,)
