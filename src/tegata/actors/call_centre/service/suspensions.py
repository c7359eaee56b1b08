"""一時利用停止: the certificates on what a caller lost are suspended, at once and once (rule SP-04).

1. That it is asked is written down.
2. J-LIS is asked under a key made of the call and the medium: however often it is sent, it is done once.
3. The answer is written down. If none comes, the call stays open, and the operator repeats 2.
"""

from collections.abc import Sequence

import msgspec

from tegata.actors.call_centre.rules import calls as rules
from tegata.actors.call_centre.service.calls import note, own, turn
from tegata.actors.call_centre.tables import SuspensionRow
from tegata.node.node import Node
from tegata.node.outbox import fate_of
from tegata.node.staff import Staff
from tegata.wire.certificates import CertificateState, Medium
from tegata.wire.problems import Refused
from tegata.wire.suspensions import SUSPEND, SuspensionRequest


def suspend(node: Node, staff: Staff, call_id: str, media: Sequence[Medium]) -> None:
    """Suspend what is on these media; what was suspended in this call before stays so.

    Raises NOT_IDENTIFIED, NOTHING_TO_SUSPEND, CALL_ENDED, ``peer-unavailable`` (repeat it), and as ``call_of`` does.
    """
    with turn(node, call_id):
        for medium in media:
            sub = _ask(node, staff, call_id, medium)
            if sub is None:
                continue
            request = SuspensionRequest(call_id=call_id, medium=medium)
            try:
                answer = node.call(SUSPEND, request, path={"sub": sub}, key=f"{call_id}-{medium}")
            except Refused as refused:
                if fate_of(refused) == "parked":
                    _write_refused(node, staff, call_id, medium, refused)
                raise
            _write_done(node, staff, call_id, medium, answer.items)


def _ask(node: Node, staff: Staff, call_id: str, medium: Medium) -> str | None:
    """Write down that it is asked; the person's handle, or None where it was done before."""
    with node.database.begin() as tx:
        call = own(tx.session, node, staff, call_id)
        if medium in call.facts.done:
            return None
        rules.may_suspend(call.facts, call.held, medium, call.most)
        assert call.matched is not None
        row = tx.session.get(SuspensionRow, (call_id, medium)) or SuspensionRow(call_id=call_id, medium=medium)
        row.asked_at, row.who, row.done_at, row.refused, row.certificates = tx.now, staff.login, None, None, []
        tx.session.add(row)
        note(tx, staff, call.row, "suspension-asked", subject=call.matched.sub, to="jlis", medium=medium)
        return call.matched.sub


def _write_done(
    node: Node, staff: Staff, call_id: str, medium: Medium, certificates: Sequence[CertificateState]
) -> None:
    with node.database.begin() as tx:
        call = own(tx.session, node, staff, call_id)
        row = tx.session.get_one(SuspensionRow, (call_id, medium))
        row.done_at = tx.now
        row.certificates = msgspec.to_builtins(rules.seen(certificates))
        assert call.matched is not None
        note(tx, staff, call.row, "suspended", subject=call.matched.sub, medium=medium)


def _write_refused(node: Node, staff: Staff, call_id: str, medium: Medium, refused: Refused) -> None:
    """J-LIS has refused for good: nothing waits for an answer any more."""
    with node.database.begin() as tx:
        call = own(tx.session, node, staff, call_id)
        tx.session.get_one(SuspensionRow, (call_id, medium)).refused = refused.code
        assert call.matched is not None
        note(tx, staff, call.row, "suspension-refused", subject=call.matched.sub, medium=medium, code=refused.code)
