"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "portal_0001"
down_revision = None
branch_labels = ("portal",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_request",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("usage", sa.String(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("sub", sa.String(), nullable=True),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("consent_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_card_request")),
    )
    with op.batch_alter_table("card_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_request_closed_at"), ["closed_at"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("relying_party", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("service_name", sa.String(), nullable=False),
        sa.Column("relying_party_name", sa.String(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_invitation")),
    )
    op.create_table(
        "login_service",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("name_ja", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("redirect_uris", sa.JSON(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("secret", sa.String(), nullable=True),
        sa.Column("public_jwk", sa.JSON(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_login_service")),
    )
    op.create_table(
        "person",
        sa.Column("sub", sa.String(), nullable=False),
        sa.Column("first_login_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sub", name=op.f("pk_person")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_look_at"), ["look_at"], unique=False)

    op.create_table(
        "invitation_use",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["code"], ["invitation.code"], name=op.f("fk_invitation_use_code_invitation")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_invitation_use")),
    )
    op.create_table(
        "login_grant",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("sub", sa.String(), nullable=False),
        sa.Column("redirect_uri", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=True),
        sa.Column("code_challenge", sa.String(), nullable=False),
        sa.Column("authenticated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claims", sa.LargeBinary(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["login_service.client_id"], name=op.f("fk_login_grant_client_id_login_service")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_login_grant")),
    )
    with op.batch_alter_table("login_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_grant_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "login_request",
        sa.Column("authorization_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("session", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["login_service.client_id"], name=op.f("fk_login_request_client_id_login_service")
        ),
        sa.PrimaryKeyConstraint("authorization_id", name=op.f("pk_login_request")),
    )
    with op.batch_alter_table("login_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_request_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "reminder",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sub", sa.String(), nullable=False),
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("relying_party_name", sa.String(), nullable=False),
        sa.Column("service_name", sa.String(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sub"], ["person.sub"], name=op.f("fk_reminder_sub_person")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_reminder")),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_sub"), ["sub"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reminder_sub"))

    op.drop_table("reminder")
    with op.batch_alter_table("login_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_request_expires_at"))

    op.drop_table("login_request")
    with op.batch_alter_table("login_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_grant_expires_at"))

    op.drop_table("login_grant")
    op.drop_table("invitation_use")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_look_at"))

    op.drop_table("person")
    op.drop_table("login_service")
    op.drop_table("invitation")
    with op.batch_alter_table("card_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_card_request_closed_at"))

    op.drop_table("card_request")
