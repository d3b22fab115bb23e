"""Whether whoever looks still is what it was, asked by the statement that looks.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

from app.migrations.walls.standing import STATEMENTS

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP VIEW viewer_standing")
    op.execute("DROP FUNCTION viewer_token")
