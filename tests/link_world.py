"""What tests of links do and ask over and over."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.rules.actor import Actor
from app.rules.links import LinkDraft, Relation
from app.rules.row_results import RowResult
from app.services import links, network
from app.store import links as stored
from app.store.pages import Window
from tests.feedback_world import World

ALL = Window(1_000)
SAME_ACTOR = Relation.SAME_ACTOR


async def link_all(world: World, actor: Actor, *drafts: LinkDraft, key: str | None = None) -> list[RowResult]:
    return await world.do(links.link, actor, world.exchange.keyring, drafts, key)


async def link(world: World, actor: Actor, a: UUID, b: UUID, **said: Any) -> UUID:
    (result,) = await link_all(world, actor, LinkDraft(a, b, **{"relation": SAME_ACTOR, **said}))
    assert result.subject_id is not None, result.rejection
    return result.subject_id


async def rejection(world: World, actor: Actor, a: UUID, b: UUID) -> tuple[str | None, str]:
    """The field and the reason for which a link is rejected."""
    (result,) = await link_all(world, actor, LinkDraft(a, b, SAME_ACTOR))
    assert result.rejection is not None, result
    return result.rejection.field, result.rejection.reason


async def linked_pair(world: World, actor: Actor, *others: Actor, group: UUID | None = None) -> tuple[UUID, UUID, UUID]:
    """A link of the actor, and its two ends, which the others contribute too."""
    a, b = sorted([await world.share(actor, *others, group=group), await world.share(actor, *others, group=group)])
    return await link(world, actor, a, b), a, b


async def at(world: World, actor: Actor, signal: UUID, relation: Relation | None = None) -> list[UUID]:
    """The links that the actor sees at a signal, in their order."""
    page = (await world.ask(stored.at_signals, actor, [signal], relation, ALL))[signal]
    return [row.id for _, row in page.items]


async def seen(world: World, actor: Actor, link_id: UUID, *ends: UUID) -> set[bool]:
    """Whether the actor sees the link, as each channel tells, and as each wall tells by itself."""
    found = [bool(await raw(world, actor, link_id))]
    for ask in (world.ask, world.ask_unwalled):
        found.append(link_id in await ask(stored.by_ids, actor, [link_id]))
        for end in ends:
            page = (await ask(stored.at_signals, actor, [end], None, ALL))[end]
            around = await ask(network.neighbourhood, actor, end, 1, 500)
            found.append(link_id in [row.id for _, row in page.items])
            found.append(link_id in [row.id for row in around.links])
            found.append(len(around.signal_ids) > 1)
    return set(found)


async def raw(world: World, actor: Actor, link_id: UUID) -> list[Any]:
    """What the serving role reads of a link when nobody asks the policy layer."""
    query = text("SELECT confidence FROM signal_link WHERE id = :id")
    async with world.exchange.database.read(world.now(actor)) as session:
        return list(await session.execute(query, {"id": link_id}))


async def alter(world: World, actor: Actor, signal: UUID, change: str) -> None:
    """Let something happen to the actor's contribution to a signal, whoever would do it."""
    where = "WHERE participant_id = :participant AND signal_id = :signal"
    async with world.owner.begin() as connection:
        changed = await connection.execute(
            text(f"UPDATE contribution SET {change} {where}"),  # the test's own words
            {"participant": actor.participant_id, "signal": signal},
        )
    assert changed.rowcount == 1
