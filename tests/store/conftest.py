"""A second database on the run's server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from app.store import credentials, server_options
from app.store.database_urls import DatabaseUrls
from tests.connections import connected


@pytest.fixture
async def elsewhere(database_urls: DatabaseUrls, server_directory: Path) -> AsyncIterator[URL]:
    """An empty database that the exchange did not make, as an owner who may make roles."""
    passwords = credentials.load_or_create(server_directory / "credentials.json")
    superuser = database_urls.owner.set(username=server_options.SUPERUSER, password=passwords.superuser)
    async with connected(superuser) as connection:
        await connection.execute(text("CREATE ROLE elsewhere_owner LOGIN CREATEROLE PASSWORD 'elsewhere'"))
        await connection.execute(text("CREATE DATABASE elsewhere OWNER elsewhere_owner"))
        await connection.execute(text("REVOKE TEMPORARY ON DATABASE elsewhere FROM PUBLIC"))
        yield superuser.set(username="elsewhere_owner", password="elsewhere", database="elsewhere")
        await connection.execute(text("DROP DATABASE elsewhere WITH (FORCE)"))
        await connection.execute(text("DROP ROLE elsewhere_owner"))
