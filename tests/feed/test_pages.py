"""Pages of the change feed: what stands on them, where they start and end, and which cursors are refused."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.errors import InvalidInput
from app.rules.actor import Actor
from app.rules.cursors import Cursors
from app.rules.drafts import Audience
from app.rules.labels import RetractionReason
from app.services import changes, contributions, groups
from app.services.changes import ChangeSet, FreshStart
from app.services.contributions import Revision
from app.store.database_urls import DatabaseUrls
from tests.feed.readers import ApiReader, ServiceReader
from tests.feed.world import OPERATOR, Program, draft, program_at
from tests.served_exchange import Session, served

CHANGES = """query ($after: String, $first: Int! = 50) { changes(after: $after, first: $first) {
    ... on ChangePage { endCursor } ... on ResyncRequired { startCursor } } }"""


@pytest.fixture
async def program(emptied: DatabaseUrls) -> AsyncIterator[Program]:
    async with program_at(emptied) as program:
        yield program


async def follow(program: Program, actor: Actor, after: str | None = None, first: int = 100) -> ChangeSet | FreshStart:
    cursors = Cursors(program.exchange.keyring, actor.participant_id)
    async with program.exchange.database.read(actor) as session:
        return await changes.follow(session, actor, cursors, after, first)


async def page(program: Program, slug: str, after: str | None = None, first: int = 100) -> ChangeSet:
    found = await follow(program, await program.actor(slug), after, first)
    assert isinstance(found, ChangeSet)
    return found


async def shared(program: Program, slug: str, *hosts: str) -> list[Any]:
    """The ids of contributions to these, which are in the feed in this order."""
    made = [(await program.share(slug, draft(host)))[0].subject_id for host in hosts]
    await program.sequence()
    return made


async def test_a_signal_that_changed_often_is_told_once_as_it_stands(program: Program) -> None:
    (id, _) = await shared(program, "alder", "a", "b")
    await program.do("alder", contributions.renew, [id], None)
    await program.do("alder", contributions.renew, [id], None)
    await program.sequence()
    told = (await page(program, "elm")).items
    assert [seen.contributions[0].version for _, seen in told if seen] == [1, 3]


async def test_a_page_can_be_got_again_by_its_start(program: Program) -> None:
    await shared(program, "alder", "a", "b", "c")
    first = await page(program, "elm", first=2)
    again = await page(program, "elm", first.start_cursor, first=2)
    assert [id for id, _ in again.items] == [id for id, _ in first.items]
    assert not first.caught_up


async def test_what_was_retracted_in_the_middle_of_the_first_reading_is_told(program: Program) -> None:
    (id, _) = await shared(program, "alder", "a", "b")
    first = await page(program, "elm", first=1)
    await program.do("alder", contributions.retract, [id], RetractionReason.ERROR)
    await program.sequence()
    rest = await page(program, "elm", first.end_cursor)
    assert [(id == first.items[0][0], seen is None) for id, seen in rest.items] == [(False, False), (True, True)]


async def test_whoever_begins_is_not_told_what_had_gone_before(program: Program) -> None:
    (id, _) = await shared(program, "alder", "a", "b")
    await program.do("alder", contributions.retract, [id], RetractionReason.ERROR)
    await program.sequence()
    assert [seen is not None for _, seen in (await page(program, "elm")).items] == [True]


async def test_a_page_that_was_asked_for_before_the_groups_changed_is_not_gone_on_from(program: Program) -> None:
    """A request is judged by what its participant was when it came in; its cursor is of that epoch, too."""
    await program.share("alder", draft("a", program.payments))
    await program.sequence()
    late = await program.actor("birch")
    await program.do(OPERATOR, groups.remove_members, program.payments, [program.exchange.id("birch")])
    found = await follow(program, late)
    assert isinstance(found, ChangeSet)
    assert len(found.items) == 1
    assert isinstance(await follow(program, await program.actor("birch"), found.end_cursor), FreshStart)


async def test_a_fresh_start_gives_all_that_is_seen_now(program: Program) -> None:
    old = (await page(program, "elm")).end_cursor
    await program.share("alder", draft("a", program.payments))
    await program.do(OPERATOR, groups.add_members, program.payments, [program.exchange.id("elm")])
    await program.sequence()
    fresh = await follow(program, await program.actor("elm"), old)
    assert isinstance(fresh, FreshStart)
    assert len((await page(program, "elm", fresh.start_cursor)).items) == 1


async def test_other_groups_are_told_to_who_gains_or_loses_sight_and_to_nobody_else(program: Program) -> None:
    await program.do(OPERATOR, groups.add_members, program.night, [program.exchange.id("alder")])
    (made,) = await program.share("alder", draft("a", program.payments))
    assert made.subject_id is not None
    await program.sequence()
    ends = {slug: (await page(program, slug)).end_cursor for slug in ("alder", "birch", "cedar", "elm")}
    told = []
    for audience in ((program.payments, program.night), (program.night,)):
        revision = Revision(made.subject_id, {}, Audience(audience))
        await program.do("alder", contributions.update, program.exchange.keyring, revision)
        await program.sequence()
        pages = {slug: await page(program, slug, end) for slug, end in ends.items()}
        told.append({slug: [seen is not None for _, seen in found.items] for slug, found in pages.items()})
        ends = {slug: found.end_cursor for slug, found in pages.items()}
    assert told == [
        {"alder": [True], "birch": [], "cedar": [True], "elm": []},
        {"alder": [True], "birch": [False], "cedar": [], "elm": []},
    ]


async def test_renaming_a_group_starts_nobody_afresh(program: Program) -> None:
    old = (await page(program, "birch")).end_cursor
    await program.do(OPERATOR, groups.rename, program.payments, "Payments")
    assert (await page(program, "birch", old)).caught_up


@pytest.mark.parametrize("first", [0, -1, 1001])
async def test_a_page_has_one_to_a_thousand_items(program: Program, first: int) -> None:
    with pytest.raises(InvalidInput):
        await page(program, "elm", first=first)


async def test_over_http_no_cursor_but_one_of_the_reader_s_own_feed_is_taken(program: Program) -> None:
    await shared(program, "alder", "a", "b")
    async with served(program.exchange) as http:
        elm, birch = (ApiReader(http, program, slug) for slug in ("elm", "birch"))
        theirs = (await birch.ask(CHANGES))["endCursor"]
        listed = await elm.ask("{ signals(first: 1) { pageInfo { endCursor } } }")
        bad = [theirs, listed["pageInfo"]["endCursor"], theirs[:-2], "x", "é", "\x00", "x" * 100_000]
        client = Session(http, program.exchange.client("elm"))
        answers = [await client.send(CHANGES, after=after) for after in bad]
    assert [answer["errors"][0]["extensions"]["code"] for answer in answers] == ["BAD_USER_INPUT"] * len(bad)


async def test_over_http_and_by_the_service_the_feed_tells_the_same_signals(program: Program) -> None:
    await shared(program, "alder", "a", "b")
    async with served(program.exchange) as http:
        over_http = await ApiReader(http, program, "elm").page(None, 10)
    by_service = await ServiceReader(program, "elm").page(None, 10)
    assert not isinstance(over_http, str)
    assert not isinstance(by_service, str)
    assert [id for id, _ in over_http.items] == [id for id, _ in by_service.items]
