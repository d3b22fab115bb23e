"""The SQL of revision 0008: first feedback without a statement before it, and writing by whoever is remembered."""

from app.migrations.walls.definers import BY_INDEX, PATH

# What a finding says, as columns and their kinds in the database.
_SAID = {
    "verdict": "text",
    "reason": "text",
    "review_status": "text",
    "reviewed_at": "timestamptz",
    "sealed_reviewer_role": "bytea",
    "sealed_policy_reference": "bytea",
    "sealed_note": "bytea",
    "actions": "jsonb",
}
_NAMES = ", ".join(_SAID)
_OF_EACH = ", ".join(f"r.{name}" for name in _SAID)
_COLUMNS = ", ".join(f"{name} {kind}" for name, kind in _SAID.items())

# A finding with one of the contributions of others that its author sees; as one value, since a list of these takes the
# database far less time than a list for each column.
ROW = f"""
CREATE TYPE first_finding AS (id uuid, is_first boolean, signal_id uuid, signal_type text, contribution_id uuid,
    contribution_version int, contributor_id uuid, sight smallint, program_wide boolean, groups uuid[], {_COLUMNS})
"""

# Keeps the viewer's first findings on signals, each with its history, what it refers to, and what the feed tells of it.
# Rows come in the order of their signals; which is the first of its signal, they say. It fails with a unique violation
# if there is a finding already. Row-level security judges each row that is written, as this runs under the rights of
# its caller; the feed's entries come last, when what they are judged by is there.
KEEPING_FIRST = f"""
CREATE FUNCTION keep_first_feedback(author uuid, moment timestamptz, told_to interval, given first_finding[])
RETURNS boolean LANGUAGE plpgsql VOLATILE {BY_INDEX} AS $$
BEGIN
    WITH current AS (
        INSERT INTO feedback (id, author_id, signal_id, signal_type, version, created_at, updated_at, {_NAMES})
        SELECT r.id, author, r.signal_id, r.signal_type, 1, moment, moment, {_OF_EACH}
        FROM unnest(given) r WHERE r.is_first
    ), history AS (
        INSERT INTO feedback_version (feedback_id, version, author_id, recorded_at, {_NAMES})
        SELECT r.id, 1, author, moment, {_OF_EACH} FROM unnest(given) r WHERE r.is_first
    )
    INSERT INTO feedback_reference (feedback_id, contribution_id, contribution_version, contributor_id, author_id,
        verdict, signal_type, updated_at)
    SELECT r.id, r.contribution_id, r.contribution_version, r.contributor_id, author, r.verdict, r.signal_type,
        date_bin(told_to, moment, TIMESTAMPTZ 'epoch')
    FROM unnest(given) r;
    INSERT INTO inbox (id, kind, signal_id, owner_id, sight_before, program_before, groups_before,
        sight_after, program_after, groups_after, at)
    SELECT gen_random_uuid(), 'FEEDBACK', r.signal_id, r.contributor_id, r.sight, r.program_wide, r.groups,
        r.sight, r.program_wide, r.groups, moment
    FROM unnest(given) r;
    RETURN true;
END $$
"""

# Whether the viewer still is what was remembered of it. It sees what was committed until now, as it is asked when the
# viewer is held.
STANDING_STILL = """
CREATE FUNCTION viewer_stands(class text, standing text, epoch int, allowed text[], member_of uuid[])
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM viewer_standing
        WHERE participant_id = viewer_id() AND participant_class = class AND status = standing AND feed_epoch = epoch
            AND groups = member_of AND scopes @> allowed AND scopes <@ allowed);
END $$
"""

# As `hold_viewer`, and no as well where another transaction has the row: who would wait takes the general way, where it
# looks at what is there once it has waited, and holds up no reads.
HOLDING_AT_ONCE = f"""
CREATE FUNCTION hold_viewer_at_once(epoch int, standing text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
{PATH} AS $$
BEGIN
    PERFORM FROM participant WHERE id = viewer_id() AND feed_epoch = epoch AND status = standing
    FOR SHARE SKIP LOCKED;
    RETURN FOUND;
END $$
"""

STATEMENTS = (
    ROW,
    KEEPING_FIRST,
    "REVOKE ALL ON FUNCTION keep_first_feedback FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION keep_first_feedback TO lantern_app",
    HOLDING_AT_ONCE,
    "REVOKE ALL ON FUNCTION hold_viewer_at_once FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION hold_viewer_at_once TO lantern_app",
    STANDING_STILL,
    "REVOKE ALL ON FUNCTION viewer_stands FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION viewer_stands TO lantern_app",
)
