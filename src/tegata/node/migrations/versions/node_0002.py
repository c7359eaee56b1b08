"""Proofs of possession that several processes know of."""

import sqlalchemy as sa
from alembic import op

revision = "node_0002"
down_revision = "node_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "node_seen_proof",
        sa.Column("identifier", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("identifier", name=op.f("pk_node_seen_proof")),
    )
    with op.batch_alter_table("node_seen_proof", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_node_seen_proof_expires_at"), ["expires_at"], unique=False)
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE node_seen_proof SET UNLOGGED")


def downgrade() -> None:
    with op.batch_alter_table("node_seen_proof", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_node_seen_proof_expires_at"))

    op.drop_table("node_seen_proof")
