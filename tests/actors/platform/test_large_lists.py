"""Lists that are too large for their row: in files from the wire to whoever is handed them."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tegata.actors.jlis.service import crls as jlis_crls
from tegata.actors.platform.service import crls
from tegata.actors.platform.tables import CrlRow
from tegata.node.contents import CONTENT_LOST
from tegata.node.peers import Fetched
from tegata.node.transport import Sink
from tegata.pki.crl import read_crl
from tegata.wire.consents import CERTIFICATE_NOT_VALID
from tegata.wire.problems import PEER_UNAVAILABLE, Refused
from tegata.wire.revocation import CRL_HANDED_ON
from tests.actors.platform.world import Operated, on_both


@pytest.fixture
def in_files(operated: Operated) -> Operated:
    """Nothing is small: every list lies in a file."""
    operated.node.contents.inline = 0
    operated.network["jlis"].contents.inline = 0
    return operated


def _files(operated: Operated) -> set[str]:
    directory = operated.node.contents.directory
    return {path.name for path in directory.iterdir() if path.name != "lock"} if directory.is_dir() else set()


def _kept(operated: Operated) -> list[str]:
    with operated.node.database.read() as session:
        return list(session.scalars(select(CrlRow.sha256).where(CrlRow.der.is_(None))))


def _forgets(operated: Operated) -> None:
    """As another process of the operator, or this one after a restart."""
    operated.node.state.clear()


@on_both
@pytest.mark.rule("FI-06")
def test_a_move_is_told_and_the_list_is_handed_on_from_its_file(in_files: Operated) -> None:
    person, stays = in_files.holder(), in_files.holder()
    consent, _ = in_files.consents(person), in_files.consents(stays)
    in_files.to_next(7, 5)
    person.moves()
    _forgets(in_files)
    in_files.to_next(7, 5)
    told = [(change.consent_id, change.reason) for change in in_files.log() if change.kind == "certificate-revoked"]
    assert told == [(consent.consent_id, "affiliationChanged")]
    fetched = in_files.bank.fetch(CRL_HANDED_ON, path={"usage": "sign"})
    assert fetched.body == in_files.node.contents.path(hashlib.sha256(fetched.body).hexdigest()).read_bytes()
    assert read_crl(fetched.body).lookup(consent.serial) is not None
    assert in_files.bank.fetch(CRL_HANDED_ON, path={"usage": "sign"}, etag=fetched.etag).not_modified


@pytest.mark.rule("FI-02")
def test_another_process_looks_up_in_the_same_list(in_files: Operated) -> None:
    person = in_files.holder()
    document = person.signs(person.statement(service="accounts"))
    person.moves()
    in_files.to_next(7, 5)
    _forgets(in_files)
    from tegata.wire.consents import GIVE_TO_OPERATOR, SignedStatement

    with pytest.raises(Refused) as refused:
        in_files.bank.call(GIVE_TO_OPERATOR, SignedStatement(document=document))
    assert refused.value.type is CERTIFICATE_NOT_VALID
    first = crls.in_use(in_files.node, "sign")
    second = crls.in_use(in_files.node, "sign")
    assert first is not None
    assert second is not None
    assert first.crl is second.crl, "a list is read once for each process"


def test_files_of_forgotten_lists_are_removed(in_files: Operated) -> None:
    for _ in range(4):
        in_files.to_next(7, 5)
        assert _files(in_files) == set(_kept(in_files))
    assert len(_kept(in_files)) == 2 * in_files.node.own.crls_kept


@pytest.mark.parametrize("cut", [True, False], ids=["cut off", "forged"])
def test_a_list_that_is_refused_leaves_no_file(in_files: Operated, monkeypatch: pytest.MonkeyPatch, cut: bool) -> None:
    in_files.to_next(7, 5)
    before, row = _files(in_files), jlis_crls.newest(in_files.jlis.node, "sign", "all")
    with jlis_crls.opened(in_files.jlis.node, row) as file:
        good = file.read()
    body = good[:-1] if cut else good[:-1] + bytes((good[-1] ^ 1,))

    def fetch(*_args: object, into: Sink, **_keywords: object) -> Fetched:
        into.write(body)
        return Fetched(body=b"", etag="other", not_modified=False)

    monkeypatch.setattr(in_files.node, "fetch", fetch)
    with pytest.raises(Refused) as refused:
        crls.refresh(in_files.node, "sign")
    assert refused.value.detail["cause"] == ("truncated" if cut else "forged")
    assert _files(in_files) == before


def test_a_list_that_breaks_off_on_the_way_leaves_no_file(in_files: Operated, monkeypatch: pytest.MonkeyPatch) -> None:
    in_files.to_next(7, 5)
    before = _files(in_files)

    def fetch(*_args: object, into: Sink, **_keywords: object) -> Fetched:
        into.write(bytes(3 << 20))
        raise Refused(PEER_UNAVAILABLE)

    monkeypatch.setattr(in_files.node, "fetch", fetch)
    with pytest.raises(Refused):
        crls.refresh(in_files.node, "sign")
    assert _files(in_files) == before


def test_a_file_that_was_altered_is_not_used(in_files: Operated) -> None:
    in_files.to_next(7, 5)
    with in_files.node.database.read() as session:
        path: Path = in_files.node.contents.path(
            session.scalars(select(CrlRow.sha256).where(CrlRow.usage == "sign")).one()
        )
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"\x30", b"\x31", 1))
    _forgets(in_files)
    with pytest.raises(Refused) as refused:
        crls.in_use(in_files.node, "sign")
    assert refused.value.type is CONTENT_LOST


def test_a_list_that_was_replaced_meanwhile_is_compared_anew(
    in_files: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process accepts a list between this one's comparison and its commit: nobody's change is lost."""
    person = in_files.holder()
    consent = in_files.consents(person)
    in_files.to_next(7, 5)
    first = crls.facts(in_files.node, "sign")
    person.moves()
    in_files.jlis.passes(timedelta(days=1))
    jlis_crls.issue_all(in_files.jlis.node, in_files.now.replace(hour=7, minute=0))
    compared: list[int] = []
    real = crls.news_between

    def meanwhile(*lists: object) -> object:
        compared.append(1)
        if len(compared) == 1:
            with in_files.node.database.begin() as tx:
                tx.session.execute(update(CrlRow).where(CrlRow.usage == "sign").values(number=CrlRow.number - 1))
        return real(*lists)  # type: ignore[arg-type]

    monkeypatch.setattr(crls, "news_between", meanwhile)
    assert crls.refresh(in_files.node, "sign") == "accepted"
    assert first is not None
    assert len(compared) == 2
    assert [change.consent_id for change in in_files.log() if change.kind == "certificate-revoked"] == [
        consent.consent_id
    ]
