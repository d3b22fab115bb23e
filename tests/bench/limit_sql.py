"""The best SQL that we could write by hand for what the workloads read: each statement gives the finished JSON text.

$1 is the viewer and $2 its groups. Values stay sealed and are given in hex, as nothing here holds a key; masks are
constant; cursors are plain positions. Who sees what is written out, as there is no row-level security for the owner.
"""

from functools import cache

from app.rules.labels import Handling, Severity, Violation
from app.rules.participants import LISTED
from app.rules.signal_types import FACTS, Level
from app.rules.verdicts import Verdict


def _words(words: object) -> str:
    return ", ".join(f"'{word}'" for word in words)  # type: ignore[attr-defined]


_MASK = "***"
_LISTED = f"status IN ({_words(sorted(LISTED))})"
_PERSONAL = f"s.type IN ({_words(t for t, about in FACTS.items() if about.level is Level.PERSON)})"
_SEVERITY = f"(ARRAY[{_words(Severity)}])[1 + {{rank}}]"
_STRICTNESS = "CASE {c}.handling " + " ".join(f"WHEN '{h}' THEN {n}" for n, h in enumerate(Handling, 1)) + " END"
_HANDLING = f"(ARRAY[{_words(Handling)}])[{{rank}}]"
_VIOLATIONS = f"ARRAY[{_words(Violation)}]"
_VERDICTS = f"ARRAY[{_words(Verdict)}]"

# Whether the viewer sees a contribution: it is live, and its own or shared with it.
_SEEN = (
    "{c}.status IN ('ACTIVE', 'QUARANTINED') AND {c}.expires_at > now()"
    " AND ({c}.participant_id = $1 OR {c}.shared AND ({c}.program_wide OR {c}.audience_groups && $2))"
)


def seen(c: str) -> str:
    return _SEEN.format(c=c)


def _id(prefix: str, column: str) -> str:
    return f"'{prefix}_', encode(uuid_send({column}), 'hex')"


def _name(participant: str) -> str:
    return (
        f"(SELECT concat('{{\"name\":', to_json(p.name), '}}') FROM participant p"
        f" WHERE p.id = {participant} AND p.{_LISTED})"
    )


def _severity(rank: str) -> str:
    return _SEVERITY.format(rank=rank)


# The contributions of a signal, the first one first, and its gravest severity.
_STATEMENTS = f"""LATERAL (
    SELECT max(c.severity) AS severity, max(c.confidence) AS confidence, string_agg(concat('{{"contributor":',
        COALESCE({_name("c.participant_id")}, 'null'), ',"violations":', to_json(c.violations),
        ',"severity":"', {_severity("c.severity")}, '","confidence":', c.confidence, '}}'), ','
        ORDER BY c.created_at, c.id) AS contributions
    FROM contribution c WHERE c.signal_id = s.id AND {seen("c")}
)"""

_OPINION = """CASE WHEN bool_or(verdict = 'CONFIRMED_VIOLATION')
    THEN CASE WHEN bool_or(verdict = 'FALSE_POSITIVE') THEN 'DISPUTED' ELSE 'CONFIRMED' END
    WHEN bool_or(verdict = 'FALSE_POSITIVE') THEN 'FALSE_POSITIVE' ELSE 'INVESTIGATION_SEED' END"""
_FEEDBACK = f"""LATERAL (
    SELECT concat('{{"opinion":"', {_OPINION}, '","verdicts":[', string_agg(concat('{{"verdict":"', verdict,
        '","participants":', participants, '}}'), ',' ORDER BY array_position({_VERDICTS}, verdict)), ']}}') AS summary
    FROM (
        SELECT f.verdict, count(*) AS participants FROM feedback f
        WHERE f.signal_id = s.id AND EXISTS (
            SELECT FROM feedback_reference r JOIN contribution c ON c.id = r.contribution_id
            WHERE r.feedback_id = f.id AND {seen("c")}
                AND (f.reason IS DISTINCT FROM 'WRONG_LABEL' OR r.contribution_version >= c.labels_version))
        GROUP BY f.verdict) tally
)"""

