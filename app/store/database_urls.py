"""The three ways into one database."""

import inspect
from dataclasses import dataclass
from pathlib import Path

import asyncpg
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
    except (ArgumentError, ValueError):
        # The original error shows the URL with its password.
        raise SetupError("malformed: a database URL looks like postgresql://role:password@host:5432/database") from None
    if url.drivername.partition("+")[0] not in ("postgres", "postgresql"):
        raise SetupError("the exchange needs PostgreSQL: a database URL begins with postgresql://")
    query = {"ssl" if name == "sslmode" else name: value for name, value in url.query.items()}
    if not query.keys() <= inspect.signature(asyncpg.connect).parameters.keys():
        # Like the rest of the URL it is not told: it may be part of a password.
        raise SetupError("malformed: behind its ? a database URL has only parameters of asyncpg.connect, or sslmode")
    return url.set(drivername=DRIVER, query=query)
