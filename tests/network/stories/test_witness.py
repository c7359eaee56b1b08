"""What the openssl program reads in OCSP answers, and what it does not believe."""

import shutil
from datetime import timedelta

import msgspec
import pytest
from cryptography import x509
from cryptography.x509 import ocsp
from sqlalchemy import select

from tegata.actors.jlis.tables import CertificateRow
from tegata.network.stories import witness
from tegata.network.stories.witness import NotVerified
from tests.whole import WholeNetwork


def certificate_of(whole: WholeNetwork, serial: int) -> x509.Certificate:
    with whole["jlis"].database.read() as session:
        query = select(CertificateRow.der).where(CertificateRow.usage == "sign", CertificateRow.serial == serial)
        return x509.load_der_x509_certificate(session.scalars(query).one())


def newest_serial(whole: WholeNetwork) -> int:
    with whole["jlis"].database.read() as session:
        query = select(CertificateRow.serial).where(CertificateRow.usage == "sign")
        return session.scalars(query.order_by(CertificateRow.serial.desc()).limit(1)).one()


def replaced_by(whole: WholeNetwork, serial: int) -> int:
    with whole["jlis"].database.read() as session:
        replaces = session.get_one(CertificateRow, ("sign", serial)).replaces
    assert replaces is not None
    return replaces


@pytest.mark.rule("FI-05")
def test_openssl_and_the_projects_own_check_read_the_same(whole: WholeNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    old = certificate_of(whole, newest_serial(whole))
    new = certificate_of(whole, whole.reissues(whole.holders()[0]))
    replaced = certificate_of(whole, replaced_by(whole, new.serial_number))
    whole.advance(timedelta(minutes=16))
    read = {one: witness.ask(whole["platform"], "sign", one) for one in (old, new, replaced)}
    assert [one.by for one in read.values()] == ["openssl"] * 3
    assert (read[new].status, read[new].reason) == ("good", "")
    assert (read[replaced].status, read[replaced].reason) == ("revoked", "superseded")
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    for certificate, said in read.items():
        ours = witness.ask(whole["platform"], "sign", certificate)
        assert (ours.by, ours.status, ours.reason) == ("tegata", said.status, said.reason)


def test_an_answer_about_another_certificate_is_no_answer(whole: WholeNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = whole["platform"]
    newest = newest_serial(whole)
    mine, other = certificate_of(whole, newest), certificate_of(whole, newest - 1)
    answers: list[object] = []
    fetch = platform.fetch
    monkeypatch.setattr(platform, "fetch", lambda *args, **kw: answers.append(fetch(*args, **kw)) or answers[0])
    assert witness.ask(platform, "sign", mine).status == "good"
    with pytest.raises(NotVerified, match="No Status found"):
        witness.ask(platform, "sign", other)


def test_an_issuer_that_is_not_trusted_is_not_asked(whole: WholeNetwork) -> None:
    certificate = certificate_of(whole, newest_serial(whole))
    before = len(whole.recorder.messages)
    with pytest.raises(NotVerified, match="trusted root"):
        witness.ask(whole["platform"], "auth", certificate)
    assert len(whole.recorder.messages) == before


def test_an_answer_that_was_altered_is_not_believed(whole: WholeNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = whole["platform"]
    fetch = platform.fetch

    def altered(*arguments: object, **named: object) -> object:
        answer = fetch(*arguments, **named)  # type: ignore[arg-type]
        place = answer.body.index(ocsp.load_der_ocsp_response(answer.body).signature)
        body = answer.body[:place] + bytes((answer.body[place] ^ 1,)) + answer.body[place + 1 :]
        return msgspec.structs.replace(answer, body=body)

    monkeypatch.setattr(platform, "fetch", altered)
    with pytest.raises(NotVerified):
        witness.ask(platform, "sign", certificate_of(whole, newest_serial(whole)))
