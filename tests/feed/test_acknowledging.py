"""Programs say how far they are with the feed: who may, for whom, and that it tells of nothing hidden (R17, R18)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.errors import Forbidden, InvalidInput
from app.graphql.execution import ReadEngine
from app.rules.actor import Actor
from app.rules.cursors import Cursors, Place
from app.rules.participants import ParticipantStatus
from app.services import changes, groups, participants
from app.store import clients
from app.store.database_urls import DatabaseUrls
from tests.feed.readers import ApiReader
from tests.feed.world import OPERATOR, Program, draft, empty, program_at
from tests.person import Browser, graphql
from tests.person import Program as Frontend
from tests.served_exchange import served

ACKNOWLEDGE = """mutation ($input: AcknowledgeChangesInput!) { acknowledgeChanges(input: $input) {
    __typename ... on AcknowledgeChangesPayload { acknowledgedAt } } }"""
KNOWN = "{ clients(first: 50) { edges { node { id changesAcknowledgedAt } } } }"


@pytest.fixture
async def program(emptied: DatabaseUrls) -> AsyncIterator[Program]:
    async with program_at(emptied) as program:
        yield program


def cursors(program: Program, actor: Actor) -> Cursors:
    return Cursors(program.exchange.keyring, actor.participant_id)


async def acknowledge(program: Program, slug: str, cursor: str) -> None:
    actor = await program.actor(slug)
    await program.do(slug, changes.acknowledge, cursors(program, actor), cursor)


async def refusal(program: Program, slug: str, cursor: str) -> tuple[str | None, str]:
    with pytest.raises(InvalidInput) as refused:
        await acknowledge(program, slug, cursor)
    return refused.value.field, refused.value.reason


async def page(program: Program, slug: str, after: str | None = None) -> Any:
    """The next change alone."""
    actor = await program.actor(slug)
    async with program.exchange.database.read(actor) as session:
        return await changes.follow(session, actor, cursors(program, actor), after, 1)


async def kept(owner: AsyncEngine, program: Program, slug: str) -> tuple[int | None, int | None, Any]:
    """Epoch, position and time of the first client of a participant."""
    query = text(
        "SELECT acknowledged_epoch, acknowledged_position, changes_acknowledged_at FROM api_client"
        " WHERE participant_id = :id"
    )
    async with owner.connect() as connection:
        return tuple((await connection.execute(query, {"id": program.exchange.id(slug)})).one())


@pytest.mark.parametrize("engine", ReadEngine)
async def test_whoever_manages_a_client_sees_when_it_last_acknowledged(program: Program, engine: ReadEngine) -> None:
    slugs = (OPERATOR, "birch", "cedar")
    async with served(program.exchange, engine) as http:
        operator, birch, cedar = (ApiReader(http, program, slug) for slug in slugs)
        cursor = (await birch.page(None, 1)).end
        said = await birch.ask(ACKNOWLEDGE, input={"cursor": cursor})
        seen = [
            {edge["node"]["id"]: edge["node"]["changesAcknowledgedAt"] for edge in (await who.ask(KNOWN))["edges"]}
            for who in (operator, birch, cedar)
        ]
    client, another = (program.exchange.client(slug).client_id for slug in ("birch", "cedar"))
    assert said == {"__typename": "AcknowledgeChangesPayload", "acknowledgedAt": seen[1][client]}
    assert seen[0][client] is not None
    assert {id for id, at in seen[0].items() if at is not None} == {client}
    assert seen[1:] == [{client: seen[0][client]}, {another: None}]


async def test_a_client_never_goes_back(program: Program, owner_engine: AsyncEngine) -> None:
    await program.share("alder", draft("a"), draft("b"))
    await program.sequence()
    first = await page(program, "elm")
    second = await page(program, "elm", first.end_cursor)
    assert first.end.position < second.end.position
    await acknowledge(program, "elm", second.end_cursor)
    epoch, position, before = await kept(owner_engine, program, "elm")
    assert (epoch, position) == (second.end.epoch, second.end.position)
    await acknowledge(program, "elm", first.end_cursor)
    assert (await kept(owner_engine, program, "elm"))[:2] == (epoch, position)
    # But the time goes on all the same: else it would tell whether there is anything between two cursors.
    assert (await kept(owner_engine, program, "elm"))[2] > before


async def test_what_it_said_before_its_sight_changed_no_longer_counts(
    program: Program, owner_engine: AsyncEngine
) -> None:
    await program.share("alder", draft("a"), draft("b"))
    await program.sequence()
    before = await page(program, "elm")
    await acknowledge(program, "elm", before.end_cursor)
    await program.do(OPERATOR, groups.add_members, program.payments, [program.exchange.id("elm")])
    assert await refusal(program, "elm", before.end_cursor) == ("cursor", "RESYNC_REQUIRED")
    told = await page(program, "elm", before.end_cursor)
    await acknowledge(program, "elm", told.start_cursor)
    assert (await kept(owner_engine, program, "elm"))[:2] == (before.end.epoch + 1, 0)


async def test_a_cursor_of_something_else_is_refused(program: Program) -> None:
    birch, cedar = await program.actor("birch"), await program.actor("cedar")
    place = Place(birch.feed_epoch)
    for other in (
        cursors(program, cedar).of_place(place),
        cursors(program, birch).of_feedback_place(place),
        "anything",
    ):
        assert await refusal(program, "birch", other) == ("cursor", "BAD_CURSOR")


async def test_it_takes_the_scope(program: Program) -> None:
    actor = await program.exchange.actor("birch", without=frozenset({"feed:read"}))
    with pytest.raises(Forbidden):
        async with program.exchange.database.write(actor) as session:
            await changes.acknowledge(session, actor, cursors(program, actor), "anything")


async def test_a_person_acknowledges_nothing(program: Program) -> None:
    exchange = program.exchange
    async with served(exchange) as http:
        tokens = await Frontend(http).tokens(await Browser(http).code(exchange.person("alder")))
        cursor = (await ApiReader(http, program, "alder").page(None, 1)).end
        answer = await graphql(http, str(tokens["access_token"]), ACKNOWLEDGE, input={"cursor": cursor})
    assert answer.json()["data"]["acknowledgeChanges"]["__typename"] == "Forbidden"


async def test_whoever_lost_sight_says_that_it_has_deleted(program: Program, owner_engine: AsyncEngine) -> None:
    birch = program.exchange.id("birch")
    await program.do(OPERATOR, participants.change_status, birch, ParticipantStatus.SUSPENDED)
    await acknowledge(program, "birch", (await page(program, "birch")).end_cursor)
    assert (await kept(owner_engine, program, "birch"))[2] == program.clock()


async def test_nobody_acknowledges_for_another(program: Program, owner_engine: AsyncEngine) -> None:
    """Neither past the policy, by the database's own rule, nor past that."""
    alder, birch = await program.actor("alder"), await program.actor("birch")
    forged, place = replace(alder, client_id=birch.client_id), Place(alder.feed_epoch, 7)
    async with program.exchange.database.write(forged) as session:
        await clients.acknowledge(session, forged, place)
        await session.execute(text("UPDATE api_client SET changes_acknowledged_at = now()"))
    async with AsyncSession(owner_engine) as session, session.begin():
        await clients.acknowledge(session, forged, place)
    assert await kept(owner_engine, program, "birch") == (None, None, None)
    assert (await kept(owner_engine, program, "alder"))[2] is not None


