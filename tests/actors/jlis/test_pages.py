"""The pages of staff: empty, one, many, wrong input, not allowed; both languages; nothing personal on any of them."""

import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from litestar.testing import TestClient

from tegata.actors.jlis.service import authorities, crls, four_information, ocsp
from tegata.node.staff import add_staff
from tegata.node.web.app import create_app
from tegata.pki.crl import read_crl
from tegata.wire.problems import Refused
from tests.actors.jlis.world import CHIYODA, Resident, World
from tests.node.web.clients import Visitor

PAGES = ("/", "/find", "/lists", "/lists?usage=auth", "/ocsp-try", "/consent-numbers")


@pytest.fixture
def visitor(quick_world: World) -> Iterator[Visitor]:
    node = quick_world.node
    with node.database.begin() as tx:
        for role in ("operator", "auditor"):
            add_staff(tx, node, login=role, name="鈴木", password="correct horse", roles=frozenset({role}))
    with TestClient(create_app(node), base_url=node.base_url.rpartition("/")[0]) as client:
        yield Visitor(client)


@pytest.fixture
def staff(visitor: Visitor) -> Visitor:
    visitor.log_in("operator", then="/")
    return visitor


def page(visitor: Visitor, path: str, status: int = 200) -> str:
    answer = visitor.open(path)
    assert answer.status_code == status, answer.text[:500]
    return answer.text


@pytest.fixture
def moved(quick_world: World, visitor: Visitor) -> Resident:
    """Somebody with a chain of two certificates, a consent and a refused question, and two issues of the CRL.

    A day passes meanwhile, so the operator logs in again.
    """
    person = quick_world.resident()
    person.gets()
    given = person.consents()
    crls.issue_all(quick_world.node, quick_world.now)
    quick_world.passes(timedelta(days=1))
    person.moves()
    with pytest.raises(Refused):
        four_information.ask(quick_world.node, quick_world.question(given), "platform")
    person.gets()
    crls.issue_all(quick_world.node, quick_world.now)
    quick_world.passes(timedelta(minutes=15))
    ocsp.refresh(quick_world.node)
    visitor.log_in("operator", then="/")
    return person


@pytest.mark.parametrize("path", [*PAGES, "/lists/sign/all/1/1", "/lists/sign/all/1/1/download"])
def test_pages_are_for_staff(visitor: Visitor, path: str) -> None:
    answer = visitor.open(path)
    assert answer.status_code == 303
    assert "/login" in answer.headers["location"]


