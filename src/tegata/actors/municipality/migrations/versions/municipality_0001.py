"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "municipality_0001"
down_revision = None
branch_labels = ("municipality",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "resident",
        sa.Column("resident_id", sa.String(), nullable=False),
        sa.Column("resident_code", sa.String(), nullable=False),
        sa.Column("municipality_code", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kana", sa.String(), nullable=False),
        sa.Column("former_name", sa.String(), nullable=True),
        sa.Column("birth_date", sa.String(), nullable=False),
        sa.Column("gender", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("postal_code", sa.String(), nullable=False),
        sa.Column("address_since", sa.Date(), nullable=False),
        sa.Column("destination", sa.String(), nullable=True),
        sa.Column("household_id", sa.String(), nullable=True),
        sa.Column("relationship", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("kana_key", sa.String(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("resident_id", name=op.f("pk_resident")),
        sa.UniqueConstraint("resident_code", name=op.f("uq_resident_resident_code")),
    )
    with op.batch_alter_table("resident", schema=None) as batch_op:
        batch_op.create_index("ix_resident_birth", ["birth_date", "name_key"], unique=False)
        batch_op.create_index("ix_resident_counter", ["municipality_code", "kana_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_resident_household_id"), ["household_id"], unique=False)

    op.create_table(
        "card",
        sa.Column("card_id", sa.String(), nullable=False),
        sa.Column("resident_id", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.resident_id"], name=op.f("fk_card_resident_id_resident")),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_card")),
        sa.UniqueConstraint("request_id", name=op.f("uq_card_request_id")),
    )
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_resident_id"), ["resident_id"], unique=False)

    op.create_table(
        "entry",
        sa.Column("resident_id", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("municipality_code", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("sets", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.resident_id"], name=op.f("fk_entry_resident_id_resident")),
        sa.PrimaryKeyConstraint("resident_id", "sequence", name=op.f("pk_entry")),
        sa.UniqueConstraint("event_id", name=op.f("uq_entry_event_id")),
    )
    op.create_table(
        "membership",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("resident_id", sa.String(), nullable=False),
        sa.Column("household_id", sa.String(), nullable=True),
        sa.Column("relationship", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.resident_id"], name=op.f("fk_membership_resident_id_resident")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_membership")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index("ix_membership_resident", ["resident_id", "number"], unique=False)

    op.create_table(
        "my_number",
        sa.Column("resident_id", sa.String(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.resident_id"], name=op.f("fk_my_number_resident_id_resident")
        ),
        sa.PrimaryKeyConstraint("resident_id", name=op.f("pk_my_number")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_my_number_fingerprint")),
    )
    op.create_table(
        "procedure",
        sa.Column("procedure_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("municipality_code", sa.String(), nullable=False),
        sa.Column("resident_id", sa.String(), nullable=True),
        sa.Column("staff_name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.resident_id"], name=op.f("fk_procedure_resident_id_resident")
        ),
        sa.PrimaryKeyConstraint("procedure_id", name=op.f("pk_procedure")),
    )
    with op.batch_alter_table("procedure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_procedure_resident_id"), ["resident_id"], unique=False)
        batch_op.create_index("ix_procedure_work", ["municipality_code", "state", "opened_at"], unique=False)

    op.create_table(
        "application",
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("card_id", sa.String(), nullable=False),
        sa.Column("usage", sa.String(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.card_id"], name=op.f("fk_application_card_id_card")),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_application")),
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.create_index("ix_application_request", ["request_id", "usage"], unique=False)

    op.create_table(
        "certificate",
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("resident_id", sa.String(), nullable=False),
        sa.Column("card_id", sa.String(), nullable=False),
        sa.Column("usage", sa.String(), nullable=False),
        sa.Column("serial", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.card_id"], name=op.f("fk_certificate_card_id_card")),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.resident_id"], name=op.f("fk_certificate_resident_id_resident")
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("usage", "serial", name=op.f("uq_certificate_usage_serial")),
    )
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_resident_id"), ["resident_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificate_resident_id"))

    op.drop_table("certificate")
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_index("ix_application_request")

    op.drop_table("application")
    with op.batch_alter_table("procedure", schema=None) as batch_op:
        batch_op.drop_index("ix_procedure_work")
        batch_op.drop_index(batch_op.f("ix_procedure_resident_id"))

    op.drop_table("procedure")
    op.drop_table("my_number")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index("ix_membership_resident")

    op.drop_table("membership")
    op.drop_table("entry")
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_card_resident_id"))

    op.drop_table("card")
    with op.batch_alter_table("resident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_resident_household_id"))
        batch_op.drop_index("ix_resident_counter")
        batch_op.drop_index("ix_resident_birth")

    op.drop_table("resident")
