"""Login, sessions and their ends, and how often one may try."""

from datetime import timedelta
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import select

from tegata.node.clock import ManualClock
from tegata.node.identity_settings import DemonstrationAccount
from tegata.node.identity_tables import AttemptRow, SessionRow, StaffRow
from tegata.node.login_attempts import attempt_succeeded, begin_attempt
from tegata.node.node import Node
from tegata.node.staff import add_staff, check_password
from tegata.node.web.sessions import end_sessions_of, find_session
from tegata.wire.problems import Refused
from tests.node.web.clients import Visitor


@pytest.fixture
def node_database(database_url: str) -> str:
    return database_url


def session_cookie(answer: Any) -> str:
    return next(cookie for cookie in answer.headers.get_list("set-cookie") if cookie.startswith("tegata_session="))


def test_a_page_of_staff_leads_to_the_login_and_back(visitor: Visitor) -> None:
    away = visitor.open("/notes?after=5")
    assert (away.status_code, away.headers["location"]) == (303, "/login?next=%2Fnotes%3Fafter%3D5")
    answer = visitor.log_in(then="/notes?after=5")
    assert (answer.status_code, answer.headers["location"]) == (303, "/notes?after=5")
    assert visitor.open("/notes").status_code == 200


def test_programs_are_not_sent_to_the_login(client: TestClient[Any]) -> None:
    answer = client.get("/notes", follow_redirects=False)
    assert (answer.status_code, answer.json()["code"]) == (401, "login-needed")


def test_the_cookie_is_for_this_actor_and_not_for_scripts(visitor: Visitor, node: Node) -> None:
    cookie = session_cookie(visitor.log_in())
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    token = cookie.split("=", 1)[1].split(";")[0]
    with node.database.read() as session:
        row = session.scalars(select(SessionRow)).one()
    assert token not in f"{row.token_hash} {row.data} {row.csrf}"


@pytest.mark.parametrize(("login", "password"), [("suzuki", "wrong"), ("nobody", "correct horse"), ("suzuki", "")])
def test_a_wrong_login_does_not_tell_what_was_wrong(visitor: Visitor, login: str, password: str) -> None:
    answer = visitor.log_in(login, password)
    assert answer.status_code == 422
    assert "correct horse" not in answer.text
    assert "tegata_session" not in answer.headers.get("set-cookie", "")
    if password:
        assert "ログイン名またはパスワードが違います。" in answer.text


def test_a_login_gets_a_new_session_and_ends_the_old_one(visitor: Visitor, node: Node) -> None:
    first = session_cookie(visitor.log_in()).split("=", 1)[1].split(";")[0]
    second = session_cookie(visitor.log_in("sato", "battery staple")).split("=", 1)[1].split(";")[0]
    assert first != second
    assert find_session(node, first) is None
    found = find_session(node, second)
    assert found is not None
    assert found.name == "佐藤"


def test_logout_ends_the_session(visitor: Visitor, node: Node) -> None:
    token = session_cookie(visitor.log_in()).split("=", 1)[1].split(";")[0]
    answer = visitor.send("/notes", {}, to="/logout")
    assert answer.status_code == 303
    assert find_session(node, token) is None
    assert visitor.open("/notes").status_code == 303


def test_a_session_ends_without_use(visitor: Visitor, clock: ManualClock) -> None:
    visitor.log_in()
    for _ in range(3):
        clock.advance(timedelta(minutes=29))
        assert visitor.open("/notes").status_code == 200
    clock.advance(timedelta(minutes=30))
    assert visitor.open("/notes").status_code == 303


