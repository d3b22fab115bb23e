"""The SQL of revision 0013: by which match tags a participant's own subgraph finds the signals that it sees (R14)."""

from app.migrations.walls.definers import BY_INDEX, PATH, REFUSAL
from app.migrations.walls.policies import OF_SEEN_SIGNAL, OWN

# What is kept of a tag tells nothing of a signal that went out of sight since.
SEEN = f"{OWN} AND {OF_SEEN_SIGNAL}"

FUNCTIONS = (
    f"""
-- Keeps what is needed to find these signals by the viewer's tags, where they are still there. The locks, in the order
-- in which erasure takes its own, hold that off until the commit: nothing is kept of what is gone (R15). The rows are
-- not the viewer's to lock.
CREATE FUNCTION keep_match_tags(of_epoch int, ids uuid[], prefixes bigint[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER {PATH} {BY_INDEX} AS $$
BEGIN
    IF viewer_id() IS NULL THEN
        {REFUSAL};
    END IF;
    PERFORM FROM signal WHERE id = ANY (ids) ORDER BY type, tag FOR KEY SHARE;
    INSERT INTO match_tag (participant_id, epoch, prefix, signal_id)
    SELECT viewer_id(), of_epoch, u.prefix, s.id
    FROM unnest(ids, prefixes) AS u(id, prefix) JOIN signal s ON s.id = u.id
    ON CONFLICT DO NOTHING;
END $$""",
    f"""
-- Forgets the viewer's tags under one of its keys, also of signals that went out of its sight, which it could not name.
CREATE FUNCTION forget_match_tags(of_epoch int) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER {PATH} AS $$
BEGIN
    IF viewer_id() IS NULL THEN
        {REFUSAL};
    END IF;
    DELETE FROM match_tag WHERE participant_id = viewer_id() AND epoch = of_epoch;
END $$""",
)
