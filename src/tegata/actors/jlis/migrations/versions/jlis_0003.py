"""What stands now, in columns, made from the record; lists that are too large for their row lie in files."""

import sqlalchemy as sa
from alembic import op

from tegata.actors.jlis.service import standing

revision = "jlis_0003"
down_revision = "jlis_0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "standing",
        sa.Column("usage", sa.String(), nullable=False),
        sa.Column("serial", BIG, autoincrement=False, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("reason", sa.Integer(), nullable=False),
        sa.Column("not_after", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["usage", "serial"], ["certificate.usage", "certificate.serial"],
            name=op.f("fk_standing_usage_serial_certificate"),
        ),
        sa.PrimaryKeyConstraint(
            "usage", "serial", name=op.f("pk_standing"),
            postgresql_include=["at", "reason", "not_after", "generation"],
        ),
        sqlite_with_rowid=False,
    )  # fmt: skip
    standing.rebuild(op.get_bind())
    op.create_index(
        "ix_standing_partition", "standing", ["usage", "partition", "serial", "at", "reason", "not_after"], unique=False
    )
    with op.batch_alter_table("crl", schema=None) as batch_op:
        batch_op.alter_column("der", existing_type=sa.LargeBinary(), nullable=True)


def downgrade() -> None:
    """Lists that lie in files have no row to go back to; the next issue makes new ones."""
    op.execute(sa.text("DELETE FROM crl WHERE der IS NULL"))
    with op.batch_alter_table("crl", schema=None) as batch_op:
        batch_op.alter_column("der", existing_type=sa.LargeBinary(), nullable=False)
    op.drop_index("ix_standing_partition", table_name="standing")
    op.drop_table("standing")
