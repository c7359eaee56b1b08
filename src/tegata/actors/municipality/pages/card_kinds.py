"""The procedures about cards and phones, in the order in which the counter shows them."""

from collections.abc import Sequence
from typing import Any

import msgspec

from tegata.actors.municipality.pages import card_steps, forms
from tegata.actors.municipality.pages.forms import Subject
from tegata.actors.municipality.pages.kind import Kind
from tegata.actors.municipality.rules.cards import WhyGivenUp
from tegata.actors.municipality.service import losses
from tegata.node.node import Node
from tegata.wire.certificates import CertificateState
from tegata.wire.text import Text


def _outcome(subject: Subject, certificates: Sequence[CertificateState]) -> dict[str, Any]:
    return {"residents": [subject.person.resident_id], "certificates": msgspec.to_builtins(certificates)}


def _report_loss(node: Node, subject: Subject) -> dict[str, Any]:
    held = losses.report_loss(
        node, subject.case.desk, subject.person.resident_id, request_id=subject.case.procedure_id,
        police_report=subject.given(card_steps.LOSS).police_report,
    )  # fmt: skip
    return _outcome(subject, held)


def _give_up(node: Node, subject: Subject) -> dict[str, Any]:
    return _ended(node, subject, subject.given(card_steps.ENDING).why)


def _take_back(node: Node, subject: Subject) -> dict[str, Any]:
    return _ended(node, subject, "returned")


def _ended(node: Node, subject: Subject, why: WhyGivenUp) -> dict[str, Any]:
    case, resident_id = subject.case, subject.person.resident_id
    return _outcome(subject, losses.give_up(node, case.desk, resident_id, why, request_id=case.procedure_id))


def _revoke_phone(node: Node, subject: Subject) -> dict[str, Any]:
    revoked = losses.revoke_phone_certificates(
        node, subject.case.desk, subject.person.resident_id, card_steps.chosen(subject),
        subject.given(card_steps.WHY).occasion, request_id=subject.case.procedure_id,
    )  # fmt: skip
    return _outcome(subject, revoked)


CARD_KINDS: tuple[Kind, ...] = (
    Kind(
        "card", Text("カードの交付", "Hand over a card"), Text("新しいカードを本人に渡すとき", "A new card"), (),
        writes=True,
    ),
    Kind(
        "reissue", Text("証明書の再発行", "Reissue certificates"),
        Text("住所や氏名が変わったとき、期限が近いとき", "After a change, or before they expire"),
        (forms.CERTIFICATES,), writes=True,
    ),
    Kind(
        "pins", Text("暗証番号の再設定", "Set PINs anew"),
        Text("忘れたとき、ロックされたとき", "Forgotten or blocked"),
        (), writes=True,
    ),
    Kind(
        "found_card", Text("一時停止の解除", "The card was found"),
        Text("カードが見つかったとき。カードが必要です", "Its stop ends; the card is needed"),
        (card_steps.IDENTITY,), writes=True,
    ),
    Kind(
        "lost_card", Text("紛失の届出", "Report a loss"),
        Text("カードを失くしたとき、盗まれたとき", "The card is lost or stolen"),
        (card_steps.IDENTITY, card_steps.LOSS), act=_report_loss,
    ),
    Kind(
        "give_up_card", Text("カードの廃止", "Give up the card"),
        Text("見つからないとき、壊れたとき。新しいカードを交付できるようになります", "Not found, or broken"),
        (card_steps.IDENTITY, card_steps.ENDING), act=_give_up,
    ),
    Kind(
        "return_card", Text("カードの返納", "Return the card"),
        Text("カードを返すとき。カードが必要です", "Given back; the card is needed"),
        (card_steps.IDENTITY,), act=_take_back,
    ),
    Kind(
        "phone_certificates", Text("スマホ用電子証明書の失効", "Revoke phone certificates"),
        Text("スマートフォンが戻らないとき、パスワードを忘れたとき", "The phone is not back, or forgotten password"),
        (card_steps.IDENTITY, card_steps.PHONES, card_steps.WHY), act=_revoke_phone,
    ),
)  # fmt: skip
CARD_KIND_NAMES = tuple(kind.name for kind in CARD_KINDS)
