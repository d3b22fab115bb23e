"""python-threatexchange from the package index, with our extension, and an exchange for it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client import installed
from tests.client.threatexchange.world import COLLAB, MODULE, Own, World, own, world


@pytest.fixture(scope="session")
def with_threatexchange(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("cc") is None:
        pytest.skip("There is no C compiler, and python-threatexchange needs packages that are only there as source.")
    return installed.environment(tmp_path_factory.getbasetemp(), "with_threatexchange", "[threatexchange]")


@pytest.fixture(scope="session")
def own_process() -> Iterator[Own]:
    with own() as exchange:
        yield exchange


@pytest.fixture
def lantern(own_process: Own, with_threatexchange: Path, tmp_path: Path) -> World:
    """The exchange, with what the tests before left there, and a `tx` that knows it alone: it asks nobody else."""
    made = world(own_process, with_threatexchange, tmp_path)
    made.settle()
    made.tx("config", "extensions", "add", MODULE)
    made.tx("config", "collab", "edit", "lantern", COLLAB, "--create")
    return made
