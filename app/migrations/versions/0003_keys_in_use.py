"""Which keys are in use, and the jobs that bring rows to newer ones.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.migrations.walls.rekeying import FOR_SERVING, FOR_WORKER, FUNCTIONS, GRANTS, IN_USE_ALREADY, NAMES

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "key_use",
        sa.Column("one", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("encryption", sa.SmallInteger(), nullable=False),
        sa.Column("tag_versions", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("announced", sa.Integer(), nullable=True),
        sa.CheckConstraint("one", name=op.f("ck_key_use_one")),
        sa.CheckConstraint("cardinality(tag_versions) > 0", name=op.f("ck_key_use_tag_versions")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_key_use")),
    )
    op.create_table(
        "rekeying",
        sa.Column("work", sa.Text(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("after", sa.Uuid(), nullable=True),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("busy", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("work", name=op.f("pk_rekeying")),
    )
    op.execute(IN_USE_ALREADY)
    for table in ("key_use", "rekeying"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")
    for statement in (*FUNCTIONS, *GRANTS):
        op.execute(statement)
    op.execute(f"REVOKE ALL ON FUNCTION {', '.join(NAMES)} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {', '.join(FOR_SERVING)} TO lantern_app")
    op.execute(f"GRANT EXECUTE ON FUNCTION {', '.join(FOR_WORKER)} TO lantern_worker")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {', '.join(NAMES)}")
    op.drop_table("rekeying")
    op.drop_table("key_use")
