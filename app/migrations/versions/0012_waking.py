"""Events of cases are numbered, so that none is missed by who follows them; and what the feed does not tell can wake.

What a server of before writes meanwhile gets no number: it stands in the timeline, and is not told as it happens.

Revision ID: 0012
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

from app.migrations.walls.waking import STATEMENTS

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shared_case", sa.Column("event_count", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("case_event", sa.Column("number", sa.BigInteger(), nullable=True))
    op.create_table("nudge", sa.Column("id", sa.Uuid(), nullable=False), sa.PrimaryKeyConstraint("id", name="pk_nudge"))
    for statement in STATEMENTS:
        op.execute(statement)
    op.create_unique_constraint(op.f("uq_case_event_case_id_number"), "case_event", ["case_id", "number"])


def downgrade() -> None:
    op.drop_constraint(op.f("uq_case_event_case_id_number"), "case_event", type_="unique")
    op.drop_table("nudge")
    op.drop_column("case_event", "number")
    op.execute("REVOKE UPDATE (event_count) ON shared_case FROM lantern_app")
    op.drop_column("shared_case", "event_count")
