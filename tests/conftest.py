"""One PostgreSQL for the whole run, with the real roles and migrations."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app import migrations
from app.store.database_urls import DatabaseUrls
from app.store.provision import provided_database
from app.store.tables import metadata
from tests.demo_exchange import DemoExchange, opened
from tests.served_exchange import served


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run the large sizes: more worlds, more writers, more kills")


EVIDENCE = "evidence"


@pytest.fixture
def evidence(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Takes what a test counted and people should see: it is printed at the end of the run."""
    return lambda text: record_property(EVIDENCE, text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for text in (value for name, value in report.user_properties if name == EVIDENCE):
            terminalreporter.write_sep("=", report.nodeid)
            terminalreporter.write_line(str(text))


@pytest.fixture(scope="session")
def server_directory() -> Iterator[Path]:
    """The data directory of the run's server: `postgres/` is its cluster, `postgres/server.log` its log."""
    directory = Path(tempfile.mkdtemp(prefix="lantern-test-"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
async def database_urls(server_directory: Path) -> AsyncIterator[DatabaseUrls]:
    """A migrated database that lasts for the run; use `emptied` to write into it."""
    async with provided_database(server_directory, durable=False) as urls:
        await migrations.upgrade(urls.owner)
        yield urls


@pytest.fixture(scope="session")
async def owner_engine(database_urls: DatabaseUrls) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(database_urls.owner)
    yield engine
    await engine.dispose()


@pytest.fixture
async def emptied(database_urls: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[DatabaseUrls]:
    """The run's database, without any row before and after the test."""
    yield database_urls
    async with owner_engine.connect() as connection:
        raw = await connection.get_raw_connection()
        # Far faster than TRUNCATE, which makes new files for every table and index.
        await raw.driver_connection.execute(
            "; ".join(f"DELETE FROM {t.name}" for t in reversed(metadata.sorted_tables))
        )


@pytest.fixture
async def exchange(emptied: DatabaseUrls) -> AsyncIterator[DemoExchange]:
    async with opened(emptied) as exchange:
        yield exchange


@pytest.fixture
async def http(exchange: DemoExchange) -> AsyncIterator[httpx.AsyncClient]:
    async with served(exchange) as http:
        yield http
