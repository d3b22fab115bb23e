"""How Alembic reaches the database: over the connection and in the transaction that it is given."""

from alembic import context
from sqlalchemy import Connection, text

from app.store.provision import VERSION_TABLE
from app.store.tables import metadata

# Any number, but always the same one: of two programs that start at once, the second finds the work done.
MIGRATION_LOCK = 6_127_331
# A change that waits for a table makes all others wait behind it, so it rather fails and is tried again.
LOCK_TIMEOUT = "10s"


def _migrate(connection: Connection) -> None:
    connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
    context.configure(
        connection=connection, target_metadata=metadata, version_table=VERSION_TABLE, compare_server_default=True
    )
    with context.begin_transaction():
        context.run_migrations()


_migrate(context.config.attributes["connection"])
