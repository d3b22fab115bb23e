"""What tests of the partner's side share: the client installed alone, and an exchange that runs beside them."""

from collections.abc import Iterator

import pytest

from scripts.exchange_client import Exchange, own_exchange
from tests.client.installed import installed

__all__ = ["installed"]


@pytest.fixture(scope="session")
def running() -> Iterator[Exchange]:
    """An exchange with the demo's participants, a process of its own; tests share it, so each makes what it needs."""
    with own_exchange() as exchange:
        yield exchange
