"""Reading lists of any mixture of records, and refusing bytes that lie."""

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from cryptography import x509
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tegata.pki import der
from tegata.pki.crl import CrlRefused, Reason, RevokedEntries, read_crl
from tegata.pki.crl.fields import UnknownCriticalExtension
from tegata.pki.crl.scan import WINDOW, Span, scan
from tests.pki.crl_support import (
    PARTITION,
    ROWS,
    TABLES,
    TODAY,
    TOMORROW,
    Row,
    crl,
    extension,
    library_crl,
    record,
    signed,
    tbs_of,
    usual,
)
from tests.pki.support import authority

REASON_OID = bytes.fromhex("551d15")
INVALIDITY_DATE = extension(bytes.fromhex("551d18"), b"\x18\x0f20230901000000Z")
KEY_COMPROMISE = extension(REASON_OID, b"\x0a\x01\x01")
HEAP = [*(bytes((octet,)) for octet in (0x30, 2, 3, 0x81, 0x82, 0x84, 0xFF, 0)), record(), KEY_COMPROMISE]
UNFILLED = der.encode(der.SEQUENCE, b"\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x01\x05\x00")
LONG_NOTE = extension(bytes.fromhex("2a0304"), bytes(300))


def _refused(data: bytes) -> str:
    with pytest.raises(CrlRefused) as refused:
        read_crl(data)
    return refused.value.code


def scan_entries(content: bytes, window: int = WINDOW) -> RevokedEntries:
    return RevokedEntries.joined(scan(content, Span(0, len(content)), window))


def _extensions(*each: bytes) -> bytes:
    return der.encode(der.SEQUENCE, *each)


@settings(deadline=None, max_examples=60)
@given(TABLES, st.sampled_from([[], [(x509.InvalidityDate(datetime(2023, 9, 1)), False)]]))
def test_what_the_library_writes_is_read(rows: list[Row], more: list[tuple[x509.ExtensionType, bool]]) -> None:
    entries = RevokedEntries.from_rows(rows)
    assert read_crl(library_crl(entries, entry_extensions=more)).entries == entries


@settings(deadline=None)
@given(st.binary(max_size=120), st.lists(st.binary(min_size=1, max_size=19), max_size=30))
def test_bytes_that_look_like_records_inside_records_mislead_nobody(note: bytes, tails: list[bytes]) -> None:
    """Serials and notes full of ``30 xx 02``: many false starts, among which the chain is found."""
    serials = sorted({b"\x30" + tail.replace(b"\x00", b"\x02") for tail in tails})
    decoy = record()[:20] * 3 + note
    noted = _extensions(extension(bytes.fromhex("2a0304"), decoy), KEY_COMPROMISE)
    records = [record(serial, extensions=noted if index % 3 else b"") for index, serial in enumerate(serials)]
    entries = scan_entries(b"".join([*records, record(b"\x01")]))
    assert {each.serial for each in entries} == {1, *(int.from_bytes(serial) for serial in serials)}
    reasons = [each.reason for each in entries if each.serial != 1]
    assert reasons.count(Reason.KEY_COMPROMISE) == sum(1 for index in range(len(serials)) if index % 3)


def _content(data: bytes) -> bytes:
    """The content of ``revokedCertificates``."""
    tbs = der.Reader(tbs_of(data)).enter(der.SEQUENCE)
    for tag in (der.INTEGER, der.SEQUENCE, der.SEQUENCE, der.UTC_TIME, der.UTC_TIME):
        tbs.read(tag)
    return tbs.content(der.SEQUENCE)


@pytest.mark.parametrize("window", [1, 7, 41, 64, 400, 5000])
def test_windows_join_without_a_seam(window: int) -> None:
    rows = [(1 + 3 * n, TODAY, Reason.SUPERSEDED if n % 2 else Reason.UNSPECIFIED) for n in range(400)]
    entries = RevokedEntries.from_rows([*rows, ((1 << 100), TODAY, Reason.SUPERSEDED)])
    assert scan_entries(_content(crl([*entries])), window) == entries


