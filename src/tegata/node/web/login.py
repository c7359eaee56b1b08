"""Login and logout of staff."""

from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.response import Response

from tegata.node.login_attempts import attempt_succeeded, begin_attempt
from tegata.node.node import Node
from tegata.node.staff import check_password
from tegata.node.web.forms import Form, empty_form, read_form
from tegata.node.web.sessions import end_session, start_session
from tegata.node.web.shell import page, redirect
from tegata.node.web.visit import SESSION_COOKIE, visit_of
from tegata.wire.text import Text

WRONG = Text(
    "ログイン名またはパスワードが違います。もう一度、入力してください。",
    "The login name or the password is wrong. Enter them again.",
)
LOGGED_OUT = Text("ログアウトしました。", "You are logged out.")


class LoginForm(msgspec.Struct):
    """What the login page asks."""

    login: Annotated[str, msgspec.Meta(max_length=80)]
    password: Annotated[str, msgspec.Meta(max_length=200)]
    next: str = "/"


@get("/login", sync_to_thread=False)
def login_page(request: Request[Any, Any, Any], node: Node) -> Response[Any]:
    """The login page."""
    target = safe_target(str(request.query_params.get("next", "/")))
    return show(node, empty_form({"next": target}))


@post("/login", sync_to_thread=True)
def log_in(request: Request[Any, Any, Any], node: Node) -> Response[Any]:
    """Checks login and password; the session gets a new token whoever was logged in before."""
    form = read_form(request, LoginForm)
    form.raw.pop("password", None)
    if form.value is None:
        return show(node, form, 422)
    number = begin_attempt(node, "staff", form.value.login, origin_of(request))
    staff = check_password(node, form.value.login, form.value.password)
    if staff is None:
        form.fail("login", WRONG)
        return show(node, form, 422)
    attempt_succeeded(node, number)
    sign_in(request, node, kind="staff", subject=str(staff.id), name=staff.name)
    return redirect(request, safe_target(form.value.next))


def show(node: Node, form: Form[LoginForm], status: int = 200) -> Response[Any]:
    """The login page with what was entered."""
    accounts = node.state.get("demonstration-accounts", ()) if node.settings.demonstration else ()
    return page("login.html", status=status, form=form, accounts=accounts)


def sign_in(
    request: Request[Any, Any, Any], node: Node, *, kind: str, subject: str, name: str = "",
    data: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Begin a session for this browser and end the one it had; the answer carries the cookie."""
    visit = visit_of(request)
    with node.database.begin() as tx:
        if visit.session:
            end_session(tx, visit.session.token_hash)
        token = start_session(tx, node, kind=kind, subject=subject, name=name, data=data)
    visit.set_cookie(SESSION_COOKIE, token)


def sign_out(request: Request[Any, Any, Any], node: Node) -> None:
    """End the session of this browser."""
    visit = visit_of(request)
    if visit.session:
        with node.database.begin() as tx:
            end_session(tx, visit.session.token_hash)
    visit.session = None
    visit.set_cookie(SESSION_COOKIE, "", max_age=0)


@post("/logout", sync_to_thread=True)
def log_out(request: Request[Any, Any, Any], node: Node) -> Response[Any]:
    """Logout, for every kind of session."""
    sign_out(request, node)
    return redirect(request, "/", notice=LOGGED_OUT)


def origin_of(request: Request[Any, Any, Any]) -> str:
    """The address a try comes from; addresses in headers are not believed."""
    return request.client.host if request.client else ""


def safe_target(target: str) -> str:
    """A path of this actor to go to after the login; anything else becomes the start page."""
    if not target.startswith("/") or target.startswith(("//", "/\\")) or any(c < " " or c == "\\" for c in target):
        return "/"
    return target
