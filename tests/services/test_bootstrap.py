"""The first participants of an empty exchange."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from app.errors import InvalidInput
from app.rules.keyring import Keyring
from app.rules.participants import ParticipantClass
from app.rules.scopes import ALLOWED
from app.services import bootstrap
from app.services.bootstrap import Founder
from app.services.clients import IssuedClient
from app.store.database_urls import DatabaseUrls
from tests.demo_exchange import Clock, DemoExchange, filled, opened

KEYRING = Keyring.generate()
OPERATOR = Founder("operator", "Operator", ParticipantClass.OPERATOR)


async def first_operator(urls: DatabaseUrls, founder: Founder = OPERATOR) -> IssuedClient | None:
    engine = create_async_engine(urls.owner, poolclass=NullPool)
    async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
        issued = await bootstrap.first_operator(session, KEYRING, founder, Clock()())
    await engine.dispose()
    return issued


async def test_an_empty_exchange_gets_one_operator_with_all_its_scopes(emptied: DatabaseUrls) -> None:
    issued = await first_operator(emptied)
    assert issued is not None
    assert set(issued.row.scopes) == ALLOWED[ParticipantClass.OPERATOR]
    assert await first_operator(emptied) is None
    assert await filled(emptied, KEYRING, Clock()()) is None


async def test_of_several_that_begin_at_once_one_becomes_the_operator(emptied: DatabaseUrls) -> None:
    made = await asyncio.gather(*(first_operator(emptied) for _ in range(4)))
    assert sum(issued is not None for issued in made) == 1


async def test_a_founder_without_a_proper_name_is_refused(emptied: DatabaseUrls) -> None:
    for founder in (
        Founder("", "Operator", OPERATOR.participant_class),
        Founder("x-1", "", OPERATOR.participant_class),
    ):
        with pytest.raises(InvalidInput):
            await first_operator(emptied, founder)


async def test_the_demo_exchange_is_made_once(emptied: DatabaseUrls) -> None:
    async with opened(emptied) as exchange:
        assert await filled(emptied, exchange.keyring, exchange.clock()) is None


async def test_of_several_that_make_the_demo_exchange_one_succeeds(emptied: DatabaseUrls) -> None:
    made = await asyncio.gather(*(filled(emptied, KEYRING, Clock()()) for _ in range(4)))
    assert sum(credentials is not None for credentials in made) == 1


async def test_every_demo_client_has_all_scopes_of_its_class(emptied: DatabaseUrls) -> None:
    async with opened(emptied) as exchange:
        operator, cedar = await exchange.operator(), await exchange.actor("cedar")
        assert operator.scopes == ALLOWED[operator.participant_class]
        assert cedar.scopes == ALLOWED[cedar.participant_class]
        assert (operator.is_operator, cedar.groups) == (True, ())
        assert await members(exchange) == {"alder", "birch"}


async def members(exchange: DemoExchange) -> set[str]:
    return {slug for slug in exchange.credentials.clients if (await exchange.actor(slug)).groups}
