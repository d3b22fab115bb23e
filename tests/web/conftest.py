"""A client of the token endpoint."""

import pytest

from app.services.demo import DemoClient
from tests.demo_exchange import DemoExchange


@pytest.fixture
def alder(exchange: DemoExchange) -> DemoClient:
    return exchange.client("alder")