# $3: the signal.
SIGNAL = f"""
SELECT concat('{{"data":{{"signal":', COALESCE((
    SELECT concat('{{"id":"', {_id("sig", "s.id")}, '","type":"', s.type, '","maskedValue":"{_MASK}","severity":"',
        {_severity("t.severity")}, '","confidence":', t.confidence, '}}')
    FROM signal s, LATERAL (
        SELECT max(c.severity) AS severity, max(c.confidence) AS confidence
        FROM contribution c WHERE c.signal_id = s.id AND {seen("c")}) t
    WHERE s.id = $3 AND t.severity IS NOT NULL), 'null'), '}}}}')
"""

# $3 to $5: the types of the values, their tags, and the tags of their match keys or null. An exact match comes first.
MATCH = f"""
SELECT concat('{{"data":{{"matchSignals":[', string_agg(concat('{{"index":', u.n - 1, ',"best":',
    COALESCE(best.json, 'null'), '}}'), ',' ORDER BY u.n), ']}}}}')
FROM unnest($3::text[], $4::bytea[], $5::bytea[]) WITH ORDINALITY AS u(type, tag, loose, n)
LEFT JOIN LATERAL (
    SELECT concat('{{"kind":"', s.kind, '","signal":{{"id":"', {_id("sig", "s.id")}, '","type":"', s.type,
        '","maskedValue":"{_MASK}","severity":"', {_severity("t.severity")}, '","contributions":[', t.contributions,
        '],"feedbackSummary":', f.summary, '}}}}') AS json
    FROM (
        SELECT s.id, s.type, 'EXACT' AS kind FROM signal s WHERE s.type = u.type AND s.tag = u.tag
        UNION ALL
        (SELECT s.id, s.type, 'MATCH_KEY' FROM signal_match_key k JOIN signal s ON s.id = k.signal_id
            WHERE k.tag = u.loose ORDER BY s.id)
    ) s, {_STATEMENTS} t, {_FEEDBACK} f
    WHERE t.severity IS NOT NULL
    LIMIT 1
) best ON true
"""

_SIGHT = "(f.sight_{t} = 1 AND (f.program_{t} OR f.groups_{t} && $2))"
_BEFORE, _AFTER = _SIGHT.format(t="before"), _SIGHT.format(t="after")
# Changes that concern the viewer, who sees contributions of `t.owners` now: what it sees, and of what had changed
# before it began only what it sees now.
CONCERNS = f"""(f.kind <> 'HIDING' OR f.owner_id <> $1)
    AND (f.owner_id = $1 OR ({_BEFORE} OR {_AFTER}) AND (f.kind <> 'AUDIENCE' OR NOT {_BEFORE} OR NOT {_AFTER}))
    AND (f.position > $4 OR f.owner_id = ANY (t.owners))"""
_STATED = ", ".join(f"""CASE WHEN strpos(p.stated, '"{v}"') > 0 THEN '"{v}"' END""" for v in Violation)
# What contributions `c` say together, as `p` below.
SUMMED_UP = f"""count(*) AS contributions, max(c.severity) AS severity, max(c.confidence) AS confidence,
    min({_STRICTNESS.format(c="c")}) AS strictness, min(c.created_at) AS created_at, max(c.updated_at) AS updated_at,
    array_agg(c.participant_id) AS owners,
    string_agg(concat('"', array_to_string(c.violations, '","'), '"'), ',') AS stated"""
# The part of a signal `s` that is the same for all who see it, and the part that its contributions make.
FIXED = f""" '"id":"', {_id("sig", "s.id")}, '","type":"', s.type, '","level":"',
    CASE WHEN {_PERSONAL} THEN 'PERSON' ELSE 'CONTENT' END, '","qualifier":',
    CASE s.qualifier WHEN '' THEN 'null' ELSE to_json(s.qualifier)::text END, ',"maskedValue":"{_MASK}","value":',
    CASE WHEN {_PERSONAL} THEN 'null' ELSE concat('"', encode(s.sealed_value, 'hex'), '"') END"""
DERIVED = f""" ',"violations":[', CASE p.contributions WHEN 1 THEN p.stated ELSE concat_ws(',', {_STATED}) END,
    '],"severity":"', {_severity("p.severity")}, '","confidence":', p.confidence,
    ',"handling":"', {_HANDLING.format(rank="p.strictness")}, '","createdAt":', to_json(p.created_at),
    ',"updatedAt":', to_json(p.updated_at)"""


