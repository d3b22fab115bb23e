"""PDQ hashes are found in memory: each signal knows its transaction, erased pictures leave word, the bands go.

Taken back, the bands are there but empty, as they need a key: pictures then match those uploaded anew.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from app.migrations.walls.erasing import WITH_BANDS
from app.migrations.walls.pictures import PICTURES
from app.migrations.walls.policies import OF_SEEN_SIGNAL

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Not a serial number: those that are taken first may commit last, and would be missed.
THIS_TRANSACTION = sa.text("((pg_current_xact_id())::text)::bigint")


def upgrade() -> None:
    op.add_column("signal", sa.Column("made_in", sa.BigInteger(), server_default=THIS_TRANSACTION, nullable=False))
    op.create_index(
        "ix_signal_pdq", "signal", ["made_in", "id"], unique=False, postgresql_where=sa.text("type = 'HASH_PDQ'")
    )
    op.create_table(
        "pdq_erased",
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("erased_in", sa.BigInteger(), server_default=THIS_TRANSACTION, nullable=False),
        sa.PrimaryKeyConstraint("signal_id", name=op.f("pk_pdq_erased")),
    )
    op.create_index(op.f("ix_pdq_erased_erased_in"), "pdq_erased", ["erased_in"], unique=False)
    _enclose("pdq_erased")
    for part in PICTURES.split("$$;")[:-1]:
        op.execute(f"{part}$$;")
    op.execute("REVOKE ALL ON FUNCTION pdq_changes FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION pdq_changes TO lantern_app")
    op.drop_table("pdq_band")


def downgrade() -> None:
    op.create_table(
        "pdq_band",
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("signal_id", "tag", name=op.f("pk_pdq_band")),
    )
    op.create_index(op.f("ix_pdq_band_tag"), "pdq_band", ["tag"], unique=False)
    _enclose("pdq_band")
    op.execute("GRANT SELECT, INSERT ON pdq_band TO lantern_app")
    op.execute(f"CREATE POLICY seen ON pdq_band FOR SELECT TO lantern_app USING ({OF_SEEN_SIGNAL})")
    op.execute(f"CREATE POLICY added ON pdq_band FOR INSERT TO lantern_app WITH CHECK ({OF_SEEN_SIGNAL})")
    op.execute("DROP FUNCTION pdq_changes")
    op.execute(WITH_BANDS)
    op.drop_table("pdq_erased")
    op.drop_index("ix_signal_pdq", table_name="signal")
    op.drop_column("signal", "made_in")


def _enclose(table: str) -> None:
    """Behind row-level security, for the owner alone."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")