def test_false_starts_by_the_thousand_do_not_loop() -> None:
    """Each record holds an extension made of nothing but starts of records, some of which form chains of their own."""
    decoys = _extensions(extension(bytes.fromhex("2a0304"), bytes.fromhex("300302013030030201303003020130") * 60))
    serials = [n.to_bytes(3) for n in range(0x10000, 0x10000 + 3000)]
    entries = scan_entries(b"".join(record(serial, extensions=decoys) for serial in serials))
    assert entries.serials.tolist() == [int.from_bytes(serial) for serial in serials]


def test_entries_in_any_order_come_back_sorted() -> None:
    entries = scan_entries(record(b"\x05") + record(b"\x7f") + record(b"\x01"))
    assert entries.serials.tolist() == [1, 5, 127]


def test_negative_and_zero_serials_are_borne() -> None:
    """RFC 5280 4.1.2.2: users should handle such certificates gracefully."""
    entries = scan_entries(record(b"\x00") + record(b"\xff") + record(b"\x80\x00"))
    assert {each.serial for each in entries} == {0, -1, -32768}
    assert entries.lookup(-32768) is not None
    assert entries.lookup(0xFF) is None


@pytest.mark.parametrize(
    ("extensions", "reason"),
    [
        (b"", Reason.UNSPECIFIED),
        (_extensions(KEY_COMPROMISE), Reason.KEY_COMPROMISE),
        (_extensions(INVALIDITY_DATE), Reason.UNSPECIFIED),
        (_extensions(INVALIDITY_DATE, KEY_COMPROMISE), Reason.KEY_COMPROMISE),
        (_extensions(KEY_COMPROMISE, LONG_NOTE), Reason.KEY_COMPROMISE),
        (_extensions(LONG_NOTE, INVALIDITY_DATE), Reason.UNSPECIFIED),
        (_extensions(extension(REASON_OID, b"\x0a\x01\x06", critical=b"\x01\x01\xff")), Reason.CERTIFICATE_HOLD),
        (_extensions(extension(REASON_OID, b"\x0a\x01\x00")), Reason.UNSPECIFIED),
        (_extensions(*[INVALIDITY_DATE] * 8), Reason.UNSPECIFIED),
    ],
)
def test_entry_extensions(extensions: bytes, reason: Reason) -> None:
    entries = scan_entries(record(b"\x01") + record(b"\x02", extensions=extensions) + record(b"\x03"))
    assert [each.reason for each in entries] == [Reason.UNSPECIFIED, reason, Reason.UNSPECIFIED]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (record(b""), "serial"),
        (record(bytes(21)), "serial"),
        (record(b"\x01" + bytes(20)), "serial"),
        (record(b"\x00\x01"), "shortest"),
        (record(b"\xff\x80"), "shortest"),
        (record(time=b""), "date"),
        (record(time=b"\x17\x0b2309250700Z"), "date"),
        (record(time=b"\x17\x0d230925070000+"), "date"),
        (record(time=b"\x17\x0d23092507000aZ"), "digits"),
        (record(time=b"\x17\x0d231325070000Z"), "exist"),
        (record(time=b"\x17\x0d230229070000Z"), "exist"),
        (record(time=b"\x17\x0d230900070000Z"), "exist"),
        (record(time=b"\x17\x0d230925240000Z"), "exist"),
        (record(time=b"\x17\x0d230925076000Z"), "exist"),
        (record(time=b"\x17\x0d230925070060Z"), "exist"),
        (record(time=b"\x18\x0f00000925070000Z"), "exist"),
        (record(time=b"\x18\x0f21000229070000Z"), "exist"),
        (record(time=b"\x18\x1120230925070000.5Z"), "date"),
        (record(time=b"\x04\x0d230925070000Z"), "date"),
        (record(extensions=b"\x05\x00"), "no element"),
        (record(extensions=_extensions()), "empty"),
        (record(extensions=_extensions(KEY_COMPROMISE) + b"\x05\x00"), "fill"),
        (record(extensions=_extensions(KEY_COMPROMISE, KEY_COMPROMISE)), "two reasons"),
        (record(extensions=_extensions(*[INVALIDITY_DATE] * 9)), "more than 8"),
        (record(extensions=_extensions(extension(REASON_OID, b"\x0a\x01\x07"))), "reason code"),
        (record(extensions=_extensions(extension(REASON_OID, b"\x0a\x01\x08"))), "reason code"),
        (record(extensions=_extensions(extension(REASON_OID, b"\x0a\x01\x0b"))), "reason code"),
        (record(extensions=_extensions(extension(REASON_OID, b"\x0a\x01\xff"))), "reason code"),
        (record(extensions=_extensions(extension(REASON_OID, b"\x02\x01\x01"))), "ENUMERATED"),
        (record(extensions=_extensions(extension(REASON_OID, b"\x0a\x02\x00\x01"))), "ENUMERATED"),
        (record(extensions=_extensions(extension(REASON_OID, b"\x0a\x01\x01", critical=b"\x01\x01\x00"))), "TRUE"),
        (record(extensions=_extensions(der.encode(der.SEQUENCE, b"\x06\x03\x55\x1d\x15"))), "no element"),
        (
            record(extensions=_extensions(UNFILLED)),
            "fill",
        ),
        (record(extensions=b"\x30\x81\x0c" + _extensions(KEY_COMPROMISE)[2:]), "no element"),
        (b"\x30\x84\x00\x00\x00\x12" + record()[2:], "record"),
        (b"\x30\x80" + record()[2:] + b"\x00\x00", "record"),
        (record()[:-1], "record"),
        (record() + b"\x00", "record"),
        (b"\x30\x03\x02\x01", "record"),
        (b"\x30", "record"),
        (b"\x00" + record(), "record"),
        (b"\x30\x05\x02\x7f\x01\x01\x01", "no element"),
        (b"\x30\x02\x02\x01", "no element"),
        (b"\x30\x03\x02\x01\x01", "date"),
    ],
)
@pytest.mark.parametrize("around", [(b"", b""), (record(b"\x50"), record(b"\x51"))])
def test_records_that_are_not_der(wrong: bytes, words: str, around: tuple[bytes, bytes]) -> None:
    before, after = around
    with pytest.raises(der.DerError, match=words if not before else None):
        scan_entries(before + wrong + after)