@cache
def feed(first: int) -> str:
    """$3: the position to go on from; $4: where the feed was when the viewer began.

    Each signal's contributions are looked up once, for what is seen of it and for whether the change is. The size of
    the page is written out, so that the plan for all positions is as good as one for each.
    """
    return f"""
WITH stretch AS MATERIALIZED (
    SELECT f.position, f.signal_id, t.* FROM feed f, LATERAL (
        SELECT {SUMMED_UP} FROM contribution c WHERE c.signal_id = f.signal_id AND {seen("c")}) t
    WHERE f.position > $3 AND {CONCERNS} AND NOT EXISTS (
        SELECT FROM feed later WHERE later.signal_id = f.signal_id AND later.position > f.position
            AND {CONCERNS.replace("f.", "later.")})
    ORDER BY f.position LIMIT {first + 1}
), page AS (SELECT * FROM stretch ORDER BY position LIMIT {first})
SELECT concat('{{"data":{{"changes":{{"items":[', string_agg(concat('{{"signalId":"', {_id("sig", "p.signal_id")},
    '","removed":', (s.id IS NULL)::text, ',"signal":', CASE WHEN s.id IS NULL THEN 'null' ELSE
    concat('{{', {FIXED}, {DERIVED}, '}}') END, '}}'), ',' ORDER BY p.position),
    '],"endCursor":"', max(p.position), '","caughtUp":', (SELECT (count(*) <= {first})::text FROM stretch), '}}}}}}')
FROM page p LEFT JOIN signal s ON s.id = p.signal_id AND p.contributions > 0
"""


def _links_at(signal: str, owners: str, first: int) -> str:
    """The oldest links at a signal that the viewer sees, at whichever end it is; `owners` have a contribution there.

    OFFSET and IS TRUE keep the planner on the index that has the links in their order: at a hub it would otherwise
    look at thousands, as it expects few.
    """
    columns = "l.id, l.a_id, l.b_id, l.relation, l.confidence, l.participant_id, l.created_at"
    sides = (
        f"(SELECT {columns} FROM signal_link l WHERE l.{here} = {signal}"
        f" AND (l.participant_id = ANY ({owners})) IS TRUE AND EXISTS ("
        f"SELECT FROM contribution c WHERE c.signal_id = l.{there} AND c.participant_id = l.participant_id"
        f" AND {seen('c')} OFFSET 0) ORDER BY l.created_at, l.id LIMIT {first})"
        for here, there in (("a_id", "b_id"), ("b_id", "a_id"))
    )
    return f"LATERAL (SELECT * FROM ({' UNION ALL '.join(sides)}) l ORDER BY l.created_at, l.id LIMIT {first})"


def _stated_about(signal: str) -> str:
    return (
        "SELECT max(c.severity) AS severity, array_agg(c.participant_id) AS owners"
        f" FROM contribution c WHERE c.signal_id = {signal} AND {seen('c')}"
    )


FIRST_LINKS, SECOND_LINKS = 20, 10
_MASKED = f""""id":"', {_id("sig", "s.id")}, '","type":"', s.type, '","maskedValue":"{_MASK}"'"""

