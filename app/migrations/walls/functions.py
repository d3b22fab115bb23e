"""Functions that look beyond row-level security, each of which says why it must."""

from app.migrations.walls.sight import IN_SIGHT, LIVE

# A change to contributions that tells the feed who could see each before and after (R17).
SIGHT = """CASE WHEN {v}.shared THEN 1 WHEN {v}.status IN ('ACTIVE', 'QUARANTINED') THEN 2 ELSE 0 END"""
ANNOUNCED = f"""WITH changed AS (
        UPDATE contribution {{change}}
        RETURNING new.signal_id, new.participant_id,
            {SIGHT.format(v="old")} AS sight_before, old.program_wide AS program_before,
            old.audience_groups AS groups_before,
            {SIGHT.format(v="new")} AS sight_after, new.program_wide AS program_after,
            new.audience_groups AS groups_after
    )
    INSERT INTO inbox (id, kind, signal_id, owner_id, sight_before, program_before, groups_before,
        sight_after, program_after, groups_after, at)
    SELECT gen_random_uuid(), 'CONTRIBUTION', signal_id, participant_id, sight_before, program_before, groups_before,
        sight_after, program_after, groups_after, moment
    FROM changed"""

# A function keeps the plan that it made first, perhaps when the tables were empty: it must not be to read them whole.
BY_INDEX = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"

