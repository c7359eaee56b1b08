"""What is in the drawer: people, their cards and phones, what they remember, requests that lie on the reader."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tegata.node.base import COLUMN_TYPES, metadata_for
from tegata.node.columns import Sealed, SealedBytes


class Base(DeclarativeBase):
    """The base of the drawer's tables."""

    metadata = metadata_for("citizen")
    type_annotation_map = COLUMN_TYPES


class PersonRow(Base):
    """Somebody with a card; ``name_key`` is what a search compares."""

    __tablename__ = "person"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    resident_code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(index=True)


class CardRow(Base):
    """A card, or a phone's secure element (``medium``), under the id of either.

    ``image`` is all that it holds, private keys and PINs included; ``version`` counts its changes. ``used_at``: when it
    last lay on the reader.
    """

    __tablename__ = "card"
    __table_args__ = (Index("ix_card_person", "person_id", "received_at"),)

    card_id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    image: Mapped[bytes] = mapped_column(SealedBytes())
    version: Mapped[int]
    received_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(index=True)
    medium: Mapped[str] = mapped_column(default="card", server_default="card")


class PhoneRow(Base):
    """A phone around its secure element. ``model``: a key of ``models.toml``.

    ``kept_pin``: the PIN of the auth key, which the phone's keystore keeps for biometrics while they are turned on.
    ``known``: the states of its certificates as they were last heard, at ``known_at`` (JSON). ``attempt`` numbers the
    forms with a secret: each is taken once. ``gone_as``: why it left the drawer at ``gone_at``.
    """

    __tablename__ = "phone"

    phone_id: Mapped[str] = mapped_column(ForeignKey("card.card_id"), primary_key=True)
    model: Mapped[str]
    kept_pin: Mapped[str | None] = mapped_column(Sealed())
    known: Mapped[str | None] = mapped_column(Sealed())
    known_at: Mapped[datetime | None]
    attempt: Mapped[int]
    reset_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]
    gone_as: Mapped[str | None]


class PhoneApplicationRow(Base):
    """An application for a phone's certificates: draft → signed → done or refused.

    ``pins`` are those chosen for the phone (JSON), ``element`` the image of the secure element with the new key pairs;
    both go once it is over. ``document``, ``sign_proof``, ``auth_proof`` are what is sent, the same at each repetition.
    """

    __tablename__ = "phone_application"

    application_id: Mapped[str] = mapped_column(primary_key=True)
    phone_id: Mapped[str] = mapped_column(ForeignKey("phone.phone_id"), index=True)
    state: Mapped[str]
    card_id: Mapped[str] = mapped_column(ForeignKey("card.card_id"))
    pins: Mapped[str | None] = mapped_column(Sealed())
    element: Mapped[bytes | None] = mapped_column(SealedBytes())
    document: Mapped[str | None] = mapped_column(Sealed())
    sign_proof: Mapped[str | None]
    auth_proof: Mapped[str | None]
    refusal: Mapped[str | None]
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PhoneOrderRow(Base):
    """A signed order to revoke or resume certificates of a phone: signed → done or refused."""

    __tablename__ = "phone_order"

    order_id: Mapped[str] = mapped_column(primary_key=True)
    phone_id: Mapped[str] = mapped_column(ForeignKey("phone.phone_id"), index=True)
    state: Mapped[str]
    action: Mapped[str]
    usages: Mapped[list[str]]
    occasion: Mapped[str]
    document: Mapped[str | None] = mapped_column(Sealed())
    refusal: Mapped[str | None]
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CredentialRow(Base):
    """A WebAuthn credential: how the phone's biometrics are known again. A phone has one at most."""

    __tablename__ = "credential"

    phone_id: Mapped[str] = mapped_column(ForeignKey("phone.phone_id"), primary_key=True)
    credential_id: Mapped[bytes]
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ChallengeRow(Base):
    """A WebAuthn challenge, good once, for one phone and one ``purpose``, until ``expires_at``."""

    __tablename__ = "challenge"

    challenge: Mapped[bytes] = mapped_column(primary_key=True)
    phone_id: Mapped[str] = mapped_column(ForeignKey("phone.phone_id"), index=True)
    purpose: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class RememberedRow(Base):
    """A PIN that the person remembers, in a demonstration only."""

    __tablename__ = "remembered"

    card_id: Mapped[str] = mapped_column(ForeignKey("card.card_id"), primary_key=True)
    which: Mapped[str] = mapped_column(primary_key=True)
    pin: Mapped[str] = mapped_column(Sealed())


class ReadingRow(Base):
    """A request that lies on the reader (JSON, as it was fetched from ``peer``), and its ``answer`` once it is over.

    ``attempt`` numbers the PIN forms: each is taken once.
    """

    __tablename__ = "reading"

    reading_id: Mapped[str] = mapped_column(primary_key=True)
    peer: Mapped[str]
    request: Mapped[str] = mapped_column(Sealed())
    card_id: Mapped[str | None] = mapped_column(ForeignKey("card.card_id"))
    answer: Mapped[str | None] = mapped_column(Sealed())
    attempt: Mapped[int]
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
