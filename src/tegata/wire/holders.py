"""Portal → J-LIS: who holds this card, and what is on record about them (rule FI-09)."""

from datetime import datetime

import msgspec

from tegata.japan.four_attributes import FourAttributes
from tegata.wire.certificates import CertificateState
from tegata.wire.consents import BAD_SIGNATURE, CERTIFICATE_NOT_VALID, WRONG_STATEMENT, ConsentRecord
from tegata.wire.endpoint import Base64, CompactJws, Endpoint, Identifier, Page, PageQuery
from tegata.wire.problems import NOT_FOUND
from tegata.wire.text import Text


class LoginStatement(msgspec.Struct, frozen=True, kw_only=True):
    """What the card's user-authentication key signs at a login: the payload of the JWS."""

    kind: str = "login"
    audience: Identifier
    nonce: Identifier
    stated_at: datetime


class CardLogin(msgspec.Struct, frozen=True, kw_only=True):
    """A login as signed by the card. ``with_attributes``: the person agreed that a service gets the four attributes."""

    document: CompactJws
    audience: Identifier
    nonce: Identifier
    with_attributes: bool = False
    on_behalf_of: str = ""


class CertificateLogin(msgspec.Struct, frozen=True, kw_only=True):
    """A login by TLS client certificate (DER): the front that ended the handshake saw the proof of the private key."""

    certificate: Base64
    with_attributes: bool = False
    on_behalf_of: str = ""


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """The person behind the card: a pairwise handle for the portal that outlives reissues."""

    sub: Identifier
    certificate_serial: int
    authenticated_at: datetime
    attributes: FourAttributes | None = None


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """One leaving of personal data: who got which items, why, on what ground. Refused questions are shown too."""

    at: datetime
    who: str
    who_name: str
    items: list[str]
    purpose: str
    basis: str
    outcome: str


IDENTIFY: Endpoint[CardLogin, Holder] = Endpoint(
    keyed=False,
    to="jlis",
    method="POST",
    path="/holders",
    request=CardLogin,
    response=Holder,
    scope="holders:read",
    label=Text("本人の確認", "Holder identified"),
    raises=(BAD_SIGNATURE, CERTIFICATE_NOT_VALID, WRONG_STATEMENT),
)
IDENTIFY_BY_CERTIFICATE: Endpoint[CertificateLogin, Holder] = Endpoint(
    keyed=False,
    to="jlis",
    method="POST",
    path="/holders/by-certificate",
    request=CertificateLogin,
    response=Holder,
    scope="holders:certificate",
    label=Text("本人の確認 (TLS)", "Holder identified by TLS"),
    raises=(BAD_SIGNATURE, CERTIFICATE_NOT_VALID),
)
CERTIFICATES: Endpoint[None, Page[CertificateState]] = Endpoint(
    to="jlis",
    method="GET",
    path="/holders/{sub}/certificates",
    request=None,
    response=Page[CertificateState],
    scope="holders:read",
    label=Text("電子証明書の状態", "State of certificates"),
    raises=(NOT_FOUND,),
)
CONSENTS: Endpoint[None, Page[ConsentRecord]] = Endpoint(
    to="jlis",
    method="GET",
    path="/holders/{sub}/consents",
    request=None,
    response=Page[ConsentRecord],
    query=PageQuery,
    scope="holders:read",
    label=Text("同意の提供状況", "State of consents"),
    raises=(NOT_FOUND,),
)
ACCESSES: Endpoint[None, Page[Access]] = Endpoint(
    to="jlis",
    method="GET",
    path="/holders/{sub}/accesses",
    request=None,
    response=Page[Access],
    query=PageQuery,
    scope="holders:read",
    label=Text("誰が見たか", "Record of access"),
    raises=(NOT_FOUND,),
)
