"""Keys of API clients, and tokens that have to be bound: who may change them, and what of it is kept."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.errors import Conflict, Forbidden, NotFound
from app.rules import client_keys
from app.rules.actor import Actor
from app.rules.participants import ParticipantStatus
from app.rules.scopes import Scope
from app.services import clients, participants
from app.services.clients import ClientDraft
from app.store.tables.participant import ApiClientRow
from tests.client_keys import key_set, new_key, register
from tests.demo_exchange import DemoExchange

KEYS = client_keys.parse(key_set(new_key("one"), new_key("two")))


async def set_keys(exchange: DemoExchange, actor: Actor, id: UUID) -> ApiClientRow:
    async with exchange.database.write(actor) as session:
        return await clients.set_keys(session, actor, id, KEYS)


async def set_requires_dpop(exchange: DemoExchange, actor: Actor, id: UUID, value: bool) -> ApiClientRow:
    async with exchange.database.write(actor) as session:
        return await clients.set_requires_dpop(session, actor, id, value)


async def test_nobody_but_the_operator_registers_clients_with_keys(exchange: DemoExchange) -> None:
    alder = await exchange.actor("alder")
    draft = ClientDraft(exchange.id("alder"), "Night shift", frozenset({Scope.SIGNALS_READ}))
    async with exchange.database.write(alder) as session:
        with pytest.raises(Forbidden):
            await clients.register_with_keys(session, alder, draft, KEYS)


async def test_a_participant_changes_its_own_clients_and_the_operator_any(exchange: DemoExchange) -> None:
    alder, operator = await exchange.actor("alder"), await exchange.operator()
    for actor in (alder, operator):
        assert (await set_keys(exchange, actor, alder.client_id)).public_keys == KEYS
        assert (await set_requires_dpop(exchange, actor, alder.client_id, True)).requires_dpop


async def test_the_client_of_another_does_not_exist(exchange: DemoExchange) -> None:
    alder, birch = await exchange.actor("alder"), await exchange.actor("birch")
    for absent in (birch.client_id, uuid4()):
        with pytest.raises(NotFound):
            await set_keys(exchange, alder, absent)
        with pytest.raises(NotFound):
            await set_requires_dpop(exchange, alder, absent, True)


async def test_it_needs_the_scope_and_an_active_participant(exchange: DemoExchange) -> None:
    less = await exchange.actor("alder", without=frozenset({"clients:manage"}))
    operator = await exchange.operator()
    async with exchange.database.write(operator) as session:
        await participants.change_status(session, operator, exchange.id("birch"), ParticipantStatus.SUSPENDED)
    for actor in (less, await exchange.actor("birch")):
        with pytest.raises(Forbidden):
            await set_keys(exchange, actor, actor.client_id)
        with pytest.raises(Forbidden):
            await set_requires_dpop(exchange, actor, actor.client_id, True)


async def test_only_the_operator_lets_tokens_be_unbound_again(exchange: DemoExchange) -> None:
    alder, operator = await exchange.actor("alder"), await exchange.operator()
    await set_requires_dpop(exchange, alder, alder.client_id, True)
    with pytest.raises(Forbidden):
        await set_requires_dpop(exchange, alder, alder.client_id, False)
    assert not (await set_requires_dpop(exchange, operator, alder.client_id, False)).requires_dpop


async def test_a_disabled_client_is_not_changed(exchange: DemoExchange) -> None:
    alder = await exchange.actor("alder")
    async with exchange.database.write(alder) as session:
        await clients.disable(session, alder, alder.client_id)
    with pytest.raises(Conflict):
        await set_keys(exchange, alder, alder.client_id)
    with pytest.raises(Conflict):
        await set_requires_dpop(exchange, alder, alder.client_id, True)


async def test_a_client_with_keys_gets_no_secret(exchange: DemoExchange) -> None:
    alder, id = await exchange.actor("alder"), await register(exchange, "alder", new_key("a key"))
    async with exchange.database.write(alder) as session:
        with pytest.raises(Conflict, match="no secret"):
            await clients.rotate_secret(session, alder, exchange.keyring, id)


async def test_the_audit_trail_says_who_changed_keys_and_what_binds_tokens(
    exchange: DemoExchange, owner_engine: AsyncEngine
) -> None:
    operator, alder = await exchange.operator(), await exchange.actor("alder")
    id = await register(exchange, "alder", new_key("a key"))
    await set_keys(exchange, alder, id)
    for actor, value in ((alder, True), (alder, True), (operator, False), (operator, False)):
        await set_requires_dpop(exchange, actor, id, value)
    async with owner_engine.connect() as connection:
        rows = (await connection.execute(text("SELECT action, participant_id, subjects FROM audit_event"))).all()
    assert sorted((row.action, row.participant_id) for row in rows) == [
        ("client.end_requiring_dpop", operator.participant_id),
        ("client.register", operator.participant_id),
        ("client.require_dpop", alder.participant_id),
        ("client.set_keys", alder.participant_id),
    ]
    assert {tuple(row.subjects) for row in rows} == {(id, exchange.id("alder"))}


@pytest.mark.parametrize("change", ["public_keys = '[]'", "secret_digest = NULL", "auth_method = 'private_key_jwt'"])
async def test_the_database_keeps_a_client_with_a_secret_to_it(
    exchange: DemoExchange, owner_engine: AsyncEngine, change: str
) -> None:
    await refused(owner_engine, change)


@pytest.mark.parametrize("change", ["public_keys = NULL", "secret_digest = ''", "auth_method = 'client_secret_basic'"])
async def test_the_database_keeps_a_client_with_keys_to_them(
    exchange: DemoExchange, owner_engine: AsyncEngine, change: str
) -> None:
    """Also against a program from before there were keys."""
    alder = await exchange.actor("alder")
    await set_keys(exchange, alder, alder.client_id)
    await refused(owner_engine, change)


async def refused(owner: AsyncEngine, change: str) -> None:
    with pytest.raises(DBAPIError, match="violates check constraint"):
        async with owner.begin() as connection:
            await connection.execute(text(f"UPDATE api_client SET {change} WHERE name LIKE '%Alder'"))


async def test_the_serving_role_cannot_read_what_was_used(exchange: DemoExchange) -> None:
    for statement in ("TABLE used_jwt", "DELETE FROM used_jwt", "UPDATE used_jwt SET expires_at = 'infinity'"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with exchange.database.nobody() as session:
                await session.execute(text(statement))
