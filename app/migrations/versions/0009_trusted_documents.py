"""Trusted documents, and clients that are confined to them.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.migrations.walls import standing
from app.migrations.walls.confining import CONFINING, DOCUMENTS

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trusted_document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("operation_names", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("by_operator", sa.Boolean(), nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(text IS NULL) = (retired_at IS NOT NULL)", name=op.f("ck_trusted_document_text")),
        sa.CheckConstraint(
            "document_id = 'sha256:' || encode(sha256(convert_to(text, 'UTF8')), 'hex')",
            name=op.f("ck_trusted_document_hash"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_document")),
        sa.UniqueConstraint(
            "document_id", "participant_id", name=op.f("uq_trusted_document_document_id_participant_id")
        ),
    )
    op.create_index(
        "ix_trusted_document_participant", "trusted_document", ["participant_id", "created_at", "id"], unique=False
    )
    op.add_column("api_client", sa.Column("confined", sa.Boolean(), server_default=sa.false(), nullable=False))
    for statement in (*DOCUMENTS, *CONFINING):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP FUNCTION viewer_confined, client_confined")
    op.execute("DROP VIEW viewer_standing")
    op.execute(standing.STANDING)
    op.execute("REVOKE ALL ON viewer_standing FROM PUBLIC")
    op.execute("GRANT SELECT ON viewer_standing TO lantern_app")
    op.drop_column("api_client", "confined")
    op.drop_table("trusted_document")
