"""The SQL of revision 0007: how each server process keeps up with the PDQ hashes."""

from app.migrations.walls.definers import BY_INDEX, PATH
from app.migrations.walls.erasing import WITH_WORD

# What an earlier snapshot did not see: what was then under way, and what began after it. A restored backup also holds
# numbers of transactions that this server has yet to reach: the first call reads them, and no later one.
UNSEEN = """
    SELECT x AS lowest, x AS highest FROM unnest(seen_open) x
    UNION ALL
    SELECT seen_below, CASE WHEN seen_below = 0 THEN 9223372036854775807
        ELSE pg_snapshot_xmax(pg_current_snapshot())::text::bigint END
"""

PICTURES = f"""
-- The PDQ hashes that came or were erased (then without a value) since an earlier snapshot, a page at a time. A process
-- asks for itself, without a viewer: an index of what one viewer sees would have to be made anew for each. The values
-- are sealed, and what is found by them is told only as far as a statement of the viewer's own sees it.
CREATE FUNCTION pdq_changes(seen_below bigint, seen_open bigint[], after_in bigint, after_id uuid, at_most int,
    OUT signal_id uuid, OUT made_in bigint, OUT sealed_value bytea)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER {PATH} {BY_INDEX} AS $$
    (SELECT found.*
    FROM ({UNSEEN}) unseen, LATERAL (
        SELECT s.id, s.made_in, s.sealed_value FROM signal s
        WHERE s.type = 'HASH_PDQ' AND s.made_in <= unseen.highest
            -- One bound from below: of two, the scan may begin at the lower one.
            AND (s.made_in, s.id) > (greatest(after_in, unseen.lowest - 1),
                CASE WHEN after_in < unseen.lowest THEN 'ffffffff-ffff-ffff-ffff-ffffffffffff' ELSE after_id END)
        ORDER BY s.made_in, s.id LIMIT at_most) found
    ORDER BY found.made_in, found.id LIMIT at_most)
    UNION ALL
    SELECT e.signal_id, e.erased_in, NULL
    FROM ({UNSEEN}) unseen JOIN pdq_erased e ON e.erased_in BETWEEN unseen.lowest AND unseen.highest
    WHERE seen_below > 0
$$;
{WITH_WORD}"""
