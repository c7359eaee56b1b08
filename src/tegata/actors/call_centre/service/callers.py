"""Who calls: the answers are written down, read back, and compared by J-LIS (rule SP-04, decision 0010)."""

import msgspec

from tegata.actors.call_centre.rules import calls as rules
from tegata.actors.call_centre.rules.caller import QUESTIONS, Said
from tegata.actors.call_centre.rules.calls import Result
from tegata.actors.call_centre.service.calls import Call, note, own, turn
from tegata.actors.call_centre.tables import AnswersRow
from tegata.node.node import Node
from tegata.node.staff import Staff
from tegata.wire.problems import CONFLICT, TOO_MANY, Refused
from tegata.wire.suspensions import CALLER_NOT_IDENTIFIED, FIND_CALLER, CallerAnswers, IdentifiedCaller


def write_down(node: Node, staff: Staff, call_id: str, said: Said) -> None:
    """Keep what the caller said, to be read back; it may be changed until J-LIS has answered.

    Raises CALL_ENDED, ATTEMPTS_USED, CONFLICT, and as ``call_of`` does.
    """
    with turn(node, call_id), node.database.begin() as tx:
        call = own(tx.session, node, staff, call_id)
        rules.may_ask(call.facts, call.most)
        content = msgspec.json.encode(said).decode()
        if call.stage == "reading-back":
            row = call.answers[-1]
            row.answers, row.asked_at = content, tx.now
        else:
            row = AnswersRow(
                call_id=call_id, number=len(call.answers) + 1, asked_at=tx.now, who=staff.login,
                questions=list(QUESTIONS), answers=content, result="draft", answered_at=None, sub=None,
                certificates=[],
            )  # fmt: skip
            tx.session.add(row)


def compare(node: Node, staff: Staff, call_id: str, number: int) -> None:
    """Let J-LIS compare the set of answers of a number; one that was compared before is not compared again.

    Raises CALLER_NOT_IDENTIFIED where they do not all fit; J-LIS's other refusals and ``peer-unavailable``, after which
    it may be repeated; CALL_ENDED, ATTEMPTS_USED, CONFLICT, and as ``call_of`` does.
    """
    with turn(node, call_id):
        said = _send(node, staff, call_id, number)
        if said is None:
            return
        body = CallerAnswers(call_id=call_id, name=said.name, birth_date=said.birth_date, address=said.address)
        try:
            found = node.call(FIND_CALLER, body)
        except Refused as refused:
            if refused.type is CALLER_NOT_IDENTIFIED:
                _write_no(node, staff, call_id, number, "not-matched")
            elif refused.type is TOO_MANY and refused.detail.get("limit") == "call":
                _write_no(node, staff, call_id, number, "barred")
            raise
        _write_yes(node, staff, call_id, number, found)


def _send(node: Node, staff: Staff, call_id: str, number: int) -> Said | None:
    """Write down that the answers leave for J-LIS; None where J-LIS has answered before."""
    with node.database.begin() as tx:
        call = own(tx.session, node, staff, call_id)
        row = _of_number(call, number)
        if row.answered_at is not None:
            return None
        rules.may_ask(call.facts, call.most)
        if row.answers is None:
            raise Refused(CONFLICT, {"cause": "erased"})
        row.result = "unanswered"
        note(tx, staff, call.row, "caller-asked", items=row.questions, to="jlis", answers=number)
        return msgspec.json.decode(row.answers, type=Said)


def _of_number(call: Call, number: int) -> AnswersRow:
    for row in call.answers:
        if row.number == number:
            return row
    raise Refused(CONFLICT, {"answers": number})


def _write_no(node: Node, staff: Staff, call_id: str, number: int, result: Result) -> None:
    with node.database.begin() as tx:
        call = own(tx.session, node, staff, call_id)
        row = _of_number(call, number)
        row.result, row.answered_at = result, tx.now
        note(tx, staff, call.row, "caller-not-identified", answers=number, result=result)


def _write_yes(node: Node, staff: Staff, call_id: str, number: int, found: IdentifiedCaller) -> None:
    with node.database.begin() as tx:
        call = own(tx.session, node, staff, call_id)
        row = _of_number(call, number)
        row.result, row.answered_at, row.sub = "matched", tx.now, found.sub
        row.certificates = msgspec.to_builtins(rules.seen(found.certificates))
        note(tx, staff, call.row, "caller-identified", subject=found.sub, items=["certificate-states"], answers=number)
