"""What the workloads that write leave behind: counted against what was sent, then taken away for the next run."""

from collections import Counter

import asyncpg

from tests.bench.checks import WrongAnswer
from tests.bench.kept import DataSet
from tests.bench.workloads import WORKLOADS

_TOUCHED = (
    "feedback",
    "feedback_version",
    "feedback_reference",
    "inbox",
    "contribution",
    "signal_match_key",
    "signal",
)

_AWAY = (
    "DELETE FROM feedback_reference r USING feedback f WHERE f.id = r.feedback_id AND f.created_at > $1",
    "DELETE FROM feedback_version WHERE recorded_at > $1",
    "DELETE FROM feedback WHERE created_at > $1",
    "DELETE FROM inbox WHERE at > $1",
    "DELETE FROM contribution WHERE created_at > $1",
    "DELETE FROM signal_match_key k USING signal s WHERE s.id = k.signal_id AND s.created_at > $1",
    "DELETE FROM signal WHERE created_at > $1",
)


async def take_away(owner: asyncpg.Connection, data: DataSet) -> None:
    if not await owner.fetchval("SELECT EXISTS (SELECT FROM inbox)"):
        return
    async with owner.transaction():
        for statement in _AWAY:
            await owner.execute(statement, data.loaded_at)
    for table in _TOUCHED:
        await owner.execute(f"VACUUM (ANALYZE) {table}")


async def count(owner: asyncpg.Connection, data: DataSet, sent: Counter[str]) -> None:
    """Raises: WrongAnswer unless all that was sent, and nothing else, is in the tables, and told in the inbox."""
    findings = sent["feedback"] + sent["feedback100"] * WORKLOADS["feedback100"].rows
    wanted = {
        "SELECT count(*) FROM feedback WHERE created_at > $1": findings,
        "SELECT count(*) FROM feedback_version WHERE recorded_at > $1": findings,
        "SELECT count(DISTINCT f.id) FROM feedback_reference r JOIN feedback f ON f.id = r.feedback_id"
        " WHERE f.created_at > $1": findings,
        "SELECT count(*) FROM contribution WHERE created_at > $1": sent["upload"] * WORKLOADS["upload"].rows,
        "SELECT count(*) FROM inbox WHERE at > $1 AND kind = 'CONTRIBUTION'": sent["upload"] * WORKLOADS["upload"].rows,
    }
    for statement, rows in wanted.items():
        found = await owner.fetchval(statement, data.loaded_at)
        if found != rows:
            raise WrongAnswer(f"The contenders wrote {found:,} rows where {rows:,} were sent: {statement}")
