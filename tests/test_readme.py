"""The README: its tour runs as it stands, and every command that it names exists and is run somewhere."""

import asyncio
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.config import Settings
from tests.readme_exchange import Running, running

CHECKOUT = Path(__file__).resolve().parent.parent
FEED = CHECKOUT.parent / "shared/data/feeds/maltrail_clusters.jsonl.gz"
README = (CHECKOUT / "README.md").read_text()
# Where each command of the README is run: the program's own ones below, in a directory of their own.
RUN_BY = {
    "scripts/run": "tests/test_readme.py",
    "scripts/test": ".ci/run",
    "scripts/check": ".ci/run",
    "scripts/schema": "scripts/check",
    "scripts/scenario": "tests/flows/test_scenario.py",
    "scripts/maltrail": "tests/test_readme.py",
    "scripts/bench_pdq": "tests/program/test_bench_pdq.py",
    "scripts/bench": "tests/bench/test_bench.py",
    "scripts/bench_import": "tests/program/test_bench_import.py",
    "scripts/bench_sync": "tests/program/test_bench_sync.py",
    "scripts/gateway": "tests/federation/test_main.py",
    "scripts/documents": "tests/program/test_documents.py",
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
    assert "event: next" in told
    assert '"removed":false' in told


async def test_the_tour_can_be_taken_again(exchange: Running, tmp_path: Path) -> None:
    await toured(exchange, tmp_path)
    told = await toured(exchange, tmp_path)
    assert '"errors"' not in told, told
    assert '"code"' not in told, told


async def toured(exchange: Running, directory: Path) -> str:
    """Paste all blocks of the tour into one shell; the exchange says itself where it serves."""
    script = "\n".join(blocks("sh tour"))
    for ours, theirs in (
        (str(exchange.directory), ".lantern"),
        (str(directory / "lantern"), "/tmp/lantern"),  # noqa: S108  # the README's own words
    ):
        script = script.replace(theirs, ours)
    shell = ["bash", "-euo", "pipefail", "-c", script]
    done = await asyncio.to_thread(subprocess.run, shell, cwd=CHECKOUT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def commands() -> list[list[str]]:
    """The words of every command, without the comments behind them."""
    return [shlex.split(line, comments=True) for block in blocks("sh") for line in block.splitlines() if line.strip()]


def test_every_command_is_there_and_run_somewhere() -> None:
    assert {command[0] for command in commands()} == set(RUN_BY)
    for command, place in RUN_BY.items():
        assert os.access(CHECKOUT / command, os.X_OK), command
        assert command.removeprefix("scripts/") in (CHECKOUT / place).read_text(), place


async def test_the_commands_of_the_program_run_as_they_are_written(tmp_path: Path) -> None:
    environment = {**os.environ, "LANTERN_DATA_DIRECTORY": str(tmp_path / "data"), "LANTERN_DEMO": "false"}
    for command in (command[1:] for command in commands() if command[0] == "scripts/run" and len(command) > 1):
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.main", *command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE
        )
        if command == ["worker"]:  # it works until it is told to stop
            assert program.stdout is not None
            await asyncio.wait_for(program.stdout.readuntil(b"The worker works"), 60)
            program.send_signal(signal.SIGTERM)
        await asyncio.wait_for(program.communicate(), 60)
        assert program.returncode == 0, command


@pytest.mark.skipif(not FEED.exists(), reason="the feed is not in ../shared/data")
async def test_the_feed_is_sent_as_one_client_would(exchange: Running) -> None:
    options = ["--url", exchange.url, "--credentials", str(exchange.directory / "demo.env"), "--most", "300"]
    sent = await asyncio.create_subprocess_exec(sys.executable, "-m", "scripts.maltrail", *options, cwd=CHECKOUT)
    assert await asyncio.wait_for(sent.wait(), 60) == 0


def test_every_setting_is_listed_with_its_meaning() -> None:
    for name, field in Settings.model_fields.items():
        assert f"| `LANTERN_{name.upper()}` |" in README
        assert str(field.description) in README


def test_its_prose_fits_a_screen() -> None:
    code = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
    prose = [line for line in code.sub("", README).splitlines() if not line.startswith("|")]
    assert not [line for line in prose if len(line) > 120]


def test_every_file_that_is_named_exists() -> None:
    for path in re.findall(r"`((?:app|tests|scripts|docker)/[\w./-]*)`", README):
        assert (CHECKOUT / path).exists(), path
