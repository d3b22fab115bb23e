"""Replaying the feed from any cursor ends in exactly what a full read shows, whatever happened (R17)."""

from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.rules.actor import Actor
from app.rules.cursors import Place
from app.store import changes
from app.store.changes import Stretch
from app.store.database_urls import DatabaseUrls
from tests.feed import mutants
from tests.feed.history import EVENTS, SLUGS, History
from tests.feed.mutants import Mutant
from tests.feed.readers import ApiReader, Reader, Replica, ServiceReader, difference
from tests.feed.world import Program, empty, program_at
from tests.served_exchange import served

PAGE_SIZES = (1, 2, 7, 1000)
# A history has about a hundred events.
EVENTS_BETWEEN_CHECKS = 25


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(60 if metafunc.config.getoption("full") else 2))


@dataclass
class Bookmarks:
    """Copies that readers keep at various moments of a history, each with the cursor that it had come to."""

    random: Random
    kept: dict[Reader, list[Replica]]
    told: Counter[str] = field(default_factory=Counter)

    async def keep_one(self) -> None:
        """One reader begins, or goes on from one of its bookmarks, for a few pages, and keeps where it got to."""
        reader = self.random.choice(list(self.kept))
        copy = self.random.choice([Replica(), *self.kept[reader]]).copy()
        await copy.follow(reader, self.random.choice(PAGE_SIZES), pages=self.random.randint(1, 4))
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


async def replay(
    program: Program, seed: int, readers: list[Reader] | None = None, often: str | None = None
) -> tuple[History, Bookmarks]:
    random = Random(seed)
    history = History(program, random)
    bookmarks = Bookmarks(
        random, {reader: [] for reader in readers or [ServiceReader(program, slug) for slug in SLUGS]}
    )
    for number, event in enumerate(history.deck(often), 1):
        await history.happen(event)
        if random.random() < 0.3:
            await bookmarks.keep_one()
        if number % EVENTS_BETWEEN_CHECKS == 0:
            await program.settle()
            await bookmarks.check()
    return history, bookmarks


async def test_replaying_from_any_cursor_ends_in_what_a_full_read_shows(emptied: DatabaseUrls, seed: int) -> None:
    async with program_at(emptied) as program:
        history, bookmarks = await replay(program, seed)
    assert len(+history.done) >= len(EVENTS) - 2, "too little happened"
    assert min(bookmarks.told[kind] for kind in ("new", "changed", "removed", "resync")) > 10, "too little was told"


async def test_it_does_so_over_http(emptied: DatabaseUrls) -> None:
    async with program_at(emptied) as program, served(program.exchange) as http:
        await replay(program, 1000, [ApiReader(http, program, "birch")])


async def is_caught(urls: DatabaseUrls, owner: AsyncEngine, often: str) -> bool:
    """Most faults show in most histories with enough of their event; ids are random, so not always in the same."""
    for seed in range(5):
        await empty(owner)
        try:
            async with program_at(urls) as program:
                await replay(program, seed, often=often)
        except AssertionError:
            return True
    return False


@pytest.mark.parametrize(
    ("mutant", "often"),
    [
        (mutants.FORGETS_WHO_SAW_WHAT_ENDED, "retract"),
        (mutants.FORGETS_WHO_SAW_WHAT_MOVED, "move to another audience"),
        (mutants.FORGETS_WHO_SAW_WHAT_WAS_HIDDEN, "hide a signal"),
        (mutants.KEEPS_THE_EPOCH_WHEN_GROUPS_CHANGE, "leave a group"),
        (mutants.KEEPS_THE_EPOCH_WHEN_STATUS_CHANGES, "suspend or restrict"),
    ],
    ids=str,
)
async def test_a_feed_is_caught_that(
    mutant: Mutant, often: str, emptied: DatabaseUrls, owner_engine: AsyncEngine
) -> None:
    async with mutant.at_large(owner_engine):
        assert await is_caught(emptied, owner_engine, often)


async def test_a_feed_is_caught_that_never_tells_what_is_gone(
    emptied: DatabaseUrls, owner_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = changes.after

    async def forgetful(session: AsyncSession, actor: Actor, place: Place, first: int) -> Stretch:
        return await after(session, actor, replace(place, began=2**60), first)

    monkeypatch.setattr(changes, "after", forgetful)
    assert await is_caught(emptied, owner_engine, "retract")
