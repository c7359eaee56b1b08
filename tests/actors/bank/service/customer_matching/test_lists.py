"""Lists that may not be used stop the whole matching; those that may are read from files, folders and PEM."""

import base64
import resource
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.actors.bank.service.customer_matching.world import NOON, Folder, parquet, row
from tests.pki.crl_support import PARTITION, crl
from tests.pki.support import AT, authority

Damage = Callable[[bytes], bytes]


@pytest.fixture
def customers(folder: Folder) -> object:
    return parquet(folder.path / "c.parquet", {"serial": [7, 8]})


def flipped(der: bytes) -> bytes:
    """One bit of an entry is another."""
    place = der.index(b"\x02\x01\x07")
    return der[: place + 2] + b"\x06" + der[place + 3 :]


@pytest.mark.rule("FI-06")
@pytest.mark.parametrize(
    ("damage", "cause"),
    [
        (lambda der: der[:-9], "truncated"),
        (lambda _: b"", "truncated"),
        (lambda der: der + b"\0", "malformed"),
        (lambda _: b"not a list", "malformed"),
        (flipped, "forged"),
        (lambda _: crl([row(7)], this_update=NOON + timedelta(hours=1)), "not-yet"),
        (lambda _: crl([row(7)], this_update=AT - timedelta(days=9), next_update=NOON - timedelta(hours=1)), "stale"),
        (lambda _: crl([row(7)], by=authority("sign", 2)), "forged"),
    ],
)
def test_one_list_that_is_not_good_stops_all(folder: Folder, customers: object, damage: Damage, cause: str) -> None:
    folder.put("bad.crl", damage(crl([row(7)])))
    refused = folder.refused(customers)
    assert (refused.code, refused.detail) == ("crl-not-used", {"file": "bad.crl", "cause": cause})


def test_an_issuer_that_is_not_trusted(folder: Folder, customers: object) -> None:
    refused = folder.refused(customers, roots={"auth": [authority("auth").certificate], "sign": []})
    assert refused.detail == {"file": "list-0.crl", "cause": "wrong-issuer"}


def test_lists_of_both_usages_need_to_be_told_apart(folder: Folder, customers: object) -> None:
    folder.put("auth.crl", crl([row(8)], by=authority("auth")))
    assert folder.refused(customers).code == "match-several-authorities"
    assert folder.match(customers, usage="sign").passed_over == 1
    assert folder.found() == [7]
    assert folder.match(customers, usage="auth").lists[0].file == "auth.crl"
    assert folder.found() == [8]
    folder.out.unlink()
    folder.put("auth.crl", crl([row(8)], by=authority("auth"), next_update=NOON - timedelta(minutes=1)))
    assert folder.refused(customers, usage="sign").detail["cause"] == "stale"


def test_only_lists_of_the_other_usage(folder: Folder, customers: object) -> None:
    refused = folder.refused(customers, usage="auth")
    assert (refused.code, refused.detail["passed_over"]) == ("match-no-lists", 1)


def test_lists_of_generations_and_of_municipalities(folder: Folder, customers: object) -> None:
    second = authority("sign", 2)
    folder.put("second.crl", crl([row(7), row(8)], by=second))
    folder.put("part.der", crl([row(8)], partition=PARTITION))
    roots = {"sign": [authority("sign").certificate, second.certificate]}
    report = folder.match(customers, roots=roots)
    assert (len(report.lists), report.matched) == (3, 2)


def test_a_list_of_authorities_is_passed_over_in_a_folder_and_refused_by_name(
    folder: Folder, customers: object
) -> None:
    file = folder.put("authority.crl", crl([row(8)], only="authority"))
    assert folder.match(customers).passed_over == 1
    assert folder.found() == [7]
    folder.out.unlink()
    assert folder.refused(customers, crls=[file]).detail["cause"] == "wrong-partition"
    folder.put("authority.crl", crl([row(8)], only="authority", by=authority("sign", 2)))
    assert folder.refused(customers).detail["cause"] == "forged"


def armoured(der: bytes) -> str:
    return f"-----BEGIN X509 CRL-----\n{base64.encodebytes(der).decode()}-----END X509 CRL-----\n"


def test_pem_is_taken_as_well(folder: Folder, customers: object) -> None:
    file = folder.put("list.pem", armoured(crl([row(8)])).encode())
    assert folder.match(customers, crls=[file]).matched == 1
    assert folder.found() == [8]


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (lambda text: text[:-30], "truncated"),
        (lambda text: text * 2, "malformed"),
        (lambda text: text.replace("\nM", "\n!", 1), "malformed"),
    ],
)
def test_pem_that_is_broken(folder: Folder, customers: object, spoil: Callable[[str], str], cause: str) -> None:
    folder.put("list.pem", spoil(armoured(crl([row(8)]))).encode())
    refused = folder.refused(customers)
    assert (refused.code, refused.detail["file"]) == ("crl-not-used", "list.pem")
    assert refused.detail["cause"] == cause


def test_lists_that_are_not_there(folder: Folder, customers: object) -> None:
    empty = folder.path / "empty"
    empty.mkdir()
    for given in ([folder.path / "none.crl"], [empty], []):
        assert folder.refused(customers, crls=given).code == "match-no-lists"


def test_more_lists_than_files_may_be_open(folder: Folder, customers: object) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    folder.lists(*([row(serial)] for serial in range(1, 121)))
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
    try:
        assert len(folder.match(customers).lists) == 120
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert folder.found() == [7, 8]
