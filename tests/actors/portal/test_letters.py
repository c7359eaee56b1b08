"""A consent by a letter: the code's states, one question a page, the signature, and what J-LIS then has (FI-10)."""

import base64
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from tegata.actors.portal.service import consents, invitations, passing_on
from tegata.actors.portal.tables import CardRequestRow, InvitationRow
from tegata.node.identity import service_key
from tegata.node.oauth import register_client
from tegata.wire.consents import ConsentStatement
from tegata.wire.holders import CONSENTS
from tegata.wire.invitations import OFFER, Offer
from tegata.wire.problems import Refused
from tests.actors.portal.world import TARO, Portal, Visitor, letter


@pytest.mark.rule("FI-10")
def test_a_letter_leads_to_a_consent_at_jlis(world: Portal) -> None:
    holder, made = world.holder(), world.letter()
    code = made.code
    with world.browser() as visitor:
        first = visitor.open(f"/invitation/{code}")
        assert first.status_code == 200
        for said in (made.relying_party_name, made.service_name, made.purpose, made.contact):
            assert said in first.text
        away = visitor.open(f"/invitation/{code}/items")
        assert away.headers["location"] == f"/card-login?next=%2Finvitation%2F{code}%2Fitems"
        visitor.logs_in(holder)
        chosen = visitor.send(f"/invitation/{code}/items", {"items": ["name", "address"]})
        assert chosen.headers["location"] == f"/invitation/{code}/terms?items=name%2Caddress"
        terms = visitor.open(chosen.headers["location"]).text
        assert "10年間" in terms
        check = f"/invitation/{code}/check?items=name%2Caddress"
        assert check in terms
        to_reader = visitor.send(check)
        statement = _statement(visitor, to_reader)
        result = visitor.signs(to_reader, holder)
        (record,) = _consents(world)
        assert result.headers["location"] == f"/consents/{record.consent_id}/given"
        done = visitor.open(result.headers["location"]).text
        assert "この後のこと" in done
        assert "2023年（令和５年）９月26日（火） 00:00" in done
    assert (record.relying_party, record.reference, record.channel) == ("bank", made.reference, "portal")
    assert (record.items, record.state) == (["name", "address"], "active")
    assert statement.items == record.items
    assert "マイナンバー（12桁の番号）は提供されません" in statement.text
    assert made.contact in statement.text


def _statement(visitor: Visitor, to_reader: Any) -> ConsentStatement:
    request = visitor.asked(to_reader)
    assert request.usage == "sign"
    return msgspec.json.decode(base64.b64decode(request.payload), type=ConsentStatement)


def _consents(world: Portal) -> list[Any]:
    return [record for sub in _subs(world) for record in consents.of_person(world.node, sub)]


def _subs(world: Portal) -> list[str]:
    with world.node.database.read() as session:
        return sorted({row.sub for row in session.query(CardRequestRow) if row.sub})


@pytest.mark.rule("FI-10")
@pytest.mark.parametrize(
    ("code", "status", "says"), [("A" * 26, 404, "invitation-unknown"), ("x", 404, "invitation-unknown")]
)
def test_a_code_that_is_not_known_says_so(visitor: Visitor, code: str, status: int, says: str) -> None:
    answer = visitor.open(f"/invitation/{code}")
    assert (answer.status_code, says in answer.text) == (status, True)


@pytest.mark.rule("FI-10")
def test_a_letter_counts_until_its_time_is_over(quick_world: Portal, visitor: Visitor) -> None:
    made = quick_world.letter(expires_at=quick_world.now + timedelta(days=1))
    quick_world.network.clock.advance(timedelta(days=1))
    assert visitor.open(f"/invitation/{made.code}").status_code == 200
    quick_world.network.clock.advance(timedelta(seconds=1))
    late = visitor.open(f"/invitation/{made.code}")
    assert (late.status_code, "invitation-expired" in late.text) == (410, True)


def test_a_code_typed_in_small_letters_is_found(quick_world: Portal, visitor: Visitor) -> None:
    assert visitor.open(f"/invitation/{quick_world.letter().code.lower()}").status_code == 200


@pytest.mark.rule("FI-10")
def test_a_letter_gives_one_consent(quick_world: Portal, visitor: Visitor) -> None:
    holder, other = quick_world.holder(), quick_world.holder(TARO)
    code = quick_world.letter().code
    visitor.logs_in(holder)
    with quick_world.browser() as another:
        another.logs_in(other)
        late = another.send(f"/invitation/{code}/check?items=name")
        first = visitor.signs(visitor.send(f"/invitation/{code}/check?items=name"), holder)
        assert first.status_code == 303
        used = visitor.open(f"/invitation/{code}")
        assert (used.status_code, "invitation-used" in used.text) == (409, True)
        refused = another.signs(late, other)
        assert (refused.status_code, "invitation-used" in refused.text) == (409, True)
    assert len(_consents(quick_world)) == 1


