"""Clients that authenticate with a key, or must bind their tokens to one; what may be used once.

Taken back, clients without a secret have one that nobody knows: a new one lets them in.

Revision ID: 0010
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.migrations.walls.authenticating import ENCLOSING_USED, REPLACING, TAKING_BACK

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "api_client", sa.Column("auth_method", sa.Text(), server_default="client_secret_basic", nullable=False)
    )
    op.add_column("api_client", sa.Column("public_keys", postgresql.JSONB(), nullable=True))
    op.add_column("api_client", sa.Column("requires_dpop", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.alter_column("api_client", "secret_digest", nullable=True)
    op.create_check_constraint(
        op.f("ck_api_client_secret"),
        "api_client",
        "(auth_method = 'client_secret_basic') = (secret_digest IS NOT NULL)",
    )
    op.create_check_constraint(
        op.f("ck_api_client_public_keys"),
        "api_client",
        "(auth_method = 'private_key_jwt') = (public_keys IS NOT NULL)",
    )
    op.create_table(
        "used_jwt",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_used_jwt")),
    )
    op.create_index(op.f("ix_used_jwt_expires_at"), "used_jwt", ["expires_at"], unique=False)
    for statement in (*ENCLOSING_USED, *REPLACING):
        op.execute(statement)


def downgrade() -> None:
    for statement in TAKING_BACK:
        op.execute(statement)
    op.drop_table("used_jwt")
    op.drop_constraint(op.f("ck_api_client_public_keys"), "api_client")
    op.drop_constraint(op.f("ck_api_client_secret"), "api_client")
    unknown = "sha256(gen_random_uuid()::text::bytea)"
    op.execute(f"UPDATE api_client SET secret_digest = {unknown} WHERE secret_digest IS NULL")
    op.alter_column("api_client", "secret_digest", nullable=False)
    for column in ("requires_dpop", "public_keys", "auth_method"):
        op.drop_column("api_client", column)
