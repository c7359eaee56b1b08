"""Broken and hostile input at every door of the portal: a clear refusal, never a failure of ours."""

import pytest

from tests.actors.portal.world import Portal

STRANGE = ("%00", "%00" * 26, "..%2f..", "%F0%9F%98%80", "a" * 5000, "'%20OR%201=1--", "%7B%7B7*7%7D%7D")
PATHS = (
    "/invitation/{}", "/invitation/{}/items", "/invitation/{}/terms?items=name", "/invitation/{}/check?items={}",
    "/consents/{}", "/consents/{}/withdraw", "/consents/{}/given", "/card-requests/{}", "/card-requests/{}/result",
    "/oidc/requests/{}", "/oidc/authorize?client_id={}", "/oidc/authorize?client_id={}&client_id={}",
    "/accesses?cursor={}", "/accesses?before={}", "/card-login?next={}", "/oidc/authorize?{}",
    "/phones/{}/certificates", "/certificate-logins/{}", "/certificate-logins/{}/result?ticket={}",
    "/card/phone-revocation/{}",
)  # fmt: skip
POSTS = (
    "/card-requests/{}/return", "/oidc/requests/{}", "/invitation/{}/items", "/invitation/{}/check",
    "/consents/{}/withdraw", "/oidc/authorize", "/oidc/token", "/card-login", "/invitations", "/certificate-login",
    "/phones/applications", "/phones/orders", "/card/phone-revocation", "/card/phone-revocation/check",
)  # fmt: skip
BODIES = (
    b"", b"\xff\xfe", b"a=%00", b"request_id=%00&response=%00", b"client_id=%00&client_id=", b"grant_type=%00",
    b"items=%00&items=name", b"next=%00", b"decision=allow&decision=deny", b"=" * 1000, b"a=1&" * 200,
)  # fmt: skip


def test_strange_addresses_are_refused(world: Portal) -> None:
    holder = world.holder()
    with world.browser() as visitor:
        for logged_in in (False, True):
            if logged_in:
                visitor.logs_in(holder)
            for path in PATHS:
                for text in STRANGE:
                    answer = visitor.open(path.replace("{}", text))
                    assert answer.status_code < 500, (path, text)


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "application/json", "multipart/form-data"]
)
def test_strange_forms_are_refused(world: Portal, content_type: str) -> None:
    with world.browser() as visitor:
        visitor.logs_in(world.holder())
        for path in POSTS:
            for body in BODIES:
                headers = {"Content-Type": content_type}
                answer = visitor.client.post(
                    path.replace("{}", "x"), content=body, headers=headers, follow_redirects=False
                )  # fmt: skip
                assert answer.status_code < 500, (path, body)


def test_strange_headers_are_refused(world: Portal) -> None:
    with world.browser() as visitor:
        for header in (
            b"Bearer \xff",
            b"Basic \xff",
            b"Basic AAAA",
            b"Bearer " + b"." * 5000,
            b"DPoP x",
            b"Basic AAA6AAA=",
        ):
            for path in ("/oidc/userinfo", "/oidc/token"):
                answer = visitor.client.post(path, data={"grant_type": "x"}, headers={b"Authorization": header})  # type: ignore[dict-item]
                assert answer.status_code in {400, 401, 429}, (path, header)
