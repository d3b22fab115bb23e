"""Functions that write beyond row-level security, each of which says why it must. They run as the owner."""

from app.migrations.walls.definers import ANNOUNCED, BY_INDEX, PATH, REFUSAL
from app.migrations.walls.erasing import WITH_BANDS

ACTING = f"""
-- The ids of values, made where nobody shares them yet. The uploader must get the id of a signal that it cannot see
-- (R3): whoever calls this knows the values, as tags need the key. The lock holds off erasure until the commit, and
-- the order of the rows keeps two batches from waiting for each other.
CREATE FUNCTION claim_signals(ids uuid[], types text[], qualifiers text[], tags bytea[], sealed bytea[],
    key_versions smallint[], tag_version smallint, normaliser smallint, moment timestamptz)
RETURNS TABLE (ordinal bigint, signal_id uuid, is_hidden boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER {PATH} {BY_INDEX} AS $$
#variable_conflict use_column
DECLARE
    found_rows bigint;
BEGIN
    IF viewer_id() IS NULL THEN
        {REFUSAL};
    END IF;
    INSERT INTO signal (id, type, qualifier, tag, tag_key_version, normaliser_version, sealed_value, key_version,
        hidden, created_at)
    SELECT u.id, u.type, u.qualifier, u.tag, tag_version, normaliser, u.sealed, u.key_version, false, moment
    FROM unnest(ids, types, qualifiers, tags, sealed, key_versions) AS u(id, type, qualifier, tag, sealed, key_version)
    ORDER BY u.type, u.tag
    ON CONFLICT (type, tag) DO NOTHING;
    RETURN QUERY
    SELECT u.n, s.id, s.hidden
    FROM unnest(types, tags) WITH ORDINALITY AS u(type, tag, n)
    JOIN signal s ON s.type = u.type AND s.tag = u.tag
    ORDER BY s.type, s.tag
    FOR NO KEY UPDATE OF s;
    GET DIAGNOSTICS found_rows = ROW_COUNT;
    IF found_rows <> cardinality(ids) THEN
        -- One was erased between the two statements: the caller starts its transaction again.
        RAISE EXCEPTION 'a signal was erased meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
END $$;

-- Takes away what nobody contributes any more (R15). For the functions below: no role may call it.
{WITH_BANDS}
-- The same for the serving role, which may not see the last other contributor.
CREATE FUNCTION erase_unheld_signals(candidates uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER {PATH} AS $$
BEGIN
    IF viewer_id() IS NULL THEN
        {REFUSAL};
    END IF;
    PERFORM erase_unheld(candidates);
END $$;

-- Ends the links of a participant at signals that it contributes no longer (R5). The policy hides a link as soon as one
-- end is gone, so the serving role could not delete it then. The locks, in the order of ids, wait for links that are
-- being asserted just now.
CREATE FUNCTION end_links(subject uuid, signals uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER {PATH} {BY_INDEX} AS $$
BEGIN
    IF subject IS DISTINCT FROM viewer_id() THEN
        {REFUSAL};
    END IF;
    PERFORM FROM contribution WHERE participant_id = subject AND signal_id = ANY (signals)
        AND status IN ('ACTIVE', 'QUARANTINED') ORDER BY id FOR NO KEY UPDATE;
    DELETE FROM signal_link WHERE participant_id = subject AND (a_id = ANY (signals) OR b_id = ANY (signals));
END $$;

-- Ends these contributions, with their links and what nobody else holds. For the two below: no role may call it.
CREATE FUNCTION end_lapsed(lapsed uuid[], moment timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE {PATH} {BY_INDEX} AS $$
DECLARE
    held uuid[];
BEGIN
    IF cardinality(lapsed) = 0 THEN
        RETURN;
    END IF;
    held := ARRAY(SELECT signal_id FROM contribution WHERE id = ANY (lapsed));
    DELETE FROM signal_link l USING contribution c
        WHERE c.id = ANY (lapsed) AND l.participant_id = c.participant_id
            AND (l.a_id = c.signal_id OR l.b_id = c.signal_id);
    {
    ANNOUNCED.format(
        kind="CONTRIBUTION",
        change="SET status = 'EXPIRED', ended_at = moment, updated_at = moment, sealed_context = NULL"
        " WHERE id = ANY (lapsed)",
    )
};
    PERFORM erase_unheld(held);
END $$;

-- Ends contributions whose time is over, the oldest first; says how many. For the worker, which has no viewer.
CREATE FUNCTION expire_lapsed(moment timestamptz, at_most int) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER {PATH} {BY_INDEX} AS $$
DECLARE
    lapsed uuid[];
BEGIN
    lapsed := ARRAY(SELECT id FROM contribution
        WHERE status IN ('ACTIVE', 'QUARANTINED') AND expires_at <= moment
        ORDER BY expires_at LIMIT at_most FOR UPDATE SKIP LOCKED);
    PERFORM end_lapsed(lapsed, moment);
    RETURN cardinality(lapsed);
END $$;

-- Ends what lapsed at these values, so that an upload does not revive it (R15, R16): its own, and others' that it must
-- not know of, so it is not told whether there was any.
CREATE FUNCTION expire_lapsed_at(only_tags bytea[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER {PATH} {BY_INDEX} AS $$
DECLARE
    lapsed uuid[];
BEGIN
    IF viewer_id() IS NULL THEN
        {REFUSAL};
    END IF;
    lapsed := ARRAY(SELECT c.id FROM signal s JOIN contribution c ON c.signal_id = s.id
        WHERE s.tag = ANY (only_tags) AND c.status IN ('ACTIVE', 'QUARANTINED') AND c.expires_at <= viewer_moment()
        ORDER BY c.id LIMIT 100 * cardinality(only_tags) FOR UPDATE OF c);
    PERFORM end_lapsed(lapsed, viewer_moment());
END $$;

-- Hides a whole signal, or shows it again, whoever contributed it out of the caller's sight (R11). Each contributor
-- goes on seeing its own contribution, just as it was: it is not told, and nothing of that moves, or it would learn
-- that somebody out of its sight contributes and reported the same (R2, R3).
CREATE FUNCTION set_signal_hidden(subject uuid, value boolean, moment timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER {PATH} AS $$
BEGIN
    IF NOT viewer_is_operator() AND NOT (value AND EXISTS (
        SELECT FROM victim_report r
        WHERE r.signal_id = subject AND r.author_id = viewer_id() AND r.state = 'HIDDEN'))
    THEN
        {REFUSAL};
    END IF;
    UPDATE signal SET hidden = value WHERE id = subject;
    {
    ANNOUNCED.format(
        kind="HIDING",
        change="SET signal_hidden = value WHERE signal_id = subject"
        " AND status IN ('ACTIVE', 'QUARANTINED') AND signal_hidden <> value",
    )
};
END $$;

-- Hides all that a participant contributed, or shows it again; the operator does not see all of it.
CREATE FUNCTION set_participant_hidden(subject uuid, value boolean, moment timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER {PATH} AS $$
BEGIN
    IF NOT viewer_is_operator() THEN
        {REFUSAL};
    END IF;
    {
    ANNOUNCED.format(
        kind="CONTRIBUTION",
        change="SET hidden = value, updated_at = moment WHERE participant_id = subject"
        " AND status IN ('ACTIVE', 'QUARANTINED') AND hidden <> value",
    )
};
END $$;

-- Releases contributions from quarantine, or hides them or shows them again. The operator may lose sight of what it
-- decides about, which a policy would refuse.
CREATE FUNCTION release_contributions(subjects uuid[], moment timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER {PATH} AS $$
BEGIN
    IF NOT viewer_is_operator() THEN
        {REFUSAL};
    END IF;
    {
    ANNOUNCED.format(
        kind="CONTRIBUTION",
        change="SET status = 'ACTIVE', updated_at = moment WHERE id = ANY (subjects) AND status = 'QUARANTINED'",
    )
};
END $$;

CREATE FUNCTION set_contributions_hidden(subjects uuid[], value boolean, moment timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER {PATH} AS $$
BEGIN
    IF NOT viewer_is_operator() THEN
        {REFUSAL};
    END IF;
    {
    ANNOUNCED.format(
        kind="CONTRIBUTION",
        change="SET hidden = value, updated_at = moment WHERE id = ANY (subjects)"
        " AND status IN ('ACTIVE', 'QUARANTINED') AND hidden <> value",
    )
};
END $$;

-- Retracts all that a participant contributed when it leaves (R4), with its links and what nobody else holds.
CREATE FUNCTION retract_all_of(subject uuid, moment timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER {PATH} AS $$
DECLARE
    held uuid[];
BEGIN
    IF NOT viewer_is_operator() THEN
        {REFUSAL};
    END IF;
    held := ARRAY(SELECT signal_id FROM contribution
        WHERE participant_id = subject AND status IN ('ACTIVE', 'QUARANTINED'));
    {
    ANNOUNCED.format(
        kind="CONTRIBUTION",
        change="SET status = 'RETRACTED', retraction_reason = 'PARTICIPANT_EXIT', ended_at = moment,"
        " updated_at = moment, sealed_context = NULL WHERE participant_id = subject"
        " AND status IN ('ACTIVE', 'QUARANTINED')",
    )
};
    DELETE FROM signal_link WHERE participant_id = subject;
    PERFORM erase_unheld(held);
END $$;
"""
