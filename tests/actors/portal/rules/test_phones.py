"""What the holder of a phone is told of its certificates, and which of them the card may revoke (SP-01, SP-05)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tegata.actors.portal.rules.certificates import advise, newest
from tegata.actors.portal.rules.phones import advise_phone, card_can_sign, revocable
from tegata.japan.dates import JST
from tegata.wire.certificates import CertificateState
from tests.actors.portal.standing_jlis import on_phone, state
from tests.support import START

END = datetime(2028, 9, 25, 10, 0, tzinfo=JST)
RENEWABLE = datetime(2028, 6, 25, 10, 0, tzinfo=JST)
GONE: dict[str, Any] = {"state": "revoked", "revoked_at": START}


@pytest.mark.parametrize(
    ("certificate", "at", "kind", "shown", "to_do"),
    [
        (on_phone(1, "sign"), START, "good", "有効", "何もする必要はありません"),
        (on_phone(1, "sign"), RENEWABLE - timedelta(seconds=1), "good", "有効", "何もする必要はありません"),
        (on_phone(1, "sign"), RENEWABLE, "warn", "まもなく期限", "窓口で更新してから、アプリで"),
        (on_phone(1, "sign"), END + timedelta(seconds=1), "warn", "期限切れ", "窓口で更新してから、アプリで"),
        (on_phone(1, "sign", state="suspended"), START, "bad", "一時利用停止", "利用を再開してください"),
        (on_phone(1, "sign", state="suspended"), END + timedelta(days=1), "bad", "一時利用停止", "失効してください"),
        (on_phone(1, "sign", **GONE, reason="affiliationChanged"), START, "warn", "失効", "まず、市区町村の窓口で"),
        (on_phone(1, "sign", **GONE, reason="superseded"), START, "warn", "失効", "アプリで申し込んでください"),
        (on_phone(1, "sign", **GONE, reason="keyCompromise"), START, "plain", "失効", "アプリで申し込んでください"),
        (on_phone(1, "sign", **GONE, reason="cessationOfOperation"), START, "plain", "失効", "アプリで申し込んで"),
        (on_phone(1, "sign", **GONE), START, "plain", "失効", "アプリで申し込んでください"),
    ],
)  # fmt: skip
def test_each_state_has_its_advice(
    certificate: CertificateState, at: datetime, kind: str, shown: str, to_do: str
) -> None:
    advice = advise_phone("sign", [certificate], at)
    assert (advice.kind, advice.state.ja, advice.medium, advice.certificate) == (kind, shown, "phone", certificate)
    assert to_do in advice.to_do.ja
    assert advice.revocable == (shown in {"有効", "まもなく期限", "一時利用停止"})


def test_without_a_phone_nothing_needs_doing() -> None:
    advice = advise_phone("sign", [state(1, "sign")], START)
    assert (advice.kind, advice.certificate, advice.needs_action, advice.revocable) == ("plain", None, False, False)
    assert "申し込んでください" in advice.to_do.ja


def test_neither_medium_speaks_for_the_other() -> None:
    card, phone = state(1, "sign", state="suspended"), on_phone(2, "sign", not_before=START + timedelta(days=1))
    assert newest("sign", [card, phone]) == card
    assert newest("sign", [card, phone], "phone") == phone
    assert advise("sign", [card, phone], START).kind == "bad"
    assert advise_phone("sign", [card, phone], START).kind == "good"
    assert not advise("sign", [card, phone], START).revocable


@pytest.mark.rule("SP-05")
def test_the_card_revokes_what_is_open_on_one_phone() -> None:
    sign, auth = on_phone(1, "sign"), on_phone(2, "auth", state="suspended")
    old = on_phone(9, "auth", card_id="phone-old", not_before=START - timedelta(days=1))
    assert revocable([sign, auth], START) == [sign, auth]
    assert revocable([old, sign], START) == [sign]
    assert revocable([old, on_phone(1, "sign", **GONE)], START) == [old]
    assert revocable([on_phone(1, "sign", **GONE), state(3, "auth")], START) == []
    assert revocable([sign], END + timedelta(seconds=1)) == []


@pytest.mark.parametrize(
    ("certificates", "can"),
    [
        ([state(1, "sign")], True), ([], False), ([state(1, "auth")], False), ([on_phone(1, "sign")], False),
        ([state(1, "sign", state="suspended")], False), ([state(1, "sign", **GONE)], False),
    ],
)  # fmt: skip
def test_only_a_good_signature_certificate_of_the_card_can_order(
    certificates: list[CertificateState], can: bool
) -> None:
    assert card_can_sign(certificates, START) is can
