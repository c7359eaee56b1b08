"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "platform_0001"
down_revision = None
branch_labels = ("platform",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "acknowledgement",
        sa.Column("relying_party", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("relying_party", "number", name=op.f("pk_acknowledgement")),
    )
    op.create_table(
        "consent",
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("relying_party", sa.String(), nullable=False),
        sa.Column("relying_party_name", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("service_name", sa.String(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("consent_id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index("ix_consent_party", ["relying_party", "consent_id"], unique=False)

    op.create_table(
        "crl",
        sa.Column("usage", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("this_update", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_update", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("usage", "number", name=op.f("pk_crl")),
    )
    op.create_table(
        "crl_attempt",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("usage", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_crl_attempt")),
    )
    with op.batch_alter_table("crl_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_crl_attempt_usage", ["usage", "number"], unique=False)

    op.create_table(
        "question",
        sa.Column("query_id", sa.String(), nullable=False),
        sa.Column("relying_party", sa.String(), nullable=False),
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("check_method", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("newer", sa.Boolean(), nullable=False),
        sa.Column("fee_yen", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("query_id", name=op.f("pk_question")),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index("ix_question_party", ["relying_party", "asked_at"], unique=False)

    op.create_table(
        "relying_party",
        sa.Column("relying_party", sa.String(), nullable=False),
        sa.Column("name_ja", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("push_to", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("relying_party", name=op.f("pk_relying_party")),
    )
    op.create_table(
        "verification",
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("relying_party", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("jti", name=op.f("pk_verification")),
    )
    with op.batch_alter_table("verification", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_verification_relying_party"), ["relying_party"], unique=False)

    op.create_table(
        "change",
        sa.Column("relying_party", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("serial", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.consent_id"], name=op.f("fk_change_consent_id_consent")),
        sa.ForeignKeyConstraint(
            ["relying_party"], ["relying_party.relying_party"], name=op.f("fk_change_relying_party_relying_party")
        ),
        sa.PrimaryKeyConstraint("relying_party", "number", name=op.f("pk_change")),
        sa.UniqueConstraint("relying_party", "cause", name=op.f("uq_change_relying_party_cause")),
    )
    op.create_table(
        "consent_end",
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.consent_id"], name=op.f("fk_consent_end_consent_id_consent")),
        sa.PrimaryKeyConstraint("consent_id", "kind", name=op.f("pk_consent_end")),
    )
    op.create_table(
        "pointer",
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("serial", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.consent_id"], name=op.f("fk_pointer_consent_id_consent")),
        sa.PrimaryKeyConstraint("consent_id", name=op.f("pk_pointer")),
    )
    with op.batch_alter_table("pointer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pointer_serial"), ["serial"], unique=False)

    op.create_table(
        "stream",
        sa.Column("relying_party", sa.String(), nullable=False),
        sa.Column("delivery", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pushed_to", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["relying_party"], ["relying_party.relying_party"], name=op.f("fk_stream_relying_party_relying_party")
        ),
        sa.PrimaryKeyConstraint("relying_party", name=op.f("pk_stream")),
    )


def downgrade() -> None:
    op.drop_table("stream")
    with op.batch_alter_table("pointer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pointer_serial"))

    op.drop_table("pointer")
    op.drop_table("consent_end")
    op.drop_table("change")
    with op.batch_alter_table("verification", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_verification_relying_party"))

    op.drop_table("verification")
    op.drop_table("relying_party")
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_index("ix_question_party")

    op.drop_table("question")
    with op.batch_alter_table("crl_attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_crl_attempt_usage")

    op.drop_table("crl_attempt")
    op.drop_table("crl")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_party")

    op.drop_table("consent")
    op.drop_table("acknowledgement")
