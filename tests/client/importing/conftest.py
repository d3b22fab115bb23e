"""An exchange for the imports of these tests, each with names of its own."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.client.importing.runs import Partner
from tests.client.restartable import Restartable, restartable

_NUMBERS = count(1)


@pytest.fixture(scope="package")
def own() -> Iterator[Restartable]:
    """What the tests read of it all at once is more than a participant may ask in a second."""
    with restartable({"LANTERN_COST_PER_SECOND": "100000000"}) as exchange:
        yield exchange


@pytest.fixture
def partner(own: Restartable, tmp_path: Path) -> Partner:
    return Partner(own.url, own.clients["alder"], tmp_path / "home")


@pytest.fixture
def prefix() -> str:
    """No other test's values begin so."""
    return f"t{next(_NUMBERS)}x"
