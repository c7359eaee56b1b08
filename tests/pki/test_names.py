from collections import Counter

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.x509.oid import NameOID

from tegata.japan.municipalities import all_municipalities
from tegata.pki import names
from tegata.pki.profiles import USAGES, Usage
from tests.pki.support import CHIYODA

UPPER_BOUNDS = {
    NameOID.COUNTRY_NAME: 2,
    NameOID.ORGANIZATION_NAME: 64,
    NameOID.ORGANIZATIONAL_UNIT_NAME: 64,
    NameOID.COMMON_NAME: 64,
    NameOID.LOCALITY_NAME: 128,
}
"""RFC 5280 appendix A.1."""


@pytest.mark.parametrize("usage", USAGES)
def test_every_municipality_has_a_partition_of_its_own_within_the_upper_bounds(usage: Usage) -> None:
    partitions = [names.partition_name(usage, one) for one in all_municipalities()]
    assert Counter(name.public_bytes() for name in partitions).most_common(1)[0][1] == 1
    assert len(partitions) > 1_741
    for name in partitions:
        assert all(0 < len(str(attribute.value)) <= UPPER_BOUNDS[attribute.oid] for attribute in name)


@pytest.mark.parametrize("usage", USAGES)
def test_country_is_printable_and_all_else_utf8(usage: Usage) -> None:
    for name in (names.root_name(usage), names.root_alternative_name(usage).value):
        parsed = asn1_x509.Name.load(name.public_bytes())
        kinds = [type(part[0]["value"].chosen).__name__ for part in parsed.chosen]
        assert kinds == ["PrintableString", "UTF8String", "UTF8String", "UTF8String"]


def test_a_partition_names_the_place_under_the_authority() -> None:
    assert [str(attribute.value) for attribute in names.partition_name("sign", CHIYODA)] == [
        "JP",
        "TEGATA-TEST",
        "TEGATA-TEST for digital signature",
        "CRL Distribution Points",
        "Tokyo",
        "Chiyoda-ku 131016",
    ]


def test_only_the_signature_certificate_names_the_place_of_its_holder() -> None:
    sign = names.subject_name("sign", CHIYODA, "opaque")
    auth = names.subject_name("auth", CHIYODA, "opaque")
    assert [str(part.value) for part in sign] == ["JP", "Tokyo", "Chiyoda-ku", "opaque"]
    assert [str(part.value) for part in auth] == ["JP", "opaque"]
