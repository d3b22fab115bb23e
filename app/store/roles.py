"""The roles in the database: an owner who migrates, and two who serve and own nothing."""

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store import scram
from app.store.setup_error import SetupError

DATABASE = "lantern"
OWNER = "lantern_owner"
SERVING = "lantern_app"
WORKER = "lantern_worker"


async def exists(connection: AsyncConnection, role: str) -> bool:
    return bool(await connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}))


async def ensure_role(connection: AsyncConnection, role: str, password: str) -> None:
    """Make a role that may log in and nothing else; one that exists stays as it is.

    Raises: SetupError if the connected role may not make roles.
    """
    if await exists(connection, role):
        return
    may = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    if not await connection.scalar(text(may)):
        raise SetupError(
            f"There is no role {role}, and the owner may not make it: make {SERVING} and {WORKER} yourself and set "
            "LANTERN_SERVING_DATABASE_URL and LANTERN_WORKER_DATABASE_URL, or give the owner CREATEROLE."
        )
    await _say(connection, "CREATE ROLE %I LOGIN NOINHERIT PASSWORD %L", role, scram.verifier(password))


async def ensure_database(superuser: AsyncConnection) -> None:
    """Make the database in our own server, and close it to everybody but the three roles. Needs autocommit."""
    if not await superuser.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": DATABASE}):
        await _say(superuser, "CREATE DATABASE %I OWNER %I", DATABASE, OWNER)
    await _say(superuser, "REVOKE ALL ON DATABASE %I FROM PUBLIC", DATABASE)
    await _say(superuser, "GRANT CONNECT ON DATABASE %I TO %I, %I", DATABASE, SERVING, WORKER)


async def check_powerless(connection: AsyncConnection, role: str) -> None:
    """Row-level security holds only for a role that is not above it, and that owns and makes nothing, not even for the
    time of a connection.

    Raises: SetupError if the connected role is not `role` or could do more.
    """
    found = (await connection.execute(_POWERS)).one()
    if found.name != role:
        raise SetupError(f"That database URL must log in as {role}: the rights of the tables are given to that role.")
    powers = _powers(found)
    if powers:
        raise SetupError(f"The role {role} must not {' or '.join(powers)}: row-level security would not hold.")
    if found.temporary:
        raise SetupError(
            f"The role {role} must not make temporary tables, which could stand in for ours: as the owner of the "
            f"database run REVOKE TEMPORARY ON DATABASE {found.database} FROM PUBLIC, {role}."
        )


_POWERS = text("""
    SELECT current_user::text AS name, rolsuper OR rolbypassrls AS bypasses,
           rolcreaterole OR rolcreatedb OR has_database_privilege(current_database(), 'CREATE')
               OR has_schema_privilege(to_regnamespace('public'), 'CREATE') AS creates,
           EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) AS owns,
           EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid) AS belongs,
           has_database_privilege(current_database(), 'TEMPORARY') AS temporary,
           quote_ident(current_database()) AS database
    FROM pg_roles WHERE rolname = current_user
""")


def _powers(found: Row[tuple[object, ...]]) -> list[str]:
    sayings = {
        "bypasses": "be above row-level security",
        "creates": "create objects",
        "owns": "own tables",
        "belongs": "belong to other roles",
    }
    return [saying for name, saying in sayings.items() if getattr(found, name)]


async def _say(connection: AsyncConnection, command: str, *words: str) -> None:
    """Run a command that takes no parameters, its words quoted by the server itself."""
    marks = {f"w{number}": word for number, word in enumerate(words)}
    listed = ", ".join(f"CAST(:{mark} AS text)" for mark in marks)
    statement = await connection.scalar(text(f"SELECT format(:command, {listed})"), {"command": command} | marks)
    await connection.exec_driver_sql(str(statement))
