"""The SQL of revision 0005: whether whoever looks still is what it was when its token was last read."""

# The token by which the viewer looks, said like the rest of it; nobody's token is empty.
TELLING_WHICH = """
CREATE FUNCTION viewer_token() RETURNS text LANGUAGE sql STABLE
    RETURN NULLIF(current_setting('lantern.token', true), '')
"""

# What the viewer's own client and participant are now; nothing once the client is disabled or the token revoked. As a
# view it is part of the statement that looks, and costs no round trip.
STANDING = """
CREATE VIEW viewer_standing WITH (security_barrier) AS
    SELECT p.id AS participant_id, p.participant_class, p.status, p.feed_epoch, k.scopes,
        ARRAY(SELECT g.group_id FROM group_member g WHERE g.participant_id = p.id ORDER BY g.group_id) AS groups
    FROM api_client k JOIN participant p ON p.id = k.participant_id
    WHERE k.id = (SELECT viewer_client()) AND k.disabled_at IS NULL
        AND NOT EXISTS (SELECT FROM revoked_token r WHERE r.token_id = (SELECT viewer_token()))
"""

STATEMENTS = (
    TELLING_WHICH,
    "REVOKE ALL ON FUNCTION viewer_token FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION viewer_token TO lantern_app",
    STANDING,
    "REVOKE ALL ON viewer_standing FROM PUBLIC",
    "GRANT SELECT ON viewer_standing TO lantern_app",
)
