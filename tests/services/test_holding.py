"""What the operator holds back is told by the audit trail, with the list that it is about (R20)."""

from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.actor import Actor
from app.rules.guards import GuardList
from app.services import holding
from tests.demo_exchange import DemoExchange
from tests.services.membership import actions


async def test_the_audit_trail_says_which_guard_list_was_changed(
    exchange: DemoExchange, operator: Actor, owner_engine: AsyncEngine
) -> None:
    async with exchange.database.write(operator) as session:
        await holding.load(session, operator, exchange.keyring, GuardList.TOP_SITES, ["example.org"])
        await holding.load(session, operator, exchange.keyring, GuardList.COMMON_WORDS, ["lantern"])
        await holding.unload(session, operator, exchange.keyring, GuardList.COMMON_WORDS, ["lantern"])
    assert await actions(owner_engine) == [
        "guard_list.load COMMON_WORDS",
        "guard_list.load TOP_SITES",
        "guard_list.unload COMMON_WORDS",
    ]


async def test_hiding_and_showing_are_told_apart(
    exchange: DemoExchange, operator: Actor, owner_engine: AsyncEngine
) -> None:
    async with exchange.database.write(operator) as session:
        await holding.set_participant_hidden(session, operator, exchange.id("cedar"), hidden=True)
        await holding.set_participant_hidden(session, operator, exchange.id("cedar"), hidden=False)
    assert await actions(owner_engine) == ["participant.hide", "participant.show"]
