"""How feedback is kept: several statements as one, under the rights of whoever calls."""

from app.migrations.walls.definers import BY_INDEX

# The columns of a finding and its row that a later one replaces, by the parameters that they come in.
_SAID = {
    "verdict": "verdicts text[]",
    "reason": "reasons text[]",
    "review_status": "review_statuses text[]",
    "reviewed_at": "review_times timestamptz[]",
    "sealed_reviewer_role": "roles bytea[]",
    "sealed_policy_reference": "policies bytea[]",
    "sealed_note": "notes bytea[]",
    "actions": "all_actions text[]",
}
_NAMES = ", ".join(_SAID)
_GIVEN = ", ".join("u.actions::jsonb" if name == "actions" else f"u.{name}" for name in _SAID)
_ARRAYS = ", ".join(parameter.split()[0] for parameter in _SAID.values())
_REPLACED = ", ".join(f"{name} = excluded.{name}" for name in ("version", "updated_at", *_SAID))

RECORDING = f"""
-- Keeps the viewer's findings, each with its history, what it refers to, and what the feed tells of it. False, and
-- nothing kept, if another call of the viewer's kept one of them first: the caller decides anew then. Row-level
-- security judges each row, as this runs under the rights of its caller; the feed's entries come last, when what they
-- are judged by is there. `places` says for each reference to which of the findings it belongs.
CREATE FUNCTION keep_feedback(author uuid, moment timestamptz, told_to interval,
    ids uuid[], signals uuid[], types text[], versions int[], first_said timestamptz[],
    {", ".join(_SAID.values())},
    places int[], contribution_ids uuid[], contribution_versions int[], contributors uuid[],
    sights smallint[], program_wide boolean[], groups text[])
RETURNS boolean LANGUAGE plpgsql VOLATILE {BY_INDEX} AS $$
#variable_conflict use_column
DECLARE
    kept bigint;
BEGIN
    INSERT INTO feedback (id, author_id, signal_id, signal_type, version, created_at, updated_at, {_NAMES})
    SELECT u.id, author, u.signal_id, u.signal_type, u.version, u.created_at, moment, {_GIVEN}
    FROM unnest(ids, signals, types, versions, first_said, {_ARRAYS})
        AS u(id, signal_id, signal_type, version, created_at, {_NAMES})
    ON CONFLICT (signal_id, author_id) DO UPDATE SET {_REPLACED} WHERE feedback.version = excluded.version - 1;
    GET DIAGNOSTICS kept = ROW_COUNT;
    IF kept <> cardinality(ids) THEN
        RAISE EXCEPTION 'recorded meanwhile' USING ERRCODE = 'LT001';
    END IF;
    INSERT INTO feedback_version (feedback_id, version, author_id, recorded_at, {_NAMES})
    SELECT u.id, u.version, author, moment, {_GIVEN}
    FROM unnest(ids, versions, {_ARRAYS}) AS u(id, version, {_NAMES});
    IF 1 < ANY (versions) THEN
        DELETE FROM feedback_reference WHERE feedback_id = ANY (ids);
    END IF;
    INSERT INTO feedback_reference (feedback_id, contribution_id, contribution_version, contributor_id, author_id,
        verdict, signal_type, updated_at)
    SELECT ids[u.place], u.contribution_id, u.version, u.contributor_id, author, verdicts[u.place], types[u.place],
        date_bin(told_to, moment, TIMESTAMPTZ 'epoch')
    FROM unnest(places, contribution_ids, contribution_versions, contributors)
        AS u(place, contribution_id, version, contributor_id);
    INSERT INTO inbox (id, kind, signal_id, owner_id, sight_before, program_before, groups_before,
        sight_after, program_after, groups_after, at)
    SELECT gen_random_uuid(), 'FEEDBACK', signals[u.place], u.owner_id, u.sight, u.wide, u.groups::uuid[],
        u.sight, u.wide, u.groups::uuid[], moment
    FROM unnest(places, contributors, sights, program_wide, groups) AS u(place, owner_id, sight, wide, groups);
    RETURN true;
EXCEPTION WHEN SQLSTATE 'LT001' THEN
    RETURN false;
END $$;
"""