@pytest.mark.parametrize("role", ["operator", "auditor"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_while_there_is_nothing(visitor: Visitor, path: str, role: str) -> None:
    visitor.log_in(role, then="/")
    assert "<h1>" in page(visitor, path)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_opens_with_something_and_shows_nobody(
    staff: Visitor, moved: Resident, path: str, language: str
) -> None:
    shown = page(staff, path + ("&" if "?" in path else "?") + f"lang={language}")
    assert f'<html lang="{language}">' in shown
    assert moved.attributes.name not in shown
    assert moved.attributes.address not in shown
    assert moved.code not in shown


@pytest.mark.parametrize("inline", [1 << 20, 0], ids=["in its row", "in a file"])
def test_a_list_is_downloaded(staff: Visitor, moved: Resident, quick_world: World, inline: int) -> None:
    quick_world.node.contents.inline = inline
    crls.issue_all(quick_world.node, quick_world.now + timedelta(hours=1))
    row = crls.newest(quick_world.node, "sign", "all")
    assert (row.der is None) == (inline == 0)
    path = f"/lists/sign/all/1/{row.number}/download"
    answer = staff.open(path)
    assert hashlib.sha256(answer.content).hexdigest() == row.sha256
    assert answer.headers["content-length"] == str(row.size)
    assert answer.headers["content-type"] == "application/pkix-crl"
    assert answer.headers["content-disposition"] == f'attachment; filename="sign-all-{row.number}.crl"'
    head = staff.client.head(path, headers={"Accept": "text/html"})
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(row.size))
    assert moved.attributes.name not in page(staff, path.removesuffix("/download"))


@pytest.mark.rule("FI-03")
def test_a_certificate_is_found_with_its_chain_and_its_states(staff: Visitor, moved: Resident) -> None:
    newest = moved.cards["sign"].serial_number
    shown = page(staff, f"/find?usage=sign&serial={newest - 1}&lang=en")
    assert "affiliationChanged" in shown
    assert "Revoked" in shown
    assert f"serial={newest}" in shown
    assert page(staff, f"/find?serial={newest}&lang=en").count("Valid to") == 1


@pytest.mark.rule("SP-05")
def test_a_phones_certificate_is_found_with_its_states_in_time(
    staff: Visitor, moved: Resident, quick_world: World
) -> None:
    phone = moved.phone().gets()
    serial, card = phone.certificates["sign"].serial_number, moved.cards["sign"].serial_number
    quick_world.suspends(moved)
    phone.orders("resume")
    shown = page(staff, f"/find?usage=sign&serial={serial}&lang=en")
    for words in ("Phone", "Tegata One", phone.phone_id, "Suspended", "Resumed", "Validity ends", f"serial={card}"):
        assert words in shown
    states = [words for words in re.findall(r"</time>\s*([A-Za-z ]+)", shown) if words.strip()]
    assert [words.strip() for words in states] == ["Issued", "Suspended", "Resumed", "Validity ends"]
    assert f">{card}</" not in shown.split("The chain")[1].split("</ol>")[0]
    of_card = page(staff, f"/find?usage=sign&serial={card}&lang=en")
    hanging = of_card.split("Phone certificates applied for")[1]
    assert f"usage=sign&amp;serial={serial}" in hanging
    assert f"usage=auth&amp;serial={phone.certificates['auth'].serial_number}" in hanging
    assert moved.attributes.name not in shown


def test_digits_may_be_full_width(staff: Visitor, moved: Resident) -> None:
    wide = str(moved.cards["sign"].serial_number).translate({48 + digit: chr(0xFF10 + digit) for digit in range(10)})
    assert moved.cards["sign"].serial_number > 0
    assert "work-list" in page(staff, f"/find?serial={wide}")


@pytest.mark.parametrize("path", ["/find", "/ocsp-try"])
@pytest.mark.parametrize("serial", ["abc", "-1", "0", "1.5", "9" * 30, "<script>alert(1)</script>", "１２ａ"])
def test_what_is_no_serial_number_is_said_at_the_field(staff: Visitor, path: str, serial: str) -> None:
    shown = page(staff, f"{path}?serial={serial}", 422)
    assert "シリアル番号を数字で入力してください。" in shown
    assert "<script>alert" not in shown


def test_a_serial_number_that_was_never_issued(staff: Visitor) -> None:
    assert "ありません" in page(staff, "/find?usage=auth&serial=4000000000")
    assert "unknown" in page(staff, "/ocsp-try?usage=auth&serial=4000000000")


@pytest.mark.rule("FI-04")
def test_a_list_shows_the_difference_and_is_downloaded(staff: Visitor, moved: Resident, quick_world: World) -> None:
    assert "/lists/sign/all/1/2" in page(staff, "/lists")
    shown = page(staff, "/lists/sign/all/1/2?lang=en")
    assert "Compared with no. 1" in shown
    assert "<h1>Whole list no. 2" in shown
    assert "affiliationChanged" in shown
    assert CHIYODA in page(staff, "/lists")
    answer = staff.open("/lists/sign/all/1/2/download")
    assert answer.headers["content-type"].startswith("application/pkix-crl")
    assert len(read_crl(answer.content).entries) == 1
    first = page(staff, "/lists/sign/all/1/1?lang=en")
    assert "none before it" in first


@pytest.mark.parametrize(
    "path",
    [
        "/lists/sign/all/1/99",
        "/lists/other/all/1/1",
        "/lists/sign/nowhere/1/1",
        "/lists/sign/all/99999999999/1",
        "/lists/sign/all/1/x",
        "/lists/sign/%00/1/1/download",
    ],
)
def test_lists_that_are_not_there(staff: Visitor, moved: Resident, path: str) -> None:
    assert staff.open(path).status_code == 404


@pytest.mark.rule("FI-05")
def test_trying_ocsp_shows_what_a_client_would_get(staff: Visitor, moved: Resident) -> None:
    newest = moved.cards["sign"].serial_number
    good = page(staff, f"/ocsp-try?serial={newest}&lang=en")
    assert "status-good" in good
    assert "/ocsp/sign/" in good
    revoked = page(staff, f"/ocsp-try?serial={newest - 1}&lang=en")
    assert "affiliationChanged" in revoked


def test_the_generation_of_a_certificate_is_asked(staff: Visitor, moved: Resident, quick_world: World) -> None:
    authorities.roll_over(quick_world.node, "sign")
    ocsp.refresh(quick_world.node)
    assert "status-good" in page(staff, f"/ocsp-try?serial={moved.cards['sign'].serial_number}")


@pytest.mark.rule("FI-09")
def test_consents_and_refusals_in_numbers(staff: Visitor, moved: Resident) -> None:
    shown = page(staff, "/consent-numbers?lang=en")
    assert "てがた銀行" in shown
    assert "Consent not valid yet" in shown or "Changed, not yet available" in shown


def test_the_monitor_names_trouble(staff: Visitor, moved: Resident, quick_world: World) -> None:
    assert "status-bad" not in page(staff, "/")
    quick_world.passes(timedelta(days=2))
    staff.log_in("operator", then="/")
    assert "status-bad" in page(staff, "/")


@pytest.mark.parametrize("start", ["-1", "x", "99999999", "100"])
def test_an_odd_place_in_the_list_of_lists(staff: Visitor, moved: Resident, start: str) -> None:
    page(staff, f"/lists?from={start}")