def test_an_unknown_critical_entry_extension_forbids_the_list() -> None:
    """RFC 5280 5.3; certificateIssuer, which makes an indirect list, is one."""
    wrong = _extensions(extension(bytes.fromhex("551d1d"), b"\x30\x00", critical=b"\x01\x01\xff"))
    with pytest.raises(UnknownCriticalExtension):
        scan_entries(record() + record(b"\x02", extensions=wrong))


def test_a_serial_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        scan_entries(record() + record())


def test_lookup() -> None:
    crl_read = read_crl(crl(partition=PARTITION))
    found = crl_read.lookup(7)
    assert found is not None
    assert found.reason is Reason.AFFILIATION_CHANGED
    assert found.at == ROWS[0][1]
    assert crl_read.lookup(8) is None


def test_what_a_list_says_of_itself() -> None:
    read = read_crl(crl(partition=PARTITION, only="user", number=1 << 100))
    assert read.issuer == authority().certificate.subject
    assert (read.number, read.partition, read.only) == (1 << 100, PARTITION, "user")
    assert (read.this_update, read.next_update) == (TODAY.astimezone(UTC), TOMORROW.astimezone(UTC))
    key = authority().certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert read.authority_key_identifier == key
    arl = read_crl(crl([], only="authority"))
    assert (arl.partition, arl.only, len(arl.entries)) == (None, "authority", 0)


def _without_version() -> bytes:
    tbs = der.Reader(tbs_of(crl())).enter(der.SEQUENCE)
    tbs.read(der.INTEGER)
    return signed(der.encode(der.SEQUENCE, bytes(tbs.data[tbs.position : tbs.end])))


def _with_extension(*values: tuple[x509.ExtensionType, bool], leave: int = 2) -> bytes:
    extensions = [*usual(authority())[:leave], *values]
    return library_crl(RevokedEntries.from_rows(ROWS), extensions=extensions)


