"""What OCSP answers are made of, and how it is renewed while others ask."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, text

from tegata.actors.jlis.service import authorities, ocsp
from tegata.actors.jlis.service.ocsp.answered import LATER
from tegata.actors.jlis.service.ocsp.data import load
from tegata.actors.jlis.service.ocsp.kept import Kept
from tegata.actors.jlis.tables import ResponderRow
from tegata.node.tables import KeyRow
from tegata.pki import der
from tegata.pki.ocsp import Good, Revoked, Status, build_request, cert_id, check_response
from tests.actors.jlis.world import HANAKO, Resident, World, open_world

QUARTER = timedelta(minutes=15)
PATIENCE_SECONDS = 20


def request_for(world: World, person: Resident, nonce: bytes | None = None) -> bytes:
    return build_request(person.cards["sign"], authorities.roots(world.node, "sign")[0], nonce)


def status_of(world: World, person: Resident, desk: ocsp.Desk | None = None) -> Status:
    answered = (desk or ocsp.desk(world.node, "sign")).answer(request_for(world, person))
    root = authorities.roots(world.node, "sign")[0]
    return check_response(answered.der, person.cards["sign"], root, at=world.now).status


@contextmanager
def nobody_else_writes(world: World) -> Iterator[None]:
    """Another thread has the right to write: data can not be taken anew meanwhile."""
    begun, end = threading.Event(), threading.Event()

    def write() -> None:
        with world.node.database.begin():
            begun.set()
            end.wait(PATIENCE_SECONDS)

    thread = threading.Thread(target=write)
    thread.start()
    assert begun.wait(PATIENCE_SECONDS)
    try:
        yield
    finally:
        end.set()
        thread.join()


@pytest.mark.rule("FI-05")
def test_the_state_is_that_of_the_boundary_whenever_it_is_read(world: World) -> None:
    """Revoked, held and released: what happened at the boundary or later is not told of it yet."""
    moved = world.resident()
    moved.gets()
    other = msgspec.structs.replace(HANAKO, name="鈴木　一郎")
    phones = [world.holder(each).phone().gets() for each in (HANAKO, other)]
    world.suspends(phones[1].owner)
    world.passes(QUARTER)
    moved.moves()
    world.suspends(phones[0].owner)
    phones[1].orders("resume")
    serials = [moved.cards["sign"].serial_number, *(phone.certificates["sign"].serial_number for phone in phones)]

    def told() -> list[str]:
        source = load(world.node, "sign", None).speakers[1].source
        return [str(getattr(source.status(serial), "reason", "good")) for serial in serials]

    before = ["good", "good", "certificateHold"]
    assert told() == before
    world.passes(QUARTER - timedelta(seconds=1))
    assert told() == before
    world.passes(timedelta(seconds=1))
    assert told() == ["affiliationChanged", "certificateHold", "good"]


@pytest.mark.rule("FI-05")
def test_others_go_on_with_what_holds_while_data_are_taken_anew(tmp_path: Path) -> None:
    with open_world("", tmp_path) as world:
        person = world.resident()
        person.gets()
        ocsp.refresh(world.node)
        person.moves()
        world.passes(QUARTER)
        desk = ocsp.desk(world.node, "sign")
        with nobody_else_writes(world):
            renewing = threading.Thread(target=desk.refresh_where_due)
            renewing.start()
            while desk.ready(request_for(world, person), world.now) is None:  # until it has begun
                assert renewing.is_alive()
            assert status_of(world, person) == Good()
            world.passes(timedelta(minutes=5, seconds=1))
            assert desk.ready(request_for(world, person), world.now) is None, "past its nextUpdate"
        renewing.join(PATIENCE_SECONDS)
        assert isinstance(status_of(world, person), Revoked)


@pytest.mark.rule("FI-05")
def test_where_data_can_not_be_taken_anew_old_ones_end_at_their_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_world("", tmp_path) as world:
        person = world.resident()
        person.gets()
        ocsp.refresh(world.node)
        rename(world, "certificate", "away")
        world.passes(QUARTER)
        assert status_of(world, person) == Good()
        desk = ocsp.desk(world.node, "sign")
        coming = build_request(person.cards["sign"].serial_number + 1, authorities.roots(world.node, "sign")[0])
        assert desk.answer(coming) == LATER, "nobody can tell whether it was issued"
        world.passes(timedelta(minutes=6))
        assert desk.answer(request_for(world, person)) == LATER
        rename(world, "away", "certificate")
        assert desk.answer(request_for(world, person)) == LATER, "it is not tried at each request"
        monkeypatch.setattr(desk, "_not_before", 0.0)
        assert status_of(world, person) == Good()


def rename(world: World, name: str, other: str) -> None:
    with world.node.database.alone() as connection:
        connection.execute(text(f"ALTER TABLE {name} RENAME TO {other}"))


def test_one_certificate_is_signed_for_once_however_it_is_asked(quick_world: World) -> None:
    """RFC 6960 4.4: a request may say more, and is answered the same."""
    person = quick_world.resident()
    person.gets()
    root = authorities.roots(quick_world.node, "sign")[0]
    plain = request_for(quick_world, person)
    wanted = der.encode(
        der.SEQUENCE, der.encode(der.SEQUENCE, cert_id(root, person.cards["sign"].serial_number).encoded)
    )
    types = der.encode(
        der.SEQUENCE,
        der.encode(der.OBJECT_IDENTIFIER, bytes.fromhex("2b0601050507300104")),
        der.encode(der.OCTET_STRING, der.encode(der.SEQUENCE, bytes.fromhex("06092b0601050507300101"))),
    )
    longer = der.encode(
        der.SEQUENCE,
        der.encode(der.SEQUENCE, wanted, der.encode(der.context(2), der.encode(der.SEQUENCE, types))),
    )
    desk = ocsp.desk(quick_world.node, "sign")
    assert longer != plain
    first = desk.answer(plain)
    assert desk.answer(longer) is first
    assert desk.answer(request_for(quick_world, person, b"n" * 16)).der != first.der
    ocsp.refresh(quick_world.node)
    assert desk.answer(plain) is not first, "what was signed of other data is gone"


@given(st.lists(st.integers(0, 12), max_size=80), st.integers(2, 9))
def test_what_is_kept_is_bounded_and_what_was_used_last_is_there(keys: list[int], most: int) -> None:
    kept = Kept[int, int](most)
    used: list[int] = []
    for key in keys:
        if kept.get(key) is None:
            kept.put(key, key + 100)
        assert kept.get(key) == key + 100
        used.append(key)
        assert len(kept) <= most
    newest = islice(dict.fromkeys(reversed(used)), most // 2)
    assert all(kept.get(key) is not None for key in newest)


def test_the_kind_of_key_is_a_setting_and_a_change_of_it_renews_once(database_url: str, tmp_path: Path) -> None:
    for kind, count in (("rsa", 1), ("p256", 2), ("p256", 2), ("rsa", 3)):
        with open_world(database_url, tmp_path, ocsp_key=kind) as world:
            ocsp.refresh(world.node)
            with world.node.database.read() as session:
                used = session.scalar(select(func.count()).where(ResponderRow.usage == "sign"))
            responder = authorities.responders(world.node, "sign")[1]
            expected = rsa.RSAPublicKey if kind == "rsa" else ec.EllipticCurvePublicKey
            assert isinstance(responder.certificate.public_key(), expected)
            assert used == count


@pytest.mark.rule("FI-05")
def test_who_only_answers_needs_no_key_of_a_root_and_ends_with_its_certificate(tmp_path: Path) -> None:
    with open_world("", tmp_path) as world:
        person = world.resident()
        person.gets()
        roots = [f"root-{usage}-1" for usage in ("sign", "auth")]
        with world.node.database.begin() as tx:
            tx.session.execute(delete(KeyRow).where(KeyRow.name.in_(roots)))
        world.node.state.clear()
        desk = ocsp.open_desk(world.node, "sign", renews=False)
        root = x509.load_pem_x509_certificate((world.node.settings.trust_directory / "sign-1.pem").read_bytes())
        request = build_request(person.cards["sign"], root)
        assert check_response(desk.answer(request).der, person.cards["sign"], root, at=world.now).status == Good()
        world.passes(timedelta(days=31))
        assert desk.answer(request) == LATER


def test_certificates_say_where_ocsp_is_asked(tmp_path: Path) -> None:
    with open_world("", tmp_path, ocsp_url="http://ocsp.example/ask/") as world:
        person = world.resident()
        person.gets()
        access = person.cards["sign"].extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
        assert [one.access_location.value for one in access] == ["http://ocsp.example/ask/sign"]
