"""Clients of the token endpoint, and of trusted documents."""

import httpx
import pytest

from app.services.demo import DemoClient
from tests.demo_exchange import DemoExchange
from tests.served_exchange import Session
from tests.web.bearers import ALL, REGISTER, Bearer


@pytest.fixture
def alder(exchange: DemoExchange) -> DemoClient:
    return exchange.client("alder")


@pytest.fixture
def birch(exchange: DemoExchange, http: httpx.AsyncClient) -> Session:
    return Session(http, exchange.client("birch"))


@pytest.fixture
def operator(exchange: DemoExchange, http: httpx.AsyncClient) -> Session:
    return Session(http, exchange.client("lantern-operator"))


@pytest.fixture
async def mine(exchange: DemoExchange, http: httpx.AsyncClient) -> Bearer:
    """Alder's client with one token, after its participant has registered all of them."""
    session = Session(http, exchange.client("alder"))
    assert len((await session.ask(REGISTER, input={"documents": ALL}))["rows"]) == len(ALL)
    return await Bearer.of(session)