@pytest.mark.rule("FI-02")
def test_a_consent_is_signed_with_the_card_of_the_person_who_is_logged_in(
    quick_world: Portal, visitor: Visitor
) -> None:
    holder, other = quick_world.holder(), quick_world.holder(TARO)
    code = quick_world.letter().code
    visitor.logs_in(holder)
    result = visitor.signs(visitor.send(f"/invitation/{code}/check?items=name"), other)
    assert (result.status_code, "card-of-another-person" in result.text) == (403, True)
    assert _consents(quick_world) == []
    assert visitor.open(f"/invitation/{code}").status_code == 200


@pytest.mark.rule("FI-02")
def test_a_revoked_certificate_gives_no_consent(quick_world: Portal, visitor: Visitor) -> None:
    holder = quick_world.holder()
    visitor.logs_in(holder)
    holder.resident.moves()
    result = quick_world.gives(visitor, holder)
    assert (result.status_code, "consent-certificate-not-valid" in result.text) == (422, True)
    again = visitor.open(str(result.url.path))
    assert (again.status_code, "consent-certificate-not-valid" in again.text) == (422, True)


def test_a_consent_signed_with_the_login_key_is_refused(quick_world: Portal, visitor: Visitor) -> None:
    holder = quick_world.holder()
    visitor.logs_in(holder)
    code = quick_world.letter().code
    request = visitor.asked(visitor.send(f"/invitation/{code}/check?items=name"))
    result = visitor.comes_back(request, response=holder.signs("auth", base64.b64decode(request.payload)))
    assert result.status_code in {403, 422}
    assert _consents(quick_world) == []


def test_only_items_that_the_letter_asks_for_can_be_chosen(quick_world: Portal, visitor: Visitor) -> None:
    made = quick_world.letter(items=["name", "address"])
    visitor.logs_in(quick_world.holder())
    for items in ("", "name,name2", "my_number", "name;address", "gender"):
        for page in ("terms", "check"):
            assert visitor.open(f"/invitation/{made.code}/{page}?items={items}").status_code in {400, 422}, items
        form = visitor.send(f"/invitation/{made.code}/items", {"items": items.split(",")})
        assert (form.status_code, "１つ以上選んでください" in form.text) == (422, True), items


def test_the_order_and_number_of_items_is_the_portals(quick_world: Portal, visitor: Visitor) -> None:
    holder = quick_world.holder()
    visitor.logs_in(holder)
    assert quick_world.gives(visitor, holder, items="gender,name,gender").status_code == 303
    assert _consents(quick_world)[0].items == ["name", "gender"]


def test_stopping_at_the_reader_leaves_the_letter_open(quick_world: Portal, visitor: Visitor) -> None:
    visitor.logs_in(quick_world.holder())
    code = quick_world.letter().code
    request = visitor.asked(visitor.send(f"/invitation/{code}/check?items=name"))
    stopped = visitor.comes_back(request, error="cancelled")
    assert f"/invitation/{code}" in stopped.text
    assert visitor.open(f"/invitation/{code}").status_code == 200


def test_what_was_signed_while_jlis_was_silent_is_passed_on_later(quick_world: Portal, visitor: Visitor) -> None:
    network, holder = quick_world.network, quick_world.holder()
    visitor.logs_in(holder)
    code = quick_world.letter().code
    to_reader = visitor.send(f"/invitation/{code}/check?items=name")
    network.take_down("jlis")
    waiting = visitor.signs(to_reader, holder)
    assert (waiting.status_code, "お預かりしました" in waiting.text) == (200, True)
    home = visitor.open("/").text
    assert "応答を待っています" in home
    assert [check.health for check in quick_world.node.spec.health(quick_world.node)] == ["warning"]  # type: ignore[misc]
    network.advance(timedelta(minutes=15))
    assert len(passing_on.waiting(quick_world.node)) == 1
    network.bring_up("jlis")
    network.advance(timedelta(minutes=15))
    assert passing_on.waiting(quick_world.node) == []
    (record,) = _consents(quick_world)
    assert record.state == "active"
    assert visitor.open(waiting.url.path).headers["location"] == f"/consents/{record.consent_id}/given"
    assert visitor.open(f"/invitation/{code}").status_code == 409
    with quick_world.node.database.read() as session:
        assert all(row.document is None for row in session.query(CardRequestRow))


