"""Servers: each a process of its own on a free port of loopback, stopped after use."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from app.config import CHECKOUT

START_SECONDS = 60
STOP_SECONDS = 30


@contextmanager
def running(command: list[str], settings: dict[str, str], log: Path, port: int) -> Iterator[psutil.Process]:
    """Start it, wait until it accepts connections, and stop it after the block."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LANTERN_")} | settings
    with log.open("wb") as written:
        server = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=written, stderr=subprocess.STDOUT)
    try:
        _wait(server, port, log)
        yield psutil.Process(server.pid)
    finally:
        server.terminate()
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            # Any answer will do: who listens but starts up still does not answer.
            httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"A server did not start:\n{log.read_text()}")
