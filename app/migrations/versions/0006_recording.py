"""Keeping feedback with one statement.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

from app.migrations.walls.recording import RECORDING

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(RECORDING)
    op.execute("REVOKE ALL ON FUNCTION keep_feedback FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION keep_feedback TO lantern_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION keep_feedback")
