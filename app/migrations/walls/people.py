"""The SQL of revision 0011: people who sign in, the desk at which they do, and who stands behind their tokens."""

from app.migrations.walls import rekeying
from app.migrations.walls.definers import PATH
from app.migrations.walls.policies import OWN_OR_OPERATOR
from app.rules.frontends import COMMAND_LINE, EXPLORER, BuiltIn

# The desk is a transaction that signs somebody in or goes on with it: it has no viewer, and sees what stands for people
# signing in, which no viewer does, and no other table.
TELLING_THE_DESK = """
CREATE FUNCTION at_the_desk() RETURNS boolean LANGUAGE sql STABLE
    RETURN COALESCE(current_setting('lantern.desk', true), '') = 'on'
"""

# What is sealed from now on, and the column whose id it is bound to.
SEALED = {**rekeying.SEALED, "person.sealed_email": "id", "person.sealed_name": "id"}

DESK = "(SELECT at_the_desk())"
DESK_TABLES = ("person_secret", "web_session", "consent", "sign_in", "refresh_token")
# A person is invited and changed by its participant's people or the operator's; at the desk it sets its password.
PERSON_POLICIES = (
    f"CREATE POLICY seen ON person FOR SELECT TO lantern_app USING ({OWN_OR_OPERATOR} OR {DESK})",
    f"CREATE POLICY added ON person FOR INSERT TO lantern_app WITH CHECK ({OWN_OR_OPERATOR})",
    f"CREATE POLICY changed ON person FOR UPDATE TO lantern_app USING ({OWN_OR_OPERATOR} OR {DESK})"
    f" WITH CHECK ({OWN_OR_OPERATOR} OR {DESK})",
    "GRANT SELECT, INSERT, UPDATE ON person TO lantern_app",
)

# Whatever SQL knows as `viewer_client` is what a token stands on: a client, or the sign-in of a person at one.
_GROUPS = "ARRAY(SELECT g.group_id FROM group_member g WHERE g.participant_id = p.id ORDER BY g.group_id)"
_NOT_REVOKED = "NOT EXISTS (SELECT FROM revoked_token r WHERE r.token_id = {})"
_COLUMNS = f"p.id, p.participant_class, p.status, k.scopes, {_GROUPS}, p.feed_epoch"
_ANSWER = """OUT participant_id uuid, OUT participant_class text,
    OUT status text, OUT scopes text[], OUT groups uuid[], OUT feed_epoch int"""


def person_behind(*built_in: BuiltIn) -> str:
    """The function that tells who is signed in, at a program with a row or one of these.

    A person has the scopes of its roles, so those are told, with the scopes of its program; what it may follows by
    rules. A function, as the statements that ask for the standing of a program would each be burdened with its tables.
    """
    ids = ", ".join(f"'{program.id}'" for program in built_in)
    return f"""
CREATE OR REPLACE FUNCTION person_behind(bearer uuid, token text, {_ANSWER})
RETURNS SETOF record LANGUAGE plpgsql STABLE SECURITY DEFINER {PATH} AS $$
BEGIN
    RETURN QUERY SELECT p.id, p.participant_class, p.status, s.roles || COALESCE(k.scopes, ARRAY[]::text[]), {_GROUPS},
        p.feed_epoch
    FROM sign_in i
    JOIN person s ON s.id = i.person_id AND s.epoch = i.epoch
    JOIN participant p ON p.id = s.participant_id
    LEFT JOIN api_client k ON k.id = i.client_id AND k.participant_id = p.id AND k.disabled_at IS NULL
    WHERE i.id = bearer AND i.ended_at IS NULL AND s.disabled_at IS NULL
        AND (k.id IS NOT NULL OR i.client_id IN ({ids})) AND {_NOT_REVOKED.format("token")};
END $$
"""


