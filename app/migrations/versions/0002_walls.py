"""Who may see and write which rows: functions, grants and row-level security.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

from app.migrations.walls.functions import DEFINERS, FOR_SERVING, FOR_WORKER
from app.migrations.walls.policies import (
    CHANGING,
    CHANGING_COLUMNS,
    DELETABLE,
    POLICIES,
    REMOVING,
    UPDATABLE,
    WORKER,
)
from app.migrations.walls.sight import STILL_SEES, VIEWER

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in (VIEWER, STILL_SEES, DEFINERS):
        for part in _statements(statement):
            op.execute(part)
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {', '.join(FOR_SERVING)} TO lantern_app")
    op.execute(f"GRANT EXECUTE ON FUNCTION {', '.join(FOR_WORKER)} TO lantern_worker")
    for table, (reading, writing) in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")
        if reading is not None:
            op.execute(f"GRANT SELECT ON {table} TO lantern_app")
            op.execute(f"CREATE POLICY seen ON {table} FOR SELECT TO lantern_app USING ({reading})")
        if writing is not None:
            _let_write(table, writing)
    for table, rights in WORKER.items():
        op.execute(f"GRANT {rights} ON {table} TO lantern_worker")
        op.execute(f"CREATE POLICY worker ON {table} TO lantern_worker USING (true) WITH CHECK (true)")


def downgrade() -> None:
    for table in POLICIES:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        for policy in ("owner", "seen", "added", "changed", "removed", "worker"):
            op.execute(f"DROP POLICY IF EXISTS {policy} ON {table}")
        op.execute(f"REVOKE ALL ON {table} FROM lantern_app, lantern_worker")
    op.execute(
        "DROP FUNCTION feedback_about_me, feedback_tally, set_contributions_hidden, release_contributions,"
        " expire_lapsed, expire_lapsed_at, end_lapsed, end_links, retract_all_of, set_participant_hidden,"
        " set_signal_hidden, erase_unheld_signals, erase_unheld, claim_signals, feed_head, client_by_id, hold_viewer,"
        " actor_of, my_cases, still_sees"
    )
    op.execute(
        "DROP FUNCTION viewer_id, viewer_client, viewer_groups, viewer_moment, viewer_sees_others, viewer_is_operator"
    )


def _let_write(table: str, writing: str) -> None:
    op.execute(f"GRANT INSERT ON {table} TO lantern_app")
    op.execute(f"CREATE POLICY added ON {table} FOR INSERT TO lantern_app WITH CHECK ({writing})")
    if table in UPDATABLE:
        changing = CHANGING.get(table, writing)
        op.execute(f"GRANT UPDATE{CHANGING_COLUMNS.get(table, '')} ON {table} TO lantern_app")
        op.execute(
            f"CREATE POLICY changed ON {table} FOR UPDATE TO lantern_app USING ({changing}) WITH CHECK ({changing})"
        )
    if table in DELETABLE:
        op.execute(f"GRANT DELETE ON {table} TO lantern_app")
        op.execute(f"CREATE POLICY removed ON {table} FOR DELETE TO lantern_app USING ({REMOVING.get(table, writing)})")


def _statements(text: str) -> list[str]:
    """One statement at a time, as the driver prepares each; a function's body ends with `$$;`."""
    separator = "$$;" if "$$" in text else ";"
    return [part + separator for part in text.split(separator) if part.strip()]
