"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "node_0001"
down_revision = None
branch_labels = ("node",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "node_audit",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("to", sa.String(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_node_audit")),
    )
    with op.batch_alter_table("node_audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_node_audit_subject"), ["subject"], unique=False)

    op.create_table(
        "node_audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node_audit_head")),
    )
    op.create_table(
        "node_inbox",
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key", name=op.f("pk_node_inbox")),
    )
    with op.batch_alter_table("node_inbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_node_inbox_received_at"), ["received_at"], unique=False)

    op.create_table(
        "node_job_run",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_node_job_run")),
        sa.UniqueConstraint("job", "due_at", name=op.f("uq_node_job_run_job_due_at")),
    )
    op.create_table(
        "node_key",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("pem", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_node_key")),
    )
    op.create_table(
        "node_login_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node_login_attempt")),
    )
    with op.batch_alter_table("node_login_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_node_login_attempt_at"), ["at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_node_login_attempt_kind_origin_at"), ["kind", "origin", "at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_node_login_attempt_kind_subject_at"), ["kind", "subject", "at"], unique=False
        )

    op.create_table(
        "node_oauth_client",
        sa.Column("client_id", sa.String(length=80), nullable=False),
        sa.Column("public_jwk", sa.JSON(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_node_oauth_client")),
    )
    op.create_table(
        "node_outbox",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("receiver", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("label_ja", sa.String(), nullable=False),
        sa.Column("label_en", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_code", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_node_outbox")),
        sa.UniqueConstraint("receiver", "key", name=op.f("uq_node_outbox_receiver_key")),
    )
    with op.batch_alter_table("node_outbox", schema=None) as batch_op:
        batch_op.create_index("ix_node_outbox_waiting", ["state", "receiver", "number"], unique=False)

    op.create_table(
        "node_seen_assertion",
        sa.Column("identifier", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("identifier", name=op.f("pk_node_seen_assertion")),
    )
    with op.batch_alter_table("node_seen_assertion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_node_seen_assertion_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "node_staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node_staff")),
        sa.UniqueConstraint("login", name=op.f("uq_node_staff_login")),
    )
    op.create_table(
        "node_value",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_node_value")),
    )
    op.create_table(
        "node_web_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_node_web_session")),
    )
    with op.batch_alter_table("node_web_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_node_web_session_ends_at"), ["ends_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("node_web_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_node_web_session_ends_at"))

    op.drop_table("node_web_session")
    op.drop_table("node_value")
    op.drop_table("node_staff")
    with op.batch_alter_table("node_seen_assertion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_node_seen_assertion_expires_at"))

    op.drop_table("node_seen_assertion")
    with op.batch_alter_table("node_outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_node_outbox_waiting")

    op.drop_table("node_outbox")
    op.drop_table("node_oauth_client")
    with op.batch_alter_table("node_login_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_node_login_attempt_kind_subject_at"))
        batch_op.drop_index(batch_op.f("ix_node_login_attempt_kind_origin_at"))
        batch_op.drop_index(batch_op.f("ix_node_login_attempt_at"))

    op.drop_table("node_login_attempt")
    op.drop_table("node_key")
    op.drop_table("node_job_run")
    with op.batch_alter_table("node_inbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_node_inbox_received_at"))

    op.drop_table("node_inbox")
    op.drop_table("node_audit_head")
    with op.batch_alter_table("node_audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_node_audit_subject"))

    op.drop_table("node_audit")
