"""The SQL of revision 0003: which keys are in use, and how rows come to newer ones, beyond row-level security."""

from collections.abc import Mapping

from app.migrations.walls.definers import BY_INDEX, PATH, REFUSAL

# What is sealed, and the column whose id it is bound to.
SEALED = {
    "signal.sealed_value": "id",
    "contribution.sealed_context": "id",
    "feedback.sealed_reviewer_role": "id",
    "feedback.sealed_policy_reference": "id",
    "feedback.sealed_note": "id",
    "feedback_version.sealed_reviewer_role": "feedback_id",
    "feedback_version.sealed_policy_reference": "feedback_id",
    "feedback_version.sealed_note": "feedback_id",
    "shared_case.sealed_title": "id",
    "shared_case.sealed_summary": "id",
    "case_note.sealed_text": "id",
    "access_record.sealed_purpose_text": "id",
    "match_key.sealed_key": "id",
}

# Any number that nothing else locks. Uploads share it until they commit, and so does the job for each batch: a change
# of the version of new tags waits for them, and they for it, so that two versions are never written at a time.
TAGS_LOCK = 7_310_002

CHANGED = "RAISE EXCEPTION 'other keys are in use' USING ERRCODE = 'serialization_failure'"
CODE = "(s.tag_key_version::int << 16 | s.normaliser_version)"
NOBODYS = "'00000000-0000-0000-0000-000000000000'::uuid"


def sealed_owner(places: Mapping[str, str]) -> str:
    """The function that knows these places; in place of an earlier one, if there is one."""
    return f"""
-- The column by whose id a place is sealed, or null for anything but the places that the job is for.
CREATE OR REPLACE FUNCTION sealed_owner(work text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE work WHEN 'signal.tag' THEN 'id'
        {" ".join(f"WHEN '{work}' THEN '{owner}'" for work, owner in places.items())} END
$$"""


