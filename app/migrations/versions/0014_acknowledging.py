"""Clients say how far they are with the change feed. Row-level security of their rows holds for this too.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_client", sa.Column("acknowledged_epoch", sa.Integer(), nullable=True))
    op.add_column("api_client", sa.Column("acknowledged_position", sa.BigInteger(), nullable=True))
    op.add_column("api_client", sa.Column("changes_acknowledged_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for name in ("changes_acknowledged_at", "acknowledged_position", "acknowledged_epoch"):
        op.drop_column("api_client", name)