# $3: the signal. Each signal of the neighbourhood is made once, however many links lead to it.
GRAPH = f"""
WITH root AS MATERIALIZED ({_stated_about("$3")}),
near AS MATERIALIZED (SELECT l.* FROM root r, {_links_at("$3", "r.owners", FIRST_LINKS)} l),
ends AS MATERIALIZED (
    SELECT e.id, t.severity, t.owners
    FROM (SELECT a_id AS id FROM near UNION SELECT b_id FROM near) e, LATERAL ({_stated_about("e.id")}) t
),
far AS MATERIALIZED (SELECT e.id AS at, l.* FROM ends e, {_links_at("e.id", "e.owners", SECOND_LINKS)} l),
leaves AS MATERIALIZED (
    SELECT s.id, concat('{{{_MASKED}, '}}') AS json
    FROM (SELECT a_id AS id FROM far UNION SELECT b_id FROM far) e JOIN signal s ON s.id = e.id
),
edges AS MATERIALIZED (
    SELECT l.at, string_agg(concat('{{"node":{{"relation":"', l.relation, '","confidence":', l.confidence,
        ',"from":', a.json, ',"to":', b.json, '}}}}'), ',' ORDER BY l.created_at, l.id) AS json
    FROM far l JOIN leaves a ON a.id = l.a_id JOIN leaves b ON b.id = l.b_id GROUP BY l.at
),
hops AS MATERIALIZED (
    SELECT s.id, concat('{{{_MASKED}, ',"severity":"', {_severity("e.severity")}, '","links":{{"edges":[',
        l.json, ']}}}}') AS json
    FROM ends e JOIN signal s ON s.id = e.id LEFT JOIN edges l ON l.at = e.id
)
SELECT concat('{{"data":{{"signal":', COALESCE((
    SELECT concat('{{{_MASKED}, ',"severity":"', {_severity("t.severity")}, '","confidence":', t.confidence,
        ',"contributions":[', t.contributions, '],"cases":[',
        (SELECT string_agg(concat('{{"id":"', {_id("cas", "k.id")}, '","title":"', encode(k.sealed_title, 'hex'),
            '","status":"', k.status, '"}}'), ',' ORDER BY k.updated_at DESC, k.id DESC)
        FROM (SELECT k.* FROM case_signal cs JOIN case_member m ON m.case_id = cs.case_id AND m.participant_id = $1
            JOIN shared_case k ON k.id = cs.case_id
            WHERE cs.signal_id = s.id ORDER BY k.updated_at DESC, k.id DESC LIMIT 100) k), '],"links":{{"edges":[',
        (SELECT string_agg(concat('{{"node":{{"id":"', {_id("lnk", "l.id")}, '","relation":"', l.relation,
            '","confidence":', l.confidence, ',"assertedBy":', COALESCE({_name("l.participant_id")}, 'null'),
            ',"from":', a.json, ',"to":', b.json, '}}}}'), ',' ORDER BY l.created_at, l.id)
        FROM near l JOIN hops a ON a.id = l.a_id JOIN hops b ON b.id = l.b_id), ']}}}}')
    FROM signal s, {_STATEMENTS} t WHERE s.id = $3 AND t.severity IS NOT NULL), 'null'), '}}}}')
"""


FIRST_CASE_SIGNALS, FIRST_NOTES = 100, 50

# $3: the case.
CASE = f"""
SELECT concat('{{"data":{{"node":', COALESCE((
    SELECT concat('{{"id":"', {_id("cas", "k.id")}, '","title":"', encode(k.sealed_title, 'hex'), '","status":"',
        k.status, '","updatedAt":', to_json(k.updated_at), ',"openedBy":', COALESCE({_name("k.opened_by")}, 'null'),
        ',"members":[', (
            SELECT string_agg(concat('{{"joinedAt":', to_json(m.joined_at), ',"participant":',
                COALESCE({_name("m.participant_id")}, 'null'), '}}'), ',' ORDER BY m.joined_at, m.participant_id)
            FROM case_member m WHERE m.case_id = k.id),
        '],"signals":{{"edges":[', (
            SELECT string_agg(concat('{{"node":{{"addedAt":', to_json(cs.added_at), ',"addedBy":',
                COALESCE({_name("cs.added_by")}, 'null'), ',"signal":{{{_MASKED}, ',"severity":"',
                {_severity("cs.severity")}, '","confidence":', cs.confidence, '}}}}}}'), ','
                ORDER BY cs.added_at, cs.id)
            FROM (
                SELECT cs.added_at, cs.added_by, cs.signal_id AS id, t.* FROM case_signal cs, LATERAL (
                    SELECT max(c.severity) AS severity, max(c.confidence) AS confidence
                    FROM contribution c WHERE c.signal_id = cs.signal_id AND {seen("c")}) t
                WHERE cs.case_id = k.id AND t.severity IS NOT NULL
                ORDER BY cs.added_at, cs.signal_id LIMIT {FIRST_CASE_SIGNALS}) cs JOIN signal s ON s.id = cs.id),
        ']}},"notes":{{"edges":[', (
            SELECT string_agg(concat('{{"node":{{"id":"', {_id("not", "n.id")}, '","text":"',
                encode(n.sealed_text, 'hex'), '","createdAt":', to_json(n.created_at), ',"author":',
                COALESCE({_name("n.author_id")}, 'null'), '}}}}'), ',' ORDER BY n.created_at, n.id)
            FROM (SELECT * FROM case_note n WHERE n.case_id = k.id ORDER BY n.created_at, n.id
                LIMIT {FIRST_NOTES}) n), ']}}}}')
    FROM shared_case k
    WHERE k.id = $3 AND EXISTS (SELECT FROM case_member m WHERE m.case_id = k.id AND m.participant_id = $1)
), 'null'), '}}}}')
"""
