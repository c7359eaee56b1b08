"""What happened to cards: reported lost, found, given up."""

import sqlalchemy as sa
from alembic import op

revision = "municipality_0002"
down_revision = "municipality_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_event",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("card_id", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("police_report", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.card_id"], name=op.f("fk_card_event_card_id_card")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_card_event")),
        sa.UniqueConstraint("cause", "event", name=op.f("uq_card_event_cause_event")),
    )
    with op.batch_alter_table("card_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_event_card_id"), ["card_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("card_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_card_event_card_id"))

    op.drop_table("card_event")
