"""API clients: who may register, rotate and disable which."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.errors import Conflict, Forbidden, InvalidInput, NotFound
from app.rules import ids
from app.rules.actor import Actor
from app.rules.participants import ParticipantStatus
from app.rules.scopes import Scope
from app.services import clients, participants, tokens
from app.services.clients import ClientDraft, IssuedClient
from app.store import clients as client_queries
from app.store import groups as group_queries
from app.store.clients import KnownClient
from app.store.tables.participant import ApiClientRow, GroupMemberRow, SharingGroupRow
from tests.demo_exchange import DemoExchange


async def register(exchange: DemoExchange, actor: Actor, slug: str, *scopes: Scope) -> IssuedClient:
    draft = ClientDraft(exchange.id(slug), "Night shift", frozenset(scopes))
    async with exchange.database.write(actor) as session:
        return await clients.register(session, actor, exchange.keyring, draft)


async def rotate(exchange: DemoExchange, actor: Actor, id: UUID) -> IssuedClient:
    async with exchange.database.write(actor) as session:
        return await clients.rotate_secret(session, actor, exchange.keyring, id)


async def disable(exchange: DemoExchange, actor: Actor, id: UUID) -> None:
    async with exchange.database.write(actor) as session:
        await clients.disable(session, actor, id)


async def recognised(exchange: DemoExchange, id: UUID, secret: str) -> KnownClient | None:
    name = ids.shown(ids.Prefix.CLIENT, id)
    async with exchange.database.nobody() as session:
        return await session.run_sync(tokens.recognise, exchange.keyring, name, secret)


async def test_a_registered_client_is_recognised_by_its_secret_alone(exchange: DemoExchange) -> None:
    issued = await register(exchange, await exchange.operator(), "alder", Scope.SIGNALS_READ)
    known = await recognised(exchange, issued.row.id, issued.secret)
    assert known is not None
    assert known.scopes == {"signals:read"}
    for wrong in ("", issued.secret[:-1], issued.secret + "x", exchange.client("alder").client_secret, "\0", "é"):
        assert await recognised(exchange, issued.row.id, wrong) is None
    assert await recognised(exchange, uuid4(), issued.secret) is None


async def test_a_scope_that_the_class_may_not_have_is_refused_by_name(exchange: DemoExchange) -> None:
    with pytest.raises(InvalidInput, match="compliance:manage, participants:manage") as refusal:
        await register(
            exchange,
            await exchange.operator(),
            "alder",
            Scope.SIGNALS_READ,
            Scope.PARTICIPANTS_MANAGE,
            Scope.COMPLIANCE_MANAGE,
        )
    assert (refusal.value.field, refusal.value.reason) == ("scopes", "SCOPE_NOT_ALLOWED")


async def test_a_client_without_scopes_or_participant_is_refused(exchange: DemoExchange) -> None:
    operator = await exchange.operator()
    with pytest.raises(InvalidInput):
        await register(exchange, operator, "alder")
    async with exchange.database.write(operator) as session:
        draft = ClientDraft(uuid4(), "Nobody's", frozenset({Scope.SIGNALS_READ}))
        with pytest.raises(NotFound):
            await clients.register(session, operator, exchange.keyring, draft)


async def test_nobody_but_the_operator_registers_clients(exchange: DemoExchange) -> None:
    less = await exchange.actor("lantern-operator", without=frozenset({"clients:manage"}))
    for actor in (await exchange.actor("alder"), less):
        with pytest.raises(Forbidden):
            await register(exchange, actor, "alder", Scope.SIGNALS_READ)


async def test_a_rotated_secret_replaces_the_old_one_at_once(exchange: DemoExchange) -> None:
    alder = await exchange.actor("alder")
    issued = await rotate(exchange, alder, alder.client_id)
    assert await recognised(exchange, alder.client_id, issued.secret)
    assert await recognised(exchange, alder.client_id, exchange.client("alder").client_secret) is None


async def test_the_client_of_another_does_not_exist(exchange: DemoExchange) -> None:
    alder, birch = await exchange.actor("alder"), await exchange.actor("birch")
    with pytest.raises(NotFound) as hidden:
        await rotate(exchange, alder, birch.client_id)
    with pytest.raises(NotFound) as absent:
        await rotate(exchange, alder, uuid4())
    with pytest.raises(NotFound):
        await disable(exchange, alder, birch.client_id)
    assert hidden.value.message == absent.value.message
    assert await recognised(exchange, birch.client_id, exchange.client("birch").client_secret)


async def test_the_operator_rotates_and_disables_any_client(exchange: DemoExchange) -> None:
    operator, alder = await exchange.operator(), await exchange.actor("alder")
    issued = await rotate(exchange, operator, alder.client_id)
    assert await recognised(exchange, alder.client_id, issued.secret)
    await disable(exchange, operator, alder.client_id)
    assert await recognised(exchange, alder.client_id, issued.secret) is None


async def test_a_disabled_client_stays_disabled(exchange: DemoExchange) -> None:
    alder = await exchange.actor("alder")
    await disable(exchange, alder, alder.client_id)
    await disable(exchange, alder, alder.client_id)
    with pytest.raises(Conflict):
        await rotate(exchange, alder, alder.client_id)


async def test_a_suspended_participant_may_disable_but_not_rotate(exchange: DemoExchange) -> None:
    operator, suspended = await exchange.operator(), exchange.id("alder")
    async with exchange.database.write(operator) as session:
        await participants.change_status(session, operator, suspended, ParticipantStatus.SUSPENDED)
    alder = await exchange.actor("alder")
    with pytest.raises(Forbidden):
        await rotate(exchange, alder, alder.client_id)
    await disable(exchange, alder, alder.client_id)


async def test_the_audit_trail_says_who_did_what_to_which_client_and_no_secret(
    exchange: DemoExchange, owner_engine: AsyncEngine
) -> None:
    operator, alder = await exchange.operator(), await exchange.actor("alder")
    issued = await register(exchange, operator, "alder", Scope.SIGNALS_READ)
    rotated = await rotate(exchange, alder, issued.row.id)
    await disable(exchange, alder, issued.row.id)
    async with owner_engine.connect() as connection:
        rows = (await connection.execute(text("SELECT * FROM audit_event"))).all()
    done = {(row.action, row.participant_id, tuple(row.subjects)) for row in rows}
    subjects = (issued.row.id, exchange.id("alder"))
    assert done == {
        ("client.register", operator.participant_id, subjects),
        ("client.rotate_secret", alder.participant_id, subjects),
        ("client.disable", alder.participant_id, subjects),
    }
    assert issued.secret not in str(rows)
    assert rotated.secret not in repr(rotated)


async def confine(exchange: DemoExchange, actor: Actor, id: UUID, confined: bool) -> None:
    async with exchange.database.write(actor) as session:
        row = await clients.confine(session, actor, id, confined)
        assert row.confined is confined


async def test_one_confines_and_frees_ones_own_clients_and_the_operator_any(
    exchange: DemoExchange, owner_engine: AsyncEngine
) -> None:
    operator, alder, birch = await exchange.operator(), await exchange.actor("alder"), await exchange.actor("birch")
    for actor, confined in ((alder, True), (alder, True), (operator, False), (operator, True), (alder, False)):
        await confine(exchange, actor, alder.client_id, confined)
        assert (await exchange.actor("alder")).confined is confined
    for confined in (True, False):
        with pytest.raises(NotFound):
            await confine(exchange, birch, alder.client_id, confined)
    less = await exchange.actor("alder", without=frozenset({"clients:manage"}))
    with pytest.raises(Forbidden):
        await confine(exchange, less, alder.client_id, True)
    async with owner_engine.connect() as connection:
        rows = (await connection.execute(text("SELECT action, participant_id, subjects FROM audit_event"))).all()
    done = [("confine", alder), ("free", operator), ("confine", operator), ("free", alder)]
    subjects = [alder.client_id, alder.participant_id]
    expected = [(f"client.{what}", who.participant_id, subjects) for what, who in done]
    assert sorted(map(tuple, rows), key=str) == sorted(expected, key=str)


async def test_a_suspended_participant_may_confine_but_not_free(exchange: DemoExchange) -> None:
    operator, suspended = await exchange.operator(), exchange.id("alder")
    async with exchange.database.write(operator) as session:
        await participants.change_status(session, operator, suspended, ParticipantStatus.SUSPENDED)
    alder = await exchange.actor("alder")
    await confine(exchange, alder, alder.client_id, True)
    with pytest.raises(Forbidden):
        await confine(exchange, alder, alder.client_id, False)


@pytest.mark.parametrize("status", ParticipantStatus)
async def test_the_policy_and_row_level_security_show_the_same_clients_and_groups(
    exchange: DemoExchange, owner_engine: AsyncEngine, status: ParticipantStatus
) -> None:
    for slug in exchange.credentials.clients:
        actor = replace(await exchange.actor(slug), status=status)
        # The owner is under no wall, so that the policy stands alone.
        async with exchange.database.read(actor) as walled, AsyncSession(owner_engine) as unwalled:
            for row, policy in (
                (ApiClientRow, client_queries.visible_to(actor)),
                (SharingGroupRow, group_queries.visible_to(actor)),
                (GroupMemberRow, group_queries.members_visible_to(actor)),
            ):
                count = select(func.count()).select_from(row)
                assert await walled.scalar(count) == await unwalled.scalar(count.where(policy))


async def test_the_policies_alone_hide_clients_and_groups(exchange: DemoExchange, owner_engine: AsyncEngine) -> None:
    seen = {}
    for slug in exchange.credentials.clients:
        actor = await exchange.actor(slug)
        async with AsyncSession(owner_engine) as session:
            clients_seen = select(func.count()).select_from(ApiClientRow).where(client_queries.visible_to(actor))
            groups_seen = select(func.count()).select_from(SharingGroupRow).where(group_queries.visible_to(actor))
            seen[slug] = (await session.scalar(clients_seen), await session.scalar(groups_seen))
    assert seen == {"alder": (1, 1), "birch": (1, 1), "cedar": (1, 0), "lantern-operator": (4, 1)}
