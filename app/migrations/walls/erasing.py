"""Taking away what nobody contributes any more (R15), and what each revision takes away with it."""

from app.migrations.walls.definers import BY_INDEX, PATH


def erasing(also: str) -> str:
    """The function for it; `also` are statements about the ids that are `gone`, while their signals are still there."""
    return f"""
CREATE OR REPLACE FUNCTION erase_unheld(candidates uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE {PATH} {BY_INDEX} AS $$
DECLARE
    gone uuid[];
BEGIN
    PERFORM FROM signal WHERE id = ANY (candidates) ORDER BY type, tag FOR UPDATE;
    gone := ARRAY(
        SELECT s.id FROM signal s WHERE s.id = ANY (candidates)
            AND NOT EXISTS (SELECT FROM contribution c
                WHERE c.signal_id = s.id AND c.status IN ('ACTIVE', 'QUARANTINED')));
    DELETE FROM signal_match_key WHERE signal_id = ANY (gone);
    {also};
    DELETE FROM signal WHERE id = ANY (gone);
END $$;
"""


WITH_BANDS = erasing("DELETE FROM pdq_band WHERE signal_id = ANY (gone)")
# Leaves word of pictures for the processes that hold them.
_WORD = "INSERT INTO pdq_erased (signal_id) SELECT id FROM signal WHERE id = ANY (gone) AND type = 'HASH_PDQ'"
WITH_WORD = erasing(_WORD)
WITH_MATCH_TAGS = erasing(f"{_WORD};\n    DELETE FROM match_tag WHERE signal_id = ANY (gone)")
