"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "call_centre_0001"
down_revision = None
branch_labels = ("call_centre",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("menu", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("operator", sa.String(), nullable=False),
        sa.Column("operator_name", sa.String(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_call")),
        sa.UniqueConstraint("on_day", "number", name=op.f("uq_call_on_day_number")),
    )
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.create_index("ix_call_operator", ["operator", "taken_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_call_taken_at"), ["taken_at"], unique=False)

    op.create_table(
        "answers",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=True),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sub", sa.String(), nullable=True),
        sa.Column("certificates", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.call_id"], name=op.f("fk_answers_call_id_call")),
        sa.PrimaryKeyConstraint("call_id", "number", name=op.f("pk_answers")),
    )
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answers_asked_at"), ["asked_at"], unique=False)

    op.create_table(
        "ending",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.call_id"], name=op.f("fk_ending_call_id_call")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_ending")),
    )
    with op.batch_alter_table("ending", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ending_ended_at"), ["ended_at"], unique=False)

    op.create_table(
        "suspension",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("medium", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused", sa.String(), nullable=True),
        sa.Column("certificates", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.call_id"], name=op.f("fk_suspension_call_id_call")),
        sa.PrimaryKeyConstraint("call_id", "medium", name=op.f("pk_suspension")),
    )
    with op.batch_alter_table("suspension", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suspension_done_at"), ["done_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("suspension", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_suspension_done_at"))

    op.drop_table("suspension")
    with op.batch_alter_table("ending", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ending_ended_at"))

    op.drop_table("ending")
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answers_asked_at"))

    op.drop_table("answers")
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_call_taken_at"))
        batch_op.drop_index("ix_call_operator")

    op.drop_table("call")
