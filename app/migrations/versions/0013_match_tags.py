"""Signals are found by match tags: prefixes of them, kept for participants that ask, and how far they have come.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

from app.migrations.walls.erasing import WITH_MATCH_TAGS, WITH_WORD
from app.migrations.walls.match_tags import FUNCTIONS, SEEN

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

PROGRESS = {
    "tagged_normaliser": sa.SmallInteger(),
    "tagged_epoch": sa.Integer(),
    "tagged_position": sa.BigInteger(),
    "tagged_began": sa.BigInteger(),
}


def upgrade() -> None:
    for name, kind in PROGRESS.items():
        op.add_column("match_key", sa.Column(name, kind, nullable=True))
    op.create_table(
        "match_tag",
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("prefix", sa.BigInteger(), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("participant_id", "epoch", "prefix", "signal_id", name=op.f("pk_match_tag")),
    )
    op.create_index(op.f("ix_match_tag_signal_id"), "match_tag", ["signal_id"], unique=False)
    op.execute("ALTER TABLE match_tag ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE match_tag FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY owner ON match_tag TO CURRENT_USER USING (true) WITH CHECK (true)")
    op.execute("GRANT SELECT ON match_tag TO lantern_app")
    op.execute(f"CREATE POLICY seen ON match_tag FOR SELECT TO lantern_app USING ({SEEN})")
    for function in FUNCTIONS:
        op.execute(function)
    op.execute("REVOKE ALL ON FUNCTION keep_match_tags, forget_match_tags FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION keep_match_tags, forget_match_tags TO lantern_app")
    op.execute(WITH_MATCH_TAGS)


def downgrade() -> None:
    op.execute(WITH_WORD)
    op.execute("DROP FUNCTION forget_match_tags, keep_match_tags")
    op.drop_table("match_tag")
    for name in PROGRESS:
        op.drop_column("match_key", name)
