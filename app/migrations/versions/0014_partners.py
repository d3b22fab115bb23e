"""What participants install: clients say how far they are with the change feed, and people sign in at a command line.

Row-level security of clients holds for what they say, too.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

from app.migrations.walls.people import PERSON_BEHIND, WITH_COMMAND_LINE

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_client", sa.Column("acknowledged_epoch", sa.Integer(), nullable=True))
    op.add_column("api_client", sa.Column("acknowledged_position", sa.BigInteger(), nullable=True))
    op.add_column("api_client", sa.Column("changes_acknowledged_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(WITH_COMMAND_LINE)


def downgrade() -> None:
    op.execute(PERSON_BEHIND)
    for name in ("changes_acknowledged_at", "acknowledged_position", "acknowledged_epoch"):
        op.drop_column("api_client", name)
