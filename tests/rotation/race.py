"""A race of servers, readers, changes of keys, and a job that is killed over and over."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from uuid import UUID

from sqlalchemy import URL

from app import key_rotation
from app.errors import TooMany
from app.rules.actor import Actor
from app.rules.keyring import ENCRYPTION, TAG
from app.rules.matches import MatchKind
from app.store import key_file
from app.store.database import connect
from app.store.live_keys import LiveKeys
from app.worker import batches, rekeying
from tests.rotation.world import Server, Shared, email, near

# Seconds that a job lives; it takes about 0.2 to start.
LIFETIMES = (0.05, 0.6)

_processes = multiprocessing.get_context("forkserver")
# What a job needs is loaded once, so that each starts at once.
_processes.set_forkserver_preload(["app.worker.rekeying", "app.store.key_file", "pytest", __name__])


@dataclass(frozen=True)
class Size:
    values: int = 200
    kills: int = 10
    rotations: int = 2
    # Signals of one batch of the job, so that there are many in which it can die.
    width: int = 5


@dataclass
class Tally:
    """What went wrong; all empty if nothing did."""

    missed: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    refused: int = 0


@dataclass
class Race:
    shared: Shared
    servers: list[Server]
    random: Random
    size: Size
    ids: dict[int, UUID] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    looked: int = 0
    shared_again: int = 0
    kills: int = 0
    is_over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> Tally:
        await self._upload(self.servers[0], self.shared.alder, range(self.size.values))
        async with asyncio.TaskGroup() as around:
            for server in self.servers:
                around.create_task(self._read(server))
                for actor in (self.shared.alder, self.shared.birch):
                    around.create_task(self._write(server, actor))
            for number in range(self.size.rotations):
                await self._rotate((number + 1) * self.size.kills // self.size.rotations)
            self.is_over.set()
        return self.tally

    async def _rotate(self, kills: int) -> None:
        """New keys of both kinds, a job that is killed until so many kills in all, and away with the old keys."""
        await key_rotation.rotate_encryption(self.shared.files)
        await key_rotation.rotate_tags(self.shared.files)
        await self._kill_until(kills)
        await self.shared.rekey()
        await key_rotation.retire(self.shared.files, TAG)
        await key_rotation.retire(self.shared.files, ENCRYPTION)

    async def _write(self, server: Server, actor: Actor) -> None:
        """Values that are there, and as many that are new, by both participants at both servers at the same time."""
        while not self.is_over.is_set():
            known = self.random.sample(range(self.size.values), 8)
            fresh = [self.size.values + self.random.randrange(self.size.values) for _ in range(4)]
            await self._upload(server, actor, [*known, *fresh])
            await asyncio.sleep(self.random.uniform(0, 0.03))

    async def _upload(self, server: Server, actor: Actor, numbers: "range | list[int]") -> None:
        distinct = sorted(set(numbers))
        for _ in range(20):
            try:
                results = await server.upload(actor, [email(number) for number in distinct])
                break
            except TooMany:
                self.tally.refused += 1
        for number, result in zip(distinct, results, strict=True):
            assert result.signal_id is not None, result
            if self.ids.setdefault(number, result.signal_id) != result.signal_id:
                self.tally.moved.append(f"{number}")
            self.shared_again += 1

    async def _read(self, server: Server) -> None:
        """Values that were shared before are found, by themselves and by their match keys."""
        while not self.is_over.is_set():
            numbers = self.random.sample(sorted(self.ids), 30)
            exact = await server.match(self.shared.birch, [f"person.{number}@gmail.com" for number in numbers])
            loose = await server.match(self.shared.birch, [near(number) for number in numbers])
            for kind, found in ((MatchKind.EXACT, exact), (MatchKind.MATCH_KEY, loose)):
                for number, matches in zip(numbers, found, strict=True):
                    if [(match.kind, match.signal_id) for match in matches] != [(kind, self.ids[number])]:
                        self.tally.missed.append(f"{number} by {kind}: {len(matches)}")
            self.looked += 2 * len(numbers)
            await asyncio.sleep(0.01)

    async def _kill_until(self, kills: int) -> None:
        """Start the job in a process of its own and kill it, over and over."""
        given = (self.shared.exchange.urls.worker, self.shared.files.path, self.size.width)
        while self.kills < kills:
            process = _processes.Process(target=rekey_for_ever, args=given)
            process.start()
            await asyncio.sleep(self.random.uniform(*LIFETIMES))
            process.kill()
            await asyncio.to_thread(process.join)
            self.kills += 1


@asynccontextmanager
async def race_at(shared: Shared, size: Size) -> AsyncIterator[Race]:
    """Two servers that started with the same key file; what they are told later is for them to find out."""
    async with shared.server() as one, shared.server() as other:
        yield Race(shared, [one, other], Random(7), size)


def rekey_for_ever(url: URL, path: Path, width: int) -> None:
    batches.WIDTH = width
    asyncio.run(_rekey_for_ever(url, path))


async def _rekey_for_ever(url: URL, path: Path) -> None:
    engine, read = connect(url), partial(key_file.load_keys, path)
    keys = LiveKeys(read(), read)
    while True:
        await rekeying.rekey(engine, keys, asyncio.Event())
        await asyncio.sleep(0.01)
