"""One exchange for all tests of the outbox, and an outbox for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.client.outbox import Outbox
from tests.client.outbox.world import World, world


@pytest.fixture(scope="package")
def shared() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path / "state" / "outbox.db") as opened:
        yield opened
