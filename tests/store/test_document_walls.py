"""Trusted documents past the services: whose rows the serving role reads and writes."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import CursorResult, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.actor import Actor
from app.rules.trusted_documents import DocumentDraft, id_of
from app.services import trusted_documents
from app.store.database_urls import DatabaseUrls
from tests.feedback_world import World, world_at

RETIRED = "text = NULL, retired_at = now()"
WHO = "query Who { viewer { clientId } }"
ADD = (
    "INSERT INTO trusted_document (id, created_at, participant_id, document_id, text, operation_names, by_operator,"
    " registered_by) VALUES (gen_random_uuid(), now(), :owner, :document, 'text', '{}', :by_operator, :owner)"
)


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as world:
        draft = DocumentDraft(id_of(WHO), WHO, ("Who",))
        for actor in (world.alder, world.operator):
            await world.do(trusted_documents.register, actor, [draft])
        yield world


async def run(world: World, actor: Actor, statement: str, **given: Any) -> int:
    async with world.exchange.database.write(world.now(actor)) as session:
        result = await session.execute(text(statement), given)
        assert isinstance(result, CursorResult)
        return result.rowcount


async def test_everybody_reads_its_own_and_the_operators(world: World) -> None:
    seen = "SELECT id FROM trusted_document"
    assert [await run(world, who, seen) for who in (world.alder, world.birch, world.operator)] == [2, 1, 1]
    async with world.exchange.database.nobody() as session:
        assert (await session.execute(text(seen))).all() == []


@pytest.mark.parametrize("by_operator", [True, False])
async def test_nobody_registers_for_another_or_in_the_operators_name(world: World, by_operator: bool) -> None:
    me, given = world.birch.participant_id, {"document": id_of("text")}
    for owner, claimed in ((world.alder, by_operator), (world.operator, by_operator), (world.birch, True)):
        with pytest.raises(DBAPIError, match="row-level security"):
            await run(world, world.birch, ADD, owner=owner.participant_id, by_operator=claimed, **given)
    assert await run(world, world.birch, ADD, owner=me, by_operator=False, **given) == 1


async def test_nobody_retires_or_rewrites_the_documents_of_others(world: World) -> None:
    retire, rewrite = (f"UPDATE trusted_document SET {change}" for change in (RETIRED, "text = 'mutation'"))
    assert [await run(world, world.birch, statement) for statement in (retire, rewrite)] == [0, 0]
    with pytest.raises(DBAPIError, match="ck_trusted_document_hash"):
        await run(world, world.operator, rewrite)
    assert await run(world, world.operator, retire) == 1, "its own alone"


@pytest.mark.parametrize("column", ["participant_id", "document_id", "by_operator"])
async def test_what_a_document_is_never_changes(world: World, column: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        await run(world, world.alder, f"UPDATE trusted_document SET {column} = {column}")
    with pytest.raises(DBAPIError, match="permission denied"):
        await run(world, world.alder, "DELETE FROM trusted_document")
