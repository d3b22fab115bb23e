"""The SQL of revision 0010: how a client may authenticate, and what of it may be used once."""

from app.migrations.walls.definers import PATH

# A client that shows its secret or signs with its key, before there is a viewer.
CLIENT_BY_ID = f"""
CREATE FUNCTION client_by_id(client uuid, OUT participant_id uuid, OUT participant_class text, OUT scopes text[],
    OUT secret_digest bytea, OUT auth_method text, OUT public_keys jsonb, OUT requires_dpop boolean)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER {PATH} AS $$
    SELECT p.id, p.participant_class, k.scopes, k.secret_digest, k.auth_method, k.public_keys, k.requires_dpop
    FROM api_client k JOIN participant p ON p.id = k.participant_id
    WHERE k.id = client AND k.disabled_at IS NULL
$$
"""

# The one of before, for the way back.
CLIENT_BY_SECRET = f"""
CREATE FUNCTION client_by_id(client uuid, OUT participant_id uuid, OUT participant_class text,
    OUT scopes text[], OUT secret_digest bytea)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER {PATH} AS $$
    SELECT p.id, p.participant_class, k.scopes, k.secret_digest
    FROM api_client k JOIN participant p ON p.id = k.participant_id
    WHERE k.id = client AND k.disabled_at IS NULL
$$
"""

# A function with another answer takes the place of the old one within the transaction of the revision.
REPLACING = (
    "DROP FUNCTION client_by_id",
    CLIENT_BY_ID,
    "REVOKE ALL ON FUNCTION client_by_id FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION client_by_id TO lantern_app",
)
TAKING_BACK = (
    "DROP FUNCTION client_by_id",
    CLIENT_BY_SECRET,
    "REVOKE ALL ON FUNCTION client_by_id FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION client_by_id TO lantern_app",
)

# The serving role adds to it and learns whether it was there before; nobody but the worker reads it.
ENCLOSING_USED = (
    "ALTER TABLE used_jwt ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE used_jwt FORCE ROW LEVEL SECURITY",
    "CREATE POLICY owner ON used_jwt TO CURRENT_USER USING (true) WITH CHECK (true)",
    "GRANT INSERT ON used_jwt TO lantern_app",
    "CREATE POLICY added ON used_jwt FOR INSERT TO lantern_app WITH CHECK (true)",
    "GRANT SELECT, DELETE ON used_jwt TO lantern_worker",
    "CREATE POLICY worker ON used_jwt TO lantern_worker USING (true) WITH CHECK (true)",
)
