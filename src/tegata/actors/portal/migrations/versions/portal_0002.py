"""Logins by TLS client certificate."""

import sqlalchemy as sa
from alembic import op

revision = "portal_0002"
down_revision = "portal_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificate_login",
        sa.Column("login_id", sa.String(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("presented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ticket", sa.String(), nullable=True),
        sa.Column("sub", sa.String(), nullable=True),
        sa.Column("serial", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("certificate", sa.LargeBinary(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("login_id", name=op.f("pk_certificate_login")),
    )
    with op.batch_alter_table("certificate_login", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_login_expires_at"), ["expires_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("certificate_login", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificate_login_expires_at"))

    op.drop_table("certificate_login")
