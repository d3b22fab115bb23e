"""The three ways into one database."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.store.server_options import PORT
from app.store.setup_error import SetupError

DRIVER = "postgresql+asyncpg"


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """The owner migrates; the other two own nothing and are under row-level security."""

    owner: URL
    serving: URL
    worker: URL


def on_socket(directory: Path, database: str, role: str, password: str) -> URL:
    query = {"host": str(directory), "port": str(PORT)}
    return URL.create(DRIVER, username=role, password=password, database=database, query=query)


def parse(written: str) -> URL:
    """Read a URL as other PostgreSQL programs write it too.

    Raises: SetupError if it is no PostgreSQL URL.
    """
    try:
        url = make_url(written)
    except ArgumentError:
        # The original error shows the URL with its password.
        raise SetupError("A database URL is malformed: postgresql://role:password@host:5432/database") from None
    if url.drivername.partition("+")[0] not in ("postgres", "postgresql"):
        raise SetupError("The exchange needs PostgreSQL: a database URL begins with postgresql://")
    query = {"ssl" if name == "sslmode" else name: value for name, value in url.query.items()}
    return url.set(drivername=DRIVER, query=query)
