"""The viewer of a transaction, and what is in its sight."""

# The viewer of this transaction, said by `set_config(…, true)`; without it there is nobody, and nobody sees a row.
VIEWER = """
CREATE FUNCTION viewer_id() RETURNS uuid LANGUAGE sql STABLE
    RETURN NULLIF(current_setting('lantern.participant', true), '')::uuid;
CREATE FUNCTION viewer_client() RETURNS uuid LANGUAGE sql STABLE
    RETURN NULLIF(current_setting('lantern.client', true), '')::uuid;
CREATE FUNCTION viewer_groups() RETURNS uuid[] LANGUAGE sql STABLE
    RETURN COALESCE(NULLIF(current_setting('lantern.groups', true), '')::uuid[], ARRAY[]::uuid[]);
CREATE FUNCTION viewer_moment() RETURNS timestamptz LANGUAGE sql STABLE
    RETURN NULLIF(current_setting('lantern.as_of', true), '')::timestamptz;
CREATE FUNCTION viewer_sees_others() RETURNS boolean LANGUAGE sql STABLE
    RETURN COALESCE(current_setting('lantern.sight', true), '') IN ('OTHERS', 'OPERATOR');
CREATE FUNCTION viewer_is_operator() RETURNS boolean LANGUAGE sql STABLE
    RETURN COALESCE(current_setting('lantern.sight', true), '') = 'OPERATOR';
"""

# What others may see of a contribution. The sub-selects run once for a statement, not once for a row.
IN_SIGHT = """(
    {c}.expires_at > (SELECT viewer_moment())
    AND (
        {c}.shared AND (SELECT viewer_sees_others())
            AND ({c}.program_wide OR {c}.audience_groups && (SELECT viewer_groups()))
        OR (SELECT viewer_is_operator())
            AND ({c}.status = 'QUARANTINED' OR {c}.status = 'ACTIVE' AND ({c}.hidden OR {c}.signal_hidden))
    )
)"""

LIVE = """{c}.status IN ('ACTIVE', 'QUARANTINED') AND {c}.expires_at > (SELECT viewer_moment())"""

# For checks of what is written about a signal that was seen a moment ago: where it went out of sight in between, the
# transaction is started again, and then finds nothing (R3).
STILL_SEES = """
CREATE FUNCTION still_sees(subject uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM signal WHERE id = subject) THEN
        RAISE EXCEPTION 'a signal went out of sight' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN true;
END $$;
"""
