"""Keeping feedback with one statement.

Revision ID: 0005
Revises: 0002
"""

from alembic import op

from app.migrations.walls.recording import RECORDING

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(RECORDING)
    op.execute("REVOKE ALL ON FUNCTION keep_feedback FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION keep_feedback TO lantern_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION keep_feedback")