def test_what_is_refused_later_is_told_on_the_first_page(quick_world: Portal, visitor: Visitor) -> None:
    network, holder = quick_world.network, quick_world.holder()
    visitor.logs_in(holder)
    to_reader = visitor.send(f"/invitation/{quick_world.letter().code}/check?items=name")
    network.take_down("jlis")
    visitor.signs(to_reader, holder)
    network.bring_up("jlis")
    holder.resident.moves()
    network.advance(timedelta(minutes=15))
    assert _consents(quick_world) == []
    home = visitor.open("/").text
    assert "受け付けられませんでした" in home
    assert "署名に使われた電子証明書は有効ではありません" in home
    network.clock.advance(timedelta(days=8))
    network.scheduler.run_job("portal", "forget")
    visitor.logs_in(holder)
    assert "受け付けられませんでした" not in visitor.open("/").text


def test_passing_on_again_after_a_crash_gives_the_same_consent(quick_world: Portal, visitor: Visitor) -> None:
    holder = quick_world.holder()
    visitor.logs_in(holder)
    result = quick_world.gives(visitor, holder)
    (record,) = _consents(quick_world)
    document = _document_at_jlis(quick_world)
    with quick_world.node.database.begin() as tx:
        row = tx.session.query(CardRequestRow).filter_by(kind="consent").one()
        row.closed_at = row.outcome = row.consent_id = None
        row.document = document
    assert passing_on.pass_on_waiting(quick_world.node) == 1
    assert [each.consent_id for each in _consents(quick_world)] == [record.consent_id]
    assert visitor.open(str(result.url.path)).headers["location"].endswith("/given")


def _document_at_jlis(world: Portal) -> str:
    from tegata.actors.jlis.tables import ConsentRow

    with world.network["jlis"].database.read() as session:
        return str(session.query(ConsentRow).one().document)


def _as_bank(world: Portal) -> None:
    """J-LIS's node plays the bank: another actor with a key of its own."""
    with world.node.database.begin() as tx:
        register_client(tx, "jlis", service_key(world.network["jlis"]).public_jwk, {"invitations:write"})


def test_an_offer_is_kept_once_and_a_code_never_changes(world: Portal) -> None:
    _as_bank(world)
    bank, letters = world.network["jlis"], [letter(number, world.now) for number in (1, 2)]
    receipt = bank.call(OFFER, Offer(invitations=letters))
    assert (receipt.accepted, receipt.url) == (2, world.node.base_url + "/invitation/")
    assert bank.call(OFFER, Offer(invitations=[*letters, letter(3, world.now)])).accepted == 3
    changed = [msgspec.structs.replace(letters[0], purpose="別の目的"), letter(4, world.now)]
    with pytest.raises(Refused, match="invitation-code-taken"):
        bank.call(OFFER, Offer(invitations=changed))
    with world.node.database.read() as session:
        rows = {row.code: row for row in session.query(InvitationRow)}
    assert len(rows) == 3
    assert {row.relying_party for row in rows.values()} == {"jlis"}


def test_another_organisation_can_not_take_a_code(quick_world: Portal) -> None:
    made = quick_world.letter()
    with pytest.raises(Refused, match="invitation-code-taken"):
        invitations.offer(quick_world.node, [made], "another")


@pytest.mark.parametrize(
    "changes",
    [{"items": ["name", "name"]}, {"expires_at": datetime(2024, 1, 1, 0, 0)}],  # a time without offset
)
def test_a_broken_letter_is_refused(quick_world: Portal, changes: dict[str, Any]) -> None:
    broken = msgspec.structs.replace(letter(1, quick_world.now), **changes)
    with pytest.raises(Refused, match="invalid"):
        invitations.offer(quick_world.node, [broken], "bank")


def test_the_same_code_twice_in_an_offer_must_say_the_same(quick_world: Portal) -> None:
    one = letter(1, quick_world.now)
    assert invitations.offer(quick_world.node, [one, one], "bank").accepted == 2
    other = [letter(2, quick_world.now), letter(2, quick_world.now)]
    assert other[0].reference != other[1].reference
    with pytest.raises(Refused, match="invitation-code-taken"):
        invitations.offer(quick_world.node, other, "bank")


def test_a_person_only_sees_their_own_consents(quick_world: Portal, visitor: Visitor) -> None:
    holder = quick_world.holder()
    visitor.logs_in(holder)
    quick_world.gives(visitor, holder)
    (record,) = _consents(quick_world)
    with quick_world.browser() as other:
        other.logs_in(quick_world.holder(TARO))
        for page in ("", "/withdraw", "/given", "/withdrawn"):
            assert other.open(f"/consents/{record.consent_id}{page}").status_code == 404
        assert record.relying_party_name not in other.open("/consents").text
    (sub,) = _subs(quick_world)
    assert len(quick_world.node.call(CONSENTS, path={"sub": sub}).items) == 1
