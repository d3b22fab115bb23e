"""Who enters and leaves the demo's sharing group, and what that leaves behind."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.actor import Actor
from app.services import groups
from tests.demo_exchange import DemoExchange


async def add(exchange: DemoExchange, actor: Actor, members: Sequence[UUID]) -> None:
    async with exchange.database.write(actor) as session:
        await groups.add_members(session, actor, exchange.group_id, members)


async def remove(exchange: DemoExchange, actor: Actor, members: Sequence[UUID]) -> None:
    async with exchange.database.write(actor) as session:
        await groups.remove_members(session, actor, exchange.group_id, members)


async def epochs(owner_engine: AsyncEngine) -> dict[str, int]:
    async with owner_engine.connect() as connection:
        return dict((await connection.execute(text("SELECT slug, feed_epoch FROM participant"))).all())


async def actions(owner_engine: AsyncEngine) -> list[str]:
    """What the audit trail holds, each action with its detail, if it has one."""
    async with owner_engine.connect() as connection:
        found = await connection.scalars(text("SELECT concat_ws(' ', action, detail) FROM audit_event"))
        return sorted(found)
