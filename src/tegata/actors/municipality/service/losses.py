"""Lost and returned cards, and phone certificates at the counter (rule SP-05; FACTS sections 2 and 4; decision 0011).

In order: J-LIS knows the register's newest change; a card that is returned lies on the terminal; J-LIS holds or revokes
one certificate after the other; a returned card is erased; then it is noted what happened. Nothing is noted before all
of it is done, and repeated under the same request id it goes on where it stopped.
"""

import secrets
from collections.abc import Sequence

from tegata.actors.municipality.problems import CARD_NOT_WRITTEN, NO_PHONE_CERTIFICATE
from tegata.actors.municipality.rules import cards as rules
from tegata.actors.municipality.rules.cards import Occasion, WhyGivenUp
from tegata.actors.municipality.service import holders
from tegata.actors.municipality.service.records import Desk
from tegata.actors.municipality.service.terminal import open_terminal
from tegata.card.errors import CardFailure
from tegata.node.node import Node
from tegata.wire.certificates import CertificateState, Usage
from tegata.wire.problems import Refused


def report_loss(
    node: Node, desk: Desk, resident_id: str, *, police_report: str = "", request_id: str | None = None
) -> list[CertificateState]:
    """紛失の届出: the card stops, its certificates are held; those that the call centre has held already stay so.

    Returns the newest certificate of each usage on the card. Raises ``Refused``.
    """
    request_id = request_id or secrets.token_hex(12)
    with holders.turn(node, resident_id):
        holder = holders.holder_of(node, desk, resident_id)
        if holders.has_happened(node, request_id, "reported_lost"):
            return rules.newest_of(holders.certificates_of(node, holder.resident_code), "card")
        card = rules.card_to_report(holder.cards, node.clock.now())
        holders.deliver_change(node, holder)
        before = holders.certificates_of(node, holder.resident_code)
        valid = [one for one in rules.usable(before, "card") if one.state == "valid"]
        answers = holders.revoke(node, desk, valid, "certificateHold", request_id)
        with node.database.begin() as tx:
            holders.note(
                tx, desk, holder, card, "reported_lost", request_id, police_report=police_report, certificates=answers
            )
    return rules.newest_of(holders.after(before, answers), "card")


def give_up(
    node: Node, desk: Desk, resident_id: str, why: WhyGivenUp, *, request_id: str | None = None
) -> list[CertificateState]:
    """カードの廃止・返納: the card ends, its certificates are revoked for good; one that is returned is erased.

    Returns the newest certificate of each usage on the card. Raises ``Refused``.
    """
    request_id = request_id or secrets.token_hex(12)
    with holders.turn(node, resident_id):
        holder = holders.holder_of(node, desk, resident_id)
        if holders.has_happened(node, request_id, "given_up"):
            return rules.newest_of(holders.certificates_of(node, holder.resident_code), "card")
        card = rules.card_to_give_up(holder.cards, node.clock.now())
        holders.deliver_change(node, holder)
        terminal = open_terminal(node, card.card_id) if why == "returned" else None
        before = holders.certificates_of(node, holder.resident_code)
        answers = holders.revoke(node, desk, rules.usable(before, "card"), rules.REVOKED_AS[why], request_id)
        if terminal is not None:
            try:
                terminal.erase()
            except CardFailure as failure:
                raise Refused(CARD_NOT_WRITTEN, {"cause": failure.code}) from failure
        with node.database.begin() as tx:
            holders.note(tx, desk, holder, card, "given_up", request_id, reason=why, certificates=answers)
    return rules.newest_of(holders.after(before, answers), "card")


def revoke_phone_certificates(
    node: Node, desk: Desk, resident_id: str, chosen: Sequence[tuple[Usage, int]], occasion: Occasion,
    *, request_id: str | None = None,
) -> list[CertificateState]:  # fmt: skip
    """スマホ用電子証明書の失効, without the phone: those that are chosen, by usage and serial number.

    Returns them as they are then. Raises NO_PHONE_CERTIFICATE where one of them is none of this person's.
    """
    request_id = request_id or secrets.token_hex(12)
    with holders.turn(node, resident_id):
        holder = holders.holder_of(node, desk, resident_id)
        holders.deliver_change(node, holder)
        on_phones = [
            one for one in holders.certificates_of(node, holder.resident_code)
            if one.medium == "phone" and (one.usage, one.serial) in chosen
        ]  # fmt: skip
        if not on_phones or len(on_phones) != len(set(chosen)):
            raise Refused(NO_PHONE_CERTIFICATE)
        reason = rules.PHONE_REVOKED_AS[occasion]
        answers = holders.revoke(node, desk, rules.usable(on_phones, "phone"), reason, request_id)
        with node.database.begin() as tx:
            detail = {"occasion": occasion, "serials": [one.serial for one in on_phones]}
            tx.record("phone-certificates-revoked", subject=resident_id, who=desk.who, detail=detail)
    return holders.after(on_phones, answers)
