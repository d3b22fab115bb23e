"""What the functions beyond row-level security have in common."""

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
    SELECT gen_random_uuid(), '{{kind}}', signal_id, participant_id, sight_before, program_before, groups_before,
        sight_after, program_after, groups_after, moment
    FROM changed"""

# Temporary tables last: found first, one of the caller's could stand in for ours.
PATH = "SET search_path = public, pg_temp"

REFUSAL = "RAISE EXCEPTION 'not for this viewer' USING ERRCODE = 'insufficient_privilege'"

# A function keeps the plan that it made first, perhaps when the tables were empty: it must not be to read them whole.
BY_INDEX = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
