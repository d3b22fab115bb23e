"""Replaying the feed from any cursor ends in exactly what a full read shows, whatever happened (R17)."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest

from app.rules.participants import ParticipantStatus
from app.services import participants as participant_services
from app.store import changes, inbox, participants
from app.store.database_urls import DatabaseUrls
from app.store.inbox import NOBODY
from tests.feed.history import EVENTS, SLUGS, History
from tests.feed.readers import ApiReader, Reader, Replica, ServiceReader, difference
from tests.feed.world import Program, program_at
from tests.served_exchange import served

PAGE_SIZES = (1, 2, 7, 1000)
# A history has about a hundred events.
EVENTS_BETWEEN_CHECKS = 30

Mutant = Callable[[pytest.MonkeyPatch], None]


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


async def replay(program: Program, seed: int, readers: list[Reader] | None = None) -> tuple[History, Bookmarks]:
    random = Random(seed)
    history = History(program, random)
    bookmarks = Bookmarks(
        random, {reader: [] for reader in readers or [ServiceReader(program, slug) for slug in SLUGS]}
    )
    for number, event in enumerate(history.deck(), 1):
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
    print(history.done, bookmarks.told, len(EVENTS) - len(+history.done))
    assert len(history.done) > len(EVENTS) - 3, "too little happened"
    assert min(bookmarks.told[kind] for kind in ("new", "changed", "removed", "resync")) > 10, "too little was told"


async def test_it_does_so_over_http(emptied: DatabaseUrls) -> None:
    async with program_at(emptied) as program, served(program.exchange) as http:
        await replay(program, 1000, [ApiReader(http, program, slug) for slug in ("birch", "lantern-operator")])


def forget_who_saw_what_ended(patch: pytest.MonkeyPatch) -> None:
    entry = inbox._entry

    def forgetful(actor: Any, kind: Any, row: Any, before: Any, after: Any) -> dict[str, object]:
        return entry(actor, kind, row, NOBODY if after == NOBODY else before, after)

    patch.setattr(inbox, "_entry", forgetful)


def forget_who_saw_what_moved(patch: pytest.MonkeyPatch) -> None:
    entry = inbox._entry
    patch.setattr(inbox, "_entry", lambda actor, kind, row, before, after: entry(actor, kind, row, after, after))


def keep_the_epoch_when_groups_change(patch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: Any) -> None:
        pass

    patch.setattr(participants, "start_new_epochs", nothing)


def keep_the_epoch_when_status_changes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(participant_services, "SEES_OTHERS", frozenset(ParticipantStatus))


def never_tell_what_is_gone(patch: pytest.MonkeyPatch) -> None:
    after = changes.after
    patch.setattr(
        changes, "after", lambda session, actor, place, first: after(session, actor, replace(place, began=2**60), first)
    )


@pytest.mark.parametrize(
    "mutant",
    [
        forget_who_saw_what_ended,
        forget_who_saw_what_moved,
        keep_the_epoch_when_groups_change,
        keep_the_epoch_when_status_changes,
        never_tell_what_is_gone,
    ],
)
async def test_a_feed_that_would(mutant: Mutant, emptied: DatabaseUrls, monkeypatch: pytest.MonkeyPatch) -> None:
    """… is caught by the same check."""
    mutant(monkeypatch)
    async with program_at(emptied) as program:
        with pytest.raises(AssertionError, match="ServiceReader"):
            _, b = await replay(program, 0)
            print(b.told)
