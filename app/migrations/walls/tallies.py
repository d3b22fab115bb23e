"""The SQL of revision 0004: the sums of feedback as a view, which is part of the plan of whoever asks it."""

from app.migrations.walls.definers import PATH
from app.migrations.walls.sight import IN_SIGHT, LIVE

# Whether feedback refers to a contribution that the viewer sees. A denial over labels is left out once they changed.
_REFERS = f"""EXISTS (
        SELECT FROM feedback_reference r JOIN contribution c ON c.id = r.contribution_id
        WHERE r.feedback_id = f.id
            AND (f.reason IS DISTINCT FROM 'WRONG_LABEL' OR r.contribution_version >= c.labels_version)
            AND {LIVE.format(c="c")}
            AND (c.participant_id = (SELECT viewer_id()) OR {IN_SIGHT.format(c="c")}))"""

# The aggregate that everybody may see who sees a contribution that the feedback refers to (R8, R9). A view looks as its
# owner does, so it asks who looks by itself; as a barrier it lets no condition of the asker see what it leaves out.
TALLIES = f"""
CREATE VIEW feedback_tallies WITH (security_barrier) AS
    SELECT f.signal_id, f.verdict, count(*) AS participants
    FROM feedback f
    WHERE (SELECT viewer_sees_others()) AND {_REFERS}
    GROUP BY f.signal_id, f.verdict
"""

# As revision 0002 has it.
FUNCTION = f"""
CREATE FUNCTION feedback_tally(signals uuid[], OUT signal_id uuid, OUT verdict text, OUT participants bigint)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER {PATH} AS $$
    SELECT f.signal_id, f.verdict, count(*)
    FROM feedback f
    WHERE f.signal_id = ANY (signals) AND viewer_sees_others() AND {_REFERS}
    GROUP BY f.signal_id, f.verdict
$$
"""
