"""The database that the exchange works on: its own embedded one, or one that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from asyncpg import InvalidPasswordError
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from app.store import credentials, database_urls, roles, server_options
from app.store.credentials import Credentials
from app.store.database_urls import DatabaseUrls, on_socket
from app.store.embedded import EmbeddedServer
from app.store.setup_error import SetupError

# The migrations keep their position in this table; only databases of the exchange have it.
VERSION_TABLE = "lantern_version"


@dataclass(frozen=True, slots=True)
class NamedDatabase:
    """A database outside, by URL; the owner makes the role of a URL that is missing."""

    owner: str = field(repr=False)
    serving: str | None = field(default=None, repr=False)
    worker: str | None = field(default=None, repr=False)


@asynccontextmanager
async def provided_database(
    data_directory: Path, named: NamedDatabase | None = None, *, durable: bool = True
) -> AsyncIterator[DatabaseUrls]:
    """Keep a database ready that is ours, or empty and about to be.

    Raises: SetupError if it cannot be reached or made, is another program's, or a serving role could do too much.
    """
    if named is not None:
        yield await _checked(await _outside(named, data_directory))
        return
    server, passwords = _own_server(data_directory, durable=durable)
    with server.running() as socket:
        yield await _checked(await _inside(socket, passwords))


def _own_server(directory: Path, *, durable: bool) -> tuple[EmbeddedServer, Credentials]:
    directory = directory.resolve()
    kept = directory / "credentials.json"
    if (directory / "postgres").exists() and not kept.exists():
        raise SetupError(
            f"{directory / 'postgres'} was not made by the exchange, or {kept} is lost: it stays untouched."
        )
    passwords = credentials.load_or_create(kept)
    return EmbeddedServer(directory, passwords.superuser, durable=durable), passwords


async def _inside(socket: Path, passwords: Credentials) -> DatabaseUrls:
    async with _connected(on_socket(socket, "postgres", server_options.SUPERUSER, passwords.superuser)) as superuser:
        await roles.ensure_role(superuser, roles.OWNER, passwords.owner)
        await roles.ensure_role(superuser, roles.SERVING, passwords.serving)
        await roles.ensure_role(superuser, roles.WORKER, passwords.worker)
        await roles.ensure_database(superuser)
    return DatabaseUrls(
        owner=on_socket(socket, roles.DATABASE, roles.OWNER, passwords.owner),
        serving=on_socket(socket, roles.DATABASE, roles.SERVING, passwords.serving),
        worker=on_socket(socket, roles.DATABASE, roles.WORKER, passwords.worker),
    )


async def _outside(named: NamedDatabase, directory: Path) -> DatabaseUrls:
    owner = database_urls.parse(named.owner)
    if named.serving and named.worker:
        return DatabaseUrls(owner, database_urls.parse(named.serving), database_urls.parse(named.worker))
    passwords = credentials.load_or_create(directory / "credentials.json")
    async with _connected(owner) as connection:
        await _check_ours(connection)
        return DatabaseUrls(
            owner,
            serving=await _named_or_made(connection, named.serving, owner, (roles.SERVING, passwords.serving)),
            worker=await _named_or_made(connection, named.worker, owner, (roles.WORKER, passwords.worker)),
        )


async def _named_or_made(connection: AsyncConnection, named: str | None, owner: URL, login: tuple[str, str]) -> URL:
    if named is not None:
        return database_urls.parse(named)
    await roles.ensure_role(connection, *login)
    return owner.set(username=login[0], password=login[1])


async def _checked(urls: DatabaseUrls) -> DatabaseUrls:
    async with _connected(urls.owner) as owner:
        await _check_ours(owner)
    for role, url in ((roles.SERVING, urls.serving), (roles.WORKER, urls.worker)):
        async with _connected(url) as connection:
            await roles.check_powerless(connection, role)
    return urls


async def _check_ours(owner: AsyncConnection) -> None:
    """Raises: SetupError if the database holds something, but not our migrations."""
    holds = await owner.scalar(_HOLDS_ANYTHING)
    ours = await owner.scalar(text("SELECT to_regclass(:name)"), {"name": VERSION_TABLE})
    if holds and ours is None:
        raise SetupError("That database holds something that is not of the exchange: give it an empty one.")


# Objects of extensions apart: some providers put them into every new database.
_HOLDS_ANYTHING = text("""
    SELECT EXISTS (
        SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
          AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e'))
""")


@asynccontextmanager
async def _connected(url: URL) -> AsyncIterator[AsyncConnection]:
    """One connection where each statement commits by itself.

    Raises: SetupError if the server cannot be reached or refuses.
    """
    engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            yield connection
    except (DBAPIError, OSError) as error:
        raise SetupError(_refusal(url, error)) from error
    finally:
        await engine.dispose()


def _refusal(url: URL, error: DBAPIError | OSError) -> str:
    reason = error.driver_exception if isinstance(error, DBAPIError) else error
    if isinstance(reason, InvalidPasswordError) and url.username in (roles.SERVING, roles.WORKER):
        return (
            f"That server has a role {url.username} with another password: if it is meant for this exchange, set "
            "LANTERN_SERVING_DATABASE_URL and LANTERN_WORKER_DATABASE_URL, otherwise use another server."
        )
    return f"No way into the database {url.render_as_string(hide_password=True)}: {reason}"
