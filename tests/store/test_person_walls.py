"""People past the services: whose rows the serving role writes."""

from typing import Any

import pytest
from sqlalchemy import CursorResult, text
from sqlalchemy.exc import DBAPIError

from app.rules.actor import Actor
from tests.demo_exchange import DemoExchange

ADD = (
    "INSERT INTO person (id, created_at, participant_id, email_digest, sealed_email, sealed_name, roles, epoch)"
    " VALUES (gen_random_uuid(), now(), :owner, '', '', '', '{OPERATOR}', 1)"
)
# It reads no column, so that the policy for reading does not narrow it.
CHANGE = "UPDATE person SET roles = '{OPERATOR}'"
MOVE = "UPDATE person SET participant_id = :to"


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
