"""Scripts in Node beside this file, with the packages that the lock file lists."""

import asyncio
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts import node_packages
from scripts.node_packages import CannotInstall

OURS = Path(__file__).resolve().parent
# Seconds for one script; the slowest takes a few.
ENDS_WITHIN = 60


@dataclass(frozen=True)
class Node:
    """A directory of its own, in which the scripts find the packages."""

    directory: Path

    async def run(self, script: str, **given: object) -> Any:
        """What it writes to its output, as JSON; what it needs to know comes by its input, as some of it is secret."""
        output = await self.command([script], json.dumps(given).encode())
        return json.loads(output)

    async def command(self, words: list[str], given: bytes = b"", place: Path | None = None) -> str:
        """The output of a program that runs in `place`; it fails with what the program told of its own failure."""
        process = await asyncio.create_subprocess_exec(
            str(node_packages.node()),
            *words,
            cwd=place or self.directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            output, told = await asyncio.wait_for(process.communicate(given), ENDS_WITHIN)
        finally:
            if process.returncode is None:
                process.kill()
        assert process.returncode == 0, f"{words[0]} failed:\n{told.decode()}\n{output.decode()}"
        return output.decode()


def prepared(directory: Path) -> Node:
    """A directory with the packages and the scripts."""
    (directory / "node_modules").symlink_to(packages(OURS, "clients") / "node_modules")
    for script in OURS.glob("*.mjs"):
        shutil.copy(script, directory)
    return Node(directory)


def packages(source: Path, name: str) -> Path:
    """Install what is locked there unless it is; skips only where the registry of npm cannot be reached at all."""
    try:
        return node_packages.install(source, name)
    except CannotInstall as error:
        if not _reaches_npm():
            pytest.skip(f"npm cannot be reached, so software of others cannot be tried: {error}")
        raise


def _reaches_npm() -> bool:
    try:
        asked = [*node_packages.npm(), "ping"]
    except CannotInstall:
        return False  # not even Node could be had
    return subprocess.run(asked, capture_output=True, check=False, timeout=ENDS_WITHIN).returncode == 0
