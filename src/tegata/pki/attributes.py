"""The four attributes inside a signature certificate: six otherNames of its subjectAltName.

``.1`` name, ``.2`` substitute positions of the name, ``.3`` gender, ``.4`` birth date as EYYYYMMDD, ``.5`` address,
``.6`` substitute positions of the address; each a UTF8String under [0] EXPLICIT. Positions have one digit a
character, ``1`` where the register's character was replaced. Readers elsewhere are known to swap .5 and .6, so the
shape of each value is checked, not only its number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, cast

import msgspec
from asn1crypto.core import UTF8String
from cryptography import x509

from tegata.japan.dates import birth_date_code, parse_birth_date_code
from tegata.japan.four_attributes import FourAttributes, Gender
from tegata.japan.names import substitute
from tegata.pki.profiles import PROFILES, OtherNameKind
from tegata.pki.refusals import Advice, Refused

_PROFILE = PROFILES.other_names
_KIND_BY_OID: dict[str, OtherNameKind] = {sourced.value: kind for kind, sourced in _PROFILE.oid.items()}
_GENDER_CODES: dict[Gender, str] = {
    "male": _PROFILE.gender.male.value,
    "female": _PROFILE.gender.female.value,
    "other": _PROFILE.gender.other.value,
}
_GENDERS = {code: gender for gender, code in _GENDER_CODES.items()}
_MAXIMUM = {"name": _PROFILE.name_length.value, "address": _PROFILE.address_length.value}


class NotASignCertificate(Refused):
    """The certificate carries no four attributes, or carries them broken. Codes: the keys of :attr:`ADVICE`."""

    ADVICE: ClassVar[Mapping[str, Advice]] = {
        "no-attributes": Advice(
            "この証明書には氏名・住所・生年月日・性別が入っていません。",
            "This certificate carries no name, address, birth date and gender.",
            "署名用電子証明書を使ってください。",
            "Use the signature certificate, not the authentication certificate.",
        ),
        "malformed-attributes": Advice(
            "証明書の中の氏名・住所・生年月日・性別を読み取れません。",
            "The four attributes in this certificate can not be read.",
            "この証明書は使わず、発行元に確認してください。",
            "Do not use this certificate; ask its issuer.",
        ),
        "attributes-length": Advice(
            "氏名または住所が空か、長すぎるため、証明書に入りません。",
            "The name or the address is empty, or too long for a certificate.",
            "文字数を確認してください。",
            "Check the number of characters.",
        ),
    }


@dataclass(frozen=True)
class CertificateAttributes:
    """The attributes as the certificate has them; ``*_substitutes`` have ``1`` at each replaced character."""

    four: FourAttributes
    name_substitutes: str
    address_substitutes: str

    @property
    def exact(self) -> bool:
        """Whether no character was replaced, so that the text is the register's own."""
        return "1" not in self.name_substitutes + self.address_substitutes


def other_names(attributes: FourAttributes) -> list[x509.GeneralName]:
    """The six otherNames in the profile's order; refuses an empty text and one beyond the profile's length."""
    return [_other_name(kind, text) for kind, text in ordered_texts(attributes)]


def ordered_texts(attributes: FourAttributes) -> list[tuple[OtherNameKind, str]]:
    """What the six otherNames say, in the profile's order; refuses as :func:`other_names` does."""
    texts = _texts(attributes)
    for kind, limit in _MAXIMUM.items():
        if not 0 < len(texts[cast(OtherNameKind, kind)]) <= limit:
            raise NotASignCertificate("attributes-length", f"{kind}: 1 to {limit} characters")
    return [(kind, texts[kind]) for kind in _PROFILE.order.value]


def attributes_of(certificate: x509.Certificate) -> CertificateAttributes:
    """Read the four attributes; raises :class:`NotASignCertificate`. The certificate itself is not validated here."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound as error:
        raise NotASignCertificate("no-attributes") from error
    except (ValueError, x509.DuplicateExtension) as error:
        raise NotASignCertificate("malformed-attributes", str(error)) from error
    return _checked(_read(names))


def _texts(attributes: FourAttributes) -> dict[OtherNameKind, str]:
    name, name_substitutes = substitute(attributes.name)
    address, address_substitutes = substitute(attributes.address)
    return {
        "name": name,
        "name_substitutes": name_substitutes,
        "gender": _GENDER_CODES[attributes.gender],
        "birth_date": birth_date_code(attributes.birth_date),
        "address": address,
        "address_substitutes": address_substitutes,
    }


def _other_name(kind: OtherNameKind, text: str) -> x509.OtherName:
    return x509.OtherName(x509.ObjectIdentifier(_PROFILE.oid[kind].value), UTF8String(text).dump())


def _read(names: x509.SubjectAlternativeName) -> dict[OtherNameKind, str]:
    found: dict[OtherNameKind, str] = {}
    for other in names.get_values_for_type(x509.OtherName):
        kind = _KIND_BY_OID.get(other.type_id.dotted_string)
        if kind in found:
            raise NotASignCertificate("malformed-attributes", f"{kind} stands twice")
        if kind is not None:
            found[kind] = _utf8(other.value)
    return found


def _utf8(der: bytes) -> str:
    try:
        return cast(str, UTF8String.load(der, strict=True).native)
    except (ValueError, TypeError) as error:
        raise NotASignCertificate("malformed-attributes", "not a UTF8String") from error


def _checked(texts: dict[OtherNameKind, str]) -> CertificateAttributes:
    if not texts:
        raise NotASignCertificate("no-attributes")
    missing = [kind for kind in _PROFILE.oid if kind not in texts]
    if missing:
        raise NotASignCertificate("malformed-attributes", f"missing: {', '.join(missing)}")
    for kind, limit in _MAXIMUM.items():
        _check_text(kind, texts[cast(OtherNameKind, kind)], texts[cast(OtherNameKind, f"{kind}_substitutes")], limit)
    return CertificateAttributes(_four(texts), texts["name_substitutes"], texts["address_substitutes"])


def _check_text(kind: str, text: str, positions: str, limit: int) -> None:
    if not 0 < len(text) <= limit:
        raise NotASignCertificate("malformed-attributes", f"{kind}: 1 to {limit} characters")
    if set(positions) - {"0", "1"} or len(positions) != len(text):
        raise NotASignCertificate("malformed-attributes", f"{kind}: positions do not fit the text")


def _four(texts: dict[OtherNameKind, str]) -> FourAttributes:
    gender = _GENDERS.get(texts["gender"])
    if gender is None:
        raise NotASignCertificate("malformed-attributes", "unknown gender code")
    try:
        birth_date = parse_birth_date_code(texts["birth_date"])
    except ValueError as error:
        raise NotASignCertificate("malformed-attributes", "not a birth date code") from error
    return msgspec.convert(
        {"name": texts["name"], "address": texts["address"], "birth_date": birth_date, "gender": gender},
        FourAttributes,
    )
