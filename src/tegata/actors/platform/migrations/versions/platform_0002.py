"""Lists that are too large for their row lie in files."""

import sqlalchemy as sa
from alembic import op

revision = "platform_0002"
down_revision = "platform_0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("crl", schema=None) as batch_op:
        batch_op.add_column(sa.Column("size", BIG, nullable=True))
        batch_op.alter_column("der", existing_type=sa.LargeBinary(), nullable=True)
    op.execute(sa.text("UPDATE crl SET size = length(der)"))
    with op.batch_alter_table("crl", schema=None) as batch_op:
        batch_op.alter_column("size", existing_type=BIG, nullable=False)


def downgrade() -> None:
    """Lists that lie in files have no row to go back to; the next one that is fetched takes their place."""
    op.execute(sa.text("DELETE FROM crl WHERE der IS NULL"))
    with op.batch_alter_table("crl", schema=None) as batch_op:
        batch_op.alter_column("der", existing_type=sa.LargeBinary(), nullable=False)
        batch_op.drop_column("size")