def _point(**fields: object) -> x509.IssuingDistributionPoint:
    usual_fields: dict[str, object] = {
        "full_name": [x509.DirectoryName(PARTITION)],
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**(usual_fields | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "make",
    [
        lambda: _with_extension((x509.DeltaCRLIndicator(3), True)),
        lambda: _with_extension((x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\x00"), True)),
        lambda: _with_extension((_point(indirect_crl=True), True)),
        lambda: _with_extension((_point(only_contains_attribute_certs=True, full_name=None), True)),
        lambda: _with_extension((_point(only_some_reasons=frozenset([x509.ReasonFlags.key_compromise])), True)),
        lambda: _with_extension((_point(full_name=[x509.UniformResourceIdentifier("http://127.0.0.1/")]), True)),
        lambda: _with_extension(leave=1),
        lambda: library_crl(
            RevokedEntries.from_rows(ROWS),
            entry_extensions=[(x509.CertificateIssuer([x509.DirectoryName(PARTITION)]), True)],
        ),
        _without_version,
    ],
    ids=[
        "delta",
        "unknown critical",
        "indirect",
        "attributes",
        "some reasons",
        "url",
        "no number",
        "issuer",
        "version 1",
    ],
)
def test_lists_of_other_kinds_are_not_supported(make: Callable[[], bytes]) -> None:
    assert _refused(make()) == "unsupported"


def test_a_note_that_is_not_critical_is_passed_over() -> None:
    note = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\x00")
    assert len(read_crl(_with_extension((note, False))).entries) == len(ROWS)


@pytest.mark.parametrize("data", [b"", b"\x30", b"\x30\x82", b"\x30\x05\x30\x01"])
def test_beginnings_are_truncated(data: bytes) -> None:
    assert _refused(data) == "truncated"


def test_cut_anywhere_it_is_truncated() -> None:
    whole = crl(partition=PARTITION)
    assert {_refused(whole[:length]) for length in range(len(whole))} == {"truncated"}


@pytest.mark.parametrize(
    "data",
    [
        b"-----BEGIN X509 CRL-----\n",
        b"<html>503</html>",
        crl() + b"\x00",
        b"\x30\x80" + crl()[4:] + b"\x00\x00",
        b"\x30\x85\x00" + crl()[2:],
        signed(der.encode(der.SEQUENCE, der.integer(1))),
        signed(b"\x30\x00"),
        signed(tbs_of(crl())).replace(bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d01010c"), 1),
    ],
    ids=["pem", "html", "trailing", "indefinite", "long length", "short", "empty", "two algorithms"],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    assert _refused(data) in {"malformed", "unsupported"}


def test_an_empty_list_that_is_there_is_malformed() -> None:
    """RFC 5280 5.1.2.6: it must be left out."""
    tbs = der.Reader(tbs_of(crl([]))).enter(der.SEQUENCE)
    before = [tbs.read(tag) for tag in (der.INTEGER, der.SEQUENCE, der.SEQUENCE, der.UTC_TIME, der.UTC_TIME)]
    head = b"".join(tbs.bytes_of(element, whole=True) for element in before)
    tail = tbs.bytes_of(tbs.read(der.context(0)), whole=True)
    assert _refused(signed(der.encode(der.SEQUENCE, head, b"\x30\x00", tail))) == "malformed"


@settings(deadline=None, max_examples=400)
@given(st.data())
def test_changed_bytes_are_read_or_refused(data: st.DataObject) -> None:
    """No byte of a list, whatever it becomes, leads to anything but a list or a refusal."""
    rows = data.draw(TABLES)
    changed = bytearray(crl(rows, partition=PARTITION))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed) - 1))
        changed[at] = data.draw(st.integers(0, 255))
    try:
        read = read_crl(bytes(changed))
    except CrlRefused:
        return
    assert all(read.lookup(each.serial) == each for each in read.entries)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(HEAP)))
@example([b"\x30"] * 50)
@example([b"\x30\x82", b"\xff\xff", b"\x02"])
def test_heaps_of_tags_and_lengths_are_read_or_refused(pieces: list[bytes]) -> None:
    content = b"".join(pieces)
    if not content:
        return
    try:
        entries = scan_entries(content)
    except ValueError:
        return
    assert np.all(entries.serials[:-1] < entries.serials[1:])