# Each function below runs as the owner, beyond row-level security, and says why it must.
DEFINERS = f"""
-- A participant's cases: a policy on the members cannot ask the members themselves.
CREATE FUNCTION my_cases() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT case_id FROM case_member WHERE participant_id = viewer_id() AND viewer_sees_others()
$$;

-- Who stands behind a token, before there is a viewer.
CREATE FUNCTION actor_of(client uuid, token text, OUT participant_id uuid, OUT participant_class text,
    OUT status text, OUT scopes text[], OUT groups uuid[], OUT feed_epoch int)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
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
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT p.id, p.participant_class, k.scopes, k.secret_digest
    FROM api_client k JOIN participant p ON p.id = k.participant_id
    WHERE k.id = client AND k.disabled_at IS NULL
$$;

-- How far the feed has come: a reader that has caught up goes on from here, past what it may not see.
CREATE FUNCTION feed_head() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT coalesce(max(position), 0) FROM feed
$$;

-- The ids of values, made where nobody shares them yet. The uploader must get the id of a signal that it cannot see
-- (R3): whoever calls this knows the values, as tags need the key. The lock holds off erasure until the commit, and
-- the order of the rows keeps two batches from waiting for each other.
CREATE FUNCTION claim_signals(ids uuid[], types text[], qualifiers text[], tags bytea[], sealed bytea[],
    key_versions smallint[], tag_version smallint, normaliser smallint, moment timestamptz)
RETURNS TABLE (ordinal bigint, signal_id uuid, is_new boolean, is_hidden boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public {BY_INDEX} AS $$
#variable_conflict use_column
DECLARE
    found_rows bigint;
BEGIN
    INSERT INTO signal (id, type, qualifier, tag, tag_key_version, normaliser_version, sealed_value, key_version,
        hidden, created_at)
    SELECT u.id, u.type, u.qualifier, u.tag, tag_version, normaliser, u.sealed, u.key_version, false, moment
    FROM unnest(ids, types, qualifiers, tags, sealed, key_versions) AS u(id, type, qualifier, tag, sealed, key_version)
    ORDER BY u.type, u.tag
    ON CONFLICT (type, tag) DO NOTHING;
    RETURN QUERY
    SELECT u.n, s.id, s.id = u.id, s.hidden
    FROM unnest(ids, types, tags) WITH ORDINALITY AS u(id, type, tag, n)
    JOIN signal s ON s.type = u.type AND s.tag = u.tag
    ORDER BY s.type, s.tag
    FOR NO KEY UPDATE OF s;
    GET DIAGNOSTICS found_rows = ROW_COUNT;
    IF found_rows <> cardinality(ids) THEN
        -- One was erased between the two statements: the caller starts its transaction again.
        RAISE EXCEPTION 'a signal was erased meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
END $$;

-- Takes away what nobody contributes any more (R15); the caller may not see the last other contributor.
CREATE FUNCTION erase_unheld_signals(candidates uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public {BY_INDEX} AS $$
DECLARE
    gone uuid[];
BEGIN
    PERFORM FROM signal WHERE id = ANY (candidates) ORDER BY type, tag FOR UPDATE;
    gone := ARRAY(
        SELECT s.id FROM signal s WHERE s.id = ANY (candidates)
            AND NOT EXISTS (SELECT FROM contribution c
                WHERE c.signal_id = s.id AND c.status IN ('ACTIVE', 'QUARANTINED')));
    DELETE FROM signal_match_key WHERE signal_id = ANY (gone);
    DELETE FROM pdq_band WHERE signal_id = ANY (gone);
    DELETE FROM signal WHERE id = ANY (gone);
END $$;

-- Ends the links of a participant at signals that it contributes no longer (R5). The policy hides a link as soon as one
-- end is gone, so the serving role could not delete it then. The locks, in the order of ids, wait for links that are
-- being asserted just now.
CREATE FUNCTION end_links(subject uuid, signals uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public {BY_INDEX} AS $$
BEGIN
    IF subject IS DISTINCT FROM viewer_id() AND session_user <> 'lantern_worker' THEN
        RAISE EXCEPTION 'not for this viewer' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM FROM contribution WHERE participant_id = subject AND signal_id = ANY (signals)
        AND status IN ('ACTIVE', 'QUARANTINED') ORDER BY id FOR NO KEY UPDATE;
    DELETE FROM signal_link WHERE participant_id = subject AND (a_id = ANY (signals) OR b_id = ANY (signals));
END $$;

-- Ends contributions whose time is over, the oldest first, or those to the given values, with their links and what
-- nobody else holds; says how many. An upload calls it so that a lapsed contribution is not revived (R15, R16).
CREATE FUNCTION expire_lapsed(only_tags bytea[], moment timestamptz, at_most int) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public {BY_INDEX} AS $$
DECLARE
    lapsed uuid[];
    held uuid[];
BEGIN
    IF only_tags IS NULL THEN
        lapsed := ARRAY(SELECT id FROM contribution
            WHERE status IN ('ACTIVE', 'QUARANTINED') AND expires_at <= moment
            ORDER BY expires_at LIMIT at_most FOR UPDATE SKIP LOCKED);
    ELSE
        lapsed := ARRAY(SELECT c.id FROM signal s JOIN contribution c ON c.signal_id = s.id
            WHERE s.tag = ANY (only_tags) AND c.status IN ('ACTIVE', 'QUARANTINED') AND c.expires_at <= moment
            ORDER BY c.id LIMIT at_most FOR UPDATE OF c);
    END IF;
    IF cardinality(lapsed) = 0 THEN
        RETURN 0;
    END IF;
    held := ARRAY(SELECT signal_id FROM contribution WHERE id = ANY (lapsed));
    DELETE FROM signal_link l USING contribution c
        WHERE c.id = ANY (lapsed) AND l.participant_id = c.participant_id 
            AND (l.a_id = c.signal_id OR l.b_id = c.signal_id);
    {
    ANNOUNCED.format(
        change="SET status = 'EXPIRED', ended_at = moment, updated_at = moment, sealed_context = NULL"
        " WHERE id = ANY (lapsed)"
    )
};
    PERFORM erase_unheld_signals(held);
    RETURN cardinality(lapsed);
END $$;

-- Hides a whole signal, or shows it again, whoever contributed it out of the caller's sight (R11). Its contributors go
-- on reading when their contributions last changed, and would read there at which moment a report came in (R8).
CREATE FUNCTION set_signal_hidden(subject uuid, value boolean, moment timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NOT viewer_is_operator() AND NOT (value AND EXISTS (
        SELECT FROM victim_report r
        WHERE r.signal_id = subject AND r.author_id = viewer_id() AND r.state = 'HIDDEN'))
    THEN
        RAISE EXCEPTION 'not for this viewer' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE signal SET hidden = value WHERE id = subject;
    {
    ANNOUNCED.format(
        change="SET signal_hidden = value WHERE signal_id = subject"
        " AND status IN ('ACTIVE', 'QUARANTINED') AND signal_hidden <> value"
    )
};
END $$;

-- Hides all that a participant contributed, or shows it again; the operator does not see all of it.
CREATE FUNCTION set_participant_hidden(subject uuid, value boolean, moment timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NOT viewer_is_operator() THEN
        RAISE EXCEPTION 'not for this viewer' USING ERRCODE = 'insufficient_privilege';
    END IF;
    {
    ANNOUNCED.format(
        change="SET hidden = value, updated_at = moment WHERE participant_id = subject"
        " AND status IN ('ACTIVE', 'QUARANTINED') AND hidden <> value"
    )
};
END $$;

-- Releases contributions from quarantine, or hides them or shows them again. The operator may lose sight of what it
-- decides about, which a policy would refuse.
CREATE FUNCTION release_contributions(subjects uuid[], moment timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NOT viewer_is_operator() THEN
        RAISE EXCEPTION 'not for this viewer' USING ERRCODE = 'insufficient_privilege';
    END IF;
    {
    ANNOUNCED.format(
        change="SET status = 'ACTIVE', updated_at = moment WHERE id = ANY (subjects) AND status = 'QUARANTINED'"
    )
};
END $$;

CREATE FUNCTION set_contributions_hidden(subjects uuid[], value boolean, moment timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NOT viewer_is_operator() THEN
        RAISE EXCEPTION 'not for this viewer' USING ERRCODE = 'insufficient_privilege';
    END IF;
    {
    ANNOUNCED.format(
        change="SET hidden = value, updated_at = moment WHERE id = ANY (subjects)"
        " AND status IN ('ACTIVE', 'QUARANTINED') AND hidden <> value"
    )
};
END $$;

-- Retracts all that a participant contributed when it leaves (R4), with its links and what nobody else holds.
CREATE FUNCTION retract_all_of(subject uuid, moment timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
DECLARE
    held uuid[];
BEGIN
    IF NOT viewer_is_operator() THEN
        RAISE EXCEPTION 'not for this viewer' USING ERRCODE = 'insufficient_privilege';
    END IF;
    held := ARRAY(SELECT signal_id FROM contribution
        WHERE participant_id = subject AND status IN ('ACTIVE', 'QUARANTINED'));
    {
    ANNOUNCED.format(
        change="SET status = 'RETRACTED', retraction_reason = 'PARTICIPANT_EXIT', ended_at = moment,"
        " updated_at = moment, sealed_context = NULL WHERE participant_id = subject"
        " AND status IN ('ACTIVE', 'QUARANTINED')"
    )
};
    DELETE FROM signal_link WHERE participant_id = subject;
    PERFORM erase_unheld_signals(held);
END $$;

-- The aggregate that everybody may see who sees a contribution that the feedback refers to (R8, R9). A denial over
-- labels is left out once the labels changed (R7).
CREATE FUNCTION feedback_tally(signals uuid[], OUT signal_id uuid, OUT verdict text, OUT participants bigint)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
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
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
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
