"""What the tests of the federation take from npm: composers and a gateway, beside our files that import them."""

import shutil
import subprocess
from pathlib import Path

from scripts import node_packages

_OURS = Path(__file__).parent
# They find their packages from where they stand.
_FILES = ("compose.mjs", "forwarding.config.mjs", "enforcing.config.mjs")
GATEWAY = "node_modules/@graphql-hive/gateway/dist/bin.js"


def federation() -> Path:
    """The composer and the gateway of the Guild. Raises: CannotInstall."""
    return _installed(_OURS, "federation")


def apollo() -> Path:
    """Apollo's composer. Its licence, Elastic 2.0, is not ours: the test runs it, and nothing else may need it."""
    return _installed(_OURS / "apollo", "federation-apollo")


def is_reachable() -> bool:
    """Whether npm's registry answers."""
    try:
        ping = [*node_packages.npm(), "ping"]
        return subprocess.run(ping, capture_output=True, timeout=60, check=False).returncode == 0
    except (node_packages.CannotInstall, subprocess.TimeoutExpired):
        return False


def _installed(source: Path, name: str) -> Path:
    place = node_packages.install(source, name)
    for file in _FILES:
        shutil.copy(_OURS / file, place / file)
    return place
