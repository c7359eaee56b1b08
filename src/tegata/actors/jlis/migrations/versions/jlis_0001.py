"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "jlis_0001"
down_revision = None
branch_labels = ("jlis",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crl",
        sa.Column("usage", sa.String(), nullable=False),
        sa.Column("partition", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("this_update", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_update", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("usage", "partition", "generation", "due_at", name=op.f("pk_crl")),
        sa.UniqueConstraint(
            "usage", "partition", "generation", "number", name=op.f("uq_crl_usage_partition_generation_number")
        ),
    )
    op.create_table(
        "generation",
        sa.Column("usage", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("key_name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("usage", "number", name=op.f("pk_generation")),
        sa.UniqueConstraint("key_name", name=op.f("uq_generation_key_name")),
    )
    op.create_table(
        "person",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("resident_code", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("municipality_code", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person")),
        sa.UniqueConstraint("resident_code", name=op.f("uq_person_resident_code")),
    )
    op.create_table(
        "relying_party",
        sa.Column("relying_party", sa.String(), nullable=False),
        sa.Column("operator", sa.String(), nullable=False),
        sa.Column("name_ja", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("relying_party", name=op.f("pk_relying_party")),
    )
    op.create_table(
        "certificate",
        sa.Column("usage", sa.String(), nullable=False),
        sa.Column("serial", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("municipality_code", sa.String(), nullable=False),
        sa.Column("card_id", sa.String(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaces", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_certificate_person_id_person")),
        sa.ForeignKeyConstraint(
            ["usage", "generation"],
            ["generation.usage", "generation.number"],
            name=op.f("fk_certificate_usage_generation_generation"),
        ),
        sa.PrimaryKeyConstraint("usage", "serial", name=op.f("pk_certificate")),
        sa.UniqueConstraint("application_id", name=op.f("uq_certificate_application_id")),
        sa.UniqueConstraint("usage", "replaces", name=op.f("uq_certificate_usage_replaces")),
    )
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.create_index("ix_certificate_municipality", ["usage", "municipality_code"], unique=False)
        batch_op.create_index("ix_certificate_person", ["person_id", "usage", "serial"], unique=False)

    op.create_table(
        "consent",
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("relying_party", sa.String(), nullable=False),
        sa.Column("relying_party_name", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("service_name", sa.String(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("statement_id", sa.String(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("serial", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("replaces", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_consent_person_id_person")),
        sa.ForeignKeyConstraint(["replaces"], ["consent.consent_id"], name=op.f("fk_consent_replaces_consent")),
        sa.PrimaryKeyConstraint("consent_id", name=op.f("pk_consent")),
        sa.UniqueConstraint("relying_party", "statement_id", name=op.f("uq_consent_relying_party_statement_id")),
        sa.UniqueConstraint("replaces", name=op.f("uq_consent_replaces")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index("ix_consent_service", ["person_id", "relying_party", "service"], unique=False)
        batch_op.create_index(batch_op.f("ix_consent_valid_until"), ["valid_until"], unique=False)

    op.create_table(
        "handle",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("sub", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_handle_person_id_person")),
        sa.PrimaryKeyConstraint("client_id", "sub", name=op.f("pk_handle")),
    )
    op.create_table(
        "register",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("municipality_code", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attributes_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attributes", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_register_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "sequence", name=op.f("pk_register")),
        sa.UniqueConstraint("event_id", name=op.f("uq_register_event_id")),
    )
    op.create_table(
        "responder",
        sa.Column("usage", sa.String(), nullable=False),
        sa.Column("serial", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("key_name", sa.String(), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["usage", "generation"],
            ["generation.usage", "generation.number"],
            name=op.f("fk_responder_usage_generation_generation"),
        ),
        sa.PrimaryKeyConstraint("usage", "serial", name=op.f("pk_responder")),
        sa.UniqueConstraint("key_name", name=op.f("uq_responder_key_name")),
    )
    op.create_table(
        "consent_event",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consent.consent_id"], name=op.f("fk_consent_event_consent_id_consent")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_consent_event")),
        sa.UniqueConstraint("consent_id", "kind", name=op.f("uq_consent_event_consent_id_kind")),
    )
    op.create_table(
        "revocation",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("usage", sa.String(), nullable=False),
        sa.Column("serial", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["usage", "serial"],
            ["certificate.usage", "certificate.serial"],
            name=op.f("fk_revocation_usage_serial_certificate"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_revocation")),
    )
    with op.batch_alter_table("revocation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_revocation_cause"), ["cause"], unique=False)
        batch_op.create_index("ix_revocation_certificate", ["usage", "serial"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("revocation", schema=None) as batch_op:
        batch_op.drop_index("ix_revocation_certificate")
        batch_op.drop_index(batch_op.f("ix_revocation_cause"))

    op.drop_table("revocation")
    op.drop_table("consent_event")
    op.drop_table("responder")
    op.drop_table("register")
    op.drop_table("handle")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_valid_until"))
        batch_op.drop_index("ix_consent_service")

    op.drop_table("consent")
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_index("ix_certificate_person")
        batch_op.drop_index("ix_certificate_municipality")

    op.drop_table("certificate")
    op.drop_table("relying_party")
    op.drop_table("person")
    op.drop_table("generation")
    op.drop_table("crl")
