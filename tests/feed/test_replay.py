"""Replaying the feed from any cursor ends in exactly what a full read shows, whatever happened (R17)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.store.database_urls import DatabaseUrls
from tests.feed.history import EVENTS, SLUGS, History
from tests.feed.readers import Reader, Replica, ServiceReader, difference
from tests.feed.world import Program, program_at

PAGE_SIZES = (1, 2, 7, 1000)


@dataclass
class Bookmarks:
    """Copies that readers keep at various moments of a history, each with the cursor that it had come to."""

    random: Random
    kept: dict[Reader, list[Replica]]
    told: Counter[str] = field(default_factory=Counter)

    async def keep_one(self) -> None:
        """One reader goes on from one of its bookmarks, or begins anew, for some pages, and keeps where it got to."""
        reader = self.random.choice(list(self.kept))
        copy = self.random.choice([Replica(), *self.kept[reader]]).copy()
        await copy.follow(reader, self.random.choice(PAGE_SIZES), self.random.choice((1, 3, None)))
        self.kept[reader].append(copy)

    async def check(self) -> None:
        """From each bookmark, and from nothing, everybody gets what it sees in full."""
        for reader, bookmarks in self.kept.items():
            full = await reader.everything()
            for bookmark in [Replica(), *bookmarks]:
                copy, first = bookmark.copy(), self.random.choice(PAGE_SIZES)
                await copy.follow(reader, first)
                self.told += copy.told
                assert not difference(copy.items, full), (reader, first)
            bookmarks[:] = [copy, *self.random.sample(bookmarks, min(len(bookmarks), 3))]


async def replay(program: Program, seed: int) -> tuple[History, Bookmarks]:
    random = Random(seed)
    history = History(program, random)
    bookmarks = Bookmarks(random, {ServiceReader(program, slug): [] for slug in SLUGS})
    for number, event in enumerate(history.deck(), 1):
        await history.happen(event)
        if random.random() < 0.3:
            await bookmarks.keep_one()
        if number % 30 == 0:
            await program.settle()
            await bookmarks.check()
    return history, bookmarks


@pytest.mark.parametrize("seed", range(100,130))
async def test_replaying_from_any_cursor_ends_in_what_a_full_read_shows(emptied: DatabaseUrls, seed: int) -> None:
    async with program_at(emptied) as program:
        history, bookmarks = await replay(program, seed)
    print(history.done, bookmarks.told)
