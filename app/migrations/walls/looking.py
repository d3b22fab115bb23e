"""Functions that look beyond row-level security, each of which says why it must. They run as the owner."""

from app.migrations.walls.definers import PATH
from app.migrations.walls.sight import IN_SIGHT, LIVE

LOOKING = f"""
-- A participant's cases: a policy on the members cannot ask the members themselves.
CREATE FUNCTION my_cases() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER {PATH} AS $$
    SELECT case_id FROM case_member WHERE participant_id = viewer_id() AND viewer_sees_others()
$$;

-- Who stands behind a token, before there is a viewer.
CREATE FUNCTION actor_of(client uuid, token text, OUT participant_id uuid, OUT participant_class text,
    OUT status text, OUT scopes text[], OUT groups uuid[], OUT feed_epoch int)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER {PATH} AS $$
    SELECT p.id, p.participant_class, p.status, k.scopes,
        ARRAY(SELECT g.group_id FROM group_member g WHERE g.participant_id = p.id ORDER BY g.group_id),
        p.feed_epoch
    FROM api_client k JOIN participant p ON p.id = k.participant_id
    WHERE k.id = client AND k.disabled_at IS NULL
        AND NOT EXISTS (SELECT FROM revoked_token r WHERE r.token_id = token)
$$;

-- A client that shows its secret, before there is a viewer.
CREATE FUNCTION client_by_id(client uuid, OUT participant_id uuid, OUT participant_class text,
    OUT scopes text[], OUT secret_digest bytea)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER {PATH} AS $$
    SELECT p.id, p.participant_class, k.scopes, k.secret_digest
    FROM api_client k JOIN participant p ON p.id = k.participant_id
    WHERE k.id = client AND k.disabled_at IS NULL
$$;

-- Whether the viewer still is what it was when its token was read, and goes on being so until the transaction ends:
-- whoever changes its status or groups starts a new epoch, and waits for this lock. The row is not its own to lock.
CREATE FUNCTION hold_viewer(epoch int, standing text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM participant WHERE id = viewer_id() AND feed_epoch = epoch AND status = standing FOR SHARE;
    RETURN FOUND;
END $$;

-- How far the feed has come: a reader that has caught up goes on from here, past what it may not see.
CREATE FUNCTION feed_head() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER {PATH} AS $$
    SELECT CASE WHEN viewer_id() IS NOT NULL THEN (SELECT coalesce(max(position), 0) FROM feed) END
$$;

-- The aggregate that everybody may see who sees a contribution that the feedback refers to (R8, R9). A denial over
-- labels is left out once the labels changed (R7).
CREATE FUNCTION feedback_tally(signals uuid[], OUT signal_id uuid, OUT verdict text, OUT participants bigint)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER {PATH} AS $$
    SELECT f.signal_id, f.verdict, count(*)
    FROM feedback f
    WHERE f.signal_id = ANY (signals) AND viewer_sees_others() AND EXISTS (
        SELECT FROM feedback_reference r JOIN contribution c ON c.id = r.contribution_id
        WHERE r.feedback_id = f.id
            AND (f.reason IS DISTINCT FROM 'WRONG_LABEL' OR r.contribution_version >= c.labels_version)
            AND {LIVE.format(c="c")}
            AND (c.participant_id = viewer_id() OR {IN_SIGHT.format(c="c")}))
    GROUP BY f.signal_id, f.verdict
$$;

-- What came of the viewer's contributions: alike findings of one author together. The author is but a number, another
-- one in each call; its class is told apart from its row, which the viewer might not see or could recognise it by.
CREATE FUNCTION feedback_about_me(since timestamptz, until timestamptz, OUT reporter bigint, OUT reporter_class text,
    OUT signal_type text, OUT violations text[], OUT verdict text, OUT actions jsonb, OUT findings bigint)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER {PATH} AS $$
    WITH alike AS (
        SELECT r.author_id, r.signal_type, c.violations, r.verdict, f.actions, count(*) AS findings
        FROM feedback_reference r
        JOIN feedback f ON f.id = r.feedback_id
        LEFT JOIN contribution c ON c.id = r.contribution_id
        WHERE r.contributor_id = viewer_id() AND viewer_sees_others() AND r.updated_at >= since AND r.updated_at < until
        GROUP BY r.author_id, r.signal_type, c.violations, r.verdict, f.actions
    ), reporters AS (
        SELECT a.author_id, row_number() OVER (ORDER BY gen_random_uuid()) AS number
        FROM (SELECT DISTINCT author_id FROM alike) a
    )
    SELECT reporters.number, p.participant_class, alike.signal_type, COALESCE(alike.violations, ARRAY[]::text[]),
        alike.verdict, alike.actions, alike.findings
    FROM alike JOIN reporters USING (author_id) JOIN participant p ON p.id = alike.author_id
$$;
"""
