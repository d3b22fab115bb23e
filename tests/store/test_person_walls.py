"""People past the services: whose rows the serving role writes, and which are theirs."""

from typing import Any

import httpx
import pytest
from sqlalchemy import CursorResult, text
from sqlalchemy.exc import DBAPIError

from app.rules.actor import Actor
from app.services import tokens
from tests.demo_exchange import DemoExchange
from tests.person import Browser, Program

ADD = (
    "INSERT INTO person (id, created_at, participant_id, email_digest, sealed_email, sealed_name, roles, epoch)"
    " VALUES (gen_random_uuid(), now(), :owner, '', '', '', '{OPERATOR}', 1)"
)
# It reads no column, so that the policy for reading does not narrow it.
CHANGE = "UPDATE person SET roles = '{OPERATOR}'"
MOVE = "UPDATE person SET participant_id = :to"
KEEP = (
    "INSERT INTO idempotency (client_id, mutation, key_fingerprint, input_fingerprint, created_at)"
    " VALUES (:who, 'm', '', '', now())"
)


async def run(exchange: DemoExchange, actor: Actor, statement: str, **given: Any) -> int:
    async with exchange.database.write(actor) as session:
        result = await session.execute(text(statement), given)
        assert isinstance(result, CursorResult)
        return result.rowcount


async def test_nobody_adds_people_to_another_participant(exchange: DemoExchange) -> None:
    alder, birch = await exchange.actor("alder"), await exchange.actor("birch")
    with pytest.raises(DBAPIError, match="row-level security"):
        await run(exchange, birch, ADD, owner=alder.participant_id)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with exchange.database.nobody() as session:
            await session.execute(text(ADD), {"owner": alder.participant_id})
    # Where people sign in nobody comes into being.
    with pytest.raises(DBAPIError, match="row-level security"):
        async with exchange.database.desk() as session:
            await session.execute(text(ADD), {"owner": alder.participant_id})
    assert await run(exchange, birch, ADD, owner=birch.participant_id) == 1


async def test_nobody_changes_people_of_another_participant(exchange: DemoExchange) -> None:
    alder, birch, operator = await exchange.actor("alder"), await exchange.actor("birch"), await exchange.operator()
    assert await run(exchange, birch, CHANGE) == len([p for p in exchange.credentials.people if p == "birch"])
    async with exchange.database.nobody() as session:
        result = await session.execute(text(CHANGE))
        assert isinstance(result, CursorResult)
        assert result.rowcount == 0
    with pytest.raises(DBAPIError, match="row-level security"):
        await run(exchange, birch, MOVE, to=alder.participant_id)
    assert await run(exchange, operator, CHANGE) == len(exchange.credentials.people)


@pytest.fixture
async def person(http: httpx.AsyncClient, exchange: DemoExchange) -> Actor:
    """A person of alder's that is signed in."""
    told = await Program(http).tokens(await Browser(http).code(exchange.person("alder")))
    claims = exchange.access_tokens.check(told["access_token"], exchange.clock())
    async with exchange.database.nobody() as session:
        return await tokens.actor_behind(session, claims, exchange.clock())


async def test_a_call_is_kept_by_who_made_it(exchange: DemoExchange, person: Actor) -> None:
    """A person's is the person's, not its program's, and not its sign-in's."""
    client = await exchange.actor("alder")
    for me, other in ((person, client.client_id), (person, person.bearer_id), (client, person.author_id)):
        with pytest.raises(DBAPIError, match="row-level security"):
            await run(exchange, me, KEEP, who=other)
    for me in (person, client):
        assert await run(exchange, me, KEEP, who=me.author_id) == 1
    for me in (person, client):
        assert await run(exchange, me, "UPDATE idempotency SET result = '[]'") == 1
        assert await run(exchange, me, "SELECT client_id FROM idempotency") == 1


async def test_a_stranger_wakes_nobody(exchange: DemoExchange) -> None:
    nudge = "INSERT INTO nudge VALUES (gen_random_uuid())"
    with pytest.raises(DBAPIError, match="row-level security"):
        async with exchange.database.nobody() as session:
            await session.execute(text(nudge))
    assert await run(exchange, await exchange.actor("alder"), nudge) == 1
