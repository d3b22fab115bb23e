"""PDQ hashes in the memory of several processes: what one commits, the very next look-up of any other finds."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.rules import sealing
from app.rules.actor import Actor
from app.rules.drafts import Audience, SignalDraft
from app.rules.keyring import Keyring, VersionedKeys
from app.rules.labels import RetractionReason
from app.rules.normal_forms import NO_HINTS, Hints
from app.rules.packed_hashes import PackedHashes
from app.rules.signal_types import SignalType
from app.services import contributions, matching, uploads
from app.services.matching import RawValue
from app.store import pdq_index
from app.store.database import Database
from app.store.database_urls import DatabaseUrls
from app.store.pdq_index import PdqIndex
from tests.feedback_world import LABELS, World, world_at

Near = list[tuple[UUID, int]]
CHANCE = Random(29)


@dataclass
class Process:
    """One server process: connections and an index of its own."""

    world: World
    database: Database
    keyring: Keyring
    index: PdqIndex

    async def near(self, *values: str) -> list[Near]:
        async with self.database.read(self.world.now(self.world.birch)) as session:
            return [sorted(found) for found in await self.index.near(session, self.keyring, values)]

    async def matched(self, actor: Actor, value: str) -> list[UUID]:
        raw = [RawValue(SignalType.HASH_PDQ, value, NO_HINTS)]
        async with self.database.read(self.world.now(actor)) as session:
            (result,) = await matching.match(session, self.world.now(actor), self.keyring, self.index, raw)
        return [one.signal_id for one in result.matches]

    async def upload(self, *values: str, actor: Actor | None = None, audience: Audience | None = None) -> list[UUID]:
        async with self.writing(actor) as session:
            return await _upload(session, self.world, actor or self.world.alder, values, audience)

    @asynccontextmanager
    async def writing(self, actor: Actor | None = None) -> AsyncIterator[AsyncSession]:
        async with self.database.write(self.world.now(actor or self.world.alder)) as session:
            yield session


async def _upload(
    session: AsyncSession, world: World, actor: Actor, values: Sequence[str], audience: Audience | None = None
) -> list[UUID]:
    drafts = [SignalDraft(SignalType.HASH_PDQ, v, LABELS, Hints(quality=100), audience=audience) for v in values]
    results = await uploads.upload(session, world.now(actor), world.exchange.keyring, drafts)
    ids = [result.signal_id for result in results if result.signal_id is not None]
    assert len(ids) == len(values), results
    return ids


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as made:
        yield made


@pytest.fixture
async def processes(world: World) -> AsyncIterator[tuple[Process, Process]]:
    async with process(world) as one, process(world) as other:
        yield one, other


@asynccontextmanager
async def process(world: World, keyring: Keyring | None = None) -> AsyncIterator[Process]:
    database = Database.at(world.exchange.urls.serving)
    yield Process(world, database, keyring or world.exchange.keyring, PdqIndex())
    await database.close()


def made(count: int = 1) -> list[str]:
    return [f"{CHANCE.getrandbits(256):064x}" for _ in range(count)]


def flipped(value: str, bits: int) -> str:
    return f"{int(value, 16) ^ sum(1 << bit for bit in CHANCE.sample(range(256), bits)):064x}"


def brute(query: str, held: dict[UUID, str]) -> Near:
    apart = ((id, (int(query, 16) ^ int(value, 16)).bit_count()) for id, value in held.items())
    return sorted(pair for pair in apart if pair[1] <= 31)


@pytest.mark.parametrize("size", [1, 2, 60])
async def test_every_distance_is_found_as_brute_force_finds_it(
    processes: tuple[Process, Process], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdq_index, "_PAGE", 7)
    one, other = processes
    values = made(size)
    values += [flipped(values[0], bits) for bits in range(1, 40)] if size > 2 else []
    held = dict(zip(await one.upload(*values), values, strict=True))
    for process in processes:
        for bits in range(34):
            queries = [flipped(values[0], bits), values[-1]]
            assert await process.near(*queries) == [brute(query, held) for query in queries]
    assert len(other.index) == len(values)


async def test_what_one_process_commits_the_next_look_up_of_another_finds(
    processes: tuple[Process, Process],
) -> None:
    for number in range(12):
        writer, reader = processes[number % 2], processes[1 - number % 2]
        (value,) = made()
        assert await reader.near(value) == [[]]
        (id,) = await writer.upload(value)
        near = flipped(value, number)
        assert await reader.near(near) == [[(id, number)]]
        assert await reader.matched(writer.world.birch, near) == [id]
        assert await writer.near(near) == [[(id, number)]]


async def _late(processes: tuple[Process, Process]) -> list[list[Near]]:
    """What another process finds of two hashes, of which the one that was written first is committed last: before the
    first commit, between both, and after both."""
    writer, reader = processes
    early, late = made(2)
    async with writer.writing() as slow:
        (late_id,) = await _upload(slow, writer.world, writer.world.alder, [late])
        found = [await reader.near(early, late)]
        (early_id,) = await writer.upload(early, actor=writer.world.birch)
        found.append(await reader.near(early, late))
        # Once more, as the index then goes on from a snapshot in which the slow one was open.
        (other,) = made()
        await writer.upload(other, actor=writer.world.birch)
        await reader.near(other)
    found.append(await reader.near(early, late))
    names = {early_id: "early", late_id: "late"}
    return [[[(names[id], apart) for id, apart in near] for near in step] for step in found]  # type: ignore[misc]


FRESH = [[[], []], [[("early", 0)], []], [[("early", 0)], [("late", 0)]]]


async def test_what_is_written_first_and_committed_last_is_not_lost(processes: tuple[Process, Process]) -> None:
    assert await _late(processes) == FRESH


Page = Callable[..., Awaitable[tuple[pdq_index._Seen, list[Any]]]]


def _by_the_highest_number(page: Page) -> Page:
    async def mutant(*given: Any) -> tuple[pdq_index._Seen, list[Any]]:
        """Goes on from the highest number that it has seen, as one would with a serial or a time."""
        seen, rows = await page(*given)
        return replace(seen, open=()), rows

    return mutant


def _once(page: Page) -> Page:
    async def mutant(asking: Any, since: pdq_index._Seen, *given: Any) -> tuple[pdq_index._Seen, list[Any]]:
        """Reads all once, and then never asks again."""
        return (since, []) if since.below else await page(asking, since, *given)

    return mutant


@pytest.mark.parametrize("mutant", [_by_the_highest_number, _once])
async def test_an_index_that_keeps_up_in_a_simpler_way_is_caught(
    processes: tuple[Process, Process], mutant: Callable[[Page], Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    await processes[1].near(*made())
    monkeypatch.setattr(pdq_index, "_page", mutant(pdq_index._page))
    assert await _late(processes) != FRESH


async def test_beside_a_long_transaction_nothing_is_missed_and_nothing_read_twice(
    processes: tuple[Process, Process],
) -> None:
    writer, reader = processes
    async with writer.writing() as long:
        await long.execute(text("SELECT pg_current_xact_id()"))
        for _ in range(5):
            (value,) = made()
            (id,) = await writer.upload(value)
            assert await reader.near(value) == [[(id, 0)]]
            async with reader.database.nobody() as session:
                _, rows = await pdq_index._page(session, reader.index._seen, pdq_index._START, 100)
            assert rows == []
    assert len(reader.index) == 5


async def test_look_ups_side_by_side_take_in_each_hash_once(
    processes: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdq_index, "_PAGE", 3)
    writer, reader = processes
    for _ in range(5):
        values = made(10)
        ids = await writer.upload(*values)
        found = await asyncio.gather(*(reader.near(*values) for _ in range(6)))
        assert found == [[[(id, 0)] for id in ids]] * 6
    assert len(reader.index) == 50


async def test_who_is_interrupted_leaves_nothing_out_and_nothing_twice(
    processes: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reader = processes
    first, *values = made(21)
    ids = await writer.upload(first, *values[:5])
    await reader.near(first)
    ids = ids[1:] + await writer.upload(*values[5:])
    taking, settle = asyncio.Event(), PackedHashes.settle
    loop = asyncio.get_running_loop()

    def slowly(self: PackedHashes) -> None:
        loop.call_soon_threadsafe(taking.set)
        time.sleep(0.2)
        settle(self)

    monkeypatch.setattr(PackedHashes, "settle", slowly)
    interrupted = asyncio.create_task(reader.near(*values))
    await taking.wait()
    interrupted.cancel()
    assert await reader.near(*values) == [[(id, 0)] for id in ids]
    assert len(reader.index) == 21


async def test_erased_hashes_leave_every_process(processes: tuple[Process, Process]) -> None:
    writer, reader = processes
    gone, stays = made(2)
    ids = await writer.upload(gone, stays)
    assert await reader.near(gone, stays) == [[(ids[0], 0)], [(ids[1], 0)]]
    await _retract(writer, ids[0])
    assert await reader.near(stays) == [[(ids[1], 0)]]
    assert len(reader.index) == 1, "by any look-up, not only by one that meets it"
    assert await reader.near(gone) == [[]]
    (anew,) = await writer.upload(gone)
    assert anew != ids[0]
    assert await reader.near(gone) == [[(anew, 0)]]


async def _retract(process: Process, signal: UUID) -> None:
    world = process.world
    (own,) = await world.contributions_on(world.alder, signal)
    async with process.writing() as session:
        await contributions.retract_one(session, world.now(world.alder), own.id, RetractionReason.ERROR)


async def test_erased_hashes_leave_a_process_in_which_nobody_looks(
    processes: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdq_index, "REFRESH_EVERY", 0.02)
    monkeypatch.setattr(pdq_index, "TIDY_EVERY", 0.0)
    writer, reader = processes
    ids = await writer.upload(*made(10))
    async with reader.index.kept_fresh(reader.database, lambda: reader.keyring):
        await _until(lambda: len(reader.index) == 10)
        await _retract(writer, ids[4])
        await _until(lambda: len(reader.index) == 9)
        await _until(lambda: len(reader.index._hashes._kept.bands[0].places) == 9)
    assert pdq_index.REFRESH_EVERY < 60
    monkeypatch.undo()
    assert pdq_index.REFRESH_EVERY + pdq_index.TIDY_EVERY < 60


async def _until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not reached():  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.01)


async def test_what_is_found_in_memory_is_told_to_those_who_see_it(processes: tuple[Process, Process]) -> None:
    writer, reader = processes
    world = writer.world
    (value,) = made()
    (id,) = await writer.upload(value, audience=Audience((world.exchange.group_id,)))
    near = flipped(value, 9)
    assert await reader.near(near) == [[(id, 9)]]
    assert await reader.matched(world.birch, near) == [id]
    assert await reader.matched(world.cedar, near) == []


async def test_what_is_sealed_anew_is_the_same_hash(
    processes: tuple[Process, Process], owner_engine: AsyncEngine
) -> None:
    writer, reader = processes
    keyring = writer.world.exchange.keyring
    (value,) = made()
    (id,) = await writer.upload(value)
    assert await reader.near(value) == [[(id, 0)]]
    rotated = replace(keyring, encryption=VersionedKeys({**keyring.encryption.by_version, 2: bytes(32)}))
    async with owner_engine.begin() as owner:
        sealed = {"sealed": sealing.seal(rotated, value, id), "id": id}
        await owner.execute(text("UPDATE signal SET sealed_value = :sealed, key_version = 2 WHERE id = :id"), sealed)
    assert await reader.near(value) == [[(id, 0)]]
    assert len(reader.index) == 1
    async with process(writer.world, rotated) as later:
        assert await later.near(value) == [[(id, 0)]]


async def test_a_restored_backup_with_numbers_of_another_server_is_read_once(
    processes: tuple[Process, Process], owner_engine: AsyncEngine
) -> None:
    writer, reader = processes
    values = made(3)
    ids = await writer.upload(*values)
    async with owner_engine.begin() as owner:
        await owner.execute(text("UPDATE signal SET made_in = 9000000000000"))
    assert await reader.near(*values) == [[(id, 0)] for id in ids]
    (value,) = made()
    (id,) = await writer.upload(value)
    assert await reader.near(value, *values) == [[(id, 0)], *([(id, 0)] for id in ids)]
    assert len(reader.index) == 4


async def test_at_another_server_that_gives_the_same_numbers_all_is_read_anew(
    processes: tuple[Process, Process],
) -> None:
    writer, reader = processes
    values = made(3)
    ids = await writer.upload(*values)
    await reader.near(*values)
    seen = reader.index._seen
    assert seen.server is not None
    reader.index._seen = replace(seen, below=seen.below + 1_000, server=seen.server - timedelta(days=1))
    (value,) = made()
    (id,) = await writer.upload(value)
    assert await reader.near(value, *values) == [[(id, 0)], *([(id, 0)] for id in ids)]
    assert len(reader.index) == 4


async def test_a_transaction_that_wrote_is_refused(processes: tuple[Process, Process]) -> None:
    writer, _ = processes
    async with writer.writing() as session:
        await _upload(session, writer.world, writer.world.alder, made())
        with pytest.raises(RuntimeError, match="written nothing"):
            await writer.index.near(session, writer.keyring, made())


async def test_mostly_a_look_up_asks_one_more_statement_in_which_nothing_comes(
    processes: tuple[Process, Process],
) -> None:
    writer, reader = processes
    value = made()
    await writer.upload(*value)
    await reader.near(*value)
    statements: list[str] = []
    event.listen(
        reader.database.engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2])
    )
    await reader.near(*value)
    assert len([statement for statement in statements if "pdq_changes" in statement]) == 1