async def told(urls: DatabaseUrls, owner: AsyncEngine, *, with_hidden: bool) -> list[Any]:
    """All that birch learns by acknowledging where it was before and after something that it may not see, in every
    order."""
    await empty(owner)
    async with program_at(urls) as program, served(program.exchange) as http:
        birch, moment, answers = ApiReader(http, program, "birch"), program.clock.now, list[Any]()
        await program.share("alder", draft("a"))
        await program.sequence()
        before = (await birch.page(None, 1)).end
        if with_hidden:
            await program.share("cedar", draft("b", program.night))
            await program.sequence()
        after = (await birch.page(before, 1)).end
        for minute, cursor in enumerate((before, after, before, after, before, before), 1):
            program.clock.now = moment + timedelta(minutes=minute)
            answers.append(await birch.ask(ACKNOWLEDGE, input={"cursor": cursor}))
            answers.append([edge["node"]["changesAcknowledgedAt"] for edge in (await birch.ask(KNOWN))["edges"]])
        return answers


async def test_hidden_changes_do_not_show_in_it(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> None:
    without, with_hidden = [await told(emptied, owner_engine, with_hidden=hidden) for hidden in (False, True)]
    assert with_hidden == without
    assert all(answer["__typename"] == "AcknowledgeChangesPayload" for answer in without[::2])


async def test_an_acknowledgement_is_caught_that_goes_by_how_cursors_compare(
    emptied: DatabaseUrls, owner_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = clients.acknowledge

    async def only_what_is_no_earlier(session: AsyncSession, actor: Actor, place: Place) -> None:
        query = text("SELECT acknowledged_position FROM api_client WHERE id = :id")
        if (await session.scalar(query, {"id": actor.client_id}) or 0) <= place.position:
            await whole(session, actor, place)

    monkeypatch.setattr(clients, "acknowledge", only_what_is_no_earlier)
    without, with_hidden = [await told(emptied, owner_engine, with_hidden=hidden) for hidden in (False, True)]
    assert with_hidden != without