FUNCTIONS = (
    f"""
-- Makes the announced version the one of new tags. It waits for uploads under way, and new ones for it. For the owner:
-- no role may call it.
CREATE FUNCTION use_announced_tags() RETURNS void LANGUAGE plpgsql VOLATILE {PATH} AS $$
BEGIN
    PERFORM pg_advisory_xact_lock({TAGS_LOCK});
    UPDATE key_use SET tag_versions = array_prepend(announced, array_remove(tag_versions, announced)),
        announced = NULL, epoch = epoch + 1
    WHERE announced IS NOT NULL;
END $$""",
    f"""
-- How many of these keys are not those that the exchange has under their names. Whoever takes up new keys asks it: with
-- another key of the same version, values would be taken for new ones. The checks themselves are the owner's.
CREATE FUNCTION unlike_keys(purposes text[], versions int[], digests bytea[]) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER {PATH} AS $$
    SELECT count(*) FROM unnest(purposes, versions, digests) AS u(purpose, version, digest)
    JOIN key_check k ON k.purpose = u.purpose AND k.version = u.version WHERE k.digest <> u.digest
$$""",
    f"""
-- Keeps the version of new tags as it is until the commit, and says which it is. Whoever uploads must know the tags of
-- all versions that signals may have, or it would take a value that is there for a new one.
CREATE FUNCTION hold_tags(known int[]) RETURNS int LANGUAGE plpgsql VOLATILE SECURITY DEFINER {PATH} AS $$
DECLARE
    used int[];
BEGIN
    IF viewer_id() IS NULL THEN
        {REFUSAL};
    END IF;
    PERFORM pg_advisory_xact_lock_shared({TAGS_LOCK});
    used := (SELECT tag_versions FROM key_use);
    IF used IS NULL THEN
        RETURN known[1];
    END IF;
    IF NOT used <@ known THEN
        {CHANGED};
    END IF;
    RETURN used[1];
END $$""",
    f"""
-- Which of these tags signals have, locked until the commit, so that nobody moves them to newer ones meanwhile. Whoever
-- calls this knows the values, as tags need the key.
CREATE FUNCTION held_tags(types text[], tags bytea[]) RETURNS SETOF bytea
LANGUAGE plpgsql VOLATILE SECURITY DEFINER {PATH} {BY_INDEX} AS $$
BEGIN
    IF viewer_id() IS NULL THEN
        {REFUSAL};
    END IF;
    RETURN QUERY SELECT s.tag FROM unnest(types, tags) AS u(type, tag)
        JOIN signal s ON s.type = u.type AND s.tag = u.tag ORDER BY s.type, s.tag FOR NO KEY UPDATE OF s;
END $$""",
    f"""
-- Where the next rows of a job end, by id; null after the last. The job cannot see the rows.
CREATE FUNCTION rekeying_until(work text, after uuid, width int) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER {PATH} AS $$
DECLARE
    until uuid;
BEGIN
    EXECUTE format('SELECT id FROM (SELECT %1$I AS id FROM %2$I WHERE %1$I > $1 ORDER BY 1 LIMIT $2)'
        ' ORDER BY id DESC LIMIT 1', sealed_owner(work), split_part(work, '.', 1))
    INTO until USING coalesce(after, {NOBODYS}), width;
    RETURN until;
END $$""",
    f"""
-- The signals in between whose tags are not of the version in use, for the job that has the keys.
CREATE FUNCTION signals_behind(after uuid, until uuid)
RETURNS TABLE (id uuid, type text, qualifier text, tag bytea, sealed_value bytea, normaliser smallint)
LANGUAGE sql STABLE SECURITY DEFINER {PATH} {BY_INDEX} AS $$
    SELECT s.id, s.type, s.qualifier, s.tag, s.sealed_value, s.normaliser_version FROM signal s
    WHERE s.id > coalesce(after, {NOBODYS}) AND s.id <= until AND {CODE} <> (SELECT tag_versions[1] FROM key_use)
$$""",
    f"""
-- Gives signals their tags and match keys of the version in use, with their value where its form changed. It tells
-- those that are done, and those that equal another signal under the new form, which stay as they are. What an upload
-- holds is passed over, as it may not be waited for: uploads lock in another order.
CREATE FUNCTION retag_signals(version int, sealed_by smallint, ids uuid[], old bytea[], tags bytea[], qualifiers text[],
    sealed bytea[], key_ids uuid[], key_tags bytea[])
RETURNS TABLE (id uuid, equals uuid) LANGUAGE plpgsql VOLATILE SECURITY DEFINER {PATH} {BY_INDEX} AS $$
#variable_conflict use_column
DECLARE
    held uuid[];
    moved uuid[];
BEGIN
    PERFORM pg_advisory_xact_lock_shared({TAGS_LOCK});
    IF version IS DISTINCT FROM (SELECT tag_versions[1] FROM key_use) THEN
        {CHANGED};
    END IF;
    held := ARRAY(SELECT s.id FROM unnest(ids, old) AS u(id, tag) JOIN signal s ON s.id = u.id AND s.tag = u.tag
        ORDER BY s.type, s.tag FOR UPDATE OF s SKIP LOCKED);
    WITH done AS (
        UPDATE signal s SET tag = u.tag, qualifier = u.qualifier, tag_key_version = version >> 16,
            normaliser_version = version & 65535, sealed_value = coalesce(u.sealed, s.sealed_value),
            key_version = CASE WHEN u.sealed IS NULL THEN s.key_version ELSE sealed_by END
        FROM unnest(ids, tags, qualifiers, sealed) AS u(id, tag, qualifier, sealed)
        WHERE s.id = u.id AND s.id = ANY (held)
            AND NOT EXISTS (SELECT FROM signal o WHERE o.type = s.type AND o.tag = u.tag AND o.id <> s.id)
        RETURNING s.id
    )
    SELECT array_agg(done.id) INTO moved FROM done;
    DELETE FROM signal_match_key WHERE signal_id = ANY (moved);
    INSERT INTO signal_match_key (signal_id, tag)
        SELECT k.id, k.tag FROM unnest(key_ids, key_tags) AS k(id, tag) WHERE k.id = ANY (moved)
        ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT u.id, NULL::uuid FROM unnest(moved) AS u(id)
        UNION ALL SELECT s.id, o.id FROM unnest(ids, tags) AS u(id, tag)
            JOIN signal s ON s.id = u.id AND s.id = ANY (held)
            JOIN signal o ON o.type = s.type AND o.tag = u.tag AND o.id <> s.id;
END $$""",
    f"""
-- Says how many signals have other tags than those in use; if none has, look-ups stop to try them. Nobody can write
-- others any more, so what was counted stays true.
CREATE FUNCTION finish_retagging() RETURNS bigint LANGUAGE plpgsql VOLATILE SECURITY DEFINER {PATH} AS $$
DECLARE
    used int := (SELECT tag_versions[1] FROM key_use);
    behind bigint := (SELECT count(*) FROM signal s WHERE {CODE} <> used);
BEGIN
    IF behind = 0 THEN
        UPDATE key_use SET tag_versions = ARRAY[used], epoch = epoch + 1
            WHERE tag_versions[1] = used AND cardinality(tag_versions) > 1;
    END IF;
    RETURN behind;
END $$""",
    sealed_owner(SEALED),
    f"""
-- What is sealed in between under another key than the one in use, for the job that has the keys.
CREATE FUNCTION sealed_behind(work text, after uuid, until uuid) RETURNS TABLE (owner uuid, sealed bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER {PATH} {BY_INDEX} AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT %1$I, %2$I FROM %3$I WHERE %1$I > $1 AND %1$I <= $2'
        ' AND substr(%2$I, 1, 2) <> (SELECT int2send(encryption) FROM key_use)',
        sealed_owner(work), split_part(work, '.', 2), split_part(work, '.', 1))
    USING coalesce(after, {NOBODYS}), until;
END $$""",
    f"""
-- Puts the same texts, sealed anew, in place of what still stands there; says of how many. What somebody holds is
-- passed over.
CREATE FUNCTION reseal(work text, sealed_by smallint, owners uuid[], old bytea[], new bytea[]) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER {PATH} {BY_INDEX} AS $$
DECLARE
    subject text := split_part(work, '.', 1);
    held uuid[];
    done bigint;
BEGIN
    EXECUTE format('SELECT array_agg(id) FROM (SELECT %1$I AS id FROM %2$I WHERE %1$I = ANY ($1)'
        ' FOR NO KEY UPDATE SKIP LOCKED)', sealed_owner(work), subject)
    INTO held USING owners;
    EXECUTE format('UPDATE %3$I t SET %2$I = u.new%4$s FROM unnest($1, $2, $3) AS u(owner, old, new)'
        ' WHERE t.%1$I = u.owner AND t.%1$I = ANY ($4) AND t.%2$I = u.old',
        sealed_owner(work), split_part(work, '.', 2), subject,
        CASE work WHEN 'signal.sealed_value' THEN ', key_version = $5' ELSE '' END)
    USING owners, old, new, held, sealed_by;
    GET DIAGNOSTICS done = ROW_COUNT;
    RETURN done;
END $$""",
)

