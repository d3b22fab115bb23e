"""The program as its operator knows it: one process, signals, a data directory."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.exchange_client import free_port
from tests.waiting import PATIENCE, until


@dataclass
class Program:
    """One data directory and port, on which programs are started one after the other."""

    directory: Path
    port: int

    def start(self, *arguments: str, **settings: str) -> "subprocess.Popen[str]":
        environment = os.environ | {"LANTERN_DATA_DIRECTORY": str(self.directory), "LANTERN_PORT": str(self.port)}
        command = [sys.executable, "-m", "app.main", *arguments]
        return subprocess.Popen(
            command, env=environment | settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError):
            return False

    def serving(self) -> "subprocess.Popen[str]":
        started = self.start()

        def is_ready() -> bool:
            assert started.poll() is None, started.communicate()
            return self.is_ready()

        until(is_ready)
        return started

    @property
    def database_runs(self) -> bool:
        return (self.directory / "postgres" / "postmaster.pid").exists()

    @property
    def demo(self) -> str:
        return (self.directory / "demo.env").read_text()


def said(program: "subprocess.Popen[str]", number: signal.Signals | None = None) -> str:
    if number is not None:
        program.send_signal(number)
    return program.communicate(timeout=PATIENCE)[0]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    program = Program(tmp_path_factory.mktemp("program"), free_port())
    yield program
    if program.database_runs:
        said(program.start("migrate"))  # The last that uses the database stops it.


def test_ctrl_c_stops_the_exchange_and_its_database(program: Program) -> None:
    served = program.serving()
    intruder = program.start()
    assert f"port {program.port}: Address already in use" in said(intruder)
    assert intruder.returncode == 1
    assert program.is_ready()
    output = said(served, signal.SIGINT)
    assert served.returncode == 0
    assert program.demo in output
    assert f"Ask it at http://127.0.0.1:{program.port}/graphql" in output
    assert "README.md" in output
    assert "schema.graphql" in output
    assert not program.database_runs


def test_an_exchange_that_was_killed_goes_on_with_its_data(program: Program) -> None:
    said(program.serving(), signal.SIGKILL)
    before = program.demo
    served = program.serving()
    assert program.demo == before
    output = said(served, signal.SIGTERM)
    assert "_SECRET=" not in output
    assert str(program.directory / "demo.env") in output
    assert served.returncode == 0
    assert not program.database_runs


def test_an_exchange_does_not_start_without_its_keys_but_its_worker_does(program: Program) -> None:
    keys, elsewhere = program.directory / "keys.json", program.directory / "moved.json"
    keys.rename(elsewhere)
    refused = program.start()
    assert f"{keys} is missing" in said(refused)
    assert refused.returncode == 1
    worker = program.start("worker")
    assert worker.stdout is not None
    assert any("The worker works" in line for line in worker.stdout)
    said(worker, signal.SIGTERM)
    assert worker.returncode == 0
    assert not keys.exists()
    elsewhere.rename(keys)
    said(program.serving(), signal.SIGTERM)


def test_a_setting_that_cannot_be_is_named_without_its_value(program: Program) -> None:
    refused = program.start(LANTERN_PORT="hidden-word", LANTERN_DATABSE_URL="hidden-word")
    output = said(refused)
    assert refused.returncode == 1
    assert "LANTERN_DATABSE_URL is not a setting" in output
    assert "LANTERN_PORT: Input should be a valid integer" in output
    assert "hidden-word" not in output


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"LANTERN_DATABASE_URL": "hidden-word"}, "LANTERN_DATABASE_URL: malformed"),
        ({"LANTERN_WORKER_DATABASE_URL": "postgresql://hidden-word"}, "LANTERN_WORKER_DATABASE_URL: also set"),
        ({"LANTERN_PUBLIC_URL": "http://exchange.example"}, "LANTERN_PUBLIC_URL: tokens travel to it"),
        ({"LANTERN_HOST": "0.0.0.0"}, "LANTERN_HOST: 0.0.0.0 is reached from elsewhere"),  # noqa: S104  # it is refused
        ({"LANTERN_DATA_DIRECTORY": __file__}, f"LANTERN_DATA_DIRECTORY: no files can be kept in {__file__}"),
        ({"LANTERN_DATA_DIRECTORY": "/proc/lantern"}, "LANTERN_DATA_DIRECTORY: no files can be kept in /proc/lantern"),
    ],
)
def test_a_start_that_cannot_be_is_refused_in_one_line_before_it_begins(
    tmp_path: Path, settings: dict[str, str], words: str
) -> None:
    program = Program(tmp_path / "data", 8000)
    refused = program.start(**settings)
    (line,) = said(refused).splitlines()
    assert line.startswith(words)
    assert "hidden-word" not in line
    assert refused.returncode == 1
    assert not (tmp_path / "data" / "postgres").exists()
