"""Phones beside the cards."""

import sqlalchemy as sa
from alembic import op

revision = "citizen_0002"
down_revision = "citizen_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.add_column(sa.Column("medium", sa.String(), server_default="card", nullable=False))

    op.create_table(
        "phone",
        sa.Column("phone_id", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("kept_pin", sa.LargeBinary(), nullable=True),
        sa.Column("known", sa.LargeBinary(), nullable=True),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("reset_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_as", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["phone_id"], ["card.card_id"], name=op.f("fk_phone_phone_id_card")),
        sa.PrimaryKeyConstraint("phone_id", name=op.f("pk_phone")),
    )
    op.create_table(
        "phone_application",
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("phone_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("card_id", sa.String(), nullable=False),
        sa.Column("pins", sa.LargeBinary(), nullable=True),
        sa.Column("element", sa.LargeBinary(), nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.Column("sign_proof", sa.String(), nullable=True),
        sa.Column("auth_proof", sa.String(), nullable=True),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["card_id"], ["card.card_id"], name=op.f("fk_phone_application_card_id_card")),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.phone_id"], name=op.f("fk_phone_application_phone_id_phone")),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_phone_application")),
    )
    with op.batch_alter_table("phone_application", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_phone_application_phone_id"), ["phone_id"], unique=False)

    op.create_table(
        "phone_order",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("phone_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("usages", sa.JSON(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.phone_id"], name=op.f("fk_phone_order_phone_id_phone")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_phone_order")),
    )
    with op.batch_alter_table("phone_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_phone_order_phone_id"), ["phone_id"], unique=False)

    op.create_table(
        "credential",
        sa.Column("phone_id", sa.String(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.phone_id"], name=op.f("fk_credential_phone_id_phone")),
        sa.PrimaryKeyConstraint("phone_id", name=op.f("pk_credential")),
    )
    op.create_table(
        "challenge",
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("phone_id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.phone_id"], name=op.f("fk_challenge_phone_id_phone")),
        sa.PrimaryKeyConstraint("challenge", name=op.f("pk_challenge")),
    )
    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_challenge_phone_id"), ["phone_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_challenge_expires_at"), ["expires_at"], unique=False)


def downgrade() -> None:
    """Phones go; the drawer of before knows cards only."""
    op.drop_table("challenge")
    op.drop_table("credential")
    op.drop_table("phone_order")
    op.drop_table("phone_application")
    op.drop_table("phone")
    op.execute("DELETE FROM reading WHERE card_id IN (SELECT card_id FROM card WHERE medium <> 'card')")
    op.execute("DELETE FROM remembered WHERE card_id IN (SELECT card_id FROM card WHERE medium <> 'card')")
    op.execute("DELETE FROM card WHERE medium <> 'card'")
    op.drop_column("card", "medium")