NAMES = (
    "use_announced_tags", "unlike_keys", "hold_tags", "held_tags", "rekeying_until", "signals_behind", "retag_signals",
    "finish_retagging", "sealed_owner", "sealed_behind", "reseal",
)  # fmt: skip
FOR_SERVING = ("unlike_keys", "hold_tags", "held_tags")
FOR_WORKER = (
    "unlike_keys",
    "rekeying_until",
    "signals_behind",
    "retag_signals",
    "finish_retagging",
    "sealed_behind",
    "reseal",
)

# Which keys are in use is read with every look-up, and by the job.
GRANTS = (
    "GRANT SELECT ON key_use TO lantern_app, lantern_worker",
    "CREATE POLICY seen ON key_use FOR SELECT TO lantern_app USING ((SELECT viewer_id()) IS NOT NULL)",
    "CREATE POLICY worker ON key_use FOR SELECT TO lantern_worker USING (true)",
    "GRANT SELECT, INSERT, UPDATE ON rekeying TO lantern_worker",
    "CREATE POLICY worker ON rekeying TO lantern_worker USING (true) WITH CHECK (true)",
)

# An exchange that was set up before: the newest keys of each kind are in use, and look-ups try what signals have.
IN_USE_ALREADY = """
INSERT INTO key_use (one, epoch, encryption, tag_versions)
SELECT true, 1, k.encryption, array_prepend(k.tag << 16 | 1, ARRAY(
    SELECT DISTINCT s.tag_key_version::int << 16 | s.normaliser_version FROM signal s
    WHERE s.tag_key_version <> k.tag))
FROM (SELECT max(version) FILTER (WHERE purpose = 'encryption') AS encryption,
    max(version) FILTER (WHERE purpose = 'tag') AS tag FROM key_check) k
WHERE k.tag IS NOT NULL
"""