PERSON_BEHIND = person_behind(EXPLORER)
# Since revision 0014.
WITH_COMMAND_LINE = person_behind(EXPLORER, COMMAND_LINE)
ACTOR_OF = f"""
CREATE OR REPLACE FUNCTION actor_of(client uuid, token text, {_ANSWER})
RETURNS SETOF record LANGUAGE plpgsql STABLE SECURITY DEFINER {PATH} AS $$
BEGIN
    RETURN QUERY SELECT {_COLUMNS}
    FROM api_client k JOIN participant p ON p.id = k.participant_id
    WHERE k.id = client AND k.disabled_at IS NULL AND {_NOT_REVOKED.format("token")};
    IF NOT FOUND THEN
        RETURN QUERY SELECT * FROM person_behind(client, token);
    END IF;
END $$
"""
# Whoever asks whether there is such a row stops at the one of a program.
VIEWER_STANDING = f"""
CREATE OR REPLACE VIEW viewer_standing WITH (security_barrier) AS
    SELECT p.id AS participant_id, p.participant_class, p.status, p.feed_epoch, k.scopes, {_GROUPS} AS groups,
        k.confined
    FROM api_client k JOIN participant p ON p.id = k.participant_id
    WHERE k.id = (SELECT viewer_client()) AND k.disabled_at IS NULL
        AND {_NOT_REVOKED.format("(SELECT viewer_token())")}
    UNION ALL
    SELECT participant_id, participant_class, status, feed_epoch, scopes, groups, client_confined(viewer_client())
    FROM person_behind(viewer_client(), viewer_token())
"""

# Of a person's sign-in it is what its program is.
CLIENT_CONFINED = f"""
CREATE OR REPLACE FUNCTION client_confined(client uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER {PATH} AS $$
    SELECT COALESCE((SELECT k.confined FROM api_client k WHERE k.id = client
        OR k.id = (SELECT i.client_id FROM sign_in i WHERE i.id = client)), false)
$$
"""

# Under which calls are kept (R19): a person's whichever program it uses, and across its sign-ins.
AUTHOR = f"""
CREATE FUNCTION viewer_author() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER {PATH} AS $$
    SELECT COALESCE((SELECT i.person_id FROM sign_in i WHERE i.id = viewer_client()), viewer_client())
$$
"""
OF_AUTHOR, OF_CLIENT = "client_id = (SELECT viewer_author())", "client_id = (SELECT viewer_client())"

# What the desk has to know of a person's participant, whose row it does not see.
PARTICIPANT_AT_DESK = f"""
CREATE FUNCTION participant_at_desk(participant uuid, OUT name text, OUT participant_class text)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER {PATH} AS $$
    SELECT p.name, p.participant_class FROM participant p WHERE p.id = participant AND at_the_desk()
$$
"""

# A client that shows what it authenticates with, or sends a person, before there is a viewer.
CLIENT_BY_ID = f"""
CREATE FUNCTION client_by_id(client uuid, OUT participant_id uuid, OUT participant_class text, OUT name text,
    OUT status text, OUT scopes text[], OUT secret_digest bytea, OUT auth_method text, OUT public_keys jsonb,
    OUT requires_dpop boolean, OUT redirect_uris text[])
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER {PATH} AS $$
    SELECT p.id, p.participant_class, k.name, p.status, k.scopes, k.secret_digest, k.auth_method, k.public_keys,
        k.requires_dpop, k.redirect_uris
    FROM api_client k JOIN participant p ON p.id = k.participant_id
    WHERE k.id = client AND k.disabled_at IS NULL
$$
"""


def enclosed() -> list[str]:
    """Row-level security of the new tables."""
    statements = []
    for table in ("person", *DESK_TABLES):
        statements += [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)",
        ]
    for table in DESK_TABLES:
        statements += [
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO lantern_app",
            f"CREATE POLICY desk ON {table} TO lantern_app USING ({DESK}) WITH CHECK ({DESK})",
        ]
    for table in ("web_session", "sign_in", "refresh_token"):
        statements += [
            f"GRANT SELECT, DELETE ON {table} TO lantern_worker",
            f"CREATE POLICY worker ON {table} TO lantern_worker USING (true) WITH CHECK (true)",
        ]
    return [*statements, *PERSON_POLICIES]
