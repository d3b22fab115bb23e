"""With the whole policy taken away, row-level security alone lets no row through that the oracle hides."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.rules.ids import Prefix, shown
from app.store.tables import metadata
from tests.oracle.asking import Exchange
from tests.oracle.channels import Channel, Difference, Tally
from tests.oracle.every_channel import GROUPS
from tests.oracle.facts import Participant
from tests.oracle.mutants import everything_allowed
from tests.oracle.rows import APART, COLUMNS, EVERY_ROW, Rows, by_table, readable
from tests.oracle.stage import Played, Stage, differences, served

WORLDS, ALL_WORLDS = 20, 100


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        most = ALL_WORLDS if metafunc.config.getoption("full") else WORLDS
        metafunc.parametrize("seed", range(1, most + 1))


@pytest.fixture(scope="module")
def counted() -> dict[str, Counter[str]]:
    """By table, how many rows viewers read of all that there were."""
    return {table: Counter() for table in COLUMNS}


@pytest.fixture(scope="module")
async def unguarded(stage: Stage) -> AsyncIterator[Exchange]:
    """Asked only while everything is allowed: its plans are written without any policy."""
    async with served(stage.database, stage.keyring, stage.clock) as exchange:
        yield exchange


async def test_row_level_security_alone_leaks_nothing(
    stage: Stage, unguarded: Exchange, seed: int, full: bool, counted: dict[str, Counter[str]]
) -> None:
    """By reading each table, and through each channel of a program that no longer asks who is looking."""
    played = await _played(stage, seed)
    async with AsyncSession(stage.owner) as session:
        everything = await _rows(session)
    for viewer in played.viewers():
        async with stage.database.read(played.world.scene.actor(viewer)) as session:
            rows = await _rows(session)
        allowed = readable(played.world.scene.oracle, viewer, played.world.scene.history)
        leaked = {table: found - allowed[table] for table, found in rows.items() if not found <= allowed[table]}
        assert not leaked, f"world {seed}: {viewer.slug} ({viewer.kind}, {viewer.status}) reads {leaked}"
        for table, counter in counted.items():
            counter.update(read=len(rows[table]), all=len(everything[table]))
    found = await _without_policy(unguarded, played, full)
    assert not found, f"world {seed}: {len(found)} differences\n" + "\n".join(map(str, found[:5]))


async def test_a_wall_that_is_taken_away_shows(stage: Stage) -> None:
    """Each table in turn shows every row; some viewer of a few worlds must then read too much of it."""
    unseen = set(COLUMNS)
    for seed in range(1, 6):
        played = await _played(stage, seed)
        for table in sorted(unseen):
            async with _open_to_all(stage, table):
                unseen -= await _leaking(stage, played) & {table}
    assert not unseen


async def test_nobody_reads_anything(stage: Stage) -> None:
    await _played(stage, 1)
    async with stage.database.nobody() as session:
        assert (await session.execute(text(EVERY_ROW))).all() == []


async def test_what_cannot_be_read_is_not_looked_for(stage: Stage) -> None:
    assert COLUMNS.keys() | APART == metadata.tables.keys()
    async with stage.database.nobody() as session:
        for table in ("inbox", "nudge", "revoked_token", "used_jwt"):
            assert not await session.scalar(text(f"SELECT has_table_privilege('{table}', 'SELECT')"))


def test_some_rows_were_hidden_and_others_not(
    counted: dict[str, Counter[str]], evidence: Callable[[str], None]
) -> None:
    """In every table that holds what one may see and another may not."""
    if not counted["signal"]:
        pytest.skip("speaks of the worlds that were played")
    lines = [f"{table:<28}{rows['read']:>9}{rows['all']:>9}" for table, rows in counted.items()]
    evidence("\n".join([f"{'table':<28}{'read':>9}{'of':>9}", *lines]))
    assert all(0 < rows["read"] < rows["all"] for rows in counted.values())


async def _played(stage: Stage, seed: int) -> Played:
    """As if everybody had asked by match tags, and seen everything at some time."""
    played = await stage.play(seed)
    kept = "INSERT INTO match_tag SELECT p.id, 1, 7, s.id FROM participant p CROSS JOIN signal s"
    async with stage.owner.begin() as connection:
        await connection.execute(text(kept))
    return played


@asynccontextmanager
async def _open_to_all(stage: Stage, table: str) -> AsyncIterator[None]:
    async with stage.owner.begin() as connection:
        asked = text("SELECT qual FROM pg_policies WHERE tablename = :table AND policyname = 'seen'")
        before = await connection.scalar(asked, {"table": table})
        await connection.execute(text(f"ALTER POLICY seen ON {table} USING (true)"))
    yield
    async with stage.owner.begin() as connection:
        await connection.exec_driver_sql(f"ALTER POLICY seen ON {table} USING ({before})")


async def _leaking(stage: Stage, played: Played) -> set[str]:
    """The tables of which some viewer reads more than it may."""
    leaking = set()
    for viewer in played.viewers():
        async with stage.database.read(played.world.scene.actor(viewer)) as session:
            rows = await _rows(session)
        allowed = readable(played.world.scene.oracle, viewer, played.world.scene.history)
        leaking |= {table for table, found in rows.items() if not found <= allowed[table]}
    return leaking


async def _rows(session: AsyncSession) -> Rows:
    return by_table((table, row) for table, row in await session.execute(text(EVERY_ROW)))


async def _without_policy(unguarded: Exchange, played: Played, full: bool) -> list[Difference]:
    """What differs from the oracle; but a reader may read the records that it wrote itself by revealing."""

    async def look(group: Sequence[Channel], viewer: Participant) -> list[Difference]:
        records = played.world.scene.facts.records
        own = {shown(Prefix.ACCESS_RECORD, record.id) for record in records if record.reader is viewer}
        told = await differences(unguarded, played, group, Tally(), [viewer])
        return [difference for difference in told if difference.about not in own]

    looks = [(group, who) for group in GROUPS for who in (played.viewers() if full else played.one_viewer(group))]
    with everything_allowed():
        asked = await asyncio.gather(*(look(group, viewer) for group, viewer in looks))
    return [difference for one in asked for difference in one]
