-- What plain tables do not offer to PostGraphile, as its users would add it: functions in a schema of their own.
-- They know no viewer: no policy, no sight of contributions, no sealed value.

CREATE SCHEMA postgraphile;

-- What is stated now; without this condition no index finds the contributions of a signal.
CREATE VIEW postgraphile.statement AS SELECT * FROM public.contribution WHERE status IN ('ACTIVE', 'QUARANTINED');

-- Exact matches first, then those of a looser key; one for each value.
CREATE FUNCTION postgraphile.match_signals(types text[], tags bytea[], loose bytea[]) RETURNS SETOF public.signal
LANGUAGE sql STABLE ROWS 70 AS $$
    SELECT found.* FROM unnest(types, tags, loose) WITH ORDINALITY AS u(type, tag, loose, n), LATERAL (
        SELECT s.* FROM public.signal s WHERE s.type = u.type AND s.tag = u.tag
        UNION ALL
        (SELECT s.* FROM public.signal_match_key k JOIN public.signal s ON s.id = k.signal_id
            WHERE k.tag = u.loose ORDER BY s.id)
        LIMIT 1
    ) found ORDER BY u.n
$$;

-- The newest change of each signal after a position, as the feed tells each signal once.
CREATE FUNCTION postgraphile.changes(after_position bigint, size integer) RETURNS SETOF public.feed
LANGUAGE sql STABLE ROWS 1000 AS $$
    SELECT f.* FROM public.feed f
    WHERE f.position > after_position AND NOT EXISTS (
        SELECT FROM public.feed later WHERE later.signal_id = f.signal_id AND later.position > f.position)
    ORDER BY f.position LIMIT size
$$;

-- The oldest links at a signal, at whichever end it is.
CREATE FUNCTION postgraphile.signal_links(signal public.signal, size integer) RETURNS SETOF public.signal_link
LANGUAGE sql STABLE ROWS 10 AS $$
    SELECT l.* FROM (
        (SELECT * FROM public.signal_link l WHERE l.a_id = signal.id ORDER BY l.created_at, l.id LIMIT size)
        UNION ALL
        (SELECT * FROM public.signal_link l WHERE l.b_id = signal.id ORDER BY l.created_at, l.id LIMIT size)
    ) l ORDER BY l.created_at, l.id LIMIT size
$$;

CREATE FUNCTION postgraphile.signal_severity(signal public.signal) RETURNS smallint LANGUAGE sql STABLE AS $$
    SELECT max(c.severity) FROM postgraphile.statement c WHERE c.signal_id = signal.id
$$;

CREATE FUNCTION postgraphile.signal_confidence(signal public.signal) RETURNS smallint LANGUAGE sql STABLE AS $$
    SELECT max(c.confidence) FROM postgraphile.statement c WHERE c.signal_id = signal.id
$$;
