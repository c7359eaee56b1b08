"""Certificates on phones, and callers. What was issued before is on a card; fingerprints are made at the next start."""

import sqlalchemy as sa
from alembic import op

revision = "jlis_0002"
down_revision = "jlis_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "caller_attempt",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_caller_attempt_person_id_person")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_caller_attempt")),
    )
    with op.batch_alter_table("caller_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_caller_attempt_at", ["client_id", "at"], unique=False)
        batch_op.create_index("ix_caller_attempt_call", ["client_id", "call_id"], unique=False)

    op.create_table(
        "phone_statement",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("statement_id", sa.String(), nullable=False),
        sa.Column("document_hash", sa.LargeBinary(), nullable=False),
        sa.Column("phone_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_phone_statement_person_id_person")),
        sa.PrimaryKeyConstraint("kind", "statement_id", name=op.f("pk_phone_statement")),
        sa.UniqueConstraint("document_hash", name=op.f("uq_phone_statement_document_hash")),
    )
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("medium", sa.String(), server_default="card", nullable=False))
        batch_op.add_column(sa.Column("model", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("hangs_on", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.create_index("ix_certificate_device", ["card_id"], unique=False)
        batch_op.create_index("ix_certificate_hangs_on", ["hangs_on"], unique=False)

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("birth_fingerprint", sa.String(), nullable=True))
        batch_op.create_index(batch_op.f("ix_person_birth_fingerprint"), ["birth_fingerprint"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_birth_fingerprint"))
        batch_op.drop_column("birth_fingerprint")

    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_index("ix_certificate_hangs_on")
        batch_op.drop_index("ix_certificate_device")
        batch_op.drop_column("hangs_on")
        batch_op.drop_column("model")
        batch_op.drop_column("medium")

    op.drop_table("phone_statement")
    with op.batch_alter_table("caller_attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_caller_attempt_call")
        batch_op.drop_index("ix_caller_attempt_at")

    op.drop_table("caller_attempt")
