"""The certificate profiles of ``profiles.toml``, typed. Every value keeps the mark of where it comes from."""

from functools import cache
from importlib.resources import files
from typing import Generic, Literal, TypeVar

import msgspec

Usage = Literal["sign", "auth"]
"""署名用 (``sign``) or 利用者証明用 (``auth``): two authorities, two certificates a person."""

USAGES: tuple[Usage, ...] = ("sign", "auth")

Medium = Literal["card", "phone"]
"""What holds the private key: the My Number Card, or a phone (移動端末設備用)."""

MEDIA: tuple[Medium, ...] = ("card", "phone")

Mark = Literal["V", "S", "GAP", "own"]
Parts = list[tuple[str, str]]
"""A distinguished name as (attribute short name, text) from the root of the tree down."""

OtherNameKind = Literal["name", "name_substitutes", "gender", "birth_date", "address", "address_substitutes"]

T = TypeVar("T")


class Sourced(msgspec.Struct, Generic[T], frozen=True, forbid_unknown_fields=True):
    """A value and its source: ``V`` verified, ``S`` secondary, ``GAP`` ours for want of one, ``own`` so on purpose."""

    value: T
    source: Mark
    note: str = ""


class RootName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The two names of a root: its subject, and the directoryName of its subjectAltName."""

    subject: Sourced[Parts]
    alternative: Sourced[Parts]


class RootNames(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The names of both roots."""

    sign: RootName
    auth: RootName


class RootProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A self-signed root; all generations of one usage share one name."""

    key_bits: Sourced[int]
    years: Sourced[int]
    key_usage: Sourced[list[str]]
    name: RootNames


class EndEntityProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person's certificate of one usage. ``real_policies`` are for checking real certificates, never for issuing."""

    policy: Sourced[str]
    real_policies: Sourced[list[str]]
    key_usage: Sourced[list[str]]
    extended_key_usage: Sourced[list[str]]
    distribution_point: Sourced[Parts]
    subject: Sourced[Parts]
    minimum_age: Sourced[int]


class PolicyProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By which policy a phone's certificate of one usage is known; all else is as :class:`EndEntityProfile` has it."""

    policy: Sourced[str]
    real_policies: Sourced[list[str]]


class PhoneProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is a phone's own in its certificates."""

    suffix: Sourced[str]
    sign: PolicyProfile
    auth: PolicyProfile


class CardProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds for both certificates of a card. Lengths in bytes, bits, birthdays and months."""

    serial_bytes: Sourced[int]
    key_bits: Sourced[int]
    birthdays: Sourced[int]
    renewal_months: Sourced[int]
    suffix: Sourced[str]


class GenderCodes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The text of otherName .3 for each gender."""

    male: Sourced[str]
    female: Sourced[str]
    other: Sourced[str]


class OtherNameProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The six otherNames of a signature certificate: object identifiers, order, codes; lengths in characters."""

    order: Sourced[list[OtherNameKind]]
    address_length: Sourced[int]
    name_length: Sourced[int]
    oid: dict[OtherNameKind, Sourced[str]]
    gender: GenderCodes


class ResponderProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A delegated OCSP responder (RFC 6960 4.2.2.2)."""

    common_name: Sourced[str]
    key_usage: Sourced[list[str]]
    extended_key_usage: Sourced[list[str]]


class Profiles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All profiles; read once from the packaged file."""

    root: RootProfile
    sign: EndEntityProfile
    auth: EndEntityProfile
    card: CardProfile
    phone: PhoneProfile
    other_names: OtherNameProfile
    ocsp_responder: ResponderProfile

    def of(self, usage: Usage) -> EndEntityProfile:
        """The end-entity profile of a usage."""
        return self.sign if usage == "sign" else self.auth

    def policies(self, usage: Usage, medium: Medium) -> EndEntityProfile | PolicyProfile:
        """The policies of a usage's certificates on a medium."""
        if medium == "card":
            return self.of(usage)
        return self.phone.sign if usage == "sign" else self.phone.auth

    def suffix(self, medium: Medium) -> str:
        """The last character of a subject's id, which tells its medium."""
        return (self.card if medium == "card" else self.phone).suffix.value

    def root_name(self, usage: Usage) -> RootName:
        """The names of a usage's root."""
        return self.root.name.sign if usage == "sign" else self.root.name.auth


@cache
def load_profiles() -> Profiles:
    """Read the packaged ``profiles.toml``; raises :class:`msgspec.ValidationError` where a value lacks its mark."""
    text = files("tegata.pki").joinpath("profiles.toml").read_text(encoding="utf-8")
    return msgspec.toml.decode(text, type=Profiles)


PROFILES: Profiles = load_profiles()
