"""The best statements for what the workloads write: the finished rows in one statement, and nothing looked at twice.

$1 is the writer and $2 its groups. Rows come finished, with their sealed bytes, ids and tags.
"""

from tests.bench.limit_sql import seen

# $3 to $7: ids, signals, verdicts, reviews and the moment. The references are found in the same statement.
FEEDBACK_WRITTEN = f"""
WITH given AS (
    SELECT u.id, u.signal_id, u.verdict, u.review, c.id AS contribution_id, c.version, c.participant_id,
        c.signal_type, c.program_wide, c.audience_groups, u.n
    FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[]) WITH ORDINALITY AS u(id, signal_id, verdict, review, n)
    JOIN contribution c ON c.signal_id = u.signal_id
    WHERE {seen("c")} AND c.participant_id <> $1
), one AS (SELECT DISTINCT ON (n) * FROM given ORDER BY n), current AS (
    INSERT INTO feedback (id, created_at, verdict, review_status, actions, author_id, signal_id, signal_type, version,
        updated_at)
    SELECT id, $7, verdict, review, '{{}}', $1, signal_id, signal_type, 1, $7 FROM one
), history AS (
    INSERT INTO feedback_version (feedback_id, version, author_id, recorded_at, verdict, review_status, actions)
    SELECT id, 1, $1, $7, verdict, review, '{{}}' FROM one
), referred AS (
    INSERT INTO feedback_reference (feedback_id, contribution_id, contribution_version, contributor_id, author_id,
        verdict, signal_type, updated_at)
    SELECT id, contribution_id, version, participant_id, $1, verdict, signal_type,
        date_bin('1 hour', $7, TIMESTAMPTZ 'epoch') FROM given
), told AS (
    INSERT INTO inbox (id, kind, signal_id, owner_id, sight_before, program_before, groups_before, sight_after,
        program_after, groups_after, at)
    SELECT gen_random_uuid(), 'FEEDBACK', signal_id, participant_id, 1, program_wide, audience_groups, 1, program_wide,
        audience_groups, $7 FROM given
)"""
FEEDBACK = (
    FEEDBACK_WRITTEN
    + """
SELECT concat('{"data":{"recordFeedback":{"created":', count(*), ',"rejected":0,"rows":[', string_agg(
    concat('{"index":', n - 1, ',"outcome":"CREATED","feedbackId":"fdb_', encode(uuid_send(id), 'hex'), '"}'), ','
    ORDER BY n), ']}}}') FROM one
"""
)

# $3 to $8: ids, types, qualifiers, tags, sealed values and the moment; $9 to $12: what is said of each, where that
# differs; $13 and $14: the tags of match keys with the ids of their signals.
UPLOAD_WRITTEN = """
WITH given AS (
    SELECT * FROM unnest($3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::bytea[])
        WITH ORDINALITY AS u(id, type, qualifier, tag, sealed, n)
), made AS (
    INSERT INTO signal (id, created_at, type, qualifier, tag, tag_key_version, normaliser_version, sealed_value,
        key_version, hidden)
    SELECT id, $8, type, qualifier, tag, 1, 1, sealed, 1, false FROM given ORDER BY type, tag
    ON CONFLICT (type, tag) DO NOTHING RETURNING id
), claimed AS MATERIALIZED (
    SELECT g.id AS given, g.id, g.type, g.n FROM given g JOIN made m ON m.id = g.id
    UNION ALL
    SELECT g.id, s.id, g.type, g.n FROM given g JOIN signal s ON s.type = g.type AND s.tag = g.tag
    WHERE g.id NOT IN (SELECT id FROM made)
), said AS (
    INSERT INTO contribution (id, created_at, signal_id, signal_type, participant_id, version, labels_version, status,
        program_wide, audience_groups, hidden, signal_hidden, violations, violations_version, annotations, severity,
        confidence, precision, handling, review_status, subject_role, expires_at, updated_at)
    SELECT u.id, $8, c.id, c.type, $1, 1, 1, 'ACTIVE', true, '{}', false, false, ARRAY[u.violation], 1, '{}', 2,
        u.confidence, 'MEDIUM', 'AMBER', 'UNREVIEWED', 'UNKNOWN', u.expires_at, $8
    FROM unnest($9::uuid[], $10::text[], $11::smallint[], $12::timestamptz[])
        WITH ORDINALITY AS u(id, violation, confidence, expires_at, n) JOIN claimed c USING (n)
    RETURNING id, signal_id
), keys AS (
    INSERT INTO signal_match_key (signal_id, tag)
    SELECT c.id, u.tag FROM unnest($13::uuid[], $14::bytea[]) AS u(given, tag) JOIN claimed c USING (given)
    ON CONFLICT DO NOTHING
), told AS (
    INSERT INTO inbox (id, kind, signal_id, owner_id, sight_before, program_before, groups_before, sight_after,
        program_after, groups_after, at)
    SELECT gen_random_uuid(), 'CONTRIBUTION', id, $1, 0, false, '{}', 1, true, '{}', $8 FROM claimed
)"""
UPLOAD = (
    UPLOAD_WRITTEN
    + """
SELECT concat('{"data":{"uploadSignals":{"created":', count(*), ',"rejected":0,"rows":[', string_agg(
    concat('{"index":', n - 1, ',"outcome":"CREATED","signalId":"sig_', encode(uuid_send(c.id), 'hex'),
    '","contributionId":"con_', encode(uuid_send(s.id), 'hex'), '"}'), ',' ORDER BY n), ']}}}')
FROM claimed c JOIN said s ON s.signal_id = c.id
WHERE $2::uuid[] IS NOT NULL
"""
)
