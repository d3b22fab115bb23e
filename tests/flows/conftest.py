"""The demo's participants over HTTP."""

import httpx
import pytest

from tests.demo_exchange import DemoExchange
from tests.served_exchange import Session


@pytest.fixture
def alder(exchange: DemoExchange, http: httpx.AsyncClient) -> Session:
    return Session(http, exchange.client("alder"))


@pytest.fixture
def birch(exchange: DemoExchange, http: httpx.AsyncClient) -> Session:
    return Session(http, exchange.client("birch"))


@pytest.fixture
def cedar(exchange: DemoExchange, http: httpx.AsyncClient) -> Session:
    return Session(http, exchange.client("cedar"))


@pytest.fixture
def operator(exchange: DemoExchange, http: httpx.AsyncClient) -> Session:
    return Session(http, exchange.client("lantern-operator"))
