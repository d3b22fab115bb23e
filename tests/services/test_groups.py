"""Sharing groups: who is in them, and what changes with that."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.errors import Conflict, InvalidInput, NotFound
from app.rules.actor import Actor
from app.services import groups
from tests.demo_exchange import DemoExchange
from tests.services.membership import actions, add, epochs, remove


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\0b", "a\nb", "\ud800", "a\u202eb"])
async def test_a_name_that_is_none_is_refused(exchange: DemoExchange, operator: Actor, name: str) -> None:
    async with exchange.database.write(operator) as session:
        with pytest.raises(InvalidInput) as refusal:
            await groups.create(session, operator, "a-group", name)
    assert refusal.value.field == "name"


async def test_joining_and_leaving_a_group_starts_a_new_epoch_for_that_participant_alone(
    exchange: DemoExchange, operator: Actor, owner_engine: AsyncEngine
) -> None:
    await add(exchange, operator, [exchange.id("cedar"), exchange.id("alder"), exchange.id("cedar")])
    await add(exchange, operator, [exchange.id("cedar")])
    assert await epochs(owner_engine) == {"alder": 1, "birch": 1, "cedar": 2, "lantern-operator": 1}
    await remove(exchange, operator, [exchange.id("birch"), exchange.id("cedar")])
    await remove(exchange, operator, [exchange.id("cedar")])
    assert await epochs(owner_engine) == {"alder": 1, "birch": 2, "cedar": 3, "lantern-operator": 1}


async def test_membership_shows_in_the_next_request(exchange: DemoExchange, operator: Actor) -> None:
    await add(exchange, operator, [exchange.id("cedar")])
    assert (await exchange.actor("cedar")).groups == (exchange.group_id,)
    await remove(exchange, operator, [exchange.id("cedar")])
    assert (await exchange.actor("cedar")).groups == ()


async def test_changes_to_one_group_at_once_never_lock_each_other_out(exchange: DemoExchange, operator: Actor) -> None:
    members = [exchange.id(slug) for slug in ("alder", "birch", "cedar")]
    changes = [add(exchange, operator, members), remove(exchange, operator, members[::-1])]
    changes += [add(exchange, operator, members[::-1]), remove(exchange, operator, members)]
    await asyncio.gather(*changes)


async def test_members_that_do_not_exist_change_nothing(
    exchange: DemoExchange, operator: Actor, owner_engine: AsyncEngine
) -> None:
    with pytest.raises(NotFound, match="participant"):
        await add(exchange, operator, [exchange.id("cedar"), uuid4()])
    with pytest.raises(InvalidInput):
        await add(exchange, operator, [])
    assert (await exchange.actor("cedar")).groups == ()
    assert await actions(owner_engine) == []


async def test_a_group_is_made_once_and_renamed(exchange: DemoExchange, operator: Actor) -> None:
    async with exchange.database.write(operator) as session:
        group = await groups.create(session, operator, "ferry-watch", "Ferries")
        with pytest.raises(Conflict):
            await groups.create(session, operator, "ferry-watch", "Ferries again")
    async with exchange.database.write(operator) as session:
        assert (await groups.rename(session, operator, group.id, " Ferry watch ")).name == "Ferry watch"
        with pytest.raises(NotFound):
            await groups.rename(session, operator, uuid4(), "Nothing")
