"""The ways to learn of a revocation: lists, OCSP, and the authority's own records."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from tegata.pki import names
from tegata.pki.certificates import CertificateRefused
from tegata.pki.crl import Reason, RevocationList, RevokedEntries, read_crl, verify_crl, write_crl
from tegata.pki.ocsp import Good, Responder, Revoked, SerialRuns, Snapshot, Status, Unknown, build_request
from tegata.pki.validation import ByCrl, ByOcsp, ByRevocationData, ByStatus, Revocation, Trust, Validated, Validator
from tests.pki.support import AT, CHIYODA, LATER, authority, key, reissue, replaced, sign_certificate

PARTITION = names.partition_name("sign", CHIYODA)
DAY = timedelta(days=1)
TRUST = Trust([authority("sign", 1).certificate, authority("sign", 2).certificate])
VALIDATOR = Validator(TRUST)
SERIAL = 1001


def validate(revocation: Revocation, certificate: x509.Certificate | None = None, at: datetime = LATER) -> Validated:
    return VALIDATOR.validate(certificate or sign_certificate(SERIAL), usage="sign", at=at, revocation=revocation)


def refusal(
    revocation: Revocation, certificate: x509.Certificate | None = None, at: datetime = LATER
) -> CertificateRefused:
    with pytest.raises(CertificateRefused) as caught:
        validate(revocation, certificate, at)
    return caught.value


def der_list(
    *rows: tuple[int, datetime, Reason],
    partition: x509.Name | None = PARTITION,
    generation: int = 1,
    only: str | None = None,
) -> bytes:
    return write_crl(
        authority("sign", generation),
        RevokedEntries.from_rows(rows),
        number=7,
        this_update=LATER,
        next_update=LATER + DAY,
        partition=partition,
        only=only,  # type: ignore[arg-type]
    )


def crl(*rows: tuple[int, datetime, Reason], partition: x509.Name | None = PARTITION) -> RevocationList:
    return verify_crl(der_list(*rows, partition=partition), TRUST.roots, at=LATER, partition=partition)


MOVED = (SERIAL, AT + DAY, Reason.AFFILIATION_CHANGED)
HELD = (SERIAL, AT + DAY, Reason.CERTIFICATE_HOLD)
OTHER = (SERIAL + 1, AT + DAY, Reason.SUPERSEDED)


# Lists


@pytest.mark.parametrize("partition", [PARTITION, None])
def test_a_current_list_without_the_serial_accepts(partition: x509.Name | None) -> None:
    validated = validate(ByCrl(crl(OTHER, partition=partition)))
    assert validated.revocation_checked
    assert validated.status_as_of == LATER


@pytest.mark.parametrize("partition", [PARTITION, None])
def test_a_listed_serial_is_revoked_with_time_and_reason(partition: x509.Name | None) -> None:
    refused = refusal(ByCrl(crl(MOVED, OTHER, partition=partition)))
    assert (refused.code, refused.revoked_at, refused.reason) == ("revoked", AT + DAY, "affiliationChanged")


def test_a_held_serial_is_on_hold() -> None:
    refused = refusal(ByCrl(crl(HELD)))
    assert (refused.code, refused.revoked_at, refused.reason) == ("on-hold", AT + DAY, "certificateHold")


def test_one_list_of_several_that_names_the_serial_is_enough() -> None:
    assert refusal(ByCrl(crl(OTHER), crl(MOVED, partition=None))).code == "revoked"


def test_without_a_list_nothing_is_known() -> None:
    assert refusal(ByCrl()).code == "revocation-unknown"


def test_a_list_of_another_municipality_tells_nothing() -> None:
    elsewhere = names.partition_name("auth", CHIYODA)
    assert refusal(ByCrl(crl(partition=elsewhere))).code == "revocation-unknown"


def test_a_list_of_another_issuer_tells_nothing() -> None:
    root = authority("auth")
    data = write_crl(root, RevokedEntries.empty(), number=1, this_update=LATER, next_update=LATER + DAY, partition=None)
    assert refusal(ByCrl(verify_crl(data, [root.certificate], at=LATER))).code == "revocation-unknown"


def test_a_list_of_authorities_tells_nothing_of_persons() -> None:
    assert refusal(ByCrl(read_crl(der_list(partition=None, only="authority")))).code == "revocation-unknown"


@pytest.mark.parametrize(("at", "known"), [(-1, False), (0, True), (86_400, True), (86_401, False)])
def test_a_list_counts_from_this_update_to_next_update(at: int, known: bool) -> None:
    moment = LATER + timedelta(seconds=at)
    if known:
        assert validate(ByCrl(crl()), at=moment).status_as_of == LATER
    else:
        assert refusal(ByCrl(crl()), at=moment).code == "revocation-unknown"


def test_a_list_by_a_newer_generation_covers_certificates_of_the_older() -> None:
    newer = verify_crl(der_list(MOVED, generation=2), TRUST.roots, at=LATER, partition=PARTITION)
    assert refusal(ByCrl(newer)).code == "revoked"


def test_a_certificate_that_points_to_delta_lists_is_not_judged_by_complete_ones() -> None:
    point = x509.DistributionPoint([x509.DirectoryName(PARTITION)], None, None, None)
    with_delta = reissue(sign_certificate(), key("sign 1"), change=replaced((x509.FreshestCRL([point]), False)))
    assert refusal(ByCrl(crl()), with_delta).code == "revocation-unknown"


# OCSP


def ocsp_response(
    revoked: Iterable[tuple[int, datetime, Reason]] = (),
    *,
    issued: Iterable[int] = (SERIAL,),
    next_update: datetime = LATER + DAY,
) -> bytes:
    root = authority("sign")
    responder_key = key("responder")
    certificate = root.issue_ocsp_responder(9, responder_key.public_key(), AT, AT + timedelta(days=90))
    snapshot = Snapshot(SerialRuns.of((each, each) for each in sorted(issued)), RevokedEntries.from_rows(revoked))
    request = build_request(sign_certificate(SERIAL), root.certificate)
    return Responder(root, certificate, responder_key).answer(
        request, snapshot, now=LATER, this_update=LATER, next_update=next_update
    )


def test_ocsp_good_accepts_and_tells_how_old_it_is() -> None:
    assert validate(ByOcsp(ocsp_response())).status_as_of == LATER


def test_ocsp_revoked_tells_time_and_reason() -> None:
    refused = refusal(ByOcsp(ocsp_response([MOVED])))
    assert (refused.code, refused.revoked_at, refused.reason) == ("revoked", AT + DAY, "affiliationChanged")
    assert refusal(ByOcsp(ocsp_response([HELD]))).code == "on-hold"


def test_ocsp_unknown_is_an_unknown_serial() -> None:
    assert refusal(ByOcsp(ocsp_response(issued=[5]))).code == "unknown-serial"


@pytest.mark.parametrize(
    "response", [b"", b"\x30\x03\x0a\x01\x06", ocsp_response()[:-1], ocsp_response()[:-9] + bytes(9)]
)
def test_a_broken_or_forged_response_tells_nothing(response: bytes) -> None:
    assert refusal(ByOcsp(response)).code == "revocation-unknown"


def test_a_response_about_another_certificate_tells_nothing() -> None:
    assert refusal(ByOcsp(ocsp_response()), sign_certificate(SERIAL + 5)).code == "revocation-unknown"


def test_a_stale_response_tells_nothing() -> None:
    assert refusal(ByOcsp(ocsp_response()), at=LATER + 2 * DAY).code == "revocation-unknown"


# The authority's own records


class Records:
    def __init__(self, status: Status) -> None:
        self.answer = status
        self.asked: list[int] = []

    def status(self, serial: int) -> Status:
        self.asked.append(serial)
        return self.answer


def test_own_records_answer_for_the_serial() -> None:
    records = Records(Good())
    assert validate(ByStatus(records)).revocation_checked
    assert records.asked == [SERIAL]
    assert refusal(ByStatus(Records(Unknown()))).code == "unknown-serial"
    assert refusal(ByStatus(Records(Revoked(AT, Reason.KEY_COMPROMISE)))).reason == "keyCompromise"
    assert refusal(ByStatus(Records(Revoked(AT, Reason.CERTIFICATE_HOLD)))).code == "on-hold"


def test_nothing_is_asked_about_a_certificate_that_is_refused_before() -> None:
    records = Records(Good())
    assert refusal(ByStatus(records), at=LATER.replace(year=2040)).code == "issuer-not-valid"
    assert records.asked == []


# The full algorithm


def test_raw_lists_go_through_the_full_algorithm() -> None:
    assert validate(ByRevocationData([der_list(OTHER)])).revocation_checked
    refused = refusal(ByRevocationData([der_list(MOVED)]))
    assert (refused.code, refused.revoked_at, refused.reason) == ("revoked", AT + DAY, "affiliationChanged")
    assert refusal(ByRevocationData([der_list(HELD)])).code == "on-hold"


@pytest.mark.parametrize("lists", [[], [b""], [b"noise"], [der_list()[:-1]], [der_list()[:-9] + bytes(9)]])
def test_without_a_good_list_the_full_algorithm_refuses(lists: list[bytes]) -> None:
    assert refusal(ByRevocationData(lists)).code in {"revocation-unknown", "unsupported"}


def test_a_raw_ocsp_response_goes_through_the_full_algorithm() -> None:
    assert validate(ByRevocationData(ocsp_responses=[ocsp_response()])).revocation_checked
    assert refusal(ByRevocationData(ocsp_responses=[ocsp_response([MOVED])])).code == "revoked"
    assert refusal(ByRevocationData(ocsp_responses=[b"noise"])).code in {"revocation-unknown", "unsupported"}


def test_a_path_with_intermediates_is_not_judged_by_a_shortcut() -> None:
    with_intermediate = Validator(Trust(TRUST.roots, intermediates=[authority("auth").certificate]))
    with pytest.raises(CertificateRefused, match="revocation-unknown"):
        with_intermediate.validate(sign_certificate(), usage="sign", at=LATER, revocation=ByCrl(crl()))


def test_no_distribution_point_needs_the_whole_list() -> None:
    bare = reissue(
        sign_certificate(),
        key("sign 1"),
        change=lambda extensions: [each for each in extensions if each[0].oid != ExtensionOID.CRL_DISTRIBUTION_POINTS],
    )
    assert refusal(ByCrl(crl()), bare).code == "revocation-unknown"
    assert validate(ByCrl(crl(partition=None)), bare).revocation_checked
