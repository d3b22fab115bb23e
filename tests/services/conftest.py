"""Whom services act for."""

import pytest

from app.rules.actor import Actor
from tests.demo_exchange import DemoExchange


@pytest.fixture
async def operator(exchange: DemoExchange) -> Actor:
    return await exchange.operator()
