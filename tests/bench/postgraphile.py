"""PostGraphile from npm: put into a directory of its own, and what it needs beside our tables."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from rich.console import Console
from sqlalchemy import URL

from scripts import node_packages
from tests.bench.kept import POSTGRAPHILE_SCHEMA as SCHEMA
from tests.bench.limit_app import POOL_SIZE
from tests.bench.limit_writes import FEEDBACK_WRITTEN, UPLOAD_WRITTEN
from tests.bench.loading import arguments

_OURS = Path(__file__).parent / "postgraphile"
# They find the packages from where they stand.
_FILES = ("server.mjs", "tags.json5")
INSTALLED = node_packages.KEPT / "postgraphile"

DROPPED = f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"
# Mutations as functions, since one input touches several tables; the statements are those of the limit.
_MUTATIONS = f"""
CREATE FUNCTION {SCHEMA}.record_feedback(viewer uuid, groups uuid[], ids uuid[], signals uuid[], verdicts text[],
    reviews text[], at timestamptz)
RETURNS TABLE (index bigint, outcome text, feedback_id uuid) LANGUAGE sql AS $function$
{FEEDBACK_WRITTEN}
SELECT n - 1, 'CREATED', id FROM one ORDER BY n
$function$;

CREATE FUNCTION {SCHEMA}.upload_signals(viewer uuid, groups uuid[], ids uuid[], types text[], qualifiers text[],
    tags bytea[], sealed bytea[], at timestamptz, contributions uuid[], violations text[], confidences smallint[],
    expiries timestamptz[], key_ids uuid[], key_tags bytea[])
RETURNS TABLE (index bigint, outcome text, signal_id uuid, contribution_id uuid) LANGUAGE sql AS $function$
{UPLOAD_WRITTEN}
SELECT c.n - 1, 'CREATED', c.id, s.id FROM claimed c JOIN said s ON s.signal_id = c.id ORDER BY c.n
$function$;
"""


@asynccontextmanager
async def defined(owner: asyncpg.Connection) -> AsyncIterator[None]:
    """Its functions and its view, in a schema of their own; our tables stay as they are."""
    await owner.execute(DROPPED)
    await owner.execute((_OURS / "functions.sql").read_text() + _MUTATIONS)
    try:
        yield
    finally:
        await owner.execute(DROPPED)


def install(console: Console) -> None:
    """Fetch the locked packages unless they are there, and Node where it is missing or too old."""
    console.print(f"Setting up PostGraphile {version()} in {INSTALLED}")
    try:
        node_packages.install(_OURS, INSTALLED.name)
    except node_packages.CannotInstall as error:
        raise SystemExit(f"{error} --implementations can leave PostGraphile out.") from None
    for name in _FILES:
        shutil.copy(_OURS / name, INSTALLED / name)


def version() -> str:
    return str(json.loads((_OURS / "package.json").read_text())["dependencies"]["postgraphile"])


def command() -> list[str]:
    """How to start it, once it is installed."""
    return [str(node_packages.node()), str(INSTALLED / "server.mjs")]


def settings(owner: URL, port: int) -> dict[str, str]:
    told = arguments(owner) | {"port": port, "database_port": arguments(owner)["port"]}
    told |= {"schemas": ["public", SCHEMA], "connections": POOL_SIZE}
    return {"NODE_ENV": "production", "GRAPHILE_ENV": "production", "BENCH_POSTGRAPHILE": json.dumps(told)}
