"""The worked examples of the README, each as a process, connected to one exchange."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import node_packages
from tests.client.installed import installed
from tests.clients import node
from tests.connecting.platform import Platform, World, in_python, in_typescript, world

__all__ = ["installed"]


@pytest.fixture(scope="module")
def lantern() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture(scope="module")
def python(lantern: World, installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    platform = in_python(lantern, installed, tmp_path_factory.mktemp("python"))
    platform.start()
    yield platform
    platform.kill()


@pytest.fixture(scope="module")
def typescript(lantern: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    packages = node.packages(Path(__file__).parent, "connecting")
    platform = in_typescript(lantern, packages, node_packages.node(), tmp_path_factory.mktemp("typescript"))
    platform.start()
    yield platform
    platform.kill()


@pytest.fixture(scope="module", params=["python", "typescript"])
def platform(request: pytest.FixtureRequest) -> Platform:
    found: Platform = request.getfixturevalue(request.param)
    return found
