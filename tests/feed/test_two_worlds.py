"""Number, time and kind of hidden changes do not show: with and without them, every page is the same (R18)."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.graphql.execution import ReadEngine
from app.rules import limits
from app.rules.actor import Actor
from app.rules.cursors import Place
from app.rules.keyring import Keyring
from app.store import changes
from app.store.changes import Stretch
from app.store.database_urls import DatabaseUrls
from tests.feed import mutants
from tests.feed.mutants import Mutant
from tests.feed.two_worlds import told

PAGE_SIZES = (1, 2, 7, 1000)

after = changes.after


async def both(
    urls: DatabaseUrls, owner: AsyncEngine, *sizes: int, engine: ReadEngine = ReadEngine.COMPILED
) -> tuple[list[Any], list[Any]]:
    """What the reader is told in the world without hidden changes, and in the one with them."""
    keyring = Keyring.generate()
    without = await told(urls, owner, keyring, engine, with_hidden=False, sizes=sizes)
    return without, await told(urls, owner, keyring, engine, with_hidden=True, sizes=sizes)


@pytest.mark.parametrize("engine", ReadEngine)
async def test_hidden_changes_do_not_show(emptied: DatabaseUrls, owner_engine: AsyncEngine, engine: ReadEngine) -> None:
    without, with_hidden = await both(emptied, owner_engine, *PAGE_SIZES, engine=engine)
    assert with_hidden == without
    items = [item for page in without for item in page.get("items", [])]
    assert any(item["removed"] for item in items)
    assert any(page["__typename"] == "ResyncRequired" for page in without)
    assert len({page["startCursor"] for page in without}) == 1, "cursors have one length"


async def count_hidden_rows(session: AsyncSession, actor: Actor, place: Place, first: int) -> Stretch:
    every = (await after(session, actor, place, limits.MAX_LIST_ITEMS)).entries
    page = [entry for entry in every if entry[0] <= place.position + first] or every[:1]
    return Stretch(page, has_next=len(page) < len(every))


async def catch_up_with_all_that_is(session: AsyncSession, actor: Actor, place: Place, first: int) -> Stretch:
    stretch = await after(session, actor, place, first)
    last = stretch.entries[-1][0] if stretch.entries else 0
    return replace(stretch, has_next=0 < last < await changes.head(session))


async def tell_what_had_gone_before(session: AsyncSession, actor: Actor, place: Place, first: int) -> Stretch:
    return await after(session, actor, replace(place, began=0), first)


@pytest.mark.parametrize("mutant", [count_hidden_rows, catch_up_with_all_that_is, tell_what_had_gone_before])
async def test_a_feed_is_caught_that_would(
    mutant: Any, emptied: DatabaseUrls, owner_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "after", mutant)
    without, with_hidden = await both(emptied, owner_engine, 2, engine=ReadEngine.STANDARD)
    assert with_hidden != without


@pytest.mark.parametrize(
    "mutant",
    [
        mutants.TELLS_EVERY_FINDING,
        mutants.TELLS_CONTRIBUTORS_OF_HIDING,
        mutants.DATES_WHAT_IS_HIDDEN,
        mutants.TELLS_EVERY_AUDIENCE,
        mutants.COUNTS_EVERY_AUDIENCE,
    ],
    ids=str,
)
async def test_an_exchange_is_caught_that(mutant: Mutant, emptied: DatabaseUrls, owner_engine: AsyncEngine) -> None:
    async with mutant.at_large(owner_engine):
        without, with_hidden = await both(emptied, owner_engine, 1000)
    assert with_hidden != without