def test_a_session_ends_however_much_it_is_used(visitor: Visitor, clock: ManualClock) -> None:
    visitor.log_in()
    for _ in range(12 * 60 // 20 - 1):
        clock.advance(timedelta(minutes=20))
        assert visitor.open("/notes").status_code == 200
    clock.advance(timedelta(minutes=20))
    assert visitor.open("/notes").status_code == 303


def test_who_is_no_longer_staff_is_out_at_once(visitor: Visitor, node: Node) -> None:
    visitor.log_in()
    with node.database.begin() as tx:
        tx.session.scalars(select(StaffRow).where(StaffRow.login == "suzuki")).one().active = False
    assert visitor.open("/notes").status_code == 303
    assert check_password(node, "suzuki", "correct horse") is None


def test_every_session_of_a_person_can_be_ended(visitor: Visitor, node: Node) -> None:
    token = session_cookie(visitor.log_in()).split("=", 1)[1].split(";")[0]
    found = find_session(node, token)
    assert found is not None
    with node.database.begin() as tx:
        end_sessions_of(tx, "staff", found.subject)
    assert find_session(node, token) is None


def test_after_five_wrong_tries_nobody_may_try_for_a_while(visitor: Visitor, clock: ManualClock) -> None:
    for _ in range(5):
        assert visitor.log_in(password="wrong").status_code == 422
    answer = visitor.log_in()
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "900"
    assert visitor.log_in("sato", "battery staple").status_code == 303
    clock.advance(timedelta(minutes=15))
    assert visitor.log_in().status_code == 303


def test_a_right_try_forgives_the_wrong_ones_before(visitor: Visitor) -> None:
    for _ in range(2):
        for _ in range(4):
            assert visitor.log_in(password="wrong").status_code == 422
        assert visitor.log_in().status_code == 303


def test_one_address_may_not_try_many_people(node: Node) -> None:
    for index in range(50):
        begin_attempt(node, "staff", f"person-{index}", "203.0.113.9")
    with pytest.raises(Refused, match="too-many-attempts"):
        begin_attempt(node, "staff", "one-more", "203.0.113.9")
    begin_attempt(node, "staff", "one-more", "203.0.113.10")
    begin_attempt(node, "card", "one-more", "203.0.113.9")


def test_a_refused_try_does_not_lengthen_the_wait(node: Node, clock: ManualClock) -> None:
    for _ in range(5):
        begin_attempt(node, "card", "someone", "203.0.113.9")
    for _ in range(3):
        clock.advance(timedelta(minutes=4))
        with pytest.raises(Refused):
            begin_attempt(node, "card", "someone", "203.0.113.9")
    clock.advance(timedelta(minutes=3))
    attempt_succeeded(node, begin_attempt(node, "card", "someone", "203.0.113.9"))


def test_tries_are_kept_without_names(node: Node) -> None:
    begin_attempt(node, "staff", "suzuki", "203.0.113.9")
    with node.database.read() as session:
        row = session.scalars(select(AttemptRow)).one()
    assert "suzuki" not in row.subject
    assert "203" not in row.origin[:3] or len(row.origin) == 64


def test_an_account_needs_known_roles_and_a_password(node: Node) -> None:
    with node.database.begin() as tx, pytest.raises(ValueError, match="unknown roles"):
        add_staff(tx, node, login="x", name="x", password="long enough", roles=frozenset({"king"}))
    with node.database.begin() as tx, pytest.raises(ValueError, match="8 to 200"):
        add_staff(tx, node, login="x", name="x", password="short", roles=frozenset({"clerk"}))


def test_an_account_can_be_changed(node: Node) -> None:
    with node.database.begin() as tx:
        add_staff(
            tx, node, login="suzuki", name="鈴木", password="another one", roles=frozenset({"chief"}), scope="27100"
        )
    assert check_password(node, "suzuki", "correct horse") is None
    staff = check_password(node, "suzuki", "another one")
    assert staff is not None
    assert (staff.roles, staff.scope, staff.has("clerk", "chief")) == (frozenset({"chief"}), "27100", True)


def test_accounts_to_try_are_shown_in_a_demonstration(visitor: Visitor, node: Node) -> None:
    assert "お試し用のアカウント" not in visitor.open("/login").text
    node.state["demonstration-accounts"] = [
        DemonstrationAccount(login="suzuki", password="try me", name="鈴木（窓口）")
    ]
    html = visitor.open("/login").text
    assert "お試し用のアカウント" in html
    assert "<code>try me</code>" in html
