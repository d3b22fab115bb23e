"""The SQL of revision 0009: who reads and writes trusted documents, and which clients are confined to them."""

from app.migrations.walls.definers import PATH

# The operator's documents are everybody's, and nobody else's are told to be the operator's.
SEEN = "participant_id = (SELECT viewer_id()) OR by_operator AND (SELECT viewer_id()) IS NOT NULL"
WRITTEN = "participant_id = (SELECT viewer_id()) AND by_operator = (SELECT viewer_is_operator())"
CHANGING = "(created_at, text, operation_names, registered_by, retired_at)"

DOCUMENTS = (
    "ALTER TABLE trusted_document ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE trusted_document FORCE ROW LEVEL SECURITY",
    "CREATE POLICY owner ON trusted_document TO CURRENT_USER USING (true) WITH CHECK (true)",
    f"GRANT SELECT, INSERT, UPDATE {CHANGING} ON trusted_document TO lantern_app",
    f"CREATE POLICY seen ON trusted_document FOR SELECT TO lantern_app USING ({SEEN})",
    f"CREATE POLICY added ON trusted_document FOR INSERT TO lantern_app WITH CHECK ({WRITTEN})",
    f"CREATE POLICY changed ON trusted_document FOR UPDATE TO lantern_app USING ({WRITTEN}) WITH CHECK ({WRITTEN})",
)

# As before, and whether the viewer's client is confined.
STANDING = """
CREATE OR REPLACE VIEW viewer_standing WITH (security_barrier) AS
    SELECT p.id AS participant_id, p.participant_class, p.status, p.feed_epoch, k.scopes,
        ARRAY(SELECT g.group_id FROM group_member g WHERE g.participant_id = p.id ORDER BY g.group_id) AS groups,
        k.confined
    FROM api_client k JOIN participant p ON p.id = k.participant_id
    WHERE k.id = (SELECT viewer_client()) AND k.disabled_at IS NULL
        AND NOT EXISTS (SELECT FROM revoked_token r WHERE r.token_id = (SELECT viewer_token()))
"""

# Asked beside `viewer_stands`, and like it of what was committed until now; null for a viewer that is none any more.
CONFINED_NOW = """
CREATE FUNCTION viewer_confined() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (SELECT confined FROM viewer_standing);
END $$
"""

# Asked beside `actor_of`, before there is a viewer.
CLIENT_CONFINED = f"""
CREATE FUNCTION client_confined(client uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER {PATH} AS $$
    SELECT confined FROM api_client WHERE id = client
$$
"""

CONFINING = (
    STANDING,
    CONFINED_NOW,
    CLIENT_CONFINED,
    "REVOKE ALL ON FUNCTION viewer_confined, client_confined FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION viewer_confined, client_confined TO lantern_app",
)
