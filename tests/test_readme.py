"""The README: its tour runs as it stands, and every command that it names exists and is run somewhere."""

import asyncio
import os
import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.config import Settings
from tests.readme_exchange import Running, running

CHECKOUT = Path(__file__).resolve().parent.parent
README = (CHECKOUT / "README.md").read_text()
# Commands of the README that are run elsewhere, and where.
RUN_ELSEWHERE = {
    "scripts/run": "by every run of the tour below, through app.main",
    "scripts/test": "by whoever reads this",
    "scripts/check": "by .ci/run",
    "scripts/schema": "by scripts/check",
    "scripts/lock": "test_scripts.py",
    "scripts/scenario": "tests/flows/test_scenario.py",
    "scripts/maltrail": "tests/flows/test_maltrail.py",
}


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path / "data") as started:
        yield started


async def test_the_tour_runs_as_it_is_written(exchange: Running, tmp_path: Path) -> None:
    told = await toured(exchange, tmp_path)
    assert '"errors"' not in told, told
    assert '"code"' not in told, told
    assert told.count('"outcome":"CREATED"') == 5 + 2 + 1, told
    assert '"kind":"EXACT"' in told
    assert '"kind":"PDQ"' in told
    assert '"title":"Financial sextortion, example"' in told
    assert '{"action":"ACCOUNT_REMOVED","count":3}' in told
    assert '"key":"OTHER"' in told


async def test_the_tour_can_be_taken_again(exchange: Running, tmp_path: Path) -> None:
    await toured(exchange, tmp_path)
    told = await toured(exchange, tmp_path)
    assert '"errors"' not in told, told
    assert '"code"' not in told, told


async def toured(exchange: Running, directory: Path) -> str:
    """Paste all blocks of the tour into one shell, with this exchange in place of the one on port 8000."""
    script = "\n".join(blocks("sh tour"))
    for ours, theirs in (
        (exchange.url, "http://127.0.0.1:8000"),
        (str(exchange.directory), ".lantern"),
        (str(directory / "lantern"), "/tmp/lantern"),  # noqa: S108  # the README's own words
    ):
        script = script.replace(theirs, ours)
    shell = ["bash", "-euo", "pipefail", "-c", script]
    done = await asyncio.to_thread(subprocess.run, shell, cwd=CHECKOUT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_command_is_there_and_run_somewhere() -> None:
    named = {line.split()[0] for block in blocks("sh") for line in block.splitlines() if line.strip()}
    assert named == set(RUN_ELSEWHERE)
    for command in named:
        assert os.access(CHECKOUT / command, os.X_OK), command


def test_every_command_of_the_program_is_known_to_it() -> None:
    help_text = subprocess.run(
        [CHECKOUT / ".venv/bin/python", "-m", "app.main", "--help"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for line in (line for block in blocks("sh") for line in block.splitlines()):
        command = line.split("#")[0].split()[1:2]
        assert not line.startswith("scripts/run") or command in ([], ["--help"]) or command[0] in help_text


def test_every_setting_is_listed_with_its_meaning() -> None:
    for name, field in Settings.model_fields.items():
        assert f"| `LANTERN_{name.upper()}` |" in README
        assert str(field.description) in README


def test_every_file_that_is_named_exists() -> None:
    for path in re.findall(r"`((?:app|tests|scripts|docker)/[\w./-]*)`", README):
        assert (CHECKOUT / path).exists(), path
