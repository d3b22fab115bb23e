"""First feedback on signals by one statement, and writing by whoever is remembered.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

from app.migrations.walls.remembering import STATEMENTS

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP FUNCTION viewer_stands, hold_viewer_at_once, keep_first_feedback")
    op.execute("DROP TYPE first_finding")
