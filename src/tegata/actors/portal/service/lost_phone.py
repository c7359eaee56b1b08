"""Revocation without the phone: the card signs an order, J-LIS revokes what is on the phone (rule SP-05)."""

import secrets
from collections.abc import Sequence

import msgspec

from tegata.actors.portal.problems import NOTHING_TO_REVOKE
from tegata.actors.portal.rules import phones as rules
from tegata.actors.portal.service import card_requests, consents
from tegata.actors.portal.service.card_requests import Wanted
from tegata.node.node import Node
from tegata.pki.profiles import USAGES
from tegata.wire.certificates import CertificateState
from tegata.wire.phones import PhoneOrder
from tegata.wire.problems import Refused
from tegata.wire.text import Text

TITLE = Text("スマホ用電子証明書の失効", "Revocation of phone certificates")


def ask_revocation(node: Node, *, sub: str, browser: str) -> str:
    """Have the card sign the order; returns the reader's address. Raises NOTHING_TO_REVOKE, PEER_UNAVAILABLE."""
    found = rules.revocable(consents.certificates(node, sub), node.clock.now())
    if not found:
        raise Refused(NOTHING_TO_REVOKE)
    order = PhoneOrder(
        order_id=f"portal-{secrets.token_hex(16)}", phone_id=found[0].card_id, action="revoke",
        usages=[usage for usage in USAGES if any(one.usage == usage for one in found)], occasion="lost",
        stated_at=node.clock.now(),
    )  # fmt: skip
    wanted = Wanted(
        kind="phone-revocation", usage="sign", title=TITLE, summary=[_says(found)],
        payload=msgspec.json.encode(order), sub=sub,
    )  # fmt: skip
    return card_requests.ask(node, wanted, browser)


def _says(found: Sequence[CertificateState]) -> Text:
    model = found[0].model
    return Text(
        f"スマートフォン{f'（{model}）' if model else ''}の電子証明書を失効します。失効すると、元に戻せません。",
        f"The certificates on the phone{f' ({model})' if model else ''} are revoked. This can not be undone.",
    )
